package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ratis' registries as they are while a server runs, made by Ratis' own factory. */
final class RatisMetricsBridgeTest {
    private static final UUID GROUP = new UUID(1, 2);

    private final String node = "bridge." + UUID.randomUUID();
    private final MetricRegistryInfo mine = info(node);
    private final MetricRegistryInfo others = info(node + "x");

    private static MetricRegistryInfo info(String node) {
        return new MetricRegistryInfo(node + "@" + RaftGroupId.valueOf(GROUP), "ratis", "log_worker", "a test");
    }

    @AfterEach
    void remove() {
        MetricRegistries.global().remove(mine);
        MetricRegistries.global().remove(others);
    }

    @Test
    void showsTheNodesOwnMetricsUnderTheNamesOfGroups() {
        RatisMetricRegistry registry = MetricRegistries.global().create(mine);
        registry.counter("flushCount").inc(3);
        registry.gauge("n1_peerCommitIndex", () -> () -> 42L);
        registry.gauge("n.2_peerCommitIndex", () -> () -> 41L);
        registry.counter("numWatchRequestTimeout").inc();
        Timekeeper.Context context = registry.timer("syncTime").time();
        context.stop();
        MetricRegistries.global().create(others).counter("flushCount").inc(99);
        RatisMetricsBridge bridge = new RatisMetricsBridge(node, () -> Map.of(GROUP, "g1"));

        Map<String, Metric> found = bridge.getMetrics();

        String prefix = "ratis.log_worker." + node + "@g1.";
        assertEquals(
                new TreeSet<>(List.of(
                        prefix + "flushCount",
                        prefix + "n1_peerCommitIndex",
                        prefix + "n_2_peerCommitIndex",
                        prefix + "syncTime_count",
                        prefix + "syncTime_seconds_p50",
                        prefix + "syncTime_seconds_p99")),
                new TreeSet<>(found.keySet()));
        assertEquals(3L, value(found, prefix + "flushCount"));
        assertEquals(42L, value(found, prefix + "n1_peerCommitIndex"));
        assertEquals(1L, value(found, prefix + "syncTime_count"));
        assertSame(found.get(prefix + "flushCount"), bridge.getMetrics().get(prefix + "flushCount"));
    }

    @Test
    void aRegistryThatComesAgainIsLookedAtAnew() {
        String name = "ratis.log_worker." + node + "@" + RaftGroupId.valueOf(GROUP) + ".flushCount";
        RatisMetricsBridge bridge = new RatisMetricsBridge(node, Map::of);
        MetricRegistries.global().create(mine).counter("flushCount").inc(3);
        assertEquals(3L, value(bridge.getMetrics(), name));

        MetricRegistries.global().remove(mine);
        assertEquals(Map.of(), bridge.getMetrics());

        MetricRegistries.global().create(mine).counter("flushCount").inc(1);
        assertEquals(1L, value(bridge.getMetrics(), name));
    }

    private static Object value(Map<String, Metric> metrics, String name) {
        return ((Gauge<?>) metrics.get(name)).getValue();
    }
}
