package io.aikv.server.command;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.base.CommandLine;
import io.aikv.base.Errors;
import io.aikv.base.Slots;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Handler;
import io.aikv.data.EventSink;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.raft.ReplicaStatus;
import io.aikv.resp.Reply;
import io.aikv.resp.ReplyWriter;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import io.aikv.server.stats.CommandStats;
import io.aikv.server.stats.ErrorStats;
import io.aikv.server.stats.LatencyEvents;
import io.aikv.server.stats.SlowLog;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreDigest;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreReader;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node of one group over a real store, whose log is a counter. Runs commands as the dispatcher does. */
final class TestNode implements NodeFacts, AutoCloseable {
    /** Milliseconds since the epoch at the start of every test. */
    static final long NOW = 1_700_000_000_000L;

    final StoreResources resources = StoreResources.small();
    /** Replaced by DEBUG RELOAD. */
    volatile GroupStore store;

    final CommandTable table = new CommandTable();
    final Rates rates;
    final CommandStats stats;
    final CommandStats.Part part;
    final ErrorStats errors = new ErrorStats();
    final SlowLog slowLog = new SlowLog();
    final LatencyEvents latencyEvents = new LatencyEvents();
    final Figures figures = new Figures();
    final ScheduledExecutorService background = Executors.newScheduledThreadPool(2);
    final List<String> shutdowns = new ArrayList<>();
    final Config config;
    final Settings settings;

    volatile long nowMillis = NOW;
    volatile long nanos = 1;
    volatile boolean leads = true;
    volatile boolean local = true;
    volatile boolean activeExpiry = true;
    volatile boolean shutdownBegan;
    volatile @Nullable Path configFile;
    volatile List<ReplicaStatus.Follower> followers = List.of();
    private final List<String> names;
    private final Path directory;

    TestNode(Path directory, String... overrides) throws IOException {
        config = Config.parse("", "test", List.of(overrides));
        settings = Settings.from(config);
        this.directory = directory.resolve("store");
        store = GroupStore.open(resources, this.directory, StoreOptions.defaults());
        KeyProbes probes = new KeyProbes(TestNode::memoryUsage, TestNode::debugObject, TestNode::digestValue);
        rates = Administration.register(table, this, probes);
        names = table.all().stream().map(Command::name).toList();
        stats = new CommandStats(names.size());
        part = stats.newPart();
    }

    // ---- running commands ----

    private record TestCaller(int protocol, int database) implements Caller {
        @Override
        public long id() {
            return 1;
        }
    }

    /** The reply of an inline command line in RESP2's, or RESP3's, bytes with CR and LF written as {@code \r\n}. */
    String wire(String line, int protocol) throws Exception {
        return Wire.escape(bytes(run(line, protocol), protocol));
    }

    static byte[] bytes(Reply reply, int protocol) {
        ByteBuf buffer = Unpooled.buffer();
        ReplyWriter.write(reply, protocol, buffer);
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }

    Reply run(String line) throws Exception {
        return run(line, 2);
    }

    Reply run(String line, int protocol) throws Exception {
        byte[][] argv = CommandLine.split(line.getBytes(StandardCharsets.ISO_8859_1));
        try {
            return dispatch(argv, new TestCaller(protocol, 0));
        } catch (CommandError e) {
            return Reply.error(e);
        }
    }

    private Reply dispatch(byte[][] argv, Caller caller) throws Exception {
        Command command = table.find(argv);
        if (command == null) {
            throw new AssertionError("no such command: " + Bytes.text(argv[0]));
        }
        if (!command.acceptsArgumentCount(argv.length)) {
            throw Errors.wrongArity(command.name());
        }
        Args args = command.args(argv);
        Handler handler = command.handler();
        if (handler instanceof Handler.Container) {
            throw new CommandError("ERR unknown subcommand '" + Bytes.text(argv[1]) + "'. Try "
                    + command.name().toUpperCase(Locale.ROOT) + " HELP.");
        }
        if (handler instanceof Handler.Session session) {
            return session.run().run(caller, args);
        }
        if (handler instanceof Handler.Read read) {
            return read.run().run(group.context(caller.database()), args);
        }
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        ((Handler.Async) handler).run().run(caller, args, reply::complete);
        return reply.get(20, TimeUnit.SECONDS);
    }

    /** The text of a bulk or verbatim reply. */
    String text(String line) throws Exception {
        Reply reply = run(line, 3);
        if (reply instanceof Reply.Verbatim verbatim) {
            return Bytes.text(verbatim.value());
        }
        return reply instanceof Reply.Simple simple ? simple.text() : Bytes.text(((Reply.Bulk) reply).value());
    }

    /** The fields of some sections of INFO. */
    TreeMap<String, String> info(String sections) throws Exception {
        TreeMap<String, String> fields = new TreeMap<>();
        text("INFO " + sections)
                .lines()
                .filter(line -> !line.startsWith("#") && !line.isEmpty())
                .forEach(line -> {
                    int colon = line.indexOf(':');
                    fields.put(line.substring(0, colon), line.substring(colon + 1));
                });
        return fields;
    }

    // ---- data ----

    /** Writes a string as the next entry. @param expireAtMillis or {@link KeyRecord#NO_EXPIRY} */
    void put(int database, String key, String value, long expireAtMillis) {
        synchronized (store) {
            StoreTransaction transaction = store.begin();
            WriteContext context =
                    new WriteContext(transaction, database, nowMillis, new SplittableRandom(1), EventSink.NONE);
            context.put(Bytes.utf8(key), KeyRecord.of(Type.STRING, 0, expireAtMillis, Bytes.utf8(value)));
            transaction.commit(
                    new AppliedPosition(1, Math.max(0, store.applied().index()) + 1, nowMillis));
        }
    }

