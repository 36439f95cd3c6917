package io.aikv.testcluster;

import io.aikv.base.Bytes;
import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import io.aikv.resp.Reply;
import io.aikv.topology.Layout;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of real nodes on this machine: on free ports, with real disks and sockets, in this JVM or each in its own.
 *
 * <pre>{@code
 * try (TestCluster cluster = TestCluster.builder().nodes(3).start()) {
 *     TestClient client = cluster.client();
 *     client.set("greeting", "hello");
 *     cluster.kill(cluster.leaderOf("greeting"));
 *     assertEquals("hello", client.get("greeting"));
 * }
 * }</pre>
 *
 * <p>Verbs return when they have happened; what follows from them (an election) is waited for by an {@code await} verb or
 * by the client. All waits are bounded and throw an {@link AssertionError} that shows the state of every node. Confined
 * to one thread, but for {@link #client} and {@link #load}.
 */
public final class TestCluster implements AutoCloseable {

    /** Longer than any start, election or catch-up takes on a busy machine with two cores. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Layout layout;
    private final Path directory;
    private final @Nullable Network network;
    private final EventLoopGroup loops;
    private final Map<String, TestNode> nodes = new TreeMap<>();
    private final List<TestClient> clients = new ArrayList<>();
    private final List<Load> loads = new ArrayList<>();
    private boolean keepDirectory;

    private TestCluster(TestClusterBuilder options) throws IOException {
        layout = options.layoutOnPorts();
        directory = options.directory();
        keepDirectory = options.keepDirectory();
        loops = new MultiThreadIoEventLoopGroup(
                2, new DefaultThreadFactory("aikv-testcluster", true), NioIoHandler.newFactory());
        network = options.partitions() ? new Network(layout, loops.next()) : null;
        Path file = directory.resolve("layout.toml");
        Files.createDirectories(directory);
        Files.writeString(file, Layouts.toml(layout));
        for (Layout.Node place : layout.nodes()) {
            Map<String, String> reach = network == null ? Map.of() : network.reachOf(place.name());
            nodes.put(place.name(), options.node(place, directory.resolve(place.name()), file, reach, loops));
        }
    }

    /** A cluster of three nodes and three groups in this JVM, unless told otherwise. */
    public static TestClusterBuilder builder() {
        return new TestClusterBuilder();
    }

    /** A cluster of which no node runs yet. */
    static TestCluster create(TestClusterBuilder options) {
        try {
            return new TestCluster(options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts all nodes and waits until every slot is served; if that fails, nothing is left running. */
    static TestCluster start(TestClusterBuilder options) {
        TestCluster cluster = create(options);
        try {
            cluster.nodes.values().forEach(TestNode::start);
            cluster.awaitReady();
            return cluster;
        } catch (RuntimeException | AssertionError e) {
            cluster.keepDirectory();
            AssertionError failure = new AssertionError(
                    "the cluster in " + cluster.directory + " did not start; " + cluster.describe() + cluster.logs(),
                    e);
            cluster.close();
            throw failure;
        }
    }

    // ---- what is there ----

    /** The nodes, the groups, and where they are. */
    public Layout layout() {
        return layout;
    }

    /** All nodes, running or not, in the order of their names. */
    public Collection<TestNode> nodes() {
        return nodes.values();
    }

    /** The node of this name. */
    public TestNode node(String name) {
        TestNode node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node " + name + " among " + nodes.keySet());
        }
        return node;
    }

    /** The names of the groups, in the order of the layout. */
    public List<String> groups() {
        return layout.groups().stream().map(Layout.Group::name).toList();
    }

    /** The group that the layout gives the slot of {@code key}. */
    public String groupOf(String key) {
        int slot = Slots.of(Bytes.utf8(key));
        for (Layout.Group group : layout.groups()) {
            if (group.slots().stream().anyMatch(range -> range.contains(slot))) {
                return group.name();
            }
        }
        throw new AssertionError("no group has slot " + slot);
    }

    /** A key that belongs to {@code group} and starts with {@code prefix}; always the same one. */
    public String keyOf(String group, String prefix) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> prefix + i)
                .filter(key -> groupOf(key).equals(group))
                .findFirst()
                .orElseThrow();
    }

    /** {@code 127.0.0.1:port} of every node: what a client of another library starts from. */
    public List<String> addresses() {
        return nodes.values().stream().map(TestNode::address).toList();
    }

    /** Where everything of this cluster lies. */
    public Path directory() {
        return directory;
    }

    /** Leaves the directory behind when the cluster closes: for a post-mortem. */
    public void keepDirectory() {
        keepDirectory = true;
    }

    // ---- leadership ----

    /** The node that leads {@code group}: waits for one, and the newest term counts if two think they do. */
    public TestNode leader(String group) {
        return Await.value(() -> leaderNow(group), PATIENCE, () -> "a leader of " + group + "; " + describe());
    }

    /** As {@link #leader} of the group that {@code key} belongs to. */
    public TestNode leaderOf(String key) {
        return leader(groupOf(key));
    }

    /** A running replica of {@code group} that does not lead it. */
    public TestNode follower(String group) {
        TestNode leader = leader(group);
        return replicas(group).stream()
                .filter(node -> node.isRunning() && node != leader)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no running follower of " + group + "; " + describe()));
    }

    /** The nodes that have a replica of {@code group}, the preferred leader first. */
    public List<TestNode> replicas(String group) {
        return layout.groups().stream()
                .filter(candidate -> candidate.name().equals(group))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no group " + group + " among " + groups()))
                .replicas()
                .stream()
                .map(this::node)
                .toList();
    }

    /** Waits until another node than {@code old} leads {@code group}, and returns it. */
    public TestNode awaitOtherLeader(String group, TestNode old) {
        return Await.value(
                () -> {
                    TestNode leader = leaderNow(group);
                    return leader == old ? null : leader;
                },
                PATIENCE,
                () -> "another leader of " + group + " than " + old + "; " + describe());
    }

    private @Nullable TestNode leaderNow(String group) {
        TestNode best = null;
        long bestTerm = -1;
        for (TestNode node : replicas(group)) {
            GroupStatus status = status(node, group);
            if (status != null && status.leads() && status.term() > bestTerm) {
                best = node;
                bestTerm = status.term();
            }
        }
        return best;
    }

    private static @Nullable GroupStatus status(TestNode node, String group) {
        return node.groups().stream()
                .filter(status -> status.group().equals(group))
                .findFirst()
                .orElse(null);
    }

    /**
     * Hands the leadership of {@code group} to {@code target} as an operator would ({@code CLUSTER FAILOVER GROUP}), and
     * returns when the target leads. Asks again if the group is not ready for it.
     */
    public void transferLeadership(String group, TestNode target) {
        try (TestClient operator = client()) {
            Await.until(
                    () -> {
                        if (leaderNow(group) == target) {
                            return true;
                        }
                        operator.askNode(target, "CLUSTER", "FAILOVER", "GROUP", group);
                        return leaderNow(group) == target;
                    },
                    PATIENCE,
                    () -> target + " leads " + group + "; " + describe());
        }
    }

    /** Hands every group to the node that stands first in the layout's list of its replicas, so that leaders spread. */
    public void spreadLeaders() {
        groups().forEach(group -> transferLeadership(group, replicas(group).get(0)));
    }

    // ---- waiting ----

    /**
     * Waits until every slot is served: every running node knows a leader for every group, and every group answers a
     * read, which proves that it has a majority.
     */
    public void awaitReady() {
        try (TestClient client = client()) {
            for (TestNode node : nodes.values()) {
                if (node.isRunning()) {
                    Await.until(
                            () -> seesEverySlotServed(client, node),
                            PATIENCE,
                            () -> node + " sees every slot served; " + describe());
                }
            }
            for (String group : groups()) {
                if (!slotsOf(group).isEmpty()) {
                    client.patience(PATIENCE).call("EXISTS", keyOf(group, "probe"));
                }
            }
        }
    }

    private List<SlotRange> slotsOf(String group) {
        return layout.groups().stream()
                .filter(each -> each.name().equals(group))
                .flatMap(each -> each.slots().stream())
                .toList();
    }

    private static boolean seesEverySlotServed(TestClient client, TestNode node) {
        if (!(client.askNode(node, "CLUSTER", "INFO") instanceof Outcome.Ok ok)) {
            return false;
        }
        byte[] info = ok.reply() instanceof Reply.Verbatim text ? text.value() : ((Reply.Bulk) ok.reply()).value();
        return Bytes.text(info).contains("cluster_slots_ok:" + Slots.COUNT + "\r\n");
    }

    /** Waits until {@code node} has applied all that the leader of {@code group} had applied when this was called. */
    public void awaitCaughtUp(TestNode node, String group) {
        GroupStatus goal = status(leader(group), group);
        long index = goal == null ? 0 : goal.applied();
        Await.until(
                () -> {
                    GroupStatus status = status(node, group);
                    return status != null && status.applied() >= index;
                },
                PATIENCE,
                () -> node + " has applied entry " + index + " of " + group + "; " + describe());
    }

    /**
     * Waits until all running replicas of every group have applied the same entry, and compares their contents there.
     * The load must have been stopped.
     *
     * @throws AssertionError if two replicas at the same entry differ
     */
    public void awaitEqualDigests() {
        for (String group : groups()) {
            Await.until(() -> equalDigests(group), PATIENCE, () -> "equal digests of " + group + "; " + describe());
        }
    }

    private boolean equalDigests(String group) {
        Map<String, String> byIndex = new TreeMap<>();
        Set<String> seen = new TreeSet<>();
        for (TestNode node : replicas(group)) {
            if (!node.isRunning()) {
                continue;
            }
            String digest = node.digest(group);
            if (digest == null) {
                return false;
            }
            seen.add(digest);
            String index = digest.substring(0, digest.indexOf(' '));
            String other = byIndex.putIfAbsent(index, digest + " on " + node);
            if (other != null && !other.startsWith(digest + " ")) {
                throw new AssertionError("replicas of " + group + " differ: " + other + ", " + digest + " on " + node
                        + "; " + describe());
            }
        }
        return seen.size() <= 1;
    }

    // ---- faults ----

    /**
     * Ends a node as a crash would: a node of its own process gets SIGKILL; one in this JVM is closed without handing
     * over leadership, draining or flushing, which is as abrupt as a JVM allows.
     */
    public void kill(TestNode node) {
        node.kill();
    }

    /** Stops a node as SIGTERM does: it hands leadership away, drains, flushes. */
    public void stop(TestNode node) {
        node.stop();
    }

    /** Starts a node that is not running, with the data that it has. Does not wait for it to catch up. */
    public void start(TestNode node) {
        node.start();
    }

    /** {@link #stop} and {@link #start}. */
    public void restart(TestNode node) {
        node.stop();
        node.start();
    }

    /** Removes everything that a node that is not running has on its disk, as if it came with a new one. */
    public void wipe(TestNode node) {
        if (node.isRunning()) {
            throw new IllegalStateException(node + " runs");
        }
        delete(node.directory());
    }

    /**
     * Stops a process in its tracks (SIGSTOP): it keeps its sockets and its beliefs. Only in a cluster of
     * {@link TestClusterBuilder#processes}.
     */
    public void pause(TestNode node) {
        node.pause();
    }

    /** Lets a paused process go on (SIGCONT). */
    public void resume(TestNode node) {
        node.resume();
    }

    /** Cuts {@code side} off from all other nodes. Clients reach every node as before. */
    public void partition(TestNode... side) {
        requireNetwork().partition(Stream.of(side).map(TestNode::name).collect(Collectors.toSet()));
    }

    /** Cuts what {@code source} sends to {@code target}, but not the other direction's requests. */
    public void cut(TestNode source, TestNode target) {
        requireNetwork().cut(source.name(), target.name());
    }

    /** Joins everything that was cut off. */
    public void heal() {
        requireNetwork().heal();
    }

    private Network requireNetwork() {
        if (network == null) {
            throw new IllegalStateException("start the cluster with withPartitions()");
        }
        return network;
    }

    /** Sets the wall clock of a node in this JVM ahead of the machine's by {@code millis}, or behind it if negative. */
    public void skewClock(TestNode node, long millis) {
        node.skewClock(millis);
    }

    // ---- clients ----

    /** A client of its own connections; the cluster closes it if the test does not. Any thread. */
    public TestClient client() {
        TestClient client = new TestClient(loops, addresses());
        synchronized (clients) {
            clients.add(client);
        }
        return client;
    }

    /** Starts {@code count} clients that write and read all kinds of keys, in every group, until they are stopped. */
    public Load load(int count, long seed) {
        Load load = new Load(this, count, seed);
        loads.add(load);
        return load;
    }

    // ---- the end ----

    /** Stops all nodes at the same time, in good order, without waiting for hand-overs to each other. Any thread. */
    void stopAll() {
        endAll(TestNode::stopWithOthers);
    }

    private void endAll(Consumer<TestNode> ending) {
        List<CompletableFuture<Void>> ends = nodes.values().stream()
                .filter(TestNode::isRunning)
                .map(node -> CompletableFuture.runAsync(() -> ending.accept(node), task -> new Thread(task).start()))
                .toList();
        ends.forEach(CompletableFuture::join);
    }

    /** The state of every node, for messages. */
    public String describe() {
        return nodes.values().stream()
                .map(node -> node + " " + node.groups())
                .collect(Collectors.joining("\n    ", "\n    ", ""));
    }

    /** The newest log lines of every node that has a log of its own. */
    public String logs() {
        return nodes.values().stream()
                .map(node -> "---- " + node + "\n" + node.logTail())
                .collect(Collectors.joining("\n"));
    }

    /** Ends everything at once, without mercy, and removes the directory unless it is to be kept. */
    @Override
    public void close() {
        loads.forEach(Load::close);
        synchronized (clients) {
            clients.forEach(TestClient::close);
        }
        endAll(TestNode::kill);
        if (network != null) {
            network.close();
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        if (!keepDirectory) {
            delete(directory);
        }
    }

    private static void delete(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
