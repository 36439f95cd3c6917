package io.aikv.server.stats;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Calls, time and errors of every command: what INFO commandstats, latencystats and the metrics show. Each event loop writes
 * a {@link Part} of its own without synchronisation; readers sum the parts and may see figures that are a little old.
 */
public final class CommandStats {
    /** The figures of one command. */
    public static final class Counters {
        private long calls;
        private long nanos;
        private long failed;
        private long rejected;
        private final LatencyHistogram latency = new LatencyHistogram();

        public long calls() {
            return calls;
        }

        /** From the start of the command to its reply, so a write includes its commit. */
        public long micros() {
            return nanos / 1000;
        }

        /** Ended in an error while it ran. */
        public long failed() {
            return failed;
        }

        /** Refused before it ran: arity, authentication. */
        public long rejected() {
            return rejected;
        }

        public LatencyHistogram latency() {
            return latency;
        }

        private void add(Counters other) {
            calls += other.calls;
            nanos += other.nanos;
            failed += other.failed;
            rejected += other.rejected;
            latency.add(other.latency);
        }
    }

    /** The figures that one event loop writes. */
    public final class Part {
        private final AtomicReferenceArray<@Nullable Counters> counters = new AtomicReferenceArray<>(size);
        private long processed;

        /** Counts a command that ran. */
        public void ran(int command, long nanos, boolean failed) {
            Counters c = counters(command);
            c.calls++;
            c.nanos += nanos;
            c.latency.record(nanos);
            if (failed) {
                c.failed++;
            }
            processed++;
        }

        /** Counts a command that was refused before it ran. */
        public void rejected(int command) {
            counters(command).rejected++;
        }

        private Counters counters(int command) {
            Counters c = counters.getPlain(command);
            if (c == null) {
                c = new Counters();
                counters.setRelease(command, c);
            }
            return c;
        }
    }

    private final int size;
    private final List<Part> parts = new CopyOnWriteArrayList<>();

    /** @param size how many commands there are */
    public CommandStats(int size) {
        this.size = size;
    }

    /** A new part, for one event loop. */
    public Part newPart() {
        Part part = new Part();
        parts.add(part);
        return part;
    }

    /** The sum over all loops, or null if the command was never called since the last reset. */
    public @Nullable Counters sum(int command) {
        Counters sum = null;
        for (Part part : parts) {
            Counters c = part.counters.getAcquire(command);
            if (c != null) {
                sum = sum == null ? new Counters() : sum;
                sum.add(c);
            }
        }
        return sum;
    }

    /** Commands run since the last reset. */
    public long processed() {
        long sum = 0;
        for (Part part : parts) {
            sum += part.processed;
        }
        return sum;
    }

    /** Forgets everything; commands that end at this moment may or may not be counted. */
    public void reset() {
        for (Part part : parts) {
            resetLatency(part);
            part.processed = 0;
        }
    }

    private void resetLatency(Part part) {
        for (int i = 0; i < size; i++) {
            part.counters.setRelease(i, null);
        }
    }

    /** How many commands are counted. */
    public int size() {
        return size;
    }
}
