package io.aikv.raft;

import io.aikv.base.Clock;

/**
 * The time of a group as its leader tells it: the leader's wall clock, but never behind what the log has stamped, and
 * never standing still. A leader whose wall clock is behind goes on from the last entry's time at the pace of its
 * monotonic clock, so deadlines are met whichever node leads (invariant I8).
 *
 * <p>{@link #applied} is called on the apply thread, {@link #nowMillis} on any.
 */
final class GroupTime {
    private record Anchor(long entryTimeMillis, long atNanos) {}

    private final Clock clock;
    private volatile Anchor anchor;

    GroupTime(Clock clock) {
        this.clock = clock;
        this.anchor = new Anchor(0, clock.nanos());
    }

    /** An entry of that time is applied. */
    void applied(long entryTimeMillis) {
        if (entryTimeMillis > anchor.entryTimeMillis) {
            anchor = new Anchor(entryTimeMillis, clock.nanos());
        }
    }

    /** Milliseconds since the epoch. */
    long nowMillis() {
        Anchor last = anchor;
        return Math.max(clock.epochMillis(), last.entryTimeMillis + (clock.nanos() - last.atNanos) / 1_000_000);
    }
}
