package io.aikv.raft;

import java.time.Duration;

/**
 * Decides when the commands that wait are worth an entry. An entry costs about the same whether it carries one command or
 * sixty (three syncs of a log, some thirty hand-offs between threads), so two rules make entries larger at no cost in
 * latency that a client could see:
 *
 * <ul>
 *   <li>While an entry is in flight, another one follows only if it is {@linkplain #isFull full}: Nagle's algorithm
 *       (RFC 896). Under pipelined load entries overlap; under many clients with one command each they do not.
 *   <li>When an entry is done, its clients are about to send their next commands. If others wait already, they wait for
 *       those for at most a quarter of the time that entries take, and never longer than {@code raft.gather-max}. A
 *       lone client is never held up: with nobody else waiting, its next command completes the gathering.
 * </ul>
 *
 * <p>Guarded by the lock of its {@link Proposer}.
 */
final class GroupCommit {
    /** An entry of so many commands costs about twice that of one command: from here on overlapping pays. */
    static final int FULL_COMMANDS = 64;

    static final int FULL_BYTES = 32 << 10;

    /** Share of an entry's usual latency that is spent on waiting for company. */
    private static final int LATENCY_SHARE = 4;

    /** Weight of the past in the average latency. */
    private static final double MEMORY = 0.8;

    private final long gatherMaxNanos;
    private double latencyNanos;
    private int expected;
    private long gatherUntilNanos;

    /** @param gatherMax the longest that commands wait for others; zero: never */
    GroupCommit(Duration gatherMax) {
        this.gatherMaxNanos = gatherMax.toNanos();
    }

    /** Whether so much makes an entry that may be on its way beside another one. */
    static boolean isFull(int commands, long bytes) {
        return commands >= FULL_COMMANDS || bytes >= FULL_BYTES;
    }

    /**
     * An entry is done.
     *
     * @param answered clients whose commands it carried
     * @param queued commands that wait already
     * @param tookNanos from its submission until now
     */
    void ended(int answered, int queued, long tookNanos, long nowNanos) {
        latencyNanos = latencyNanos == 0 ? tookNanos : MEMORY * latencyNanos + (1 - MEMORY) * tookNanos;
        expected = answered + queued;
        gatherUntilNanos = nowNanos + Math.min(gatherMaxNanos, (long) latencyNanos / LATENCY_SHARE);
    }

    /** How long to wait for company before an entry of what is queued is submitted; 0 or less: now. */
    long waitNanos(int queued, long queuedBytes, long nowNanos) {
        return queued >= expected || isFull(queued, queuedBytes) ? 0 : gatherUntilNanos - nowNanos;
    }
}
