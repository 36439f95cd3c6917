package io.aikv.testcluster;

import io.aikv.topology.Layout;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a {@link TestCluster} is to be: see {@link TestCluster#builder}. Every method returns the builder itself. */
public final class TestClusterBuilder {

    /** Small buffers, as many nodes share one machine; and leaders that move only when a test moves them. */
    private static final List<String> SMALL = List.of(
            "raft.entry-bytes-max=1mb",
            "raft.batch-bytes-max=256kb",
            "storage.block-cache=8mb",
            "storage.write-buffer=16mb",
            "storage.background-threads=1",
            "server.io-threads=1",
            "cluster.balance-leaders=false");

    private @Nullable Layout layout;
    private int nodes = 3;
    private int groups;
    private int replicas;
    private int firstPort;
    private boolean ownPorts;
    private @Nullable Path directory;
    private boolean partitions;
    private boolean processes;
    private boolean productDefaults;
    private String heap = "256m";
    private final List<String> settings = new ArrayList<>();
    /** Known once the layout is. */
    private int nodeCount = 1;

    private Function<Layout.Node, List<String>> each = node -> List.of();
    private final List<String> serverOptions = new ArrayList<>();

    TestClusterBuilder() {}

    /** The nodes and groups of a layout file. Its addresses are replaced by free ports of this machine. */
    public TestClusterBuilder layout(Path file) {
        return layout(Layout.read(file));
    }

    /** The nodes and groups of {@code value}. Its addresses are replaced by free ports of this machine. */
    public TestClusterBuilder layout(Layout value) {
        layout = value;
        return this;
    }

    /** How many nodes, {@code n1} and so on, if no layout is given. Default 3. */
    public TestClusterBuilder nodes(int count) {
        nodes = count;
        return this;
    }

    /** How many groups, {@code g1} and so on, if no layout is given. Default: as many as nodes. */
    public TestClusterBuilder groups(int count) {
        groups = count;
        return this;
    }

    /** How many replicas a group has, if no layout is given. Default: 3, or as many as there are nodes. */
    public TestClusterBuilder replicas(int count) {
        replicas = count;
        return this;
    }

    /** Client ports {@code first}, {@code first + 1}, ... instead of free ones. */
    public TestClusterBuilder ports(int first) {
        firstPort = first;
        return this;
    }

    /** The addresses that the layout gives, instead of free ports. */
    public TestClusterBuilder ownPorts() {
        ownPorts = true;
        return this;
    }

    /** Where everything is kept, also after the end; with data in it the cluster goes on where it stopped. */
    public TestClusterBuilder directory(Path value) {
        directory = value;
        return this;
    }

    /** A setting of every node: {@code set("raft.rpc", "grpc")}, as {@code --set} of the server. */
    public TestClusterBuilder set(String key, String value) {
        settings.add(key + "=" + value);
        return this;
    }

    /** Settings of its own for each node: {@code node -> List.of("security.tls-port=" + ...)}. */
    public TestClusterBuilder setEach(Function<Layout.Node, List<String>> value) {
        each = value;
        return this;
    }

    /** Puts relays between the nodes, so that {@link TestCluster#partition} can cut them. */
    public TestClusterBuilder withPartitions() {
        partitions = true;
        return this;
    }

    /** Each node in a JVM of its own, so that it can be paused, and killed as by a power cut. They die with this one. */
    public TestClusterBuilder processes() {
        processes = true;
        return this;
    }

    /** The heap of each node that is a process: {@code 256m}. */
    public TestClusterBuilder heap(String size) {
        heap = size;
        return this;
    }

    /** All settings as the server has them by default, instead of the harness' small buffers and fixed leaders. */
    public TestClusterBuilder productDefaults() {
        productDefaults = true;
        return this;
    }

    /** Further options of the server's command line, for nodes that are processes. */
    TestClusterBuilder serverOptions(List<String> options) {
        serverOptions.addAll(options);
        return this;
    }

    /** Starts all nodes and waits until every slot is served. */
    public TestCluster start() {
        return TestCluster.start(this);
    }

    // ---- what the cluster asks ----

    Layout layoutOnPorts() {
        Layout wanted = layout != null
                ? layout
                : Layouts.even(nodes, groups == 0 ? nodes : groups, replicas == 0 ? Math.min(nodes, 3) : replicas);
        nodeCount = wanted.nodes().size();
        if (firstPort == 0 && ownPorts) {
            return wanted;
        }
        return firstPort == 0 ? Layouts.onFreePorts(wanted) : Layouts.fromPort(wanted, firstPort);
    }

    Path directory() throws IOException {
        return directory != null ? directory.toAbsolutePath() : Files.createTempDirectory("aikv-cluster-");
    }

    boolean keepDirectory() {
        return directory != null;
    }

    boolean partitions() {
        return partitions;
    }

    TestNode node(Layout.Node place, Path home, Path layoutFile, Map<String, String> reach, EventLoopGroup loops) {
        List<String> all = new ArrayList<>();
        all.add("cluster.enabled=true");
        all.add("cluster.node-id=" + place.name());
        all.add("cluster.layout=" + layoutFile);
        all.add("server.port=" + place.port());
        all.add("raft.port=" + place.raftPort());
        all.add("raft.peer-port=" + place.peerPort());
        all.add("storage.dir=" + home.resolve("data"));
        if (!reach.isEmpty()) {
            all.add("cluster.reach="
                    + reach.entrySet().stream()
                            .map(entry -> '"' + entry.getKey() + "=" + entry.getValue() + '"')
                            .toList());
        }
        if (!productDefaults) {
            all.addAll(SMALL);
        }
        if (!processes) {
            all.add("limits.request-memory=" + shareOfRequests());
        }
        all.addAll(settings);
        all.addAll(each.apply(place));
        return processes
                ? new ProcessNode(place, home, all, serverOptions, heap, loops)
                : new EmbeddedNode(place, home, all);
    }

    /** A quarter of the heap, which all nodes share: what one takes for a request, each of its replicas takes again. */
    private long shareOfRequests() {
        return Runtime.getRuntime().maxMemory() / 4 / nodeCount;
    }
}
