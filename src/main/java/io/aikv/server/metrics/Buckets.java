package io.aikv.server.metrics;

import com.codahale.metrics.Reservoir;
import com.codahale.metrics.Snapshot;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts values in buckets with fixed bounds, for ever: what Prometheus calls a histogram. Any thread, without locks; a value
 * costs a binary search and two additions. Dropwizard's own reservoirs keep samples instead, which costs ten times as much
 * and cannot be added up over nodes.
 */
final class Buckets implements Reservoir {
    private final long[] bounds;
    private final LongAdder[] counts;
    private final LongAdder sum = new LongAdder();

    /** @param bounds inclusive upper bounds, ascending; one more bucket holds what is above the last */
    Buckets(long[] bounds) {
        this.bounds = bounds;
        this.counts = new LongAdder[bounds.length + 1];
        Arrays.setAll(counts, i -> new LongAdder());
    }

    @Override
    public int size() {
        return counts.length;
    }

    @Override
    public void update(long value) {
        int at = Arrays.binarySearch(bounds, value);
        counts[at < 0 ? -at - 1 : at].increment();
        sum.add(value);
    }

    @Override
    public Contents getSnapshot() {
        long[] copy = new long[counts.length];
        Arrays.setAll(copy, i -> counts[i].sum());
        return new Contents(bounds, copy, sum.sum());
    }

    /** The buckets at one time. Quantiles are interpolated, so they are as exact as the buckets are narrow. */
    static final class Contents extends Snapshot {
        private final long[] bounds;
        private final long[] counts;
        private final long sum;
        private final long count;

        Contents(long[] bounds, long[] counts, long sum) {
            this.bounds = bounds;
            this.counts = counts;
            this.sum = sum;
            this.count = Arrays.stream(counts).sum();
        }

        /** Values per bucket, not added up; the last is for what is above all bounds. */
        long[] counts() {
            return counts;
        }

        long[] bounds() {
            return bounds;
        }

        long sum() {
            return sum;
        }

        @Override
        public double getValue(double quantile) {
            double rank = quantile * count;
            long before = 0;
            for (int i = 0; i < bounds.length; i++) {
                if (counts[i] > 0 && before + counts[i] >= rank) {
                    long low = i == 0 ? 0 : bounds[i - 1];
                    return low + (bounds[i] - low) * (rank - before) / counts[i];
                }
                before += counts[i];
            }
            return count == 0 ? 0 : bounds[bounds.length - 1];
        }

        /** Unknown: the values are not kept. */
        @Override
        public long[] getValues() {
            return new long[0];
        }

        @Override
        public int size() {
            return (int) Math.min(count, Integer.MAX_VALUE);
        }

        @Override
        public long getMax() {
            return (long) getValue(1);
        }

        @Override
        public double getMean() {
            return count == 0 ? 0 : (double) sum / count;
        }

        @Override
        public long getMin() {
            return (long) getValue(0);
        }

        /** Unknown: 0. */
        @Override
        public double getStdDev() {
            return 0;
        }

        @Override
        public void dump(OutputStream output) {
            PrintWriter out = new PrintWriter(output, true, StandardCharsets.UTF_8);
            for (int i = 0; i < counts.length; i++) {
                out.println((i < bounds.length ? bounds[i] : "more") + " " + counts[i]);
            }
        }
    }
}
