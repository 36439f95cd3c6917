package io.aikv.server.command;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What INFO calls {@code used_memory}: the Java heap in use, network buffers, and the stores' native memory. Any thread.
 *
 * <p>The heap in use contains garbage that is not collected yet, so the figure swings; {@code used_memory_rss} is what the
 * operating system sees.
 */
final class PeakMemory {
    private final NodeFacts node;
    private final AtomicLong peak = new AtomicLong();
    private final AtomicLong startup = new AtomicLong();

    PeakMemory(NodeFacts node) {
        this.node = node;
    }

    /** Bytes in use now. */
    long used() {
        return heap() + node.figures().storeBytes() + node.figures().networkBytes();
    }

    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** Looks at the memory in use. @return bytes in use now */
    long note() {
        long used = used();
        startup.compareAndSet(0, used);
        peak.accumulateAndGet(used, Math::max);
        return used;
    }

    /** The most bytes in use that {@link #note} has seen. */
    long peak() {
        return peak.get();
    }

    /** What was in use when the node had started: the first {@link #note}. */
    long startup() {
        return startup.get();
    }
}
