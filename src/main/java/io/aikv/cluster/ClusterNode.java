package io.aikv.cluster;

import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.base.ConfigError;
import io.aikv.command.CommandTable;
import io.aikv.data.EventClass;
import io.aikv.raft.EntryObserver;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.RaftNode;
import io.aikv.resp.Reply;
import io.aikv.script.Catalogs;
import io.aikv.store.StoreOptions;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.ClusterView;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.Layout;
import io.aikv.transport.PeerGate;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in its cluster: the meta group and the map, the groups that the map gives to this node, the links to the
 * other nodes, routing, and the CLUSTER commands. The server composes it:
 *
 * <pre>{@code
 * ClusterNode cluster = new ClusterNode(options, Clock.SYSTEM);
 * cluster.register(table);
 * cluster.start((self, gate, meta) -> RaftNode.start(...), storeOptions);
 * cluster.awaitReady(limit, log::info);
 * }</pre>
 *
 * <p>Two threads of its own beside the event loop of the links: {@code aikv-cluster} changes things (opens groups, stores
 * the map, moves leaderships), {@code aikv-cluster-read} does long reads for CLUSTER commands.
 */
public final class ClusterNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);
    private static final Duration TEND_PERIOD = Duration.ofMillis(200);
    private static final Duration MAP_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration HAND_OVER_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration PROGRESS_PERIOD = Duration.ofSeconds(2);
    private static final int BACKGROUND_QUEUE = 1024;

    private static final long LEADING_MILLIS = 5;

    /** The name of the group that replicates the cluster map; it has no slots. */
    public static final String META_GROUP = Groups.META;

    private final ClusterOptions options;
    private final Clock clock;
    private final ScheduledThreadPoolExecutor executor;
    private final ExecutorService background;
    private final EventLoopGroup loops;
    private final CurrentMap map = new CurrentMap();
    private final LeaderTable leaders = new LeaderTable();
    private final RaftRouter router;
    private final Map<String, PeerHandler> peerHandlers = new ConcurrentHashMap<>();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final ClusterDocuments documents;
    private final GroupStates states = new GroupStates(map, leaders, this::allReplicas);

    private final ScriptKeeper scripts = new ScriptKeeper(new ScriptSurroundings());

    /** Where Raft has been told that nodes are. */
    private final Map<String, Endpoint> pointed = new ConcurrentHashMap<>();

    /** Since when some slot has no leader; null if all have. Cluster thread only. */
    private @Nullable Long uncoveredNanos;

    /** After which entry of the meta group the documents were last looked at. Cluster thread only. */
    private long documentsIndex = -1;

    private volatile @Nullable Running running;
    private volatile boolean closing;

    /** What exists once the node has started. */
    private record Running(
            Groups groups,
            PeerServer server,
            PeerLinks links,
            PeerRequests requests,
            AddressBook addresses,
            Failover failover,
            LeaderBalancer balancer,
            MetaKeeper keeper,
            ClusterFile file) {}

    public ClusterNode(ClusterOptions options, Clock clock) {
        this.options = options;
        this.clock = clock;
        String node = options.node();
        executor = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("aikv-cluster-" + node, true));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        background = new ThreadPoolExecutor(
                0,
                1,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(BACKGROUND_QUEUE),
                new DefaultThreadFactory("aikv-cluster-read-" + node, true));
        loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("aikv-peer-" + node, true), NioIoHandler.newFactory());
        router = new RaftRouter(node, leaders, this::health, executor);
        documents = new ClusterDocuments(
                node, this::meta, () -> leaders.of(Groups.META), this::sendIfLinked, executor, clock);
        documents.answer(this);
    }

    /** Adds CLUSTER and the writes of the meta group. Before the Raft server starts. */
    public void register(CommandTable table) {
        new ClusterCommands(this).register(table);
        MetaCommands.register(table);
        ScriptKeeper.register(table);
        scripts.answerTo(peerHandlers);
    }

    /** The scripts and libraries that were loaded into the cluster. */
    public Catalogs catalogs() {
        return scripts;
    }

    // ---- starting ----

    /**
     * Opens what this node hosts and links it to the others; returns at once, see {@link #awaitReady}.
     *
     * @throws ConfigError if the directory belongs to another node or cluster, the layout does not name this node, or the
     *     peer port cannot be bound
     * @throws IOException if something cannot be read, written or bound
     */
    public void start(RaftStarter starter, StoreOptions storeOptions) throws IOException {
        String node = options.node();
        ClusterFile file = openFile();
        ClusterMap known = file.map();
        if (known != null) {
            map.offer(known);
        }
        AddressBook addresses = new AddressBook(map, options.layout(), options.reach(), this::announcement);
        Endpoint given = options.endpoint();
        Endpoint endpoint = given == null ? addresses.require(node) : given;
        PeerIdentity identity = new PeerIdentity(node, file.metaUuid(), map, endpoint);
        RaftNode raft = starter.start(endpoint, new PeerGate(identity, options.security()), watchMeta());
        Groups groups = new Groups(node, raft, storeOptions);
        try {
            Running started = compose(file, addresses, identity, endpoint, groups);
            running = started;
            raft.setReadIndexSource(this::askReadIndex);
            open(started, known);
            raft.addListener(this::leaderChanged);
        } catch (IOException | RuntimeException e) {
            if (running == null) {
                groups.close();
            }
            close();
            throw e;
        }
        LOG.info("node={} started, {}", node, endpoint);
    }

    private ClusterFile openFile() throws IOException {
        Layout layout = options.layout();
        ClusterFile known = ClusterFile.read(options.directory());
        if (known != null) {
            known.check(options.node(), layout, options.directory());
            return known;
        }
        if (layout == null) {
            throw new ConfigError(options.directory() + " does not belong to a cluster yet: the first start of a node"
                    + " needs a layout");
        }
        if (layout.node(options.node()) == null) {
            throw new ConfigError(layout.source() + ": there is no node " + options.node() + " in this layout, only "
                    + layout.nodeNames());
        }
        if (layout.groups().stream().anyMatch(group -> group.name().equals(Groups.META))) {
            throw new ConfigError(layout.source() + ": a group must not be named " + Groups.META);
        }
        ClusterFile first = ClusterFile.first(options.node(), layout);
        first.write(options.directory());
        return first;
    }

    private Running compose(
            ClusterFile file, AddressBook addresses, PeerIdentity identity, Endpoint endpoint, Groups groups) {
        String node = options.node();
        ClusterOptions.Timing timing = options.timing();
        PeerLinks links = new PeerLinks(
                loops,
                identity,
                options.security(),
                timing,
                clock,
                addresses::candidates,
                this::say,
                (peer, reply) -> {
                    received.incrementAndGet();
                    heardReply(peer, reply);
                },
                router::wake);
        Failover failover = new Failover(node, groups::data, leaders, links, timing, clock, executor);
        PeerRequests requests = new PeerRequests(
                map,
                states,
                groups::find,
                failover,
                (peer, said) -> later(() -> pointTo(peer, addresses.require(peer))),
                this::heard,
                peerHandlers,
                timing.failAfter(),
                clock);
        PeerServer server = PeerServer.open(
                loops,
                options.peerBind(),
                endpoint.peerPort(),
                new PeerGate(identity, options.security()),
                requests,
                new PeerServer.Traffic(received, sent));
        LeaderBalancer balancer = new LeaderBalancer(node, map, groups::data, states, links, failover, timing, clock);
        MetaKeeper keeper = new MetaKeeper(map, options.layout(), node, endpoint, requests::announcements);
        return new Running(groups, server, links, requests, addresses, failover, balancer, keeper, file);
    }

    private void open(Running started, @Nullable ClusterMap known) throws IOException {
        ClusterFile file = started.file();
        Layout layout = options.layout();
        List<String> others = known != null
                ? List.copyOf(known.nodes().keySet())
                : layout == null ? file.metaReplicas() : layout.nodeNames();
        others.forEach(node -> pointTo(node, started.addresses().require(node)));
        if (file.metaReplicas().contains(options.node())) {
            started.groups().openMeta(file.metaUuid(), file.metaReplicas(), started.addresses()::require);
        }
        if (known != null) {
            started.groups().openData(known, started.addresses()::require);
            router.update(known, started.groups().data());
        }
        started.links().link(others);
        map.onChange(newMap -> later(() -> adopt(newMap)));
        offerCommittedMap();
        scripts.metaCommitted();
        started.links().start();
        executor.scheduleWithFixedDelay(this::tend, 0, TEND_PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Sees every entry of the meta group as it is applied here. */
    private EntryObserver watchMeta() {
        return new EntryObserver() {
            @Override
            public void changed(int database, EventClass eventClass, String event, byte[] key) {}

            @Override
            public void committed(long index, boolean leading) {
                offerCommittedMap();
                scripts.metaCommitted();
            }
        };
    }

    private void offerCommittedMap() {
        Running current = running;
        GroupReplica meta = current == null ? null : current.groups().meta();
        ClusterMap committed = meta == null ? null : MetaCommands.read(meta.reader());
        if (committed != null) {
            offer(committed, "the meta group");
        }
        if (meta != null) {
            documents.read(meta.reader());
        }
    }

    private void offer(ClusterMap offered, String source) {
        try {
            if (map.offer(offered)) {
                LOG.info("cluster map epoch={} from={}", offered.epoch(), source);
            }
        } catch (IllegalStateException e) {
            LOG.error("from={}: {}", source, e.getMessage());
        }
    }

    // ---- on the cluster thread ----

    private void later(Runnable task) {
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("a task of the cluster failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the node is closing");
        }
    }

    /** Puts a new map into effect. */
    private void adopt(ClusterMap newMap) {
        Running current = running;
        if (current == null || closing) {
            return;
        }
        try {
            current.file().withMap(newMap).write(options.directory());
        } catch (IOException e) {
            LOG.error("the cluster map could not be stored in {}", options.directory(), e);
        }
        newMap.nodes()
                .keySet()
                .forEach(node -> pointTo(node, current.addresses().require(node)));
        try {
            current.groups().openData(newMap, current.addresses()::require);
        } catch (IOException e) {
            LOG.error("a group of the new map could not be opened", e);
        }
        current.links().link(newMap.nodes().keySet());
        router.update(newMap, current.groups().data());
        current.links().spread();
    }

    /** Makes Raft and the peer link use another address of a node. */
    private void pointTo(String node, Endpoint endpoint) {
        Running current = running;
        if (current == null || node.equals(options.node())) {
            return;
        }
        Endpoint before = pointed.put(node, endpoint);
        if (!endpoint.equals(before)) {
            current.groups().changeAddress(node, endpoint);
            if (before != null) {
                LOG.info("node={} is reached at {} now", node, endpoint);
                current.links().moved(node);
            }
        }
    }

    /** What has to be looked at now and then. */
    private void tend() {
        Running current = running;
        if (current == null || closing) {
            return;
        }
        try {
            GroupReplica meta = current.groups().meta();
            if (meta != null) {
                current.keeper().tend(meta);
                lookAtDocuments(meta);
            }
            scripts.tend();
            if (options.balanceLeaders()) {
                current.balancer().look();
            }
            watchCoverage();
        } catch (RuntimeException e) {
            LOG.error("looking after the cluster failed", e);
        }
    }

    /** A snapshot that was installed brings documents and scripts without any entry being applied here. */
    private void lookAtDocuments(GroupReplica meta) {
        long index = meta.applied().index();
        if (index != documentsIndex) {
            documents.read(meta.reader());
            scripts.metaCommitted();
            documentsIndex = index;
        }
    }

    /** With full coverage required: closes all slots when some have had no leader for long, and opens them again. */
    private void watchCoverage() {
        ClusterView view = options.requireFullCoverage() && options.redirects() ? view() : null;
        if (view == null || view.coverage().isFull()) {
            uncoveredNanos = null;
            router.close(false);
        } else if (uncoveredNanos == null) {
            uncoveredNanos = clock.nanos();
        } else if (clock.nanos() - uncoveredNanos > options.timing().failAfter().toNanos()) {
            router.close(true);
        }
    }

    // ---- what others say ----

    private void leaderChanged(String group, @Nullable String leader, long term) {
        leaders.observed(group, leader, term);
        Running current = running;
        if (current != null) {
            current.links().spread();
        }
        if (options.node().equals(leader)) {
            awaitLeading(group, term);
        }
    }

    /** An elected node leads a moment later, when it has applied an entry of its own: then routes change once more. */
    private void awaitLeading(String group, long term) {
        Running current = running;
        GroupReplica replica = current == null ? null : current.groups().find(group);
        if (replica != null && replica.leads()) {
            leaders.changed();
            if (group.equals(Groups.META)) {
                later(this::tend);
            }
        } else if (leaders.get().term(group) == term && options.node().equals(leaders.of(group))) {
            try {
                executor.schedule(() -> awaitLeading(group, term), LEADING_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("the node is closing");
            }
        }
    }

    private Gossip say() {
        sent.incrementAndGet();
        return states.say();
    }

    private void heardReply(String peer, Reply reply) {
        if (reply instanceof Reply.Error error) {
            LOG.warn("peer={} answered a ping with: {}", peer, error.line());
            return;
        }
        try {
            heard(peer, Gossip.ofReply(reply));
        } catch (IllegalArgumentException e) {
            LOG.warn("peer={} answered a ping with nonsense: {}", peer, e.getMessage());
        }
    }

    private void heard(String peer, Gossip gossip) {
        states.hear(peer, gossip);
        documents.heard(peer, gossip);
        Running current = running;
        if (current != null && gossip.epoch() > map.epoch()) {
            current.links()
                    .send(peer, PeerLink.Lane.CONTROL, MAP_TIMEOUT, "PEER.MAP")
                    .whenComplete((reply, error) -> takeMap(peer, reply));
        }
    }

    private void takeMap(String peer, @Nullable Reply reply) {
        if (reply instanceof Reply.Bulk) {
            try {
                offer(ClusterMap.fromJson(PeerReplies.text(reply)), peer);
            } catch (IllegalArgumentException e) {
                LOG.error("peer={} sent a map that cannot be understood: {}", peer, e.getMessage());
            }
        }
    }

    private CompletableFuture<Long> askReadIndex(String group, String leader) {
        Running current = running;
        if (current == null) {
            return CompletableFuture.failedFuture(new IOException("the node is starting"));
        }
        return current.links()
                .send(leader, PeerLink.Lane.READ, MAP_TIMEOUT, "PEER.READINDEX", group)
                .thenApply(ClusterNode::readIndex);
    }

    private static Long readIndex(Reply reply) {
        if (reply instanceof Reply.Int index) {
            return index.value();
        }
        throw new CommandError(PeerReplies.text(reply));
    }

    private @Nullable Endpoint announcement(String node) {
        Running current = running;
        return current == null ? null : current.requests().announcement(node);
    }

    // ---- readiness ----

    /**
     * Waits until every group has a leader and the map is known.
     *
     * @param progress told every two seconds what is missing, in words
     * @return false if that took longer than {@code limit}
     */
    public boolean awaitReady(Duration limit, Consumer<String> progress) throws InterruptedException {
        long deadline = clock.nanos() + limit.toNanos();
        long nextWord = clock.nanos() + PROGRESS_PERIOD.toNanos();
        while (true) {
            List<String> missing = missing();
            if (missing.isEmpty()) {
                return true;
            }
            long now = clock.nanos();
            if (now - nextWord >= 0) {
                progress.accept("waiting: " + String.join("; ", missing));
                nextWord = now + PROGRESS_PERIOD.toNanos();
            }
            if (now - deadline >= 0) {
                return false;
            }
            CompletableFuture<Void> changed = new CompletableFuture<>();
            router.onChange(100, () -> changed.complete(null));
            try {
                changed.get(1, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("looking again", e);
            }
        }
    }

    /** What keeps slots of any group from being served, in words; empty if nothing does. */
    public List<String> missing() {
        return missing(group -> true);
    }

    /** As {@link #missing()}, of the groups that have a replica here: what this node has its part in. */
    public List<String> missingHere() {
        return missing(group -> group.isReplica(options.node()));
    }

    private List<String> missing(Predicate<GroupInfo> ofInterest) {
        Running current = running;
        return current == null
                ? List.of("the node has not started")
                : Coverage.missing(options.node(), map.get(), leaders, current.groups(), current.links(), ofInterest);
    }

    // ---- what others ask ----

    public Router router() {
        return router;
    }

    /** The newest map known here, or null before the first. */
    public @Nullable ClusterMap map() {
        return map.get();
    }

    /** The cluster as this node sees it, or null before the first map. */
    public @Nullable ClusterView view() {
        ClusterMap known = map.get();
        Running current = running;
        return known == null || current == null
                ? null
                : new ClusterView(
                        known, leaders.get(), options.node(), current.links().states(), this::offset);
    }

    private long offset(String group, String node) {
        Running current = running;
        if (current != null && node.equals(options.node())) {
            GroupReplica replica = current.groups().find(group);
            return replica == null ? 0 : replica.applied().index();
        }
        return states.applied(group, node);
    }

    private ClusterView.Health health(String node) {
        Running current = running;
        return current == null ? ClusterView.Health.ONLINE : current.links().health(node);
    }

    private List<GroupReplica> allReplicas() {
        Running current = running;
        return current == null ? List.of() : current.groups().all();
    }

    /** The replicas of data groups hosted here, by name. */
    public Map<String, GroupReplica> replicas() {
        Running current = running;
        return current == null ? Map.of() : current.groups().data();
    }

    /** The replica of the meta group, or null if this node has none. */
    public @Nullable GroupReplica meta() {
        Running current = running;
        return current == null ? null : current.groups().meta();
    }

    /** The documents that every node has; to be followed before {@link #start}. */
    public ClusterDocuments documents() {
        return documents;
    }

    private CompletableFuture<Reply> sendIfLinked(String node, PeerLink.Lane lane, Duration timeout, byte[]... args) {
        Running current = running;
        PeerLink link = current == null ? null : current.links().get(node);
        return link == null || !link.isReady(lane)
                ? CompletableFuture.failedFuture(new CommandError("NOTLEADER node " + node + " is not linked"))
                : link.send(lane, timeout, args);
    }

    /** What the scripts see of this node. */
    private final class ScriptSurroundings implements ScriptKeeper.Surroundings {
        @Override
        public @Nullable GroupReplica meta() {
            return ClusterNode.this.meta();
        }

        @Override
        public @Nullable String metaLeader() {
            return leaders.of(Groups.META);
        }

        @Override
        public Collection<PeerLink> links() {
            Running now = running;
            return now == null ? List.of() : now.links().all();
        }

        @Override
        public @Nullable PeerLink link(String peer) {
            Running now = running;
            return now == null ? null : now.links().get(peer);
        }
    }

    ClusterOptions options() {
        return options;
    }

    PeerLinks links() {
        return require().links();
    }

    Failover failover() {
        return require().failover();
    }

    @Nullable
    Long greetedMillis(String node) {
        return require().requests().since(node);
    }

    long messagesSent() {
        return sent.get();
    }

    long messagesReceived() {
        return received.get();
    }

    // ---- messages of other subsystems ----

    /**
     * Lets {@code handler} answer a kind of request that other nodes send with {@link #broadcast}: for pub/sub and others
     * that live above this package. Before {@link #start}.
     *
     * @param command the request's first word, in upper case
     */
    public void onPeerRequest(String command, PeerHandler handler) {
        peerHandlers.put(command, handler);
    }

    /**
     * Sends a request to every other node that is linked now, at most once; what they answer is dropped. Requests of one
     * thread arrive in order. They travel on a connection of their own and delay nothing else.
     *
     * @return how many nodes it was sent to
     */
    public int broadcast(byte[]... args) {
        Running current = running;
        int count = 0;
        if (current != null) {
            for (PeerLink link : current.links().all()) {
                if (link.isReady(PeerLink.Lane.MESSAGES)) {
                    sent.incrementAndGet();
                    count++;
                    link.send(PeerLink.Lane.MESSAGES, MAP_TIMEOUT, args);
                }
            }
        }
        return count;
    }

    /** As {@link #broadcast} to one node; completes with its answer, or exceptionally if it is not linked. */
    public CompletableFuture<Reply> send(String node, byte[]... args) {
        Running current = running;
        PeerLink link = current == null ? null : current.links().get(node);
        if (link == null) {
            return CompletableFuture.failedFuture(new IOException("no link to node " + node));
        }
        sent.incrementAndGet();
        return link.send(PeerLink.Lane.MESSAGES, MAP_TIMEOUT, args);
    }

    /** Whether {@code node} can be sent messages now. */
    public boolean isLinked(String node) {
        Running current = running;
        PeerLink link = current == null ? null : current.links().get(node);
        return link != null && link.isReady(PeerLink.Lane.MESSAGES);
    }

    /** The other nodes that can be sent messages now. */
    public List<String> linkedNodes() {
        Running current = running;
        return current == null
                ? List.of()
                : current.links().all().stream()
                        .filter(link -> link.isReady(PeerLink.Lane.MESSAGES))
                        .map(PeerLink::node)
                        .toList();
    }

    /** How many other nodes can be sent messages now. */
    public int linked() {
        Running current = running;
        return current == null
                ? 0
                : (int) current.links().all().stream()
                        .filter(link -> link.isReady(PeerLink.Lane.MESSAGES))
                        .count();
    }

    private Running require() {
        Running current = running;
        if (current == null) {
            throw new CommandError(RaftRouter.DOWN);
        }
        return current;
    }

    /** Runs a long read; if there are too many already, {@code reply} gets an error. */
    void background(Runnable task, Consumer<Reply> reply) {
        try {
            background.execute(task);
        } catch (RejectedExecutionException e) {
            reply.accept(Reply.error("BUSY too many requests of this kind are waiting"));
        }
    }

    // ---- ending ----

    /**
     * Hands every leadership to another node, as far as there is one, within about three seconds. Blocks. Before a
     * shutdown: the balancer stops.
     *
     * @return how many groups with other replicas this node still leads
     */
    public int handOver() {
        closing = true;
        Running current = running;
        return current == null ? 0 : current.groups().handOver(HAND_OVER_TIMEOUT);
    }

    /** Lets running tasks end: an interrupt would close the files that they write. */
    private static void end(ExecutorService pool) {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(2, TimeUnit.SECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Closes the links, the peer port and the Raft server, in seconds; hands nothing over. Idempotent. */
    @Override
    public void close() {
        closing = true;
        end(executor);
        end(background);
        Running current = running;
        if (current != null) {
            current.links().close();
            current.server().close();
            current.groups().close();
        }
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