    void put(String key, String value) {
        put(0, key, value, KeyRecord.NO_EXPIRY);
    }

    private static Reply memoryUsage(ReadContext context, Args args) {
        KeyRecord record = context.find(args.take());
        while (args.hasNext()) {
            if (!args.takeIf("SAMPLES", 1) || args.takeLong() < 0) {
                throw Errors.syntax();
            }
        }
        return record == null ? Reply.NULL : Reply.integer(record.payload().length);
    }

    private static Reply debugObject(ReadContext context, Args args) {
        KeyRecord record = context.find(args.take());
        if (record == null) {
            throw Errors.noSuchKey();
        }
        return Reply.simple("Value at:0x0 refcount:1 encoding:embstr serializedlength:" + record.payload().length);
    }

    private static Reply digestValue(ReadContext context, Args args) {
        List<Reply> digests = new ArrayList<>();
        while (args.hasNext()) {
            KeyRecord record = context.find(args.take());
            int hash = record == null ? 0 : Arrays.hashCode(record.payload());
            digests.add(Reply.simple(String.format("%040x", hash & 0xffff_ffffL)));
        }
        return Reply.array(digests);
    }

    // ---- facts ----

    static final class Figures implements ServerFigures {
        volatile long netIn;
        volatile long netOut;

        @Override
        public int connectedClients() {
            return 3;
        }

        @Override
        public int blockedClients() {
            return 2;
        }

        @Override
        public long connectionsReceived() {
            return 7;
        }

        @Override
        public long connectionsRejected() {
            return 1;
        }

        @Override
        public long netInBytes() {
            return netIn;
        }

        @Override
        public long netOutBytes() {
            return netOut;
        }

        @Override
        public long storeBytes() {
            return 1 << 20;
        }
    }

    private final class StoreGroup implements HostedGroup {
        @Override
        public String name() {
            return "g1";
        }

        @Override
        public boolean leads() {
            return leads;
        }

        @Override
        public ReplicaStatus status() {
            long applied = store.applied().index();
            return new ReplicaStatus(
                    "g1",
                    leads ? "leader" : "follower",
                    5,
                    leads ? "n1" : "n2",
                    applied + 2,
                    applied + 1,
                    applied,
                    store.durable().index(),
                    0,
                    leads,
                    4,
                    1,
                    leads ? followers : List.of(),
                    new ReplicaStatus.Counters(10, 20, 3, 1, 0, 0, 0),
                    null);
        }

        @Override
        public StoreReader reader() {
            return store.reader();
        }

        @Override
        public long readTimeMillis() {
            return nowMillis;
        }

        @Override
        public StateDigest digest() {
            StoreDigest digest = store.digest();
            return new StateDigest(digest.position().index(), digest.hex());
        }

        @Override
        public void flush() {
            store.flush();
        }

        @Override
        public void reload() throws IOException {
            store = store.reopen(resources, directory, StoreOptions.defaults());
        }
    }

    private final StoreGroup group = new StoreGroup();

    @Override
    public Config config() {
        return config;
    }

    @Override
    public @Nullable Path configFile() {
        return configFile;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long epochMillis() {
                return nowMillis;
            }

            @Override
            public long nanos() {
                return nanos;
            }
        };
    }

    @Override
    public List<String> commandNames() {
        return names;
    }

    @Override
    public CommandStats commandStats() {
        return stats;
    }

    @Override
    public ErrorStats errors() {
        return errors;
    }

    @Override
    public SlowLog slowLog() {
        return slowLog;
    }

    @Override
    public LatencyEvents latencyEvents() {
        return latencyEvents;
    }

    @Override
    public ServerFigures figures() {
        return figures;
    }

    @Override
    public void resetCounters() {
        stats.reset();
        errors.reset();
        figures.netIn = 0;
        figures.netOut = 0;
    }

    @Override
    public List<HostedGroup> groups() {
        return List.of(group);
    }

    @Override
    public @Nullable HostedGroup groupOf(int slot) {
        return group;
    }

    @Override
    public @Nullable Address address(String node) {
        return switch (node) {
            case "n1" -> new Address("127.0.0.1", 7001);
            case "n2" -> new Address("127.0.0.1", 7002);
            case "n3" -> new Address("127.0.0.1", 7003);
            default -> null;
        };
    }

    @Override
    public String nodeName() {
        return "n1";
    }

    @Override
    public int port() {
        return 7001;
    }

    @Override
    public String historyId() {
        return "a".repeat(40);
    }

    @Override
    public long startedMillis() {
        return NOW - 90_000;
    }

    @Override
    public boolean loading() {
        return false;
    }

    @Override
    public boolean isLocal(Caller caller) {
        return local;
    }

    @Override
    public ScheduledExecutorService background() {
        return background;
    }

    @Override
    public CompletableFuture<Reply> write(int database, byte[]... argv) {
        Slots.of(argv[1]);
        put(database, Bytes.text(argv[1]), Bytes.text(argv[2]), KeyRecord.NO_EXPIRY);
        return CompletableFuture.completedFuture(Reply.OK);
    }

    @Override
    public void activeExpiry(boolean on) {
        activeExpiry = on;
    }

    @Override
    public void shutdown(boolean now, boolean force) {
        shutdowns.add("now=" + now + " force=" + force);
        shutdownBegan = true;
    }

    @Override
    public boolean abortShutdown() {
        boolean began = shutdownBegan;
        shutdownBegan = false;
        return began;
    }

    @Override
    public void close() throws InterruptedException {
        background.shutdownNow();
        background.awaitTermination(10, TimeUnit.SECONDS);
        store.close();
        resources.close();
    }
}
