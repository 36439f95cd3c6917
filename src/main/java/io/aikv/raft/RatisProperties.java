package io.aikv.raft;

import io.aikv.raft.rpc.NettyRpc;
import io.aikv.raft.rpc.PeerLocator;
import io.aikv.raft.rpc.TransportOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * Ratis' properties for a node. Names and defaults were checked against the sources of 3.3.0: an unknown name is ignored
 * silently. Why each differs from its default stands beside it.
 */
final class RatisProperties {
    private static final int SNAPSHOT_CHUNK_BYTES = 4 << 20;
    /** What a message holds beside entries or a part of a snapshot: much more than it ever needs. */
    private static final int MESSAGE_HEAD_BYTES = 1 << 20;
    /** Event loops for the messages of all groups: one carries hundreds of megabytes a second. */
    private static final int LOOPS = 1;

    private RatisProperties() {}

    static RaftProperties of(RaftOptions options, Path logs) {
        RaftProperties p = new RaftProperties();
        // The address of AiKv's own transport is in transport().
        p.set("raft.rpc.type", options.rpc() == RaftOptions.Rpc.NETTY ? NettyRpc.class.getName() : "GRPC");
        p.set("raft.grpc.server.host", options.host());
        p.set("raft.grpc.server.port", Integer.toString(options.port()));
        p.set("raft.server.storage.dir", logs.toString());
        timing(p, options.timing());
        log(p, options);
        // We never repeat a call id; the default keeps every entry's reply for a minute on all replicas.
        p.set("raft.server.retrycache.expirytime", "2s");
        p.set("raft.server.write.element-limit", "4096");
        p.set("raft.server.write.byte-limit", "64MB");
        // Ratis' own linearizable reads return stale values (ReadIndex and lease); ours do not pass through it.
        p.set("raft.server.read.option", "DEFAULT");
        // A machine that slept for a minute would find its server closed. What a pause may break, lease and log see to.
        p.set("raft.server.close.threshold", "36500d");
        p.set("raft.server.snapshot.auto.trigger.enabled", "true");
        // Asks after this many entries; GroupStateMachine and LogRetention decide, by bytes too.
        p.set("raft.server.snapshot.auto.trigger.threshold", "16");
        p.set("raft.server.snapshot.trigger-when-stop.enabled", "false");
        p.set("raft.server.snapshot.creation.gap", "1");
        p.set("raft.grpc.server.leader.outstanding.appends.max", "4");
        p.set("raft.grpc.flow.control.window", "8MB");
        p.set("raft.grpc.message.size.max", 18L * (1 << 20) + options.limits().entryBytes() + "B");
        options.properties().forEach(p::set);
        return p;
    }

    private static void timing(RaftProperties p, RaftOptions.Timing timing) {
        p.set("raft.server.rpc.timeout.min", millis(timing.electionMin()));
        p.set("raft.server.rpc.timeout.max", millis(timing.electionMax()));
        p.set("raft.server.rpc.first-election.timeout.min", "100ms");
        p.set("raft.server.rpc.first-election.timeout.max", "200ms");
        p.set("raft.server.rpc.request.timeout", millis(timing.requestMax()));
        p.set("raft.server.rpc.slowness.timeout", "10s");
        // Also how long a leader that lost its majority may not stand again; the default is 10 s.
        p.set("raft.server.leaderelection.leader.step-down.wait-time", "2s");
        p.set("raft.server.leaderelection.pre-vote", "true");
        p.set("raft.server.log.appender.retry.policy", retryPolicy(timing));
    }

    /**
     * How long Ratis' gRPC appender sleeps after failures. The default reaches pauses of 5 s: a follower that restarts would be
     * found late. And they must always be shorter than the time between heartbeats, half of the shortest election timeout: after
     * a longer one GrpcLogAppender (3.3.0) sends a heartbeat in place of entries, each time, and a follower that has lost its log
     * answers a heartbeat INCONSISTENCY, which counts as a failure and never takes the next index below what the follower once
     * had, so it gets no entry for ever. The sleep is up to half as long again as what is said here.
     */
    private static String retryPolicy(RaftOptions.Timing timing) {
        long maxMillis = Math.max(1, timing.electionMin().toMillis() / 8);
        return "ExponentialBackoffRetry," + Math.min(10, maxMillis) + "ms," + maxMillis + "ms," + Integer.MAX_VALUE;
    }

    private static void log(RaftProperties p, RaftOptions options) {
        RaftOptions.LogOptions log = options.log();
        long appendBytes = appendBytes(options);
        // An entry, an fsync and a round of replication more per commit.
        p.set("raft.server.log.log-metadata.enabled", "false");
        p.set("raft.server.log.append-entries.compose.enabled", "false");
        p.set("raft.server.log.appender.wait-time.min", "0ms");
        p.set("raft.server.log.appender.buffer.byte-limit", appendBytes + "B");
        // Direct memory per group; Ratis wants it larger than what one append may hold.
        p.set("raft.server.log.write.buffer.size", appendBytes + 4096 + "B");
        p.set("raft.server.log.segment.size.max", log.segmentBytes() + "B");
        p.set("raft.server.log.preallocated.size", Math.min(4L << 20, log.segmentBytes()) + "B");
        // The open segment is held in the heap as a whole, whatever these say: see RaftOptions.LogOptions.
        p.set("raft.server.log.segment.cache.num.max", Integer.toString(RaftOptions.LogOptions.CLOSED_IN_MEMORY));
        p.set("raft.server.log.segment.cache.size.max", log.segmentBytes() + "B");
        p.set("raft.server.log.purge.upto.snapshot.index", "true");
        p.set("raft.server.log.purge.gap", "1");
        p.set("raft.server.log.purge.preservation.log.num", "0");
        p.set("raft.server.log.appender.install.snapshot.enabled", "true");
        p.set("raft.server.log.appender.snapshot.chunk.size.max", SNAPSHOT_CHUNK_BYTES + "B");
        if (options.inMemory()) {
            // Nothing survives the process anyway. Not Ratis' memory log: it cannot be purged (MemoryRaftLog 3.3.0).
            p.set("raft.server.log.unsafe-flush.enabled", "true");
        }
    }

    /** Entries that travel together. */
    private static long appendBytes(RaftOptions options) {
        return Math.max(4L << 20, options.limits().entryBytes() + 4096L);
    }

    /** What AiKv's own transport needs to know. */
    static TransportOptions transport(RaftOptions options, PeerLocator locator, Predicate<RaftGroupId> isOpen) {
        long messageBytes = Math.max(appendBytes(options), SNAPSHOT_CHUNK_BYTES) + MESSAGE_HEAD_BYTES;
        return new TransportOptions(
                options.node(),
                options.host(),
                options.port(),
                options.timing().requestMax(),
                Math.toIntExact(messageBytes),
                LOOPS,
                locator,
                isOpen,
                options.gate());
    }

    private static String millis(Duration duration) {
        return duration.toMillis() + "ms";
    }
}
