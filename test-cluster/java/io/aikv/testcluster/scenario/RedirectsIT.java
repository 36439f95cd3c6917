package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.Slots;
import io.aikv.resp.Reply;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where a client that asks the wrong node is sent, before and after the leader changes. */
final class RedirectsIT {

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster cluster;
    private TestClient client;

    @BeforeEach
    void start() {
        cluster = clusters.start(TestCluster.builder().nodes(3));
        client = cluster.client();
    }

    @Test
    void aNodeThatDoesNotLeadTheSlotNamesTheOneThatDoes() {
        for (String group : cluster.groups()) {
            String key = cluster.keyOf(group, "k");
            TestNode leader = cluster.leader(group);
            String moved = "MOVED " + Slots.of(Bytes.utf8(key)) + " " + leader.address();
            for (TestNode node : cluster.nodes()) {
                if (node != leader) {
                    assertEquals(moved, refusal(client.askNode(node, "SET", key, "v")));
                    assertEquals(moved, refusal(client.askNode(node, "GET", key)));
                }
            }
            assertEquals(Reply.OK, client.askNode(leader, "SET", key, "v").requireOk());
        }
    }

    @Test
    void afterAFailoverTheRedirectNamesTheNewLeader() {
        String group = cluster.groups().get(0);
        String key = cluster.keyOf(group, "k");
        TestNode old = cluster.leader(group);
        client.set(key, "v");

        cluster.kill(old);
        TestNode leader = cluster.awaitOtherLeader(group, old);

        TestNode third = cluster.replicas(group).stream()
                .filter(node -> node != old && node != leader)
                .findFirst()
                .orElseThrow();
        String moved = "MOVED " + Slots.of(Bytes.utf8(key)) + " " + leader.address();
        Await.until(
                () -> moved.equals(refusal(client.askNode(third, "GET", key))),
                Duration.ofSeconds(5),
                () -> third + " answers " + moved);
        assertEquals("v", client.get(key));
    }

    @Test
    void keysOfTwoSlotsInOneCommandAreRefused() {
        TestNode leader = cluster.leaderOf("{a}1");

        assertEquals(
                "CROSSSLOT Keys in request don't hash to the same slot",
                refusal(client.askNode(leader, "MSET", "{a}1", "v", "{b}1", "v")));
        assertEquals(Reply.OK, client.call("MSET", "{a}1", "v", "{a}2", "v"));
        assertNull(client.get("{b}1"));
    }

    @Test
    void aReplicaServesReadsAfterReadonlyAndSeesWhatWasAcknowledged() {
        String group = cluster.groups().get(0);
        String key = cluster.keyOf(group, "k");
        TestNode follower = cluster.follower(group);
        client.askNode(follower, "READONLY").requireOk();

        for (int i = 0; i < 20; i++) {
            client.set(key, "v" + i);
            Outcome read = client.askNode(follower, "GET", key);
            assertEquals("v" + i, TestClient.text(read.requireOk()));
        }
        assertTrue(refusal(client.askNode(follower, "SET", key, "v")).startsWith("MOVED "));
    }

    private static String refusal(Outcome outcome) {
        return assertInstanceOf(Outcome.NotDone.class, outcome).reason();
    }
}
