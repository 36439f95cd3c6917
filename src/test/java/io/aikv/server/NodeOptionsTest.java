package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.aikv.raft.RaftOptions;
import io.aikv.server.config.Config;
import io.aikv.transport.PeerGate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NodeOptionsTest {
    @Test
    void theKeysOfRaftBecomeItsOptions() {
        Config config = Config.parse(
                "",
                "test",
                List.of(
                        "raft.rpc=grpc",
                        "raft.election-timeout-min=100ms",
                        "raft.election-timeout-max=200ms",
                        "raft.request-timeout=300ms",
                        "raft.barrier-timeout=400ms",
                        "cluster.leader-wait=500ms",
                        "raft.leader-lease=false",
                        "raft.entry-bytes-max=8mb",
                        "raft.batch-bytes-max=64kb",
                        "raft.batch-commands-max=7",
                        "raft.entries-in-flight=1",
                        "raft.gather-max=3ms",
                        "raft.queue-bytes-max=16mb",
                        "raft.queue-commands-max=8",
                        "limits.proto-max-bulk-len=1mb",
                        "raft.log-segment-size=32mb",
                        "raft.snapshot-entries=900",
                        "raft.snapshot-bytes=2mb",
                        "raft.log-preserve-bytes=1mb",
                        "raft.log-preserve-entries=90"));

        RaftOptions options = NodeOptions.raft(config, 1234, PeerGate.open("n1"));

        assertEquals(1234, options.port());
        assertEquals(RaftOptions.Rpc.GRPC, options.rpc());
        assertFalse(options.leaderLease());
        assertEquals(
                new RaftOptions.Timing(
                        Duration.ofMillis(100),
                        Duration.ofMillis(200),
                        Duration.ofMillis(500),
                        Duration.ofMillis(400),
                        Duration.ofMillis(300),
                        Duration.ofMillis(3)),
                options.timing());
        assertEquals(new RaftOptions.Limits(1, 8 << 20, 64 << 10, 7, 8, 16L << 20, 2 << 20), options.limits());
        assertEquals(new RaftOptions.LogOptions(32L << 20, 900, 2L << 20, 90, 1L << 20), options.log());
    }
}
