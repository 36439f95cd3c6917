package io.aikv.server;

import io.aikv.base.Clock;
import io.aikv.cluster.ClusterNode;
import io.aikv.cluster.Endpoint;
import io.aikv.command.CommandTable;
import io.aikv.command.Families;
import io.aikv.raft.EntryObserver;
import io.aikv.raft.EntryObservers;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.NodeContext;
import io.aikv.raft.RaftNode;
import io.aikv.script.Scripts;
import io.aikv.server.command.AclCommands;
import io.aikv.server.command.Administration;
import io.aikv.server.command.ClientCommands;
import io.aikv.server.command.CommandCommands;
import io.aikv.server.command.ConnectionCommands;
import io.aikv.server.command.KeyProbes;
import io.aikv.server.command.MigrateCommand;
import io.aikv.server.command.PubSubCommands;
import io.aikv.server.command.Rates;
import io.aikv.server.command.TransactionCommands;
import io.aikv.server.command.WaitCommands;
import io.aikv.server.config.Config;
import io.aikv.server.config.SecurityFiles;
import io.aikv.server.config.Settings;
import io.aikv.server.metrics.MetricsServer;
import io.aikv.server.metrics.NodeMetrics;
import io.aikv.server.pubsub.EntryMessages;
import io.aikv.server.pubsub.PeerMessages;
import io.aikv.server.pubsub.ShardWatch;
import io.aikv.server.session.ClientListener;
import io.aikv.server.session.ServerContext;
import io.aikv.server.tracking.EntryInvalidations;
import io.aikv.store.StoreFailure;
import io.aikv.store.StoreResources;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.Layout;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecurity;
import io.aikv.transport.Tls;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: the composition root. {@link #start} returns once clients can connect; {@link #awaitReady} once every
 * slot is served. Until the node knows its cluster, commands on data are answered LOADING; later they wait for a leader for
 * a bounded time.
 *
 * <p>Thread-safe; {@link #stop} and {@link #kill} may be called more than once.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final int READER_QUEUE = 16_384;

    /** MIGRATE commands at a time, and how many may wait. */
    private static final int MIGRATIONS_MAX = 4;

    private static final int MIGRATION_QUEUE = 128;
    private static final long LOOK_MILLIS = 10;
    private static final long GARBAGE_MILLIS = 500;
    private static final long BLOCKED_LOOK_MILLIS = 50;
    private static final long RATE_SAMPLE_MILLIS = 100;
    private static final long SHARD_MILLIS = 50;
    private static final long TRACKED_KEYS_MILLIS = 100;

    private final Config config;
    private final Clock clock;
    private final @Nullable Path configFile;
    private final ServerContext server;
    private final NodeMetrics metrics = new NodeMetrics();
    private final CommandTable table = new CommandTable();
    private final ThreadPoolExecutor readers;
    private final ThreadPoolExecutor migrations;
    private final ScheduledExecutorService background;
    private final CountDownLatch ready = new CountDownLatch(1);

    // What start() opens, in this order; close() goes the other way.
    private @Nullable Tls tls;
    private @Nullable StoreResources resources;
    private @Nullable ClusterNode cluster;
    private @Nullable ClientListener listener;
    private @Nullable MetricsServer metricsServer;
    private @Nullable Scripts scripts;
    private boolean closed;
    private volatile boolean hurried;

    private Node(Config config, Clock clock, @Nullable Path configFile) {
        this.config = config;
        this.clock = clock;
        this.configFile = configFile;
        this.server = new ServerContext(config, Settings.from(config), clock);
        String name = config.cluster().nodeId();
        int threads = Runtime.getRuntime().availableProcessors();
        this.readers = new ThreadPoolExecutor(
                threads,
                threads,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(READER_QUEUE),
                new DefaultThreadFactory("aikv-reader-" + name, true));
        this.readers.allowCoreThreadTimeOut(true);
        this.migrations = new ThreadPoolExecutor(
                MIGRATIONS_MAX,
                MIGRATIONS_MAX,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MIGRATION_QUEUE),
                new DefaultThreadFactory("aikv-migrate-" + name, true));
        this.migrations.allowCoreThreadTimeOut(true);
        this.background =
                Executors.newScheduledThreadPool(2, new DefaultThreadFactory("aikv-background-" + name, true));
    }

    /** Starts a server with the machine's clocks. */
    public static Node start(Config config) throws IOException {
        return start(config, Clock.SYSTEM);
    }

    /** Starts a server whose configuration is not in a file. */
    public static Node start(Config config, Clock clock) throws IOException {
        return start(config, clock, null);
    }

    /**
     * Starts a server.
     *
     * @param configFile where the configuration comes from and CONFIG REWRITE goes, or null
     * @throws io.aikv.base.ConfigError if the layout or the data directory do not fit the configuration
     * @throws IOException if an address is taken or the data directory cannot be used
     */
    public static Node start(Config config, Clock clock, @Nullable Path configFile) throws IOException {
        Layout layout = NodeOptions.layout(config);
        Config effective = config.cluster().enabled() ? config.withLayout(layout) : config;
        Node node = new Node(NodeOptions.withPort(effective), clock, configFile);
        try {
            node.open(layout);
            return node;
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private void open(Layout layout) throws IOException {
        Files.createDirectories(NodeOptions.directory(config));
        Endpoint endpoint = NodeOptions.endpoint(config);
        tls = NodeTls.open(config, server.settings(), background);
        PeerSecurity security = new PeerSecurity(
                SecurityFiles.secret(config.security()), config.security().tlsCluster() ? tls : null);
        resources = NodeOptions.resources(config);
        ClusterNode node = new ClusterNode(NodeOptions.cluster(config, layout, endpoint, security), clock);
        cluster = node;
        PeerMessages messages = new PeerMessages(node, config.cluster().nodeId(), server.pubsub());
        node.onPeerRequest(PeerMessages.REQUEST, messages);
        if (config.cluster().enabled()) {
            server.pubsub().connect(messages);
        }
        Rates rates = registerFamilies(node);
        server.install(table, node.router(), readers);
        server.access().follow(node.documents());
        if (!NodeOptions.inMemory(config)) {
            node.documents().keepIn(NodeOptions.directory(config));
        }
        background.scheduleWithFixedDelay(rates::sample, 0, RATE_SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
        server.loading(true);
        StoreResources shared = resources;
        node.start((self, gate, meta) -> startRaft(self, gate, meta, shared), NodeOptions.store(config));
        listener = ClientListener.start(server, tls);
        if (config.metrics().port() != 0) {
            metricsServer = NodeFigures.serve(config, metrics, this, shared);
        }
        background.scheduleWithFixedDelay(
                new GarbageRounds(this::groups), GARBAGE_MILLIS, GARBAGE_MILLIS, TimeUnit.MILLISECONDS);
        background.scheduleWithFixedDelay(
                server::lookAtBlocked, BLOCKED_LOOK_MILLIS, BLOCKED_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        background.scheduleWithFixedDelay(
                new ShardWatch(server.pubsub(), node.router()), SHARD_MILLIS, SHARD_MILLIS, TimeUnit.MILLISECONDS);
        background.scheduleWithFixedDelay(
                server.tracking()::look, TRACKED_KEYS_MILLIS, TRACKED_KEYS_MILLIS, TimeUnit.MILLISECONDS);
        background.execute(this::look);
    }

    private Rates registerFamilies(ClusterNode node) {
        Families.register(table, config.databases(), config.cluster().enabled());
        node.register(table);
        new ConnectionCommands(server).register(table);
        new ClientCommands(server).register(table);
        new AclCommands(server).register(table);
        new CommandCommands(table).register();
        new PubSubCommands(server).register(table);
        new WaitCommands(server).register(table);
        TransactionCommands.register(table);
        Scripts opened = new Scripts(
                table,
                NodeOptions.scripts(config),
                node.catalogs(),
                () -> TimeUnit.NANOSECONDS.toMillis(clock.nanos()));
        scripts = opened;
        opened.load();
        opened.register();
        new MigrateCommand(server, migrations).register(table);
        return Administration.register(
                table, new NodeAdministration(this, resources(), background, configFile), KeyProbes.ofData());
    }

    private RaftNode startRaft(Endpoint self, PeerGate gate, EntryObserver meta, StoreResources shared)
            throws IOException {
        RaftNode raft = RaftNode.start(new NodeContext(
                NodeOptions.raft(config, self.raftPort(), gate),
                table,
                shared,
                clock,
                metrics.registry(),
                group -> group.equals(ClusterNode.META_GROUP) ? meta : observers(group)));
        raft.addListener(this::leaderChanged);
        return raft;
    }

    /** Who hears of the changes of a group of data on this node. */
    private EntryObserver observers(String group) {
        return new EntryObservers(List.of(
                new ExpiryCount(server.counters()),
                server.scriptDenials(),
                server.wakerOf(group),
                new EntryMessages(server.pubsub(), server.notifications()),
                new EntryInvalidations(server.tracking(), slot -> isOf(group, slot), background)));
    }

    private boolean isOf(String group, int slot) {
        ClusterMap map = cluster().map();
        GroupInfo owner = map == null || !config.cluster().enabled() ? null : map.groupOf(slot);
        return owner == null || owner.name().equals(group);
    }

    /** What clients have cached is in doubt: this node may hear of a group's next entries late. */
    private void leaderChanged(String group, @Nullable String leader, long term) {
        try {
            background.execute(() -> server.tracking().doubt(slot -> isOf(group, slot)));
        } catch (RejectedExecutionException e) {
            LOG.debug("the node is closing");
        }
    }

    // ---- ready ----

    /** Again and again until every slot is served. */
    private void look() {
        ClusterNode node = cluster;
        if (node == null || background.isShutdown()) {
            return;
        }
        if (server.loading() && node.map() != null) {
            server.loading(false);
        }
        if (node.missing().isEmpty()) {
            server.loading(false);
            ready.countDown();
            LOG.info("node={} ready", name());
        } else {
            background.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Whether every slot was served at least once since the start. */
    public boolean isReady() {
        return ready.getCount() == 0;
    }

    /** Waits until every slot is served. @return whether it is */
    public boolean awaitReady(Duration limit) throws InterruptedException {
        return ready.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What {@link #awaitReady} waits for, for people. */
    public String waitsFor() {
        ClusterNode node = cluster;
        List<String> missing = node == null ? List.of() : node.missing();
        return missing.isEmpty() ? "nothing" : String.join("; ", missing);
    }

    // ---- what others want to know ----

    /** The node's name in the layout. */
    public String name() {
        return config.cluster().nodeId();
    }

    /** Where clients connect, in the order of {@code server.bind}; those who speak TLS behind the others. */
    public List<InetSocketAddress> addresses() {
        ClientListener open = listener;
        return open == null ? List.of() : open.addresses();
    }

    /** The port clients connect to. */
    public int port() {
        return addresses().get(0).getPort();
    }

    /** What TLS is made of here, or null if it is not spoken. */
    public @Nullable Tls tls() {
        return tls;
    }

    /** The replicas of the groups of data on this node. */
    public Collection<GroupReplica> groups() {
        return cluster().replicas().values();
    }

    /** The replica of that name on this node, or null. */
    public @Nullable GroupReplica group(String name) {
        return cluster().replicas().get(name);
    }

    /** The node's part in the cluster. */
    public ClusterNode cluster() {
        ClusterNode node = cluster;
        if (node == null) {
            throw new IllegalStateException("the node is closed");
        }
        return node;
    }

    private StoreResources resources() {
        return Objects.requireNonNull(resources);
    }

    public NodeMetrics metrics() {
        return metrics;
    }

    /** What the sessions share, for metrics and tests. */
    public ServerContext server() {
        return server;
    }

    // ---- the end ----

    /**
     * Stops in good order, within {@code server.shutdown-timeout}: no new connections, leadership handed over, what runs is
     * answered, everything is flushed.
     */
    public synchronized void stop() {
        ClientListener open = listener;
        ClusterNode node = cluster;
        if (closed || hurried || open == null || node == null) {
            close();
            return;
        }
        LOG.info("node={} stopping", name());
        long deadline = System.nanoTime() + config.server().shutdownTimeout().toNanos();
        open.stopAccepting();
        int kept = node.handOver();
        boolean drained = open.drain(Math.max(0, (deadline - System.nanoTime()) / 2));
        LOG.info("node={} groups-without-successor={} all-answered={}", name(), kept, drained);
        groups().forEach(Node::flush);
        close();
    }

    /** So that a restart has little to replay. Nothing is lost without it. */
    private static void flush(GroupReplica replica) {
        try {
            replica.store().flush();
        } catch (StoreFailure e) {
            LOG.warn("group={} store not flushed, a restart replays more: {}", replica.name(), e.getMessage());
        }
    }

    /** {@link #stop} is to hand nothing over, and to wait for nothing. */
    void hurry() {
        hurried = true;
    }

    /** As near to a crash as a part of a process can come: nothing is handed over or answered. */
    public void kill() {
        close();
    }

    /** Closes everything without ceremony. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        background.shutdownNow();
        migrations.shutdownNow();
        if (listener != null) {
            listener.close();
        }
        server.closeStreamedReplies();
        readers.shutdownNow();
        if (metricsServer != null) {
            metricsServer.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (scripts != null) {
            scripts.close();
        }
        if (resources != null) {
            resources.close();
        }
        LOG.info("node={} stopped", name());
    }
}
