package io.aikv.raft;

/**
 * The right to serve reads without asking anybody, confirmed by committed entries only: an entry that is committed was
 * accepted by a majority after it was submitted, so no other node can be elected for one election timeout from then on.
 *
 * <p>After a gap the lease counts only when it was held without a break for a whole election window: a follower that was
 * asked for its vote during the gap may still cast it shortly after it heard from this leader again. Reads use barriers
 * meanwhile.
 *
 * <p>Confirmed by the apply thread; asked by any thread, before the read: a pause after the question only moves the
 * read's instant to an earlier one inside its own interval.
 *
 * @see <a href="https://raft.github.io/raft.pdf">Raft, section 8</a>; Ratis' own lease is extended by replies of a higher
 *     term, see the notes on Ratis in the documentation
 */
final class Lease {
    /** Of the shortest election timeout: room for clocks that run at different rates. */
    private static final double SHARE = 0.8;

    private record Held(long term, long fromNanos, long sinceNanos) {}

    private final long durationNanos;
    private final long windowNanos;
    private volatile Held held = new Held(-1, 0, 0);

    /**
     * @param timeoutMinNanos the shortest time after which a follower that hears nothing stands for election
     * @param timeoutMaxNanos the longest
     */
    Lease(long timeoutMinNanos, long timeoutMaxNanos) {
        this.durationNanos = (long) (SHARE * timeoutMinNanos);
        this.windowNanos = timeoutMaxNanos;
    }

    /** An entry of {@code term} that was submitted at {@code startNanos} is committed. */
    void confirm(long term, long startNanos, long nowNanos) {
        Held old = held;
        boolean goesOn = old.term == term && nowNanos - old.fromNanos < durationNanos;
        if (!goesOn) {
            held = new Held(term, startNanos, startNanos);
        } else if (startNanos - old.fromNanos > 0) {
            held = new Held(term, startNanos, old.sinceNanos);
        }
    }

    boolean holds(long currentTerm, long nowNanos) {
        Held h = held;
        return h.term == currentTerm && nowNanos - h.fromNanos < durationNanos && nowNanos - h.sinceNanos > windowNanos;
    }

    /** How long ago the last confirmation began, in nanoseconds; {@link Long#MAX_VALUE} if not in this term. */
    long ageNanos(long currentTerm, long nowNanos) {
        Held h = held;
        return h.term == currentTerm ? nowNanos - h.fromNanos : Long.MAX_VALUE;
    }
}
