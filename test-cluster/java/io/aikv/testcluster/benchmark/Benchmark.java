package io.aikv.testcluster.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestClusterBuilder;
import io.aikv.testcluster.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What {@code test-cluster/benchmark} runs: measures, prints, and writes JSON. Both systems run at the same time on this
 * machine, each idle while the other is measured.
 */
@Command(
        name = "test-cluster/benchmark",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures a cluster of three processes beside redis-server with one replica.")
final class Benchmark implements Callable<Integer> {

    /** What can be measured, by the names of {@code --only}. */
    private enum Part {
        IDLE,
        THROUGHPUT,
        TRANSFER,
        FAILOVER
    }

    private static final Duration WARM_UP = Duration.ofSeconds(10);

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds of throughput. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "About how long one measurement of throughput takes. Default: ${DEFAULT-VALUE}.")
    private double seconds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "Load before throughput is measured. Default: ${DEFAULT-VALUE}.")
    private double warmUpSeconds = 90;

    @Option(names = "--repeats", paramLabel = "N", description = "Failovers and transfers. Default: ${DEFAULT-VALUE}.")
    private int repeats = 9;

    @Option(names = "--quick", description = "Two rounds of one second, three failovers: to see that it works.")
    private boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "Write everything that was measured there.")
    private @Nullable Path json;

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Some of: ${COMPLETION-CANDIDATES}. Default: all.")
    private Set<Part> only = new TreeSet<>(List.of(Part.values()));

    @Option(
            names = "--types",
            description =
                    "Instead of the parts: the tests of redis-benchmark on every type, with a pipeline of 1 and 16.")
    private boolean types;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Heap of each node. Default: ${DEFAULT-VALUE}.")
    private String heap = "256m";

    @Parameters(
            paramLabel = "SETTING",
            description = "After --: section.key=value for every node, such as raft.rpc=grpc.")
    private List<String> settings = new ArrayList<>();

    private final Map<String, Object> report = new LinkedHashMap<>();

    private Benchmark() {}

    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Benchmark()).setCaseInsensitiveEnumValuesAllowed(true);
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (quick) {
            rounds = 2;
            seconds = 1;
            repeats = 3;
            warmUpSeconds = 0;
        }
        describeMachine();
        TestClusterBuilder options =
                TestCluster.builder().nodes(3).groups(3).processes().heap(heap).productDefaults();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 0) {
                throw new CommandLine.ParameterException(new CommandLine(this), setting + ": write section.key=value");
            }
            options.set(setting.substring(0, equals), setting.substring(equals + 1));
        }
        try (TestCluster cluster = options.start()) {
            cluster.spreadLeaders();
            if (types) {
                only = Set.of();
                throughput(cluster, "types", Throughput.TYPES);
                memory(cluster);
            }
            if (only.contains(Part.IDLE)) {
                idle(cluster);
            }
            if (only.contains(Part.THROUGHPUT)) {
                throughput(cluster, "throughput", Throughput.STRINGS);
                memory(cluster);
            }
            Availability availability = new Availability(cluster);
            if (only.contains(Part.TRANSFER)) {
                print("transfer", "planned transfer, longest gap between writes", availability.transfer(repeats));
            }
            if (only.contains(Part.FAILOVER)) {
                print("failover", "kill -9 of a leader to the next write", availability.failover(repeats));
            }
        }
        if (json != null) {
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(json.toAbsolutePath().toFile(), report);
            System.out.println("written: " + json);
        }
        return CommandLine.ExitCode.OK;
    }

    // ---- parts ----

    private void idle(TestCluster cluster) {
        Await.pass(quick ? Duration.ofSeconds(3) : WARM_UP);
        Duration span = Duration.ofSeconds(quick ? 3 : 20);
        Map<String, Duration> before = new LinkedHashMap<>();
        cluster.nodes().forEach(node -> before.put(node.name(), ProcessUsage.cpu(node.pid())));
        long begin = System.nanoTime();
        Await.pass(span);
        double elapsed = System.nanoTime() - begin;
        Map<String, Object> nodes = new LinkedHashMap<>();
        for (TestNode node : cluster.nodes()) {
            Duration used = ProcessUsage.cpu(node.pid()).minus(before.get(node.name()));
            double percent = 100 * used.toNanos() / elapsed;
            double resident = ProcessUsage.residentMegabytes(node.pid());
            nodes.put(node.name(), Map.of("cpuPercentOfCore", percent, "residentMegabytes", resident));
            System.out.printf("idle %s  %.1f %% of a core  %.0f MB resident%n", node.name(), percent, resident);
        }
        report.put("idle", nodes);
    }

    private void memory(TestCluster cluster) {
        Map<String, Object> nodes = new LinkedHashMap<>();
        for (TestNode node : cluster.nodes()) {
            double resident = ProcessUsage.residentMegabytes(node.pid());
            nodes.put(node.name(), resident);
            System.out.printf("after load %s  %.0f MB resident%n", node.name(), resident);
        }
        report.put("residentMegabytesAfterLoad", nodes);
    }

    private void throughput(TestCluster cluster, String name, List<Throughput.Case> cases) throws IOException {
        Path directory = Files.createDirectories(cluster.directory().resolve("compared"));
        int port = freePort();
        try (RedisPair redis = new RedisPair(directory, port, freePort())) {
            Throughput throughput = new Throughput(
                    new Throughput.Subject(
                            "AiKv", cluster.nodes().iterator().next().port(), true),
                    new Throughput.Subject("Redis", redis.port(), false),
                    cases);
            throughput.measure(rounds, seconds, warmUpSeconds, () -> {
                if (types) {
                    flush(cluster, redis);
                }
            });
            System.out.println();
            System.out.println(throughput.table());
            report.put(name, rows(throughput));
        }
    }

    /** Each round begins with nothing, so that lists and sets do not grow from one to the next. */
    private static void flush(TestCluster cluster, RedisPair redis) {
        try (TestClient client = cluster.client()) {
            cluster.groups()
                    .forEach(group ->
                            client.askNode(cluster.leader(group), "FLUSHALL").requireOk());
            RedisPair.cli(redis.port(), "FLUSHALL");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Object> rows(Throughput throughput) {
        List<Object> rows = new ArrayList<>();
        throughput.results().forEach((one, bySystem) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("test", one.test());
            row.put("pipeline", one.pipeline());
            bySystem.forEach((system, series) -> row.put(
                    system,
                    Map.of(
                            "rateMedian", series.rate.median(),
                            "rates", series.rate.values(),
                            "p50MillisMedian", series.p50.median(),
                            "p99MillisMedian", series.p99.median())));
            rows.add(row);
        });
        return rows;
    }

    private void print(String key, String what, Figures millis) {
        System.out.printf(
                "%s: median %.0f ms, %.0f to %.0f (%d times)%n",
                what,
                millis.median(),
                millis.min(),
                millis.max(),
                millis.values().size());
        report.put(key, Map.of("medianMillis", millis.median(), "millis", millis.values()));
    }

    // ---- the surroundings ----

    private void describeMachine() throws IOException {
        report.put("time", Instant.now().toString());
        report.put("cores", Runtime.getRuntime().availableProcessors());
        report.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        report.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        report.put("redis", version("redis-server", "--version"));
        report.put("connections", RedisBenchmark.CONNECTIONS);
        report.put("valueBytes", RedisBenchmark.VALUE_BYTES);
        report.put("keys", RedisBenchmark.KEYS);
        report.put("rounds", rounds);
        report.put("warmUpSeconds", warmUpSeconds);
        report.put("settings", settings);
        report.forEach((key, value) -> System.out.println(key + ": " + value));
    }

    private static String version(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException notInstalled) {
            return "not installed";
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
