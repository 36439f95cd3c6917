package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What of a log is kept, by entries and by bytes. */
final class LogRetentionTest {
    private static LogRetention retention(long snapshotEntries, long snapshotBytes, long keptEntries, long keptBytes) {
        return new LogRetention(
                new RaftOptions.LogOptions(1 << 20, snapshotEntries, snapshotBytes, keptEntries, keptBytes));
    }

    private static void apply(LogRetention retention, long from, long to, long bytes) {
        for (long index = from; index <= to; index++) {
            retention.applied(index, bytes);
        }
    }

    @Test
    void smallEntriesAreCounted() {
        LogRetention retention = retention(100, 1 << 20, 30, 1 << 20);
        apply(retention, 0, 200, 10);

        assertFalse(retention.isStep(100, 149));
        assertTrue(retention.isStep(100, 150));
        assertEquals(170, retention.purge(200));
    }

    @Test
    void largeEntriesAreWeighed() {
        LogRetention retention = retention(1_000_000, 64_000, 1_000_000, 64_000);
        apply(retention, 0, 200, 1_000);

        assertFalse(retention.isStep(100, 131));
        assertTrue(retention.isStep(100, 132));
        assertEquals(136, retention.purge(200));
    }

    @Test
    void nothingIsKeptIfSoTold() {
        LogRetention retention = retention(100, 100_000, 0, 0);
        apply(retention, 0, 200, 1_000);

        assertEquals(150, retention.purge(150));
        assertEquals(-1, retention.purge(150));
    }

    @Test
    void whatWasBeforeAStartIsNotGivenUpAgain() {
        LogRetention retention = retention(100, 100_000, 50, 100_000);
        retention.restart(500);
        apply(retention, 501, 540, 10);

        assertEquals(-1, retention.purge(540));
        apply(retention, 541, 560, 10);
        assertEquals(510, retention.purge(560));
    }

    @Test
    void whatIsKeptIsAlwaysWithinTheBoundsAndOnlyEverMovesOn() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("LogRetentionTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        long keptEntries = 1 + random.nextInt(500);
        long keptBytes = 1 + random.nextInt(500_000);
        LogRetention retention = retention(1000, 1_000_000, keptEntries, keptBytes);
        long[] total = new long[20_001];
        long purged = -1;
        for (int index = 0; index < 20_000; index++) {
            long bytes = random.nextInt(random.nextInt(10) == 0 ? 100_000 : 500);
            total[index + 1] = total[index] + bytes;
            retention.applied(index, bytes);
            if (random.nextInt(100) == 0) {
                int snapshot = (int) Math.max(purged, index - random.nextInt(50));
                long end = retention.purge(snapshot);
                assertTrue(end == -1 || end > purged && end <= snapshot, "seed " + seed + " index " + index);
                purged = Math.max(purged, end);
                long kept = total[snapshot + 1] - total[(int) purged + 1];
                assertTrue(snapshot - purged <= keptEntries, "seed " + seed + " index " + index);
                // A mark is set at every 64th part of what lies between two snapshots, and an entry may straddle it.
                assertTrue(kept <= keptBytes + 1_000_000 / 64 + 200_000, "seed " + seed + " kept " + kept);
            }
        }
    }
}
