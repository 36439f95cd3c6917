package io.aikv.server.metrics;

import com.codahale.metrics.Metric;
import com.codahale.metrics.Sampling;
import java.util.function.LongUnaryOperator;

/**
 * What one command did since the start, as whoever counts it tells: sums over the event loops, read when somebody asks.
 *
 * @param command in lower case: {@code get}, {@code config|set}
 * @param calls how often it ran, failures included
 * @param nanos how long it ran in all
 * @param failed how often its reply was an error
 * @param rejected how often it was refused before it ran
 * @param callsUpToMicros how many calls took at most so many microseconds; rises with its argument
 */
public record CommandFigures(
        String command, long calls, long nanos, long failed, long rejected, LongUnaryOperator callsUpToMicros) {
    private static final long NANOS_PER_MICRO = 1000;

    /** The latencies as a metric of the registry: they were counted elsewhere. */
    record Latency(Buckets.Contents contents) implements Metric, Sampling {
        @Override
        public Buckets.Contents getSnapshot() {
            return contents;
        }
    }

    Latency latency() {
        long[] bounds = NodeMetric.COMMAND_LATENCY.bounds();
        long[] counts = new long[bounds.length + 1];
        long before = 0;
        for (int i = 0; i < bounds.length; i++) {
            long upTo = Math.max(before, callsUpToMicros.applyAsLong(bounds[i] / NANOS_PER_MICRO));
            counts[i] = upTo - before;
            before = upTo;
        }
        counts[bounds.length] = Math.max(0, calls - before);
        return new Latency(new Buckets.Contents(bounds, counts, nanos));
    }
}
