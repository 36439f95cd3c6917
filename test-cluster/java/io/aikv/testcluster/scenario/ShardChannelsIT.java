package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Shard channels while nobody leads their slot. */
final class ShardChannelsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CHANNEL = "channel";
    private static final String CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot";

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @Test
    void whoSubscribesOrPublishesDuringAnElectionWaitsForItsEnd() throws Exception {
        TestCluster cluster = clusters.start(TestCluster.builder()
                .nodes(3)
                .groups(1)
                .set("cluster.leader-wait", "\"120s\"")
                .set("cluster.require-full-coverage", "false"));
        String group = cluster.groups().get(0);
        TestNode left = cluster.follower(group);
        List<TestNode> others =
                cluster.nodes().stream().filter(node -> node != left).toList();
        try (WireClient probe = new WireClient(left.port());
                WireClient subscriber = new WireClient(left.port());
                WireClient publisher = new WireClient(left.port());
                WireClient data = new WireClient(left.port());
                WireClient script = new WireClient(left.port());
                WireClient subscribing = new WireClient(left.port());
                WireClient publishing = new WireClient(left.port())) {
            others.forEach(cluster::kill);
            Await.until(() -> nobodyLeads(probe), PATIENCE, () -> "nobody leads, as far as is known");

            subscriber.send("SSUBSCRIBE", CHANNEL);
            publisher.send("SPUBLISH", CHANNEL, "x");
            data.send("SET", CHANNEL, "x");
            script.send("EVAL", "return redis.call('SPUBLISH', KEYS[1], 'x')", "1", CHANNEL);
            execute(subscribing, "SSUBSCRIBE " + CHANNEL);
            execute(publishing, "PING", "SPUBLISH " + CHANNEL + " x", "ECHO end");
            try (WireClient crossing = new WireClient(left.port())) {
                assertEquals(CROSS_SLOT, crossing.call("SSUBSCRIBE " + CHANNEL + " other"));
                assertEquals("+OK", crossing.call("MULTI"));
                assertEquals(CROSS_SLOT, crossing.call("SSUBSCRIBE " + CHANNEL + " other"));
                assertTrue(crossing.call("EXEC").startsWith("-EXECABORT "));
            }
            assertTrue(nobodyLeads(probe));
            others.forEach(cluster::start);

            String leader = cluster.leader(group).address();
            for (WireClient client : List.of(subscriber, publisher, data, script)) {
                assertServedOrMoved(client.receive(), leader);
            }
            assertEquals("*1", subscribing.receiveHead());
            assertServedOrMoved(subscribing.receive(), leader);
            assertEquals("*3", publishing.receiveHead());
            List<String> replies = publishing.receiveItems(3);
            assertEquals(List.of("+PONG", "$end"), List.of(replies.get(0), replies.get(2)));
            assertServedOrMoved(replies.get(1), leader);
        }
        cluster.awaitReady();
    }

    private static void assertServedOrMoved(String reply, String leader) {
        assertTrue(
                !reply.startsWith("-") || reply.startsWith("-MOVED ") && reply.contains(":"),
                reply + "; leader " + leader);
    }

    /** Whether no range of slots has a leader that the node of that client knows. */
    private static boolean nobodyLeads(WireClient client) {
        try {
            return client.call("CLUSTER INFO").contains("cluster_slots_fail:16384");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a transaction without waiting for what EXEC answers. */
    private static void execute(WireClient client, String... lines) throws IOException {
        assertEquals("+OK", client.call("MULTI"));
        for (String line : lines) {
            assertEquals("+QUEUED", client.call(line));
        }
        client.send("EXEC");
    }
}
