package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that writes, flushes, reclaims and makes checkpoints, again and again, and opens what is left: it must be
 * exactly the state after some entry, no earlier than the last position that was said to be durable.
 */
final class StoreCrashTest {
    private static final int ROUNDS = 4;

    @TempDir
    Path temp;

    @Test
    @Timeout(120)
    void aKilledProcessLeavesTheStateAfterOneEntry() throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        Path directory = temp.resolve("store");
        try (StoreResources resources = StoreResources.small();
                GroupStore expected = GroupStore.open(resources, temp.resolve("expected"), new StoreOptions(true))) {
            for (int round = 0; round < ROUNDS; round++) {
                String context = "-Daikv.seed=" + seed + " round " + round;
                long promised = runAndKill(directory, seed, random.nextInt(1, 25));
                try (GroupStore store = GroupStore.open(resources, directory, StoreOptions.defaults())) {
                    long index = store.applied().index();
                    assertTrue(index >= promised, context + ": at " + index + ", durable was " + promised);
                    while (expected.applied().index() < index) {
                        RandomEntries.apply(
                                expected.begin(), seed, expected.applied().index() + 1);
                    }
                    assertEquals(expected.digest(), store.digest(), context);
                    assertEquals(hints(expected), hints(store), context);
                }
                checkCopy(resources, temp.resolve("copy"), seed, context);
            }
        }
    }

    /** The last checkpoint that was completed, if any, is such a state too. */
    private void checkCopy(StoreResources resources, Path copy, long seed, String context) throws IOException {
        if (Files.notExists(copy)) {
            return;
        }
        try (GroupStore store = GroupStore.open(resources, copy, StoreOptions.defaults());
                GroupStore expected =
                        GroupStore.open(resources, temp.resolve("expected copy"), new StoreOptions(true))) {
            for (long index = 0; index <= store.applied().index(); index++) {
                RandomEntries.apply(expected.begin(), seed, index);
            }
            assertEquals(expected.digest(), store.digest(), context);
        }
        StoreDirectory.delete(copy);
    }

    private static long hints(GroupStore store) {
        long count = 0;
        try (Cursor rows = store.reader().cursor(Space.EXPIRY, new byte[0], null)) {
            while (rows.next()) {
                count++;
            }
        }
        return count;
    }

    /** Returns the last durable index that the process told before it was killed. */
    private long runAndKill(Path directory, long seed, int flushes) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        StoreCrashTest.class.getName(),
                        directory.toString(),
                        temp.resolve("copy").toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long durable = -1;
        try (BufferedReader lines = process.inputReader()) {
            for (int i = 0; i < flushes; i++) {
                String line = lines.readLine();
                assertNotNull(line, "the writer ended");
                durable = Long.parseLong(line);
            }
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        }
        return durable;
    }

    /** The writer: directory, where to put checkpoints, seed. */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        long seed = Long.parseLong(args[2]);
        StoreResources resources = StoreResources.small();
        GroupStore store = GroupStore.open(resources, directory, StoreOptions.defaults());
        Thread background = new Thread(() -> flushAndReclaim(store, Path.of(args[1])));
        background.setDaemon(true);
        background.start();
        while (true) {
            long index = store.applied().index() + 1;
            RandomEntries.apply(store.begin(), seed, index);
            if (index % 8 == 0) {
                LockSupport.parkNanos(1_000_000); // All of it has to be replayed by the test.
            }
        }
    }

    private static void flushAndReclaim(GroupStore store, Path copy) {
        PrintStream out = new PrintStream(
                new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.US_ASCII);
        try {
            for (int i = 1; !out.checkError(); i++) {
                store.flush();
                out.println(store.durable().index());
                store.reclaimGarbage(200);
                store.startFlush();
                store.reclaimGarbage(200);
                if (i % 5 == 0) {
                    StoreDirectory.destroy(copy);
                    store.checkpoint(copy);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().halt(1); // The test itself is gone.
    }
}
