package io.aikv.server.stats;

/**
 * Counts latencies in buckets that are at most 1/16 of their value wide, from 1 microsecond to hours. One thread writes;
 * others may read figures that are a little old. About 2.4 KB.
 */
public final class LatencyHistogram {
    private static final int SUB_BITS = 4;
    private static final int SUB = 1 << SUB_BITS;
    private static final int BUCKETS = SUB * 38;

    private final long[] counts = new long[BUCKETS];
    private long total;

    /** Counts one latency. */
    public void record(long nanos) {
        counts[bucket(nanos / 1000)]++;
        total++;
    }

    /** Adds the counts of another. */
    public void add(LatencyHistogram other) {
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] += other.counts[i];
        }
        total += other.total;
    }

    public long total() {
        return total;
    }

    /** The latency in microseconds that {@code percent} of the counted ones do not exceed (the bucket's upper end). */
    public double percentileMicros(double percent) {
        long wanted = Math.max(1, (long) Math.ceil(total * percent / 100));
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return upperEnd(i);
            }
        }
        return 0;
    }

    /** How many latencies are at most {@code micros} long, to the precision of the buckets. */
    public long countUpTo(long micros) {
        long sum = 0;
        for (int i = 0; i < BUCKETS && upperEnd(i) <= micros; i++) {
            sum += counts[i];
        }
        return sum;
    }

    private static int bucket(long micros) {
        if (micros < SUB) {
            return (int) Math.max(0, micros);
        }
        int power = 63 - Long.numberOfLeadingZeros(micros);
        int sub = (int) (micros >>> (power - SUB_BITS)) & (SUB - 1);
        return Math.min(BUCKETS - 1, (power - SUB_BITS + 1) * SUB + sub);
    }

    /** The largest value that falls into bucket {@code index}. */
    static long upperEnd(int index) {
        if (index < SUB) {
            return index;
        }
        int power = index / SUB + SUB_BITS - 1;
        long width = 1L << (power - SUB_BITS);
        return (1L << power) + (index % SUB + 1) * width - 1;
    }
}
