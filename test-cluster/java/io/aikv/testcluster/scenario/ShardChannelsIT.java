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
                WireClient data = new WireClient(left.port())) {
            others.forEach(cluster::kill);
            Await.until(
                    () -> immediately(probe).contains("-CLUSTERDOWN"),
                    PATIENCE,
                    () -> "nobody leads, as far as is known");

            subscriber.send("SSUBSCRIBE", CHANNEL);
            publisher.send("SPUBLISH", CHANNEL, "x");
            data.send("SET", CHANNEL, "x");
            try (WireClient crossing = new WireClient(left.port())) {
                assertEquals(
                        "-CROSSSLOT Keys in request don't hash to the same slot",
                        crossing.call("SSUBSCRIBE " + CHANNEL + " other"));
            }
            assertTrue(immediately(probe).contains("-CLUSTERDOWN"));
            others.forEach(cluster::start);

            String leader = cluster.leader(group).address();
            for (WireClient client : List.of(subscriber, publisher, data)) {
                String reply = client.receive();
                assertTrue(
                        !reply.startsWith("-") || reply.startsWith("-MOVED ") && reply.contains(":"),
                        reply + "; leader " + leader);
            }
        }
        cluster.awaitReady();
    }

    /** What a publication in a transaction answers, which does not wait. */
    private static String immediately(WireClient client) {
        try {
            client.call("MULTI");
            client.call("SPUBLISH " + CHANNEL + " x");
            return client.call("EXEC");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
