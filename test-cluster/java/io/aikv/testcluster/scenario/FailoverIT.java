package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Load;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes come and go under load; every answer must fit one order, and the replicas must end up equal. */
final class FailoverIT {

    private static final int CLIENTS = 10;
    private static final int PROGRESS = 200;
    private static final int KEYS = 400;
    private static final int VALUE_REPEATS = 20_000;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @Test
    void everyLeaderIsKilledInTurn() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3));
        Load load = cluster.load(CLIENTS, ClusterExtension.seed()).awaitProgress(PROGRESS);

        for (String group : cluster.groups()) {
            TestNode leader = cluster.leader(group);
            cluster.kill(leader);
            cluster.awaitOtherLeader(group, leader);
            load.awaitProgress(PROGRESS);
            cluster.start(leader);
            cluster.awaitReady();
            cluster.awaitCaughtUp(leader, group);
        }

        load.stopAndCheck();
    }

    @Test
    void leadershipMovesAroundByPlan() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(1));
        String group = cluster.groups().get(0);
        Load load = cluster.load(CLIENTS, ClusterExtension.seed()).awaitProgress(PROGRESS);

        for (int i = 0; i < 4; i++) {
            cluster.transferLeadership(group, cluster.follower(group));
            load.awaitProgress(PROGRESS);
        }

        load.stopAndCheck();
    }

    @Test
    void nodesAreRestartedOneAfterTheOther() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3));
        Load load = cluster.load(CLIENTS, ClusterExtension.seed()).awaitProgress(PROGRESS);

        for (TestNode node : cluster.nodes()) {
            cluster.restart(node);
            cluster.awaitReady();
            load.awaitProgress(PROGRESS);
        }

        load.stopAndCheck();
    }

    @Test
    void theWholeClusterIsKilledAndStartedAgain() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3));
        TestClient client = cluster.client();
        for (int i = 0; i < 300; i++) {
            client.set("key" + i, "value" + i);
        }

        cluster.nodes().forEach(cluster::kill);
        cluster.nodes().forEach(cluster::start);
        cluster.awaitReady();

        for (int i = 0; i < 300; i++) {
            assertEquals("value" + i, client.get("key" + i));
        }
    }

    @Test
    void aWipedFollowerIsRebuiltFromASnapshotUnderLoad() {
        // The log goes in whole segments once a snapshot covers them: more is written than the smallest one holds.
        TestCluster cluster = clusters.start(TestCluster.builder()
                .nodes(3)
                .groups(1)
                .set("raft.snapshot-entries", "200")
                .set("raft.log-preserve-entries", "0")
                .set("raft.log-segment-size", "8mb"));
        String group = cluster.groups().get(0);
        TestClient client = cluster.client();
        for (int i = 0; i < KEYS; i++) {
            client.set("key" + i, valueOf(i));
        }
        Load load = cluster.load(CLIENTS, ClusterExtension.seed()).awaitProgress(PROGRESS);

        TestNode follower = cluster.follower(group);
        cluster.kill(follower);
        cluster.wipe(follower);
        load.awaitProgress(PROGRESS);
        cluster.start(follower);
        cluster.awaitCaughtUp(follower, group);
        assertTrue(
                follower.groups().stream().anyMatch(status -> status.group().equals(group) && status.installs() > 0),
                () -> "rebuilt from the log, not from a snapshot: " + cluster.describe());

        load.stopAndCheck();
        cluster.transferLeadership(group, follower);
        for (int i = 0; i < KEYS; i++) {
            assertEquals(valueOf(i), client.get("key" + i));
        }
    }

    private static String valueOf(int i) {
        return (i + ".").repeat(VALUE_REPEATS);
    }
}
