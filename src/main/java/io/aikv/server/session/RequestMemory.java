package io.aikv.server.session;

import java.util.concurrent.atomic.LongAdder;

/**
 * The bytes of all requests that have arrived and are not answered, complete or not, against {@code limits.request-memory}.
 * Beyond it, connections are not read until others are answered; if unfinished requests alone exceed it, which no answer
 * will ever free, the connection that holds most is told so and closed (Redis: client eviction). A request that alone
 * would take more than half of it is refused as soon as its size is known. Any thread.
 */
final class RequestMemory {
    private final long limitBytes;
    private final LongAdder queued = new LongAdder();
    private final LongAdder unfinished = new LongAdder();

    RequestMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    void add(long bytes) {
        queued.add(bytes);
    }

    void subtract(long bytes) {
        queued.add(-bytes);
    }

    void addUnfinished(long bytes) {
        unfinished.add(bytes);
    }

    long limitBytes() {
        return limitBytes;
    }

    long usedBytes() {
        return queued.sum() + unfinished.sum();
    }

    /** Whether nothing more should be read. */
    boolean exhausted() {
        return usedBytes() > limitBytes;
    }

    /** Whether unfinished requests alone exceed the limit. */
    boolean stuck() {
        return unfinished.sum() > limitBytes;
    }
}
