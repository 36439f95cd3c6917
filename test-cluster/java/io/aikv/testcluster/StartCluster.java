package io.aikv.testcluster;

import io.aikv.base.ConfigError;
import io.aikv.topology.Layout;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What {@code test-cluster/start} runs: a cluster to play with. Its contract with whoever reads its output: a line for
 * each node, one line {@code ready} once every slot is served, and nothing left running when it ends.
 */
@Command(
        name = "test-cluster/start",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Starts a cluster on this machine and stops it on Ctrl-C or SIGTERM.")
final class StartCluster implements Callable<Integer> {

    private static final Duration WATCH = Duration.ofMillis(200);

    @Option(
            names = "--layout",
            paramLabel = "FILE",
            description = "Nodes and groups. Default: raft-groups/three-nodes.toml of this repository.")
    private @Nullable Path layoutFile;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Data and logs; a start with the same directory goes on with the data. "
                    + "Default: target/test-cluster/<name of the layout>.")
    private @Nullable Path directory;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Client port of the first node, the others follow. Default: those of the layout (7001, ...).")
    private int port;

    @Option(
            names = "--processes",
            description = "One JVM for each node, to be killed one by one. Default: all nodes in one JVM.")
    private boolean processes;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = "256m",
            description = "Heap of each JVM. Default: ${DEFAULT-VALUE}, or 512m for all nodes in one JVM.")
    private String heap = "256m";

    @Parameters(
            paramLabel = "SERVER-OPTION",
            description = "After --: options of every node, as bin/aikv-server takes them: --set section.key=value.")
    private List<String> serverOptions = new ArrayList<>();

    private final PrintStream out = System.out;
    private volatile boolean stopping;

    private StartCluster() {}

    public static void main(String[] args) {
        CommandLine line = new CommandLine(new StartCluster())
                .setExecutionExceptionHandler((problem, command, parsed) -> {
                    if (!(problem instanceof ConfigError) && !(problem instanceof StartFailure)) {
                        throw problem;
                    }
                    command.getErr().println("test-cluster/start: " + problem.getMessage());
                    return CommandLine.ExitCode.SOFTWARE;
                });
        System.exit(line.execute(args));
    }

    /** A problem that a message is enough for. */
    private static final class StartFailure extends RuntimeException {

        StartFailure(String message) {
            super(message);
        }
    }

    @Override
    public Integer call() {
        Path file = layoutFile != null ? layoutFile : home().resolve("raft-groups/three-nodes.toml");
        TestClusterBuilder options = TestCluster.builder()
                .layout(file)
                .directory(directory != null ? directory : defaultDirectory(file))
                .heap(heap)
                .ports(port)
                .ownPorts()
                .productDefaults();
        if (processes) {
            options.processes().serverOptions(serverOptions);
        } else {
            pairs().forEach(pair -> options.set(pair[0], pair[1]));
        }
        TestCluster cluster = TestCluster.create(options);
        requireFreePorts(cluster.layout());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(cluster), "aikv-stop"));

        out.println("starting " + cluster.nodes().size() + " nodes of " + file + " in " + cluster.directory());
        cluster.nodes().forEach(TestNode::start);
        cluster.nodes().forEach(this::introduce);
        try {
            cluster.awaitReady();
        } catch (AssertionError e) {
            throw new StartFailure("the cluster is not ready: " + e.getMessage() + "\n" + cluster.logs());
        }
        greet(cluster);
        return watch(cluster);
    }

    // ---- what is asked for ----

    /** The repository; the launcher says where it is. */
    private static Path home() {
        return Path.of(System.getProperty("aikv.home", "."));
    }

    private static Path defaultDirectory(Path layout) {
        String name = layout.getFileName().toString().replaceFirst("\\.toml$", "");
        return home().resolve("target/test-cluster").resolve(name);
    }

    /** The options for a node in this JVM: only settings make sense there. */
    private List<String[]> pairs() {
        List<String[]> pairs = new ArrayList<>();
        for (int i = 0; i < serverOptions.size(); i++) {
            String option = serverOptions.get(i);
            if (option.equals("--set") && i + 1 < serverOptions.size()) {
                option = serverOptions.get(++i);
            } else if (option.startsWith("--set=")) {
                option = option.substring("--set=".length());
            } else {
                throw new StartFailure(option + ": without --processes only --set section.key=value is possible");
            }
            int equals = option.indexOf('=');
            if (equals < 0) {
                throw new StartFailure("--set " + option + ": write section.key=value");
            }
            pairs.add(new String[] {option.substring(0, equals), option.substring(equals + 1)});
        }
        return pairs;
    }

    private static void requireFreePorts(Layout layout) {
        for (Layout.Node node : layout.nodes()) {
            for (int each : new int[] {node.port(), node.raftPort(), node.peerPort()}) {
                if (!FreePorts.isFree(each)) {
                    throw new StartFailure("port " + each + " of node " + node.name()
                            + " is in use: end what listens there, or choose others with --port");
                }
            }
        }
    }

    // ---- what is said ----

    private void introduce(TestNode node) {
        Layout.Node place = node.place();
        out.printf(
                "node %s  pid %d  clients %s  raft port %d  peer port %d  data %s%n",
                node.name(), node.pid(), node.address(), place.raftPort(), place.peerPort(), node.directory());
    }

    private void greet(TestCluster cluster) {
        int first = cluster.nodes().iterator().next().port();
        out.println("ready");
        out.println("try:  redis-cli -c -p " + first + " set greeting hello");
        out.println("      redis-cli -c -p " + first + " get greeting");
        out.println("      redis-cli -p " + first + " cluster nodes");
        if (processes) {
            TestNode victim = List.copyOf(cluster.nodes()).get(cluster.nodes().size() - 1);
            out.println(
                    "      kill -9 " + victim.pid() + "   # node " + victim.name() + "; the others go on without it");
        }
        out.println("stop: Ctrl-C");
        out.flush();
    }

    /** Tells of nodes that end by themselves or by somebody else; returns when none is left. */
    private int watch(TestCluster cluster) {
        Set<TestNode> alive = new HashSet<>(cluster.nodes());
        while (!alive.isEmpty()) {
            Await.pass(WATCH);
            for (TestNode node : Set.copyOf(alive)) {
                if (!node.isRunning() && !stopping) {
                    alive.remove(node);
                    out.println("node " + node.name() + " has ended; " + alive.size() + " of "
                            + cluster.nodes().size() + " run");
                }
            }
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private void end(TestCluster cluster) {
        stopping = true;
        out.println("stopping");
        try {
            cluster.stopAll();
        } finally {
            cluster.close();
        }
        out.println("stopped");
        out.flush();
    }
}
