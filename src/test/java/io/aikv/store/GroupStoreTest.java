package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Life on disk: durability, checkpoints, installation, formats, closing. */
@Timeout(60)
final class GroupStoreTest {
    @TempDir
    Path temp;

    private final StoreResources resources = StoreResources.small();

    @AfterEach
    void closeResources() {
        resources.close();
    }

    private GroupStore open(String name, boolean inMemory) throws IOException {
        return GroupStore.open(resources, temp.resolve(name), new StoreOptions(inMemory));
    }

    private static AppliedPosition at(long index) {
        return new AppliedPosition(1, index, 1_000 + index);
    }

    private static byte[] row(String key) {
        return KeyLayout.key(0, Bytes.utf8(key));
    }

    private static void put(GroupStore store, long index, String key, String value) {
        StoreTransaction transaction = store.begin();
        transaction.put(Space.KEYS, row(key), Bytes.utf8(value));
        transaction.commit(at(index));
    }

    private static void assertValue(String expected, StoreReader reader, String key) {
        assertArrayEquals(Bytes.utf8(expected), reader.get(Space.KEYS, row(key)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStoreThatIsOpenedAgainIsTheSame(boolean inMemory) throws IOException {
        GroupStore store = open("a", inMemory);
        StoreReader before = store.reader();
        StoreDigest digest = null;
        for (int round = 1; round <= 3; round++) {
            put(store, round, "k" + round, "v" + round);
            digest = store.digest();
            store = store.reopen(resources, temp.resolve("a"), new StoreOptions(inMemory));
            assertEquals(digest, store.digest());
            assertEquals(at(round), store.applied());
        }
        assertValue("v1", store.reader(), "k1");
        assertValue("v3", store.reader(), "k3");
        assertThrows(StoreFailure.class, () -> before.get(Space.KEYS, row("k1")));
        store.close();
    }

    @Test
    void aNewStoreHasAppliedNothing() throws IOException {
        try (GroupStore store = open("a", false)) {
            assertEquals(AppliedPosition.NONE, store.applied());
            assertEquals(AppliedPosition.NONE, store.durable());
            assertEquals(Long.MAX_VALUE, store.earliestExpiryMillis());
        }
    }

    @Test
    void durableIsTheLastFlushAndWhatAReopenedStoreHasApplied() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "flushed");
            store.flush();
            put(store, 2, "k", "lost");

            assertEquals(at(2), store.applied());
            assertEquals(at(1), store.durable());
        }

        try (GroupStore store = open("a", false)) {
            assertEquals(at(1), store.applied());
            assertEquals(at(1), store.durable());
            assertValue("flushed", store.reader(), "k");
        }
    }

