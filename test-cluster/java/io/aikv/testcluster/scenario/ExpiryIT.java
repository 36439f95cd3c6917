package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Deadlines of keys across leaders whose clocks disagree: what has expired stays expired. */
final class ExpiryIT {

    private static final long HOUR_MILLIS = 3_600_000;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster oneGroup() {
        return clusters.start(TestCluster.builder().nodes(3).groups(1));
    }

    @Test
    void aDeadlineSurvivesTheLeaderThatGaveIt() {
        TestCluster cluster = oneGroup();
        TestClient client = cluster.client();
        String group = cluster.groups().get(0);
        client.call("SET", "long", "v", "PX", "600000");
        client.call("SET", "short", "v", "PX", "3000");
        long written = System.nanoTime();

        TestNode old = cluster.leader(group);
        cluster.kill(old);
        cluster.awaitOtherLeader(group, old);

        long left = Long.parseLong(String.valueOf(TestClient.text(client.call("PTTL", "long"))));
        assertTrue(left > 500_000 && left <= 600_000, () -> "milliseconds left: " + left);
        Await.until(() -> client.get("short") == null, Duration.ofSeconds(10), () -> "the key expires");
        long lived = (System.nanoTime() - written) / 1_000_000;
        assertTrue(lived >= 2_500, () -> "expired after " + lived + " of 3000 ms");
        assertNotNull(client.get("long"));
    }

    @Test
    void anExpiredKeyDoesNotComeBackUnderALeaderWhoseClockIsBehind() {
        TestCluster cluster = oneGroup();
        TestClient client = cluster.client();
        String group = cluster.groups().get(0);
        client.call("SET", "k", "v", "PX", "300");
        Await.until(() -> client.get("k") == null, Duration.ofSeconds(10), () -> "the key expires");
        client.call("SET", "other", "v"); // an entry with a time after the deadline

        TestNode behind = cluster.follower(group);
        cluster.skewClock(behind, -HOUR_MILLIS);
        cluster.transferLeadership(group, behind);

        assertNull(client.get("k"));
        assertEquals("0", TestClient.text(client.call("EXISTS", "k")));
        client.call("SET", "k2", "v", "PX", "300");
        Await.until(
                () -> client.get("k2") == null,
                Duration.ofSeconds(10),
                () -> "a key expires although the group's time is ahead of its leader's clock");
    }

    @Test
    void replicasAgreeWhateverTheirClocksSay() {
        TestCluster cluster = oneGroup();
        TestClient client = cluster.client();
        String group = cluster.groups().get(0);
        for (TestNode node : cluster.nodes()) {
            cluster.skewClock(node, node == cluster.leader(group) ? 0 : 10 * HOUR_MILLIS);
        }
        for (int i = 0; i < 200; i++) {
            client.call("SET", "k" + i, "v", "EX", "100");
        }

        for (TestNode node : cluster.nodes()) {
            cluster.awaitCaughtUp(node, group);
        }
        for (int i = 0; i < 200; i++) {
            assertEquals("v", client.get("k" + i));
        }
        cluster.awaitEqualDigests();
    }
}
