package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Load;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A leader that the majority cannot hear any more: it may still believe that it leads, but must not act on it. */
final class PartitionIT {

    private static final String KEY = "k";
    private static final int CLIENTS = 10;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @ParameterizedTest
    @ValueSource(strings = {"netty", "grpc"})
    void aLeaderCutOffServesNoStaleReadAndAcknowledgesNoWrite(String rpc) {
        TestCluster cluster = clusters.start(
                TestCluster.builder().nodes(3).groups(1).withPartitions().set("raft.rpc", rpc));
        TestNode old = cluster.leaderOf(KEY);
        TestClient atOld = cluster.client().replyTimeout(Duration.ofSeconds(15));
        TestClient client = cluster.client();
        client.set(KEY, "before");

        cluster.partition(old);
        Outcome write = atOld.askNode(old, "SET", KEY, "nobody else has this");
        assertFalse(write instanceof Outcome.Ok, () -> "a leader without a majority acknowledged a write: " + write);
        assertTrue(
                write instanceof Outcome.Unknown unknown && unknown.reason().startsWith("INDETERMINATE ")
                        || write instanceof Outcome.NotDone,
                () -> "it says so in bounded time: " + write);

        TestNode leader = cluster.awaitOtherLeader(cluster.groupOf(KEY), old);
        Await.until(
                () -> client.askNode(leader, "SET", KEY, "after") instanceof Outcome.Ok,
                Duration.ofSeconds(10),
                () -> "the majority goes on");
        for (int i = 0; i < 20; i++) {
            Outcome read = atOld.askNode(old, "GET", KEY);
            assertFalse(read instanceof Outcome.Ok, () -> "a leader without a majority answered a read: " + read);
        }

        cluster.heal();
        Await.until(() -> "after".equals(atOld.get(KEY)), Duration.ofSeconds(20), () -> "the cluster is one again");
        assertEquals("after", client.get(KEY));
    }

    @Test
    void readsThatBeginAfterTheMajorityWentOnNeverSeeTheOldValue() {
        TestCluster cluster =
                clusters.start(TestCluster.builder().nodes(3).groups(1).withPartitions());
        TestClient atOld = cluster.client();
        TestClient client = cluster.client();
        for (int round = 0; round < 3; round++) {
            TestNode old = cluster.leaderOf(KEY);
            client.set(KEY, "old" + round);
            assertEquals(
                    "old" + round,
                    TestClient.text(atOld.askNode(old, "GET", KEY).requireOk()));

            cluster.partition(old);
            TestNode leader = cluster.awaitOtherLeader(cluster.groupOf(KEY), old);
            String fresh = "new" + round;
            Await.until(
                    () -> client.askNode(leader, "SET", KEY, fresh) instanceof Outcome.Ok,
                    Duration.ofSeconds(10),
                    () -> "the majority goes on");
            cluster.heal();

            // From the moment of healing the old leader hears of the new term; until then it must not answer.
            for (int i = 0; i < 200; i++) {
                if (atOld.askNode(old, "GET", KEY) instanceof Outcome.Ok ok) {
                    assertNotEquals("old" + round, TestClient.text(ok.reply()));
                }
            }
        }
    }

    @Test
    void aHistoryAcrossPartitionsIsLinearizable() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).withPartitions());
        Load load = cluster.load(CLIENTS, ClusterExtension.seed()).awaitProgress(200);

        for (TestNode node : cluster.nodes()) {
            cluster.partition(node);
            Await.pass(Duration.ofSeconds(3));
            cluster.heal();
            cluster.awaitReady();
            load.awaitProgress(200);
        }

        load.stopAndCheck();
    }

    @Test
    void aFollowerThatHearsOnlyHalfOfTheTalkDoesNotStopTheGroup() {
        TestCluster cluster =
                clusters.start(TestCluster.builder().nodes(3).groups(1).withPartitions());
        String group = cluster.groups().get(0);
        Load load = cluster.load(CLIENTS, ClusterExtension.seed()).awaitProgress(200);

        // The leader's messages do not reach the follower, whose votes do reach everybody.
        cluster.cut(cluster.leader(group), cluster.follower(group));
        Await.pass(Duration.ofSeconds(2));
        load.awaitProgress(100);
        cluster.heal();

        load.stopAndCheck();
    }
}
