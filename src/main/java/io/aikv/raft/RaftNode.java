package io.aikv.raft;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.raft.rpc.NettyRpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachine;
import org.apache.ratis.util.Daemon;
import org.apache.ratis.util.ExitUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in all its groups: one Ratis server, one store per group, one thread that looks after all of them.
 *
 * <pre>
 * groups/UUID    the group as it was opened: name, members, addresses
 * raft/UUID/     Ratis: log, term and vote, received snapshots
 * store/UUID/    the group's store
 * </pre>
 *
 * Thread-safe. Groups found in the directory are opened again by {@link #start}; {@link #open} adds others.
 */
public final class RaftNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);

    static {
        keepTheProcess();
    }

    private static final long LOOK_MILLIS = 50;
    private static final long LOOK_AT_WAITS_MILLIS = 5;
    private static final long LOOK_AT_WRITERS_MILLIS = 5;

    private final NodeContext context;
    private final RaftOptions options;
    private final Path stores;
    private final GroupFiles files;
    private final PeerAddresses addresses;
    private final Map<RaftGroupId, GroupReplica> replicas = new ConcurrentHashMap<>();
    /** Those that Ratis has opened. */
    private final Set<RaftGroupId> opened = ConcurrentHashMap.newKeySet();

    private final Map<String, Announced> announced = new HashMap<>();
    private final List<LeaderListener> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService scheduler;
    private final ScheduledExecutorService transferThread;
    /** Ends the waiting of commands for others: never does anything that takes long. */
    private final ScheduledThreadPoolExecutor alarms;

    private final Transfers transfers;
    private final Reopener reopener;
    private final LogThreads logThreads = new LogThreads();
    private final RaftServer server;

    private volatile ReadIndexSource readIndexSource = ReadIndexSource.NONE;

    private record Announced(@Nullable String leader, long term) {}

    private RaftNode(NodeContext context) throws IOException {
        this.context = context;
        this.options = context.options();
        this.stores = options.directory().resolve("store");
        this.files = new GroupFiles(options.directory().resolve("groups"));
        this.addresses = new PeerAddresses(options.node());
        this.scheduler = executor("aikv-raft-" + options.node());
        this.transferThread = executor("aikv-transfer-" + options.node());
        this.alarms = executor("aikv-alarm-" + options.node());
        alarms.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // Once closed, nothing waits.
        this.transfers = new Transfers(transferThread);
        this.reopener = new Reopener(this::reopen, transfers, context.clock());
        Path logs = options.directory().resolve("raft");
        Files.createDirectories(logs);
        if (options.inMemory()) {
            forgetEverything(logs);
        }
        for (GroupSpec spec : files.load()) {
            if (Files.isDirectory(logs.resolve(spec.uuid().toString()))) {
                prepare(spec);
            }
        }
        requireKnown(logs);
        this.server = build(logs);
    }

    /** A log without the file that names its members is not simply left aside. */
    private void requireKnown(Path logs) throws IOException {
        try (Stream<Path> list = Files.list(logs)) {
            for (Path log : list.toList()) {
                String name = log.getFileName().toString();
                if (isUuid(name) && !replicas.containsKey(RaftGroupId.valueOf(UUID.fromString(name)))) {
                    scheduler.shutdownNow();
                    transferThread.shutdownNow();
                    alarms.shutdownNow();
                    throw new IOException("a log of unknown group " + name + " in " + options.directory());
                }
            }
        }
    }

    private static boolean isUuid(String name) {
        return name.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    }

    /**
     * The server begins without any group, that is, with a directory of logs in which there is none. A log that Ratis finds
     * by itself it opens without members, and takes this node for a stranger until an entry of that log tells otherwise:
     * one without entries never stands for election, and a stranger that does is closed. So {@link #add} opens what is there.
     */
    private RaftServer build(Path logs) throws IOException {
        try {
            RaftServer built = RaftServer.newBuilder()
                    .setServerId(RaftPeerId.valueOf(options.node()))
                    .setProperties(RatisProperties.of(options, logs.resolve("none")))
                    .setParameters(parameters())
                    .setStateMachineRegistry(this::machine)
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .build();
            RaftServerConfigKeys.setStorageDir(built.getProperties(), List.of(logs.toFile()));
            addresses.redirect(built);
            return built;
        } catch (IOException | RuntimeException e) {
            scheduler.shutdownNow();
            transferThread.shutdownNow();
            alarms.shutdownNow();
            throw e;
        }
    }

    private Parameters parameters() throws IOException {
        Parameters parameters = NettyRpc.parameters(RatisProperties.transport(options, addresses, opened::contains));
        if (options.rpc() == RaftOptions.Rpc.GRPC) {
            GrpcProtection.apply(parameters, options.gate());
        }
        return parameters;
    }

    /** Ratis exits the process when its port is taken, and after uncaught exceptions of anybody: not in ours. */
    private static void keepTheProcess() {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        ExitUtils.setTerminateOnUncaughtException(false);
        Thread.setDefaultUncaughtExceptionHandler(before);
    }

    /**
     * Opens a node and the groups that are in its directory.
     *
     * @throws IOException if the port is taken, or a log or store cannot be opened; the message says which and why
     */
    public static RaftNode start(NodeContext context) throws IOException {
        RaftNode node = new RaftNode(context);
        try {
            node.startServer();
            return node;
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private void startServer() throws IOException {
        try {
            server.start();
        } catch (IOException | ExitUtils.ExitException | CompletionException e) {
            throw new IOException(
                    "node " + options.node() + " cannot start on "
                            + PeerAddresses.format(options.host(), options.port()) + ": " + e.getMessage(),
                    e);
        }
        for (GroupReplica replica : replicas.values()) {
            add(replica);
        }
        scheduler.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        LOG.info(
                "node={} raft on {}:{} rpc={} groups={}",
                options.node(),
                options.host(),
                options.port(),
                options.rpc(),
                replicas.size());
    }

    // ---- groups ----

    /**
     * Opens a group on this node: continues with what the directory holds of it, or begins a new one. All members of a new
     * group must be opened with the same members. Blocks for tens of milliseconds.
     *
     * @throws IOException if its log or store cannot be opened
     */
    public synchronized GroupReplica open(GroupSpec spec) throws IOException {
        Check.argument(
                spec.replicas().stream().anyMatch(replica -> replica.node().equals(options.node())),
                "node %s is no member of group %s",
                options.node(),
                spec.name());
        RaftGroupId id = RaftGroupId.valueOf(spec.uuid());
        files.save(spec);
        GroupReplica known = replicas.get(id);
        if (known != null) {
            learnAddresses(spec);
            return known;
        }
        GroupReplica replica = prepare(spec);
        try {
            add(replica);
            return replica;
        } catch (IOException | RuntimeException e) {
            replicas.remove(id);
            replica.stop();
            throw e;
        }
    }

    private void add(GroupReplica replica) throws IOException {
        RaftGroup group = group(replica.spec());
        opened.remove(group.getGroupId());
        Set<Thread> before = LogThreads.threads();
        manage(
                replica,
                "opened",
                GroupManagementRequest.newAdd(
                        transfers.clientId(), server.getId(), transfers.nextCallId(), group, false));
        RaftServer.Division division = server.getDivision(group.getGroupId());
        replica.opened(division, logThreads.opened(division, before));
        opened.add(group.getGroupId());
    }

    /**
     * Has Ratis forget a group that it has closed, without touching its directory, and opens it again. Blocks.
     *
     * @return why it was closed
     */
    private synchronized String reopen(GroupReplica replica) throws IOException {
        RaftGroupId id = RaftGroupId.valueOf(replica.spec().uuid());
        if (isKnownToRatis(id)) {
            manage(
                    replica,
                    "closed",
                    GroupManagementRequest.newRemove(
                            transfers.clientId(), server.getId(), transfers.nextCallId(), id, false, false));
        }
        String reason = replica.closingReason();
        if (replica.wasClosedByRatis()) {
            add(replica);
        }
        return reason;
    }

    /** Not after an attempt to open it that failed. */
    private boolean isKnownToRatis(RaftGroupId id) {
        for (RaftGroupId known : server.getGroupIds()) {
            if (known.equals(id)) {
                return true;
            }
        }
        return false;
    }

    private void manage(GroupReplica replica, String done, GroupManagementRequest request) throws IOException {
        String trouble = "group " + replica.name() + " cannot be " + done + ": ";
        RaftClientReply reply;
        try {
            reply = server.groupManagement(request);
        } catch (IOException e) {
            throw new IOException(trouble + e.getMessage(), e);
        }
        if (!reply.isSuccess()) {
            throw new IOException(trouble + reply.getException());
        }
    }

    private GroupReplica prepare(GroupSpec spec) {
        Check.argument(
                spec.storeOptions().inMemory() == options.inMemory(),
                "group %s: its store and the logs of this node must both be in memory, or neither",
                spec.name());
        learnAddresses(spec);
        Path store = stores.resolve(spec.uuid().toString());
        GroupReplica replica = new GroupReplica(
                spec,
                store,
                context,
                (nanos, task) -> alarms.schedule(task, nanos, TimeUnit.NANOSECONDS),
                transfers,
                () -> readIndexSource,
                () -> onLeadership(spec),
                this::lookAtWaitsOf);
        replicas.put(RaftGroupId.valueOf(spec.uuid()), replica);
        warnOfHeap();
        return replica;
    }

    /** A heap that the logs can fill ends the process under load: said at start, not when it happens. */
    private void warnOfHeap() {
        long logs = replicas.size() * options.log().heapBytes();
        long heap = Runtime.getRuntime().maxMemory();
        if (logs > heap / 2) {
            LOG.warn(
                    "node={} the logs of {} groups may take {} MB of a heap of {} MB: give it more heap, or lower"
                            + " raft.log-segment-size",
                    options.node(),
                    replicas.size(),
                    logs >> 20,
                    heap >> 20);
        }
    }

    private void learnAddresses(GroupSpec spec) {
        spec.replicas().forEach(replica -> addresses.put(replica.node(), replica.host(), replica.port()));
    }

    private static RaftGroup group(GroupSpec spec) {
        List<RaftPeer> peers = spec.replicas().stream()
                .map(replica -> RaftPeer.newBuilder()
                        .setId(replica.node())
                        .setAddress(PeerAddresses.format(replica.host(), replica.port()))
                        .build())
                .toList();
        return RaftGroup.valueOf(RaftGroupId.valueOf(spec.uuid()), peers);
    }

    private StateMachine machine(RaftGroupId id) {
        GroupReplica replica = replicas.get(id);
        if (replica == null) {
            throw new IllegalStateException("a log of unknown group " + id + " in " + options.directory());
        }
        return replica.newMachine();
    }

    /** Every group this node hosts, in no order. */
    public Collection<GroupReplica> groups() {
        return List.copyOf(replicas.values());
    }

    /** The group of that name, or null. */
    public @Nullable GroupReplica find(String name) {
        for (GroupReplica replica : replicas.values()) {
            if (replica.name().equals(name)) {
                return replica;
            }
        }
        return null;
    }

    // ---- peers ----

    /** From now on {@code node} is reached there; if that is news, an open connection to it is dropped. Never blocks. */
    public void changeAddress(String node, String host, int port) {
        addresses.put(node, host, port);
    }

    /** How replicas here ask leaders elsewhere. */
    public void setReadIndexSource(ReadIndexSource source) {
        readIndexSource = source;
    }

    // ---- leaders ----

    /** Is told every leader there is now, then every change. */
    public void addListener(LeaderListener listener) {
        run(() -> {
            listeners.add(listener);
            announced.forEach((group, last) -> listener.leaderChanged(group, last.leader(), last.term()));
        });
    }

    private void onLeadership(GroupSpec spec) {
        run(() -> {
            GroupReplica replica = replicas.get(RaftGroupId.valueOf(spec.uuid()));
            if (replica != null) {
                replica.settleLeadership();
                announce(replica);
            }
        });
    }

    /** On the scheduler's thread only. */
    private void announce(GroupReplica replica) {
        String leader = replica.leader();
        Announced now = new Announced(leader, replica.term());
        Announced last = announced.get(replica.name());
        if (now.equals(last) || last == null && leader == null) {
            return;
        }
        announced.put(replica.name(), now);
        if (leader != null) {
            replica.countElection();
        }
        LOG.info("group={} leader={} term={}", replica.name(), leader, now.term());
        for (LeaderListener listener : listeners) {
            try {
                listener.leaderChanged(replica.name(), leader, now.term());
            } catch (RuntimeException e) {
                LOG.error("group={} a leader listener failed", replica.name(), e);
            }
        }
    }

    /**
     * Hands every leadership of this node to a follower that is up to date, as far as there is one, within about
     * {@code timeout} altogether. Blocks.
     *
     * @return how many groups this node still leads
     */
    public int handOver(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (GroupReplica replica : replicas.values()) {
            long leftNanos = deadline - System.nanoTime();
            String successor = replica.leads() ? replica.findSuccessor() : null;
            if (successor != null && leftNanos > 0) {
                handOver(replica, successor, Duration.ofNanos(leftNanos));
            }
        }
        return (int) replicas.values().stream()
                .filter(replica -> replica.leads() && replica.spec().replicas().size() > 1)
                .count();
    }

    private static void handOver(GroupReplica replica, String successor, Duration timeout) {
        try {
            Duration bounded = timeout.compareTo(Duration.ofSeconds(3)) < 0 ? timeout : Duration.ofSeconds(3);
            replica.transferLeadership(successor, bounded).get(timeout.toMillis() + 1, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("group={} not handed over: {}", replica.name(), e.toString());
        }
    }

    // ---- life ----

    private void look() {
        for (GroupReplica replica : replicas.values()) {
            try {
                replica.look();
                reopener.look(replica);
                announce(replica);
            } catch (RuntimeException e) {
                LOG.error("group={} looking after it failed", replica.name(), e);
            }
        }
        logThreads.endThoseOfClosedLogs();
    }

    /** Somebody waits for replicas (WAIT): looks every few milliseconds until nobody does. Any thread. */
    private void lookAtWaitsOf(GroupReplica replica) {
        try {
            scheduler.schedule(
                    () -> {
                        if (replica.lookAtWaits()) {
                            lookAtWaitsOf(replica);
                        }
                    },
                    LOOK_AT_WAITS_MILLIS,
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            replica.stop(); // The node is closing: everybody gets the count as it is.
        }
    }

    private void run(Runnable task) {
        try {
            scheduler.execute(task);
        } catch (RejectedExecutionException closing) {
            LOG.debug("node={} is closing", options.node());
        }
    }

    /**
     * Refuses what waits and closes everything, in seconds. Does not hand over leaderships: see {@link #handOver}. What is
     * in flight ends as indeterminate. Idempotent.
     */
    @Override
    public void close() {
        for (GroupReplica replica : replicas.values()) {
            replica.stop();
        }
        scheduler.shutdownNow();
        transferThread.shutdownNow();
        alarms.shutdownNow();
        ScheduledExecutorService closing = executor("aikv-closing-" + options.node());
        closing.scheduleWithFixedDelay(
                logThreads::endThoseOfClosedLogs,
                LOOK_AT_WRITERS_MILLIS,
                LOOK_AT_WRITERS_MILLIS,
                TimeUnit.MILLISECONDS);
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("node={} did not close cleanly", options.node(), e);
        } finally {
            closing.shutdownNow();
            addresses.close();
        }
        // Where Ratis never got as far as closing it.
        replicas.values().forEach(replica -> replica.machine().close());
    }

    private void forgetEverything(Path logs) throws IOException {
        Snapshots.deleteTree(logs);
        Snapshots.deleteTree(stores);
        files.clear();
        Files.createDirectories(logs);
    }

    private static ScheduledThreadPoolExecutor executor(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, task -> Daemon.newBuilder().setName(name).setRunnable(task).build());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /** For tests and tools: the identity of a group that has only a name. */
    public static UUID uuidOf(String name) {
        return UUID.nameUUIDFromBytes(Bytes.utf8("io.aikv.group." + name));
    }
}
