package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class LogEntryTest {
    @Test
    void everyEntryComesBackAsItWasEncoded() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2000; round++) {
            LogEntry entry = randomEntry(random);

            byte[] bytes = LogEntry.encode(entry);
            LogEntry decoded = LogEntry.decode(ByteBuffer.wrap(bytes));

            assertEquals(entry.stamp(), decoded.stamp());
            assertEquals(entry.getClass(), decoded.getClass());
            assertArrayEquals(bytes, LogEntry.encode(decoded));
            if (entry instanceof LogEntry.Commands commands) {
                assertSameRequests(commands.requests(), ((LogEntry.Commands) decoded).requests());
            }
        }
    }

    @Test
    void truncatedOrExtendedEntriesAreRefused() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 500; round++) {
            LogEntry entry = randomEntry(random);
            if (entry instanceof LogEntry.Piece) {
                continue;
            }
            byte[] bytes = LogEntry.encode(entry);
            byte[] shorter = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9));

            assertThrows(RuntimeException.class, () -> LogEntry.decode(ByteBuffer.wrap(shorter)));
            assertThrows(RuntimeException.class, () -> LogEntry.decode(ByteBuffer.wrap(longer)));
        }
    }

    @Test
    void unknownVersionsAndKindsAreRefused() {
        byte[] bytes = LogEntry.encode(new LogEntry.Barrier(new LogEntry.Stamp(1, 2, true)));
        byte[] version = bytes.clone();
        version[0] = 2;
        byte[] kind = bytes.clone();
        kind[1] = 63;

        assertTrue(assertThrows(IllegalArgumentException.class, () -> LogEntry.decode(ByteBuffer.wrap(version)))
                .getMessage()
                .contains("version 2"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> LogEntry.decode(ByteBuffer.wrap(kind)))
                .getMessage()
                .contains("kind 63"));
    }

    @Test
    void anUploadIsCutIntoPiecesThatMakeTheRequest() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 500; round++) {
            LogEntry.Request request = new LogEntry.Request(random.nextInt(256), randomArgv(random, 300));
            Upload upload = new Upload(new TestProposal(request), 7, 8 + random.nextInt(100));
            ByteBuffer whole = ByteBuffer.allocate(request.size());
            int sequence = 0;
            while (!upload.isUploaded()) {
                LogEntry.Piece piece = (LogEntry.Piece) upload.next(new LogEntry.Stamp(0, 0, true));
                assertEquals(sequence++, piece.sequence());
                whole.put(piece.bytes(), piece.offset(), piece.length());
            }

            assertEquals(
                    new LogEntry.Staged(new LogEntry.Stamp(0, 0, true), 7, sequence),
                    upload.next(new LogEntry.Stamp(0, 0, true)));
            assertSameRequests(List.of(request), List.of(LogEntry.readRequest(whole.flip())));
        }
    }

    private static LogEntry randomEntry(SplittableRandom random) {
        LogEntry.Stamp stamp = new LogEntry.Stamp(random.nextLong(), random.nextLong(), random.nextBoolean());
        return switch (random.nextInt(5)) {
            case 0 -> new LogEntry.Barrier(stamp);
            case 1 -> new LogEntry.Tick(stamp);
            case 2 -> new LogEntry.Staged(stamp, random.nextLong(), random.nextInt(1 << 20));
            case 3 -> {
                byte[] bytes = randomBytes(random, 10 + random.nextInt(500));
                int offset = random.nextInt(10);
                yield new LogEntry.Piece(
                        stamp, random.nextLong(), random.nextInt(1 << 20), bytes, offset, bytes.length - offset);
            }
            default -> {
                List<LogEntry.Request> requests = new ArrayList<>();
                int count = random.nextInt(200);
                for (int i = 0; i < count; i++) {
                    requests.add(new LogEntry.Request(random.nextInt(256), randomArgv(random, 200)));
                }
                yield new LogEntry.Commands(stamp, requests);
            }
        };
    }

    private static byte[][] randomArgv(SplittableRandom random, int sizeMax) {
        byte[][] argv = new byte[1 + random.nextInt(6)][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = randomBytes(random, random.nextInt(sizeMax));
        }
        return argv;
    }

    private static byte[] randomBytes(SplittableRandom random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void assertSameRequests(List<LogEntry.Request> expected, List<LogEntry.Request> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).database(), actual.get(i).database());
            assertArrayEquals(expected.get(i).argv(), actual.get(i).argv());
        }
    }
}
