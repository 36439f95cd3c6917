package io.aikv.server.command;

import java.util.ArrayDeque;

/**
 * How much of something there was per second lately: INFO's instantaneous figures. {@link #sample} is called ten times a
 * second; the rate is that over the last {@value #SAMPLES} samples. Any thread; a lock guards the samples.
 */
public final class Rates {
    static final int SAMPLES = 16;

    /** One look at the counters; the figures grow until CONFIG RESETSTAT. */
    private record Sample(long nanos, long commands, long inBytes, long outBytes, long peerIn, long peerOut) {}

    /** Per second. */
    record Now(double commands, double inBytes, double outBytes, double peerInBytes, double peerOutBytes) {}

    private static final Now NOTHING = new Now(0, 0, 0, 0, 0);

    private final NodeFacts node;
    private final ArrayDeque<Sample> samples = new ArrayDeque<>();
    private final PeakMemory peak;

    Rates(NodeFacts node, PeakMemory peak) {
        this.node = node;
        this.peak = peak;
    }

    /** Takes a sample, and notes the memory in use. Cost: some sums. */
    public void sample() {
        ServerFigures figures = node.figures();
        Sample sample = new Sample(
                node.clock().nanos(),
                node.commandStats().processed(),
                figures.netInBytes(),
                figures.netOutBytes(),
                figures.peerInBytes(),
                figures.peerOutBytes());
        synchronized (samples) {
            samples.addLast(sample);
            if (samples.size() > SAMPLES) {
                samples.removeFirst();
            }
        }
        peak.note();
    }

    void reset() {
        synchronized (samples) {
            samples.clear();
        }
    }

    Now now() {
        synchronized (samples) {
            if (samples.size() < 2) {
                return NOTHING;
            }
            Sample a = samples.getFirst();
            Sample b = samples.getLast();
            double seconds = (b.nanos - a.nanos) / 1e9;
            if (seconds <= 0) {
                return NOTHING;
            }
            return new Now(
                    perSecond(a.commands, b.commands, seconds),
                    perSecond(a.inBytes, b.inBytes, seconds),
                    perSecond(a.outBytes, b.outBytes, seconds),
                    perSecond(a.peerIn, b.peerIn, seconds),
                    perSecond(a.peerOut, b.peerOut, seconds));
        }
    }

    /** A counter that was reset in between counts as standing still. */
    private static double perSecond(long before, long after, double seconds) {
        return Math.max(0, after - before) / seconds;
    }
}
