package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.aikv.topology.Layout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** WAIT and WAITAOF on a node whose groups have different numbers of replicas. */
final class WaitIT {

    /** Node n1 has two groups, one of them alone. */
    static final String LAYOUT = """
            meta = ["n1"]

            [[nodes]]
            name = "n1"
            host = "127.0.0.1"
            port = 7001

            [[nodes]]
            name = "n2"
            host = "127.0.0.1"
            port = 7002

            [[nodes]]
            name = "n3"
            host = "127.0.0.1"
            port = 7003

            [[groups]]
            name = "alone"
            slots = ["0-8191"]
            replicas = ["n1"]

            [[groups]]
            name = "three"
            slots = ["8192-16383"]
            replicas = ["n1", "n2", "n3"]
            """;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster cluster;
    private TestClient client;
    private TestNode node;

    @BeforeEach
    void start() {
        cluster = clusters.start(TestCluster.builder().layout(Layout.parse(LAYOUT, "wait.toml")));
        client = cluster.client();
        node = cluster.node("n1");
        cluster.transferLeadership("three", node);
    }

    private String ask(String... command) {
        return TestClient.text(client.askNode(node, command).requireOk());
    }

    private void set(String group) {
        assertEquals("OK", ask("SET", cluster.keyOf(group, "k"), "v"));
    }

    @Test
    void theGroupWithTheFewestReplicasCounts() {
        set("three");
        assertEquals("2", ask("WAIT", "2", "0"));

        set("alone");
        assertEquals("0", ask("WAIT", "0", "0"));
        set("three");
        assertEquals("0", ask("WAIT", "1", "50"));
        assertEquals(
                Reply.array(Reply.ONE, Reply.ZERO),
                client.askNode(node, "WAITAOF", "1", "1", "50").requireOk());
    }

    @Test
    void aWriteToEveryGroupIsOneToTheFewestReplicas() {
        set("three");
        assertEquals("2", ask("WAIT", "2", "0"));

        ask("FLUSHALL");

        assertEquals("0", ask("WAIT", "1", "50"));
    }

    @Test
    void waitingEndsWhenTheLeadershipMovesAway() {
        set("three");
        cluster.kill(cluster.node("n3"));
        set("three");
        CompletableFuture<Reply> waiting = client.send(node, "WAIT", "2", "0");

        cluster.transferLeadership("three", cluster.node("n2"));

        assertEquals(
                "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
                TestClient.text(waiting.orTimeout(20, TimeUnit.SECONDS).join()));
    }
}
