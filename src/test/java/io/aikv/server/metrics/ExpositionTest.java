package io.aikv.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Metric;
import com.codahale.metrics.Snapshot;
import io.aikv.base.Clock;
import io.aikv.raft.ReplicaStatus;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted comes out as Prometheus text with the names, units and help texts of the table. */
final class ExpositionTest {
    private final AtomicLong nanos = new AtomicLong(1);
    private final NodeMetrics metrics = new NodeMetrics(new Clock() {
        @Override
        public long epochMillis() {
            return 0;
        }

        @Override
        public long nanos() {
            return nanos.get();
        }
    });
    private final Exposition exposition = new Exposition(metrics);

    private List<String> lines() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        exposition.write(out);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private List<String> samples(String prefix) throws IOException {
        return lines().stream().filter(line -> line.startsWith(prefix)).toList();
    }

    @Test
    void commandsAreAHistogramWithTrueBuckets() throws IOException {
        List<Long> micros = List.of(40L, 100L, 20_000_000L);
        metrics.watchCommands(() -> List.of(
                new CommandFigures(
                        "get",
                        3,
                        20_000_140_000L,
                        1,
                        0,
                        limit -> micros.stream().filter(m -> m <= limit).count()),
                new CommandFigures("config|set", 0, 0, 0, 2, limit -> 0)));

        List<String> lines = lines();

        assertTrue(lines.contains("# HELP aikv_command_latency_seconds From dispatch to reply, by command."));
        assertTrue(lines.contains("# TYPE aikv_command_latency_seconds histogram"));
        assertTrue(
                lines.contains("aikv_command_latency_seconds_bucket{command=\"get\",le=\"5.0E-5\"} 1"),
                lines::toString);
        assertTrue(lines.contains("aikv_command_latency_seconds_bucket{command=\"get\",le=\"1.0E-4\"} 2"));
        assertTrue(lines.contains("aikv_command_latency_seconds_bucket{command=\"get\",le=\"10.0\"} 2"));
        assertTrue(lines.contains("aikv_command_latency_seconds_bucket{command=\"get\",le=\"+Inf\"} 3"));
        assertTrue(lines.contains("aikv_command_latency_seconds_count{command=\"get\"} 3"));
        assertTrue(lines.contains("aikv_command_latency_seconds_sum{command=\"get\"} 20.00014"));
        assertTrue(lines.contains("aikv_command_errors_total{command=\"get\"} 1.0"));
        assertTrue(lines.contains("aikv_command_rejected_total{command=\"config|set\"} 2.0"));
    }

    @Test
    void errorsAreShownByCodeUntilTheyAreReset() throws IOException {
        Map<String, Long> errors = new HashMap<>(Map.of("ERR", 3L, "WRONGTYPE", 1L));
        metrics.watchErrors(() -> Map.copyOf(errors));
        assertEquals(
                List.of("aikv_errors_total{code=\"ERR\"} 3.0", "aikv_errors_total{code=\"WRONGTYPE\"} 1.0"),
                samples("aikv"));

        errors.remove("WRONGTYPE");
        errors.put("ERR", 4L);
        assertEquals(List.of("aikv_errors_total{code=\"ERR\"} 4.0"), samples("aikv"));
    }

    @Test
    void everyRowComesOutUnderItsName() throws IOException {
        for (NodeMetric metric : NodeMetric.values()) {
            String[] labels = metric.labels().toArray(String[]::new);
            if (metric.type() == NodeMetric.Type.HISTOGRAM) {
                metrics.registry().histogram(metric.registryName(labels)).update(1);
            } else {
                metrics.watch(metric, () -> 1, labels);
            }
        }

        List<String> lines = lines();

        for (NodeMetric metric : NodeMetric.values()) {
            String name = metric.prometheusName();
            assertTrue(lines.contains("# HELP " + name + " " + metric.help()), name);
            assertTrue(
                    lines.contains("# TYPE " + name + " " + metric.type().name().toLowerCase(Locale.ROOT)), name);
        }
    }

    @Test
    void timersOfTheRegistryHaveTheBucketsOfTheTable() throws IOException {
        metrics.registry().timer("raft.g1.commit").update(3, TimeUnit.MILLISECONDS);
        metrics.registry().histogram("raft.g1.batch.commands").update(100);
        metrics.registry().meter("raft.g1.entries").mark(7);

        assertTrue(samples("aikv_raft_commit_seconds_bucket")
                .contains("aikv_raft_commit_seconds_bucket{group=\"g1\",le=\"0.005\"} 1"));
        assertTrue(samples("aikv_raft_batch_commands_bucket")
                .contains("aikv_raft_batch_commands_bucket{group=\"g1\",le=\"64.0\"} 0"));
        assertTrue(samples("aikv_raft_batch_commands_bucket")
                .contains("aikv_raft_batch_commands_bucket{group=\"g1\",le=\"128.0\"} 1"));
        assertEquals(List.of("aikv_raft_entries_total{group=\"g1\"} 7.0"), samples("aikv_raft_entries"));
    }

    @Test
    void whatHasNoValueOrNoRowIsNotShown() throws IOException {
        metrics.watch(NodeMetric.CONNECTIONS, () -> {
            throw new IllegalStateException("closed");
        });
        metrics.registry().counter("something.else").inc();

        assertEquals(List.of(), lines());
    }

