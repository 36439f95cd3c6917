package io.aikv.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps native memory alive while it is in use: a read of a closed RocksDB would crash the process, and a store is closed
 * under its readers whenever a snapshot is installed. Any thread.
 *
 * <p>A user counts itself in and then looks whether the store is closed; the closer says so and then looks whether anybody
 * is in. Both are sequentially consistent, so one of them sees the other. The count is striped, because every point read
 * passes here.
 */
final class UseCount {
    /** A stripe has a cache line (pair) of its own. */
    private static final int STRIDE = 16;

    private static final int STRIPES = 16;

    private final AtomicLongArray counts = new AtomicLongArray(STRIPES * STRIDE);
    private final Set<Runnable> closingListeners = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Counts the caller in; the result is to be given to {@link #exit}. Throws {@link StoreFailure} if closed. */
    int enter() {
        int stripe = ((int) Thread.currentThread().getId() & STRIPES - 1) * STRIDE;
        counts.incrementAndGet(stripe);
        if (closed) {
            counts.decrementAndGet(stripe);
            throw StoreFailure.closed();
        }
        return stripe;
    }

    void exit(int stripe) {
        counts.decrementAndGet(stripe);
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Has {@code leave} called on the closing thread when the store is closed: for users that rest between two reads and
     * would not notice. It must not block.
     *
     * @return false if it is closed already; then it may have been called or not
     */
    boolean onClosing(Runnable leave) {
        closingListeners.add(leave);
        if (closed) {
            closingListeners.remove(leave);
            return false;
        }
        return true;
    }

    /** Takes back {@link #onClosing}. */
    void forget(Runnable leave) {
        closingListeners.remove(leave);
    }

    /**
     * Turns new users away and waits for those that are in.
     *
     * @return false if this was called before
     * @throws StoreFailure if somebody does not leave in time: a cursor or snapshot that was never closed
     */
    synchronized boolean close(long timeoutMillis) {
        if (closed) {
            return false;
        }
        closed = true;
        closingListeners.forEach(Runnable::run);
        closingListeners.clear();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (users() != 0) {
            if (System.nanoTime() - deadline > 0) {
                throw StoreFailure.of(
                        users() + " reads did not end within " + timeoutMillis + " ms of closing the store");
            }
            LockSupport.parkNanos(100_000);
        }
        return true;
    }

    private long users() {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += counts.get(stripe * STRIDE);
        }
        return sum;
    }
}