    @Test
    void aStartedFlushBecomesDurable() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "v");

            store.startFlush();

            awaitDurable(store, at(1));
        }
    }

    private static void awaitDurable(GroupStore store, AppliedPosition position) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!store.durable().equals(position)) {
            assertTrue(System.nanoTime() < deadline, "not durable in time");
            Thread.onSpinWait();
        }
    }

    @Test
    void anAdvanceAloneBecomesDurableToo() throws IOException {
        try (GroupStore store = open("a", false)) {
            store.advance(at(7));
            store.flush();

            assertEquals(at(7), store.durable());
        }
    }

    @Test
    void theAppliedIndexNeverGoesBack() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 5, "k", "v");

            assertThrows(AssertionError.class, () -> store.advance(at(5)));
        }
    }

    @Test
    void whatWasNotCommittedIsForgotten() throws IOException {
        try (GroupStore store = open("a", false)) {
            StoreTransaction abandoned = store.begin();
            abandoned.put(Space.KEYS, row("k"), Bytes.utf8("v"));
            abandoned.changeKeyCount(0, 1, 1);
            abandoned.allocateCollectionId();
            abandoned.swapDatabases(0, 1);

            StoreTransaction next = store.begin();

            assertNull(next.get(Space.KEYS, row("k")));
            assertEquals(0, next.keyCount(0));
            assertEquals(1, next.allocateCollectionId());
            assertEquals(0, next.physicalDatabase(0));
        }
    }

    // ---- checkpoints ----

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCheckpointIsInstalledElsewhereAndOpened(boolean inMemory) throws IOException {
        try (GroupStore source = open("a", inMemory)) {
            StoreTransaction transaction = source.begin();
            transaction.put(Space.KEYS, row("k"), Bytes.utf8("v"));
            transaction.put(Space.EXPIRY, KeyLayout.expiry(500, 0, Bytes.utf8("k")), new byte[0]);
            transaction.changeKeyCount(0, 7, 1);
            transaction.swapDatabases(0, 3);
            assertEquals(1, transaction.allocateCollectionId());
            transaction.commit(at(9));

            assertEquals(at(9), source.checkpoint(temp.resolve("snapshot")));
            put(source, 10, "k", "later");
        }
        Files.writeString(temp.resolve("snapshot/CURRENT.md5"), "not ours");
        try (GroupStore old = open("b", inMemory)) {
            put(old, 3, "old", "gone");
            old.flush();
        }

        GroupStore.install(temp.resolve("snapshot"), temp.resolve("b"));
        StoreDirectory.delete(temp.resolve("snapshot"));

        try (GroupStore store = open("b", inMemory)) {
            assertEquals(at(9), store.applied());
            assertValue("v", store.reader(), "k");
            assertNull(store.reader().get(Space.KEYS, row("old")));
            assertEquals(1, store.reader().keyCount(3, 7));
            assertEquals(3, store.reader().physicalDatabase(0));
            assertEquals(500, store.earliestExpiryMillis());
            assertEquals(2, store.begin().allocateCollectionId());
            put(store, 10, "k", "goes on");
        }
        assertFalse(Files.exists(temp.resolve("b/CURRENT.md5")));
    }

    @Test
    void aCheckpointDoesNotReplaceADirectory() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "v");
            Files.createDirectory(temp.resolve("snapshot"));

            assertThrows(IllegalArgumentException.class, () -> store.checkpoint(temp.resolve("snapshot")));
        }
    }

    @Test
    void anInstallationCutOffBeforeItsRenameLeavesTheOldStore() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "old");
            store.flush();
        }
        Files.createDirectory(temp.resolve("a.preparing"));
        Files.writeString(temp.resolve("a.preparing/CURRENT"), "half");

        try (GroupStore store = open("a", false)) {
            assertValue("old", store.reader(), "k");
        }
        assertFalse(Files.exists(temp.resolve("a.preparing")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"whole", "half deleted", "gone"})
    void anInstallationCutOffAfterItsRenameIsCompleted(String old) throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 5, "k", "new");
            store.checkpoint(temp.resolve("b.installing"));
        }
        try (GroupStore store = open("c", false)) {
            put(store, 1, "k", "old");
            store.flush();
        }
        if (!old.equals("gone")) {
            Files.move(temp.resolve("c"), temp.resolve("b"));
        }
        if (old.equals("half deleted")) {
            Files.delete(temp.resolve("b/CURRENT"));
        }

        try (GroupStore store = open("b", false)) {
            assertEquals(at(5), store.applied());
            assertValue("new", store.reader(), "k");
        }
        assertFalse(Files.exists(temp.resolve("b.installing")));
    }

    @Test
    void aDestroyedStoreIsGone() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "v");
            store.flush();
        }

        GroupStore.destroy(temp.resolve("a"));

        assertFalse(Files.exists(temp.resolve("a")));
        GroupStore.destroy(temp.resolve("a"));
    }

    @Test
    void aStoreWhoseRemovalWasCutOffOpensEmpty() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "v");
            store.flush();
        }
        Files.move(temp.resolve("a"), temp.resolve("a.preparing"));
        Files.delete(temp.resolve("a.preparing/CURRENT"));

        try (GroupStore store = open("a", false)) {
            assertEquals(AppliedPosition.NONE, store.applied());
        }
        assertFalse(Files.exists(temp.resolve("a.preparing")));
    }

    @Test
    void nothingOfAStoreInMemorySurvivesOrTouchesTheDisk() throws IOException {
        try (GroupStore store = open("a", true)) {
            put(store, 1, "k", "v");
            store.flush();
            assertEquals(at(1), store.durable());
        }

        assertFalse(Files.exists(temp.resolve("a")));
        try (GroupStore store = open("a", true)) {
            assertEquals(AppliedPosition.NONE, store.applied());
        }
    }

    @Test
    void aDamagedRowFileIsRefused() throws IOException {
        try (GroupStore store = open("a", true)) {
            put(store, 1, "k", "v");
            store.checkpoint(temp.resolve("b"));
        }
        Path rows = temp.resolve("b").resolve(RowFile.NAME);
        byte[] bytes = Files.readAllBytes(rows);
        bytes[bytes.length - 20] ^= 1;
        Files.write(rows, bytes);

        assertThrows(IOException.class, () -> open("b", true).close());
    }

    // ---- formats ----

    @Test
    void anUnknownFormatIsRefusedByName() throws IOException {
        try (GroupStore store = open("a", false)) {
            StoreTransaction transaction = store.begin();
            transaction.put(Space.SYSTEM, SystemKeys.FORMAT_VERSION, SystemKeys.encodeLong(99));
            transaction.commit(at(1));
            store.flush();
        }

        IOException refusal =
                assertThrows(IOException.class, () -> open("a", false).close());

        assertEquals(
                "the store in " + temp.resolve("a") + " has format 99, this version reads and writes format 3",
                refusal.getMessage());
    }

    @Test
    void aStoreThatIsOpenElsewhereIsRefusedByName() throws IOException {
        try (GroupStore store = open("a", false)) {
            put(store, 1, "k", "v");

            IOException refusal =
                    assertThrows(IOException.class, () -> open("a", false).close());

            assertTrue(refusal.getMessage().contains(temp.resolve("a").toString()), refusal.getMessage());
        }
    }

    // ---- closing ----

    @Test
    void readsOfAClosedStoreFailAndSaySo() throws IOException {
        GroupStore store = open("a", false);
        put(store, 1, "k", "v");
        StoreReader reader = store.reader();
        store.close();
        store.close();

        List<StoreFailure> failures = List.of(
                assertThrows(StoreFailure.class, () -> reader.get(Space.KEYS, row("k"))),
                assertThrows(StoreFailure.class, store::snapshot),
                assertThrows(StoreFailure.class, store::durable),
                assertThrows(StoreFailure.class, () -> reader.cursor(Space.KEYS, row("k"), null)));

        assertTrue(failures.stream().allMatch(StoreFailure::isClosed));
    }

    /** Many times: once in a few dozen a reader is between its first two steps at that moment. */
    @RepeatedTest(40)
    void closingWaitsForReadersAndEndsTheirScans() throws Exception {
        GroupStore store = open("a", false);
        put(store, 1, "k", "v");
        List<Thread> readers = new ArrayList<>();
        List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch running = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            boolean scans = i % 2 == 0;
            readers.add(new Thread(() -> readUntilClosed(store, scans, running, wrong)));
        }
        readers.forEach(Thread::start);
        running.await();

        store.close();

        for (Thread reader : readers) {
            reader.join();
        }
        assertEquals(List.of(), wrong);
    }

    private static void readUntilClosed(
            GroupStore store, boolean scans, CountDownLatch running, List<Throwable> wrong) {
        int count = 0;
        try {
            while (true) {
                if (scans) {
                    try (StoreSnapshot snapshot = store.snapshot();
                            Cursor rows = snapshot.cursor(Space.KEYS, new byte[0], null)) {
                        assertTrue(rows.next());
                    }
                } else {
                    assertValue("v", store.reader(), "k");
                }
                if (++count == 1_000) {
                    running.countDown();
                }
            }
        } catch (StoreFailure closed) {
            if (!closed.isClosed()) {
                wrong.add(closed);
            }
        } catch (AssertionError e) {
            wrong.add(e);
        }
        running.countDown();
    }
}
