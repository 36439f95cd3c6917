package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Watched keys against the apply thread: whatever becomes readable after a watch was taken touches it. */
@Timeout(60)
final class WatchesTest {
    private static final byte[] KEY = Bytes.utf8("key");
    private static final byte[] OTHER = Bytes.utf8("other");

    private final Watches watches = new Watches(EntryObserver.NONE);
    private final Watch watch = new Watch();

    @Test
    void aChangeTouchesWhoWatches() {
        watches.add(watch, 0, KEY);

        watches.modified(0, OTHER);
        watches.modified(1, KEY);
        watches.committed(1, true);
        assertFalse(watch.isTouched());

        watches.modified(0, KEY);
        assertTrue(watch.isTouched());
    }

    @Test
    void aWatchTakenAfterAChangeThatIsNotReadableYetIsTouchedByIt() {
        watches.modified(0, OTHER);
        watches.modified(0, KEY);
        watches.add(watch, 0, KEY);
        assertTrue(watch.isDoubtful());

        watches.committed(1, true);

        assertTrue(watch.isTouched());
    }

    @Test
    void aWatchTakenWhileAnEntryIsAppliedThatIsOfOtherKeysHolds() {
        watches.modified(0, OTHER);
        watches.add(watch, 0, KEY);
        assertFalse(watch.isTouched());

        watches.committed(1, true);

        assertFalse(watch.isTouched());
        assertFalse(watch.isDoubtful());
    }

    @Test
    void aWatchTakenAfterTheCommitHolds() {
        watches.modified(0, KEY);
        watches.committed(1, true);

        watches.add(watch, 0, KEY);
        watches.modified(0, OTHER);
        watches.committed(2, true);

        assertFalse(watch.isTouched());
        assertFalse(watch.isDoubtful());
    }

    @Test
    void aWatchTakenWhileItsDatabaseIsEmptiedOrExchangedIsTouched() {
        watches.flushed(1);
        watches.add(watch, 1, KEY);
        watches.committed(1, true);
        assertTrue(watch.isTouched());

        Watch second = new Watch();
        watches.swapped(0, 2, (database, key) -> false);
        watches.add(second, 2, KEY);
        watches.committed(2, true);
        assertTrue(second.isTouched());
    }

    @Test
    void anEntryOfVeryManyKeysTouchesWatchesTakenMeanwhile() {
        for (int i = 0; i < 100_000; i++) {
            watches.modified(0, Bytes.utf8("k" + i));
        }
        watches.modified(0, KEY);
        watches.add(watch, 0, KEY);

        watches.committed(1, true);

        assertTrue(watch.isTouched());
    }

    /** A counter that becomes readable with the commit, and clients that add one to it if nobody has since they looked. */
    @Test
    void noIncrementUnderAWatchIsLost() throws Exception {
        AtomicLong readable = new AtomicLong();
        AtomicLong acknowledged = new AtomicLong();
        AtomicLong refused = new AtomicLong();
        Object log = new Object();
        CountDownLatch ready = new CountDownLatch(4);
        ExecutorService clients = Executors.newFixedThreadPool(4);
        try {
            Future<?>[] all = new Future<?>[4];
            for (int i = 0; i < all.length; i++) {
                all[i] = clients.submit(() -> {
                    ready.countDown();
                    ready.await();
                    for (int round = 0; round < 20_000; round++) {
                        Watch own = new Watch();
                        watches.add(own, 0, KEY);
                        long seen = readable.get();
                        synchronized (log) { // Nothing is in flight: as the proposer decides.
                            if (own.isTouched()) {
                                refused.incrementAndGet();
                            } else {
                                watches.modified(0, KEY);
                                Thread.yield();
                                readable.set(seen + 1);
                                watches.committed(round, true);
                                acknowledged.incrementAndGet();
                            }
                        }
                        watches.remove(own);
                    }
                    return null;
                });
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            clients.shutdownNow();
        }

        assertEquals(acknowledged.get(), readable.get(), () -> refused + " were refused");
        assertTrue(refused.get() > 0, "nobody came in between");
        assertEquals(0, watches.keyCount());
    }
}
