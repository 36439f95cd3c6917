package io.aikv.raft;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.apache.ratis.conf.RaftProperties;

/**
 * Ratis' properties for a node. Names and defaults were checked against the sources of 3.3.0: an unknown name is ignored
 * silently. Why each differs from its default stands beside it.
 */
final class RatisProperties {
    private RatisProperties() {}

    static RaftProperties of(RaftOptions options, Path logs) {
        RaftProperties p = new RaftProperties();
        String rpc = options.rpc().name().toLowerCase(Locale.ROOT);
        p.set("raft.rpc.type", options.rpc().name());
        p.set("raft." + rpc + ".server.host", options.host());
        p.set("raft." + rpc + ".server.port", Integer.toString(options.port()));
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
        // The default reaches pauses of 5 s: a follower that restarts would be found late.
        p.set("raft.server.log.appender.retry.policy", "ExponentialBackoffRetry,10ms,500ms,10000");
    }

    private static void log(RaftProperties p, RaftOptions options) {
        RaftOptions.LogOptions log = options.log();
        long appendBytes = Math.max(4L << 20, options.limits().entryBytes() + 4096L);
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
        p.set("raft.server.log.appender.snapshot.chunk.size.max", "4MB");
        if (options.inMemory()) {
            // Nothing survives the process anyway. Not Ratis' memory log: it cannot be purged (MemoryRaftLog 3.3.0).
            p.set("raft.server.log.unsafe-flush.enabled", "true");
        }
    }

    private static String millis(Duration duration) {
        return duration.toMillis() + "ms";
    }
}
