package io.aikv.server;

import com.codahale.metrics.MetricRegistry;
import io.aikv.base.Clock;
import io.aikv.cluster.Router;
import io.aikv.command.CommandTable;
import io.aikv.command.Families;
import io.aikv.raft.EntryObserver;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.GroupSpec;
import io.aikv.raft.NodeContext;
import io.aikv.raft.RaftNode;
import io.aikv.server.command.ClientCommands;
import io.aikv.server.command.CommandCommands;
import io.aikv.server.command.ConnectionCommands;
import io.aikv.server.command.WaitCommands;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import io.aikv.server.session.ClientListener;
import io.aikv.server.session.ServerContext;
import io.aikv.store.StoreResources;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: the composition root. {@link #start} returns once clients can connect; {@link #awaitReady} once data is
 * served; until then commands on data are answered LOADING.
 *
 * <p>Thread-safe; {@link #stop} and {@link #kill} may be called more than once.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final int READER_QUEUE = 16_384;
    private static final long READY_POLL_MILLIS = 10;

    private final Config config;
    private final ServerContext server;
    private final MetricRegistry metrics = new MetricRegistry();
    private final ThreadPoolExecutor readers;
    private final ScheduledExecutorService background;
    private final StoreResources resources;
    private final RaftNode raft;
    private final ClientListener listener;
    private final CountDownLatch ready = new CountDownLatch(1);
    private boolean closed;

    private Node(Config config, Clock clock) throws IOException {
        this.config = config;
        this.server = new ServerContext(config, Settings.from(config), clock);
        this.readers = readers();
        this.background = Executors.newScheduledThreadPool(2, new DefaultThreadFactory("aikv-background", true));
        CommandTable table = new CommandTable();
        registerFamilies(table);
        Files.createDirectories(NodeOptions.directory(config));
        this.resources = NodeOptions.resources(config);
        this.raft = RaftNode.start(new NodeContext(
                NodeOptions.raft(config, "127.0.0.1", config.raftPort()),
                table,
                resources,
                clock,
                metrics,
                group -> EntryObserver.NONE));
        server.install(table, router(), readers);
        server.loading(true);
        this.listener = ClientListener.start(server);
        background.execute(this::serveWhenReady);
    }

    /** Starts a server with the machine's clocks. */
    public static Node start(Config config) throws IOException {
        return start(config, Clock.SYSTEM);
    }

    /**
     * Starts a server.
     *
     * @throws IOException if an address is taken or the data directory cannot be used
     */
    public static Node start(Config config, Clock clock) throws IOException {
        return new Node(config, clock);
    }

    private static ThreadPoolExecutor readers() {
        int threads = Runtime.getRuntime().availableProcessors();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(READER_QUEUE),
                new DefaultThreadFactory("aikv-reader", true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private void registerFamilies(CommandTable table) {
        Families.register(table);
        new ConnectionCommands(server).register(table);
        new ClientCommands(server).register(table);
        new CommandCommands(table).register();
        new WaitCommands(server).register(table);
    }

    private Router router() throws IOException {
        GroupSpec.Replica self = new GroupSpec.Replica(config.cluster().nodeId(), "127.0.0.1", config.raftPort());
        GroupReplica group =
                raft.open(new GroupSpec("g1", RaftNode.uuidOf("g1"), List.of(self), NodeOptions.store(config)));
        return new SingleGroupRouter(group, background);
    }

    // ---- ready ----

    private void serveWhenReady() {
        if (isServing()) {
            server.loading(false);
            ready.countDown();
            LOG.info("node={} ready", name());
        } else {
            background.schedule(this::serveWhenReady, READY_POLL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private boolean isServing() {
        return !server.router().led().isEmpty();
    }

    /** Whether commands on data are served. */
    public boolean isReady() {
        return !server.loading();
    }

    /** Waits until data is served. @return whether it is */
    public boolean awaitReady(Duration limit) throws InterruptedException {
        return ready.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What {@link #awaitReady} waits for, for people. */
    public String waitsFor() {
        return isReady() ? "nothing" : "waiting for a leader of group g1";
    }

    // ---- what others want to know ----

    /** The node's name in the layout. */
    public String name() {
        return config.cluster().nodeId();
    }

    /** Where clients connect, in the order of {@code server.bind}. */
    public List<InetSocketAddress> addresses() {
        return listener.addresses();
    }

    /** The port clients connect to. */
    public int port() {
        return listener.addresses().get(0).getPort();
    }

    /** The replicas of groups on this node. */
    public Collection<GroupReplica> groups() {
        return raft.groups();
    }

    public MetricRegistry metrics() {
        return metrics;
    }

    /** What the sessions share, for metrics and tests. */
    public ServerContext server() {
        return server;
    }

    // ---- the end ----

    /** Stops in good order: no new connections, leadership handed over, what runs is answered, everything is flushed. */
    public synchronized void stop() {
        if (closed) {
            return;
        }
        Duration limit = config.server().shutdownTimeout();
        LOG.info("node={} stopping", name());
        listener.stopAccepting();
        int handedOver = raft.handOver(limit.dividedBy(2));
        LOG.info("node={} handed over {} groups", name(), handedOver);
        close();
    }

    /** As near to a crash as a part of a process can come: nothing is handed over or drained. */
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
        listener.close();
        readers.shutdownNow();
        background.shutdownNow();
        raft.close();
        resources.close();
        LOG.info("node={} stopped", name());
    }
}
