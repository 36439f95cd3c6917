package io.aikv.raft;

import io.aikv.base.Check;
import io.aikv.transport.PeerGate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How a node takes part in its groups.
 *
 * @param node this node's name: it stands in logs and configurations, so it never changes
 * @param directory where logs and stores are kept
 * @param host address to listen on
 * @param port Raft port to listen on
 * @param rpc how nodes talk
 * @param inMemory keep logs in memory too: nothing survives the process
 * @param leaderLease whether leaders read under a lease; else every batch of reads costs an entry
 * @param properties raw {@code raft.*} properties of Ratis, set last
 * @param gate which nodes to talk to, and how that is protected; Ratis' gRPC knows of TLS only
 */
public record RaftOptions(
        String node,
        Path directory,
        String host,
        int port,
        Rpc rpc,
        boolean inMemory,
        boolean leaderLease,
        Timing timing,
        Limits limits,
        LogOptions log,
        Map<String, String> properties,
        PeerGate gate) {

    /** How messages travel. */
    public enum Rpc {
        /** AiKv's own transport, {@link io.aikv.raft.rpc}: least CPU and latency for each entry. */
        NETTY,
        /** Ratis' transport over gRPC. */
        GRPC
    }

    /**
     * @param electionMin the shortest silence after which a follower stands for election; leases are shorter
     * @param electionMax the longest
     * @param holdMax how long a write or read waits inside for a leadership that is just being taken over
     * @param replicaReadMax how long a read on a replica waits for its read index
     * @param requestMax how long a node waits for the answer to one message of Raft
     * @param gatherMax how long commands wait at most for others to share their entry, see {@link GroupCommit}
     */
    public record Timing(
            Duration electionMin,
            Duration electionMax,
            Duration holdMax,
            Duration replicaReadMax,
            Duration requestMax,
            Duration gatherMax) {
        public static Timing defaults() {
            return new Timing(
                    Duration.ofMillis(500),
                    Duration.ofMillis(1000),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(2),
                    Duration.ofMillis(2));
        }
    }

    /**
     * @param entriesInFlight entries of one group submitted and not yet applied, at most; more than one only if full
     * @param entryBytes the largest entry; a command that does not fit is split
     * @param batchBytes an entry of several commands is at most so large
     * @param entryCommands commands in an entry
     * @param queueCommands commands of one group that wait for their entry
     * @param queueBytes their bytes
     * @param commandBytes the largest command that is accepted at all
     */
    public record Limits(
            int entriesInFlight,
            int entryBytes,
            int batchBytes,
            int entryCommands,
            int queueCommands,
            long queueBytes,
            int commandBytes) {
        public static Limits defaults() {
            return new Limits(2, 1 << 20, 1 << 20, 4096, 65_536, 64L << 20, (512 << 20) + (1 << 20));
        }
    }

    /**
     * @param segmentBytes size of one file of the log; see {@link #heapBytes}
     * @param snapshotEntries a snapshot is taken, and the log purged behind it, every so many entries
     * @param snapshotBytes or when the entries have so many bytes
     * @param keptEntries entries that stay behind a snapshot, at most, so that a short outage needs no snapshot
     * @param keptBytes their bytes, at most
     */
    public record LogOptions(
            long segmentBytes, long snapshotEntries, long snapshotBytes, long keptEntries, long keptBytes) {
        /** Segments behind the open one whose entries stay in the heap, for followers that are a little behind. */
        static final int CLOSED_IN_MEMORY = 1;

        public static LogOptions defaults() {
            return new LogOptions(8L << 20, 100_000, 256L << 20, 50_000, 128L << 20);
        }

        /** What the log of one group takes of the heap, at most: Ratis keeps every entry of the open segment. */
        long heapBytes() {
            return (1 + CLOSED_IN_MEMORY) * segmentBytes;
        }
    }

    public RaftOptions {
        Check.argument(!node.isEmpty(), "a node without a name");
        Check.argument(
                timing.electionMin().compareTo(timing.electionMax()) < 0,
                "election timeouts from %s to %s",
                timing.electionMin(),
                timing.electionMax());
        Check.argument(limits.entryBytes() >= 4096, "entries of %s bytes", limits.entryBytes());
        Check.argument(
                limits.batchBytes() >= 4096 && limits.batchBytes() <= limits.entryBytes(),
                "batches of %s bytes",
                limits.batchBytes());
        Check.argument(limits.entriesInFlight() >= 1, "%s entries in flight", limits.entriesInFlight());
        properties = Map.copyOf(properties);
    }

    public static RaftOptions defaults(String node, Path directory, String host, int port) {
        return new RaftOptions(
                node,
                directory,
                host,
                port,
                Rpc.NETTY,
                false,
                true,
                Timing.defaults(),
                Limits.defaults(),
                LogOptions.defaults(),
                Map.of(),
                PeerGate.open(node));
    }

    public RaftOptions withRpc(Rpc other) {
        return new RaftOptions(
                node, directory, host, port, other, inMemory, leaderLease, timing, limits, log, properties, gate);
    }

    public RaftOptions withInMemory(boolean other) {
        return new RaftOptions(
                node, directory, host, port, rpc, other, leaderLease, timing, limits, log, properties, gate);
    }

    public RaftOptions withLeaderLease(boolean other) {
        return new RaftOptions(
                node, directory, host, port, rpc, inMemory, other, timing, limits, log, properties, gate);
    }

    public RaftOptions withTiming(Timing other) {
        return new RaftOptions(
                node, directory, host, port, rpc, inMemory, leaderLease, other, limits, log, properties, gate);
    }

    public RaftOptions withLimits(Limits other) {
        return new RaftOptions(
                node, directory, host, port, rpc, inMemory, leaderLease, timing, other, log, properties, gate);
    }

    public RaftOptions withLog(LogOptions other) {
        return new RaftOptions(
                node, directory, host, port, rpc, inMemory, leaderLease, timing, limits, other, properties, gate);
    }

    public RaftOptions withProperties(Map<String, String> other) {
        return new RaftOptions(
                node, directory, host, port, rpc, inMemory, leaderLease, timing, limits, log, other, gate);
    }

    public RaftOptions withGate(PeerGate other) {
        return new RaftOptions(
                node, directory, host, port, rpc, inMemory, leaderLease, timing, limits, log, properties, other);
    }
}
