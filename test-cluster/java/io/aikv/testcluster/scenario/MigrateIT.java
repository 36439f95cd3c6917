package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Slots;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** MIGRATE from one cluster to another. */
final class MigrateIT {
    private static final String TIMEOUT_MILLIS = "20000";

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster source;
    private TestCluster target;
    private TestClient here;
    private TestClient there;

    @BeforeEach
    void start() {
        source = clusters.start(TestCluster.builder().nodes(3).groups(2));
        target = clusters.start(TestCluster.builder().nodes(3).groups(2));
        here = source.client();
        there = target.client();
    }

    private static TestNode other(TestCluster cluster, TestNode node) {
        return cluster.nodes().stream()
                .filter(one -> !one.equals(node))
                .findAny()
                .orElseThrow();
    }

    /** The line with which a node answers. */
    private String migrate(TestNode from, TestNode to, String... keys) throws Exception {
        List<String> words = new ArrayList<>(
                List.of("MIGRATE", "127.0.0.1", Integer.toString(to.port()), "", "0", TIMEOUT_MILLIS, "KEYS"));
        words.addAll(List.of(keys));
        return TestClient.text(here.send(from, words.toArray(new String[0])).get(60, TimeUnit.SECONDS));
    }

    @Test
    void keysOfASlotMoveToTheLeaderOfTheOtherCluster() throws Exception {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            keys.add("{tag}" + i);
            here.set(keys.get(i), "value " + i);
        }
        here.call("HSET", "{tag}hash", "field", "value");
        here.call("PEXPIRE", "{tag}hash", "1000000");
        keys.add("{tag}hash");
        keys.add("{tag}absent");

        assertEquals("OK", migrate(source.leaderOf("{tag}"), target.leaderOf("{tag}"), keys.toArray(new String[0])));

        for (int i = 0; i < 200; i++) {
            assertEquals("value " + i, there.get("{tag}" + i));
            assertNull(here.get("{tag}" + i));
        }
        assertEquals("value", TestClient.text(there.call("HGET", "{tag}hash", "field")));
        long left = Long.parseLong(TestClient.text(there.call("PTTL", "{tag}hash")));
        assertTrue(left > 0 && left <= 1_000_000, () -> "left " + left);
        assertEquals("0", TestClient.text(here.call("EXISTS", "{tag}hash")));
        assertEquals("NOKEY", migrate(source.leaderOf("{tag}"), target.leaderOf("{tag}"), "{tag}0"));
    }

    @Test
    void whatCannotMoveStays() throws Exception {
        here.set("{tag}a", "1");
        TestNode leader = source.leaderOf("{tag}");
        TestNode targetLeader = target.leaderOf("{tag}");

        assertEquals(
                "MOVED " + Slots.of("{tag}".getBytes()) + " " + leader.address(),
                migrate(other(source, leader), targetLeader, "{tag}a"));
        assertEquals(
                "CROSSSLOT Keys in request don't hash to the same slot",
                migrate(leader, targetLeader, "{tag}a", "elsewhere"));
        assertEquals(
                "ERR Target instance replied with error: MOVED " + Slots.of("{tag}".getBytes()) + " "
                        + targetLeader.address(),
                migrate(leader, other(target, targetLeader), "{tag}a"));

        assertEquals("1", here.get("{tag}a"));
        assertNull(there.get("{tag}a"));
    }
}
