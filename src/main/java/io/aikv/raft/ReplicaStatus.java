package io.aikv.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A group as this node sees it, for INFO, metrics and operators. Numbers are read one after the other, not at one instant.
 *
 * @param role {@code leader}, {@code follower}, {@code candidate} or {@code stopped}
 * @param leader the leader's node, or null if none is known
 * @param lastIndex the last entry in this node's log
 * @param committedIndex the last entry this node knows to be committed
 * @param durableIndex the last entry whose effects are on disk outside the log
 * @param snapshotIndex up to where the log may be, or was, purged
 * @param leaseHeld whether reads are served under the lease
 * @param queuedCommands commands that wait for their entry
 * @param followers on the leader: its followers; else empty
 * @param failure why the group stopped on this node, or null
 */
public record ReplicaStatus(
        String group,
        String role,
        long term,
        @Nullable String leader,
        long lastIndex,
        long committedIndex,
        long appliedIndex,
        long durableIndex,
        long snapshotIndex,
        boolean leaseHeld,
        int queuedCommands,
        int entriesInFlight,
        List<Follower> followers,
        Counters counters,
        @Nullable String failure) {

    /**
     * @param matchIndex up to where the follower's log is known to equal the leader's
     * @param lastContactMillis how long ago it answered
     */
    public record Follower(String node, long matchIndex, long lastContactMillis) {}

    /** Since the group was opened here; see {@link RaftMetrics}. */
    public record Counters(
            long entries,
            long commands,
            long barriers,
            long elections,
            long installs,
            long overloads,
            long indeterminate) {}
}