    @Test
    void figuresOfOneSourceAreReadOnceForAWhile() throws IOException {
        AtomicInteger reads = new AtomicInteger();
        metrics.watch(reads::incrementAndGet, "g1")
                .show(NodeMetric.RAFT_LEADER, n -> 1)
                .show(NodeMetric.RAFT_INDEX, n -> n, "applied")
                .show(NodeMetric.RAFT_INDEX, n -> n * 10, "last");

        assertEquals(
                List.of(
                        "aikv_raft_index{group=\"g1\",kind=\"applied\"} 1.0",
                        "aikv_raft_index{group=\"g1\",kind=\"last\"} 10.0"),
                samples("aikv_raft_index"));
        assertEquals(2, samples("aikv_raft_index").size());
        assertEquals(1, reads.get());

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        lines();
        assertEquals(2, reads.get());
    }

    @Test
    void aGroupThatLeftIsForgotten() throws IOException {
        metrics.watch(NodeMetric.RAFT_LEADER, () -> 1, "g1");
        metrics.watch(NodeMetric.RAFT_LEADER, () -> 0, "g2");
        metrics.watch(NodeMetric.RAFT_FOLLOWER_LAG, () -> 0, "g1", "n2");

        metrics.forget("group", "g1");

        assertEquals(List.of("aikv_raft_leader{group=\"g2\"} 0.0"), samples("aikv"));
    }

    @Test
    void metricsOfRatisComeAndGo() throws IOException {
        Map<String, Metric> ratis = new HashMap<>();
        ratis.put("ratis.log_worker.n.1@g1.syncTime_count", (Gauge<Long>) () -> 5L);
        ratis.put("ratis.server.n.1@g1.numWatch-X", (Gauge<String>) () -> "no number");
        metrics.watchForeign("ratis.", () -> Map.copyOf(ratis));
        assertEquals(List.of("ratis_log_worker_syncTime_count{member=\"n.1@g1\"} 5.0"), samples("ratis"));

        ratis.clear();
        ratis.put("ratis.log_worker.n.1@g1.syncTime_count", (Gauge<Long>) () -> 6L);
        assertEquals(List.of("ratis_log_worker_syncTime_count{member=\"n.1@g1\"} 6.0"), samples("ratis"));

        ratis.clear();
        assertEquals(List.of(), samples("ratis"));
    }

    @Test
    void quantilesLieInTheBucketOfTheValue() {
        Histogram latency = metrics.registry().histogram("raft.g1.commit");
        for (int i = 0; i < 100; i++) {
            latency.update(i < 98 ? 700_000 : 30_000_000);
        }
        Snapshot snapshot = latency.getSnapshot();

        assertEquals(100, snapshot.size());
        assertEquals((98 * 700_000 + 2 * 30_000_000) / 100.0, snapshot.getMean());
        assertTrue(snapshot.getMedian() > 500_000 && snapshot.getMedian() <= 1_000_000);
        assertTrue(snapshot.get99thPercentile() > 25_000_000 && snapshot.get99thPercentile() <= 50_000_000);
    }

    @Test
    void aGroupShowsItsStatusAndItsFollowers() throws IOException {
        List<ReplicaStatus.Follower> followers = new ArrayList<>(
                List.of(new ReplicaStatus.Follower("n2", 90, 20), new ReplicaStatus.Follower("n3", 100, 5)));
        ReplicaStatus.Counters counters = new ReplicaStatus.Counters(1, 2, 3, 4, 5, 6, 7);
        GroupFigures.watchReplica(
                metrics,
                "g1",
                () -> new ReplicaStatus(
                        "g1",
                        "leader",
                        3,
                        "n1",
                        100,
                        99,
                        97,
                        50,
                        40,
                        true,
                        8,
                        2,
                        List.copyOf(followers),
                        counters,
                        null));

        List<String> lines = samples("aikv_raft");

        assertTrue(lines.contains("aikv_raft_leader{group=\"g1\"} 1.0"), lines::toString);
        assertTrue(lines.contains("aikv_raft_lag{group=\"g1\"} 2.0"));
        assertTrue(lines.contains("aikv_raft_index{group=\"g1\",kind=\"durable\"} 50.0"));
        assertTrue(lines.contains("aikv_raft_indeterminate_total{group=\"g1\"} 7.0"));
        assertTrue(lines.contains("aikv_raft_follower_lag{group=\"g1\",node=\"n2\"} 10.0"));
        assertTrue(lines.contains("aikv_raft_follower_silence_seconds{group=\"g1\",node=\"n3\"} 0.005"));

        followers.remove(0);
        assertEquals(
                List.of("aikv_raft_follower_lag{group=\"g1\",node=\"n3\"} 0.0"), samples("aikv_raft_follower_lag"));
        GroupFigures.forget(metrics, "g1");
        assertEquals(List.of(), samples("aikv_raft"));
    }

    @Test
    void aStoreShowsItsFigures(@TempDir Path directory) throws IOException {
        try (StoreResources resources = StoreResources.small()) {
            try (GroupStore store = GroupStore.open(resources, directory.resolve("s"), StoreOptions.defaults())) {
                GroupFigures.watch(metrics, resources);
                GroupFigures.watchStore(metrics, "g1", store::figures);

                assertEquals(11, samples("aikv_store_").size());
                assertEquals(1, samples("aikv_cache_capacity_bytes ").size());
            }
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));

            assertEquals(List.of(), samples("aikv_store_"));
            assertEquals(1, samples("aikv_cache_capacity_bytes ").size());
        }
    }

    @Test
    void aNameThatIsCountedCannotBeWatchedToo() {
        metrics.registry().meter("raft.g1.entries");

        assertThrows(IllegalStateException.class, () -> metrics.watch(NodeMetric.RAFT_ENTRIES, () -> 1, "g1"));
    }
}
