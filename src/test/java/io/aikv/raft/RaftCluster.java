package io.aikv.raft;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Families;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.command.KeySpec;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.Space;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.testcluster.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Nodes of one group in this JVM, for the tests of this package. Closed with everything in it. */
final class RaftCluster implements AutoCloseable {
    static final String GROUP = "g1";

    private static final CommandTable TABLE = table();
    /** Nobody listens there: a port of the system's that is not used. */
    private static final int DEAD_PORT = 1;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Path directory;
    private final StoreResources resources = StoreResources.small();
    private final UnaryOperator<RaftOptions> tuning;
    private final EntryObserver observer;
    private final List<Integer> ports = new ArrayList<>();
    private final Map<Integer, RaftNode> nodes = new ConcurrentHashMap<>();
    private final Map<Integer, SkewedClock> clocks = new TreeMap<>();

    /** The machine's clock, moved. */
    static final class SkewedClock implements Clock {
        volatile long skewMillis;

        @Override
        public long epochMillis() {
            return System.currentTimeMillis() + skewMillis;
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }
    }

    RaftCluster(Path directory, int size, UnaryOperator<RaftOptions> tuning) throws IOException {
        this(directory, size, tuning, EntryObserver.NONE);
    }

    RaftCluster(Path directory, int size, UnaryOperator<RaftOptions> tuning, EntryObserver observer)
            throws IOException {
        this.directory = directory;
        this.tuning = tuning;
        this.observer = observer;
        for (int i = 0; i < size; i++) {
            ports.add(FreePorts.next());
        }
        for (int i = 0; i < size; i++) {
            start(i);
        }
    }

    static RaftCluster of(Path directory, int size) throws IOException {
        return new RaftCluster(directory, size, options -> options);
    }

    /** For tests that write much: a busy machine is no reason for an election, which would leave writes indeterminate. */
    static RaftOptions patient(RaftOptions options) {
        return options.withTiming(new RaftOptions.Timing(
                Duration.ofSeconds(3),
                Duration.ofSeconds(6),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofMillis(2)));
    }

    static CommandTable table() {
        CommandTable table = new CommandTable();
        Families.register(table, 16);
        table.group(Group.GENERIC)
                .write("TEST.ADD", 3, KeySpec.key(1), (context, args) -> {
                    byte[] key = args.take();
                    KeyRecord old = context.find(key, Type.STRING);
                    long value = (old == null ? 0 : Long.parseLong(Bytes.text(old.payload()))) + args.takeLong();
                    put(context, key, Bytes.utf8(Long.toString(value)), KeyRecord.NO_EXPIRY);
                    return Reply.integer(value);
                })
                .write("TEST.DRAW", 2, KeySpec.key(1), (context, args) -> {
                    String drawn = context.random().nextLong() + "@" + context.nowMillis();
                    put(context, args.take(), Bytes.utf8(drawn), KeyRecord.NO_EXPIRY);
                    return Reply.text(drawn);
                })
                .write("TEST.EXPIRING", 3, KeySpec.key(1), (context, args) -> {
                    byte[] key = args.take();
                    put(context, key, new byte[0], context.nowMillis() + args.takeLong());
                    return Reply.OK;
                })
                .write("TEST.NOW", 1, List.of(), (context, args) -> Reply.integer(context.nowMillis()))
                .write("TEST.BOOM", 1, List.of(), (context, args) -> {
                    throw new IllegalStateException("boom");
                });
        return table;
    }

    private static void put(WriteContext context, byte[] key, byte[] value, long expireAtMillis) {
        context.put(key, KeyRecord.of(Type.STRING, 0, expireAtMillis, value));
    }

    // ---- nodes ----

