package io.aikv.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table itself: its names are sound, and the documentation says the same. */
final class NodeMetricTest {
    private static final Path PAGE = Path.of("src/site/markdown/metrics.md");

    @Test
    void everyRowOfTheDocumentationIsARowOfTheTable() throws IOException {
        List<String> documented = Files.readAllLines(PAGE).stream()
                .filter(line ->
                        line.startsWith("| `aikv_") || line.startsWith("| `jvm_") || line.startsWith("| `process_"))
                .toList();

        List<String> table = new ArrayList<>();
        for (NodeMetric metric : NodeMetric.values()) {
            table.add(row(metric));
        }

        assertEquals(String.join("\n", table), String.join("\n", documented));
    }

    private static String row(NodeMetric metric) {
        return "| `" + metric.prometheusName() + "` | " + metric.type().name().toLowerCase(Locale.ROOT) + " | "
                + String.join(", ", metric.labels()) + " | " + metric.help() + " |";
    }

    @Test
    void namesAreUniqueAndLegal() {
        Set<String> seen = new HashSet<>();
        for (NodeMetric metric : NodeMetric.values()) {
            String name = metric.prometheusName();
            assertTrue(name.matches("[a-z]+(_[a-z]+)+|aikv_[a-z]+"), name);
            assertTrue(seen.add(name), name + " twice");
            assertTrue(metric.help().endsWith("."), metric.help());
        }
    }

    @Test
    void aNameOfTheRegistryLeadsBackToItsRow() {
        for (NodeMetric metric : NodeMetric.values()) {
            String[] labels = metric.labels().stream().map(l -> "a." + l + "-1").toArray(String[]::new);

            String name = metric.registryName(labels);

            assertEquals(metric, NodeMetric.find(name), name);
            assertEquals(List.of(labels), metric.match(name), name);
        }
    }

    @Test
    void labelsMustBeComplete() {
        assertThrows(IllegalArgumentException.class, () -> NodeMetric.RAFT_LEADER.registryName());
        assertThrows(IllegalArgumentException.class, () -> NodeMetric.RAFT_LEADER.registryName(""));
    }

    @Test
    void examplesOfNames() {
        assertEquals("aikv_raft_commit_seconds", NodeMetric.RAFT_COMMIT.prometheusName());
        assertEquals("aikv_raft_batch_bytes", NodeMetric.RAFT_BATCH_BYTES.prometheusName());
        assertEquals("aikv_network_input_bytes_total", NodeMetric.NETWORK_INPUT.prometheusName());
        assertEquals("jvm_gc_time_seconds_total", NodeMetric.JVM_GC_TIME.prometheusName());
        assertEquals("raft.g.1.follower.n.2.lag", NodeMetric.RAFT_FOLLOWER_LAG.registryName("g.1", "n.2"));
    }

    @Test
    void theDashboardIsJsonWithQueries() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Path.of("conf/grafana-dashboard.json").toFile());

        int queries = 0;
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.path("targets")) {
                assertTrue(target.get("expr").asText().contains("{cluster=~"), target::toString);
                queries++;
            }
        }
        assertTrue(queries > 10);
    }

    /** What operators are given must work: names that nothing exports would show as an empty graph for ever. */
    @Test
    void rulesAndDashboardUseOnlyMetricsOfTheTable() throws IOException {
        Set<String> known = new HashSet<>();
        for (NodeMetric metric : NodeMetric.values()) {
            String name = metric.prometheusName();
            known.addAll(
                    metric.type() == NodeMetric.Type.HISTOGRAM
                            ? List.of(name + "_bucket", name + "_sum", name + "_count")
                            : List.of(name));
        }
        Pattern used = Pattern.compile("\\b(aikv|jvm|process|ratis)_[a-z_]+");
        for (String file : List.of("conf/grafana-dashboard.json", "conf/prometheus-alerts.yml")) {
            Matcher names = used.matcher(Files.readString(Path.of(file)));
            int count = 0;
            while (names.find()) {
                assertTrue(known.contains(names.group()), file + " uses " + names.group());
                count++;
            }
            assertTrue(count > 10, file + " names metrics");
        }
    }
}
