package io.aikv.cluster;

import com.codahale.metrics.MetricRegistry;
import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.command.Caller;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Families;
import io.aikv.command.Handler;
import io.aikv.raft.EntryObserver;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.NodeContext;
import io.aikv.raft.RaftNode;
import io.aikv.raft.RaftOptions;
import io.aikv.resp.Reply;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.topology.Layout;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Nodes of one cluster in this JVM, without a server for clients: commands are run straight from the table. */
final class LocalNodes implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(30);
    static final ClusterOptions.Timing FAST = new ClusterOptions.Timing(
            Duration.ofMillis(100),
            Duration.ofMillis(700),
            Duration.ofMillis(1500),
            Duration.ofMillis(1000),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10));

    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(16_000 + (int) (ProcessHandle.current().pid() * 97 % 16_000));

    private final Path directory;
    private final Map<String, LocalNode> running = new LinkedHashMap<>();
    private Layout layout;

    /** Group {@code gK} prefers node {@code nK}, then the next ones in turn. */
    LocalNodes(Path directory, int nodes, int groups, int replicas) throws IOException {
        this.directory = directory;
        StringBuilder text = new StringBuilder();
        List<Integer> ports = freePorts(nodes * 3);
        for (int n = 1; n <= nodes; n++) {
            int at = (n - 1) * 3;
            text.append("[[nodes]]\nname = \"n%d\"\nhost = \"127.0.0.1\"\nport = %d\nraft-port = %d\npeer-port = %d\n"
                    .formatted(n, ports.get(at), ports.get(at + 1), ports.get(at + 2)));
        }
        for (int g = 0; g < groups; g++) {
            List<String> members = new ArrayList<>();
            for (int r = 0; r < replicas; r++) {
                members.add("\"n" + ((g + r) % nodes + 1) + "\"");
            }
            int first = g * 16384 / groups;
            int last = (g + 1) * 16384 / groups - 1;
            text.append("[[groups]]\nname = \"g%d\"\nslots = [\"%d-%d\"]\nreplicas = [%s]\n"
                    .formatted(g + 1, first, last, String.join(", ", members)));
        }
        layout = Layout.parse(text.toString(), "test-layout.toml");
    }

    /** Ports nobody listens on now; not from the range that outgoing connections take theirs from. */
    static List<Integer> freePorts(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < count) {
            int port = NEXT_PORT.updateAndGet(last -> last >= 31_999 ? 16_000 : last + 1);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                ports.add(socket.getLocalPort());
            } catch (BindException taken) {
                // The next one.
            }
        }
        return ports;
    }

    Layout layout() {
        return layout;
    }

    Path directory(String node) {
        return directory.resolve(node);
    }

    LocalNode start(String name) throws IOException {
        return start(name, UnaryOperator.identity());
    }

    LocalNode start(String name, UnaryOperator<ClusterOptions> change) throws IOException {
        return start(name, change, directory(name));
    }

    LocalNode start(String name, UnaryOperator<ClusterOptions> change, Path where) throws IOException {
        ClusterOptions options =
                ClusterOptions.of(name, where, layout).withTiming(FAST).withBalanceLeaders(false);
        LocalNode node = new LocalNode(change.apply(options), where);
        running.put(name, node);
        return node;
    }

    void startAll(UnaryOperator<ClusterOptions> change) throws Exception {
        for (String name : layout.nodeNames()) {
            start(name, change);
        }
        awaitReady();
    }

    void startAll() throws Exception {
        startAll(UnaryOperator.identity());
    }

    void awaitReady() throws InterruptedException {
        for (LocalNode node : running.values()) {
            if (!node.cluster().awaitReady(LIMIT, word -> {})) {
                throw new AssertionError(
                        node.name() + " is not ready: " + node.cluster().missing());
            }
        }
    }

    LocalNode node(String name) {
        LocalNode node = running.get(name);
        if (node == null) {
            throw new AssertionError(name + " is not running");
        }
        return node;
    }

    Collection<LocalNode> nodes() {
        return running.values();
    }

    void stop(String name) {
        node(name).close();
        running.remove(name);
    }

    /** Who leads {@code group} and may propose. */
    LocalNode leader(String group) {
        return await(
                () -> running.values().stream()
                        .filter(node -> {
                            GroupReplica replica = group.equals("meta")
                                    ? node.cluster().meta()
                                    : node.cluster().replicas().get(group);
                            return replica != null && replica.leads();
                        })
                        .findFirst()
                        .orElse(null),
                "a leader of " + group);
    }

    @Override
    public void close() {
        List<CompletableFuture<Void>> ends = running.values().stream()
                .map(node -> CompletableFuture.runAsync(node::close, task -> new Thread(task).start()))
                .toList();
        ends.forEach(CompletableFuture::join);
        running.clear();
    }

    // ---- waiting ----

    /** Asks until the answer is not null; an exception counts as not yet. */
    static <T> T await(Callable<@Nullable T> source, String what) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Exception last = null;
        while (System.nanoTime() - deadline < 0) {
            try {
                T value = source.call();
                if (value != null) {
                    return value;
                }
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("not within " + LIMIT + ": " + what, last);
    }

    static void awaitTrue(Callable<Boolean> condition, String what) {
        await(() -> condition.call() ? Boolean.TRUE : null, what);
    }

    /** One node: what the server composes, without the server. */
    static final class LocalNode implements AutoCloseable {
        private final ClusterOptions options;
        private final StoreResources resources = StoreResources.small();
        private final CommandTable table = new CommandTable();
        private final ClusterNode cluster;

        LocalNode(ClusterOptions options, Path directory) throws IOException {
            this.options = options;
            cluster = new ClusterNode(options, Clock.SYSTEM);
            Families.register(table, 16);
            cluster.register(table);
            try {
                cluster.start(
                        (self, gate, meta) -> RaftNode.start(new NodeContext(
                                RaftOptions.defaults(options.node(), directory, "127.0.0.1", self.raftPort())
                                        .withGate(gate),
                                table,
                                resources,
                                Clock.SYSTEM,
                                new MetricRegistry(),
                                group -> group.equals(ClusterNode.META_GROUP) ? meta : EntryObserver.NONE)),
                        StoreOptions.defaults());
            } catch (IOException | RuntimeException e) {
                resources.close();
                throw e;
            }
        }

        String name() {
            return options.node();
        }

        ClusterNode cluster() {
            return cluster;
        }

        Router router() {
            return cluster.router();
        }

        /** Runs a session or async command of the table, with the dispatcher's checks left out. */
        Reply run(String... words) throws Exception {
            byte[][] argv = PeerIdentity.args((Object[]) words);
            Command command = table.find(argv);
            if (command == null) {
                throw new AssertionError("no command " + List.of(words));
            }
            try {
                if (command.handler() instanceof Handler.Session session) {
                    return session.run().run(new TestCaller(), command.args(argv));
                }
                if (command.handler() instanceof Handler.Async async) {
                    CompletableFuture<Reply> reply = new CompletableFuture<>();
                    async.run().run(new TestCaller(), command.args(argv), reply::complete);
                    return reply.get(10, TimeUnit.SECONDS);
                }
            } catch (CommandError error) {
                return Reply.error(error);
            }
            throw new AssertionError(command + " is not run here");
        }

        /** The text of a reply to {@link #run}. */
        String text(String... words) throws Exception {
            Reply reply = run(words);
            return reply instanceof Reply.Verbatim verbatim ? Bytes.text(verbatim.value()) : PeerReplies.text(reply);
        }

        /** Sets a key through the group that this node leads. */
        Reply set(String key, String value) throws Exception {
            Route route = router().route(io.aikv.base.Slots.of(Bytes.utf8(key)), false);
            if (!(route instanceof Route.Leader leader)) {
                throw new AssertionError("not led here: " + route);
            }
            return leader.group()
                    .execute(0, PeerIdentity.args("SET", key, value))
                    .get(10, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            cluster.close();
            resources.close();
        }
    }

    private record TestCaller() implements Caller {
        @Override
        public long id() {
            return 1;
        }

        @Override
        public int database() {
            return 0;
        }

        @Override
        public int protocol() {
            return 2;
        }
    }
}