    GroupSpec spec() {
        List<GroupSpec.Replica> replicas = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            replicas.add(new GroupSpec.Replica("n" + i, "127.0.0.1", ports.get(i)));
        }
        boolean inMemory = options(0).inMemory();
        return new GroupSpec(GROUP, uuid(), replicas, new StoreOptions(inMemory));
    }

    static UUID uuid() {
        return RaftNode.uuidOf(GROUP);
    }

    Path directory(int node) {
        return directory.resolve("n" + node);
    }

    private RaftOptions options(int node) {
        return tuning.apply(RaftOptions.defaults("n" + node, directory(node), "127.0.0.1", ports.get(node))
                .withTiming(new RaftOptions.Timing(
                        Duration.ofMillis(300),
                        Duration.ofMillis(600),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(2))));
    }

    void start(int node) throws IOException {
        NodeContext defaults = NodeContext.of(options(node), table(), resources);
        SkewedClock clock = clocks.computeIfAbsent(node, n -> new SkewedClock());
        RaftNode started = RaftNode.start(new NodeContext(
                defaults.options(), defaults.table(), resources, clock, defaults.metrics(), group -> observer));
        nodes.put(node, started);
        started.open(spec());
        started.setReadIndexSource((group, leader) -> {
            RaftNode there = nodes.get(Integer.parseInt(leader.substring(1)));
            GroupReplica replica = there == null ? null : there.find(group);
            return replica == null
                    ? CompletableFuture.failedFuture(new IllegalStateException("down"))
                    : replica.readIndex();
        });
    }

    void stop(int node) {
        RaftNode stopped = nodes.remove(node);
        if (stopped != null) {
            stopped.close();
        }
    }

    SkewedClock clock(int node) {
        return Objects.requireNonNull(clocks.get(node));
    }

    /** Restarts a node on another port, and tells the others. */
    void move(int node) throws IOException {
        stop(node);
        ports.set(node, FreePorts.next());
        start(node);
        nodes.forEach((other, running) -> {
            if (other != node) {
                running.changeAddress("n" + node, "127.0.0.1", ports.get(node));
            }
        });
    }

    /** From now on nothing that {@code from} sends reaches {@code to}, which may still send to it. */
    void cutOff(int from, int to) {
        node(from).changeAddress("n" + to, "127.0.0.1", DEAD_PORT);
    }

    RaftNode node(int node) {
        return Objects.requireNonNull(nodes.get(node), "node is down");
    }

    GroupReplica replica(int node) {
        return Objects.requireNonNull(node(node).find(GROUP), "no group");
    }

    /** The node that leads, waiting for one. */
    int awaitLeader() {
        int[] leader = {-1};
        await("a leader", () -> {
            for (int node : List.copyOf(nodes.keySet())) {
                if (replica(node).leads()) {
                    leader[0] = node;
                }
            }
            return leader[0] >= 0;
        });
        return leader[0];
    }

    int follower() {
        int leader = awaitLeader();
        return nodes.keySet().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
    }

    List<Integer> running() {
        return List.copyOf(nodes.keySet());
    }

    // ---- commands ----

    static byte[][] argv(String... words) {
        byte[][] argv = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            argv[i] = Bytes.utf8(words[i]);
        }
        return argv;
    }

    /** Runs a command on the leader, whoever it is, until it is not refused. Fails if it is indeterminate. */
    Reply write(String... words) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return get(replica(awaitLeader()).execute(0, argv(words)));
            } catch (RaftUnavailable e) {
                if (e.refusal() == null || System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    /** A linearizable read on the node, or the refusal's name. */
    String read(int node, String key) {
        CompletableFuture<String> result = new CompletableFuture<>();
        GroupReplica replica = replica(node);
        replica.awaitReplicaReadable(new ReadWaiter() {
            @Override
            public void readable() {
                result.complete(value(replica, key));
            }

            @Override
            public void refused(Refusal reason) {
                result.complete(reason.name());
            }
        });
        return get(result);
    }

    /** What GET answers from the replica's committed state. */
    static String value(GroupReplica replica, String key) {
        byte[][] argv = argv("GET", key);
        Command get = Objects.requireNonNull(TABLE.find(argv));
        Reply reply = ((Handler.Read) get.handler()).run().run(context(replica), get.args(argv));
        return reply instanceof Reply.Bulk bulk ? Bytes.text(bulk.value()) : "(none)";
    }

    private static ReadContext context(GroupReplica replica) {
        return new ReadContext(replica.reader(), 0, replica.readTimeMillis(), new SplittableRandom(1));
    }

    /** Everything a replica holds, but for the position itself. */
    static List<String> rows(GroupReplica replica) {
        List<String> rows = new ArrayList<>();
        for (Space space : Space.values()) {
            try (Cursor cursor = replica.reader().cursor(space, new byte[0], null)) {
                while (cursor.next()) {
                    rows.add(space + " " + HexFormat.of().formatHex(cursor.key()) + " "
                            + HexFormat.of().formatHex(cursor.value()));
                }
            }
        }
        return rows;
    }

    /** Waits until every running replica has applied as far as the leader has now. */
    void awaitConverged() {
        long index = replica(awaitLeader()).applied().index();
        await(
                "all replicas at " + index,
                () -> nodes.values().stream()
                        .allMatch(node -> Objects.requireNonNull(node.find(GROUP))
                                        .applied()
                                        .index()
                                >= index));
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e.toString(), e);
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
    }

    @Nullable
    GroupReplica find(int node) {
        RaftNode running = nodes.get(node);
        return running == null ? null : running.find(GROUP);
    }

    @Override
    public void close() {
        List<CompletableFuture<Void>> ends = nodes.keySet().stream()
                .map(node -> CompletableFuture.runAsync(() -> stop(node), task -> new Thread(task).start()))
                .toList();
        ends.forEach(CompletableFuture::join);
        resources.close();
    }
}
