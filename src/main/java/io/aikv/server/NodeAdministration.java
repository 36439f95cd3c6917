package io.aikv.server;

import io.aikv.base.Clock;
import io.aikv.base.Slots;
import io.aikv.cluster.Route;
import io.aikv.command.Caller;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.ReplicaStatus;
import io.aikv.resp.Reply;
import io.aikv.server.acl.AccessControl;
import io.aikv.server.acl.AclLog;
import io.aikv.server.command.HostedGroup;
import io.aikv.server.command.NodeFacts;
import io.aikv.server.command.ServerFigures;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import io.aikv.server.pubsub.SubscriptionKind;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.ServerCounters;
import io.aikv.server.session.Session;
import io.aikv.server.stats.CommandStats;
import io.aikv.server.stats.ErrorStats;
import io.aikv.server.stats.LatencyEvents;
import io.aikv.server.stats.SlowLog;
import io.aikv.store.ResourceFigures;
import io.aikv.store.StoreDigest;
import io.aikv.store.StoreReader;
import io.aikv.store.StoreResources;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.NodeInfo;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Shows a node to the administration commands. Any thread. */
final class NodeAdministration implements NodeFacts {
    private final Node node;
    private final ServerContext server;
    private final StoreResources resources;
    private final ScheduledExecutorService background;
    private final @Nullable Path configFile;
    private final Figures figures = new Figures();

    NodeAdministration(
            Node node, StoreResources resources, ScheduledExecutorService background, @Nullable Path configFile) {
        this.node = node;
        this.server = node.server();
        this.resources = resources;
        this.background = background;
        this.configFile = configFile;
    }

    @Override
    public Config config() {
        return server.config();
    }

    @Override
    public @Nullable Path configFile() {
        return configFile;
    }

    @Override
    public Settings settings() {
        return server.settings();
    }

    @Override
    public Clock clock() {
        return server.clock();
    }

    /** A stored default user has its password with it, for the whole cluster. */
    @Override
    public void changeSettings(List<String> namesAndValues, Consumer<Reply> reply) {
        AccessControl access = server.access();
        settings().set(namesAndValues);
        boolean ofPassword = false;
        for (int i = 0; i < namesAndValues.size(); i += 2) {
            ofPassword |= namesAndValues.get(i).equalsIgnoreCase("requirepass");
        }
        if (!ofPassword || !access.storesDefault()) {
            reply.accept(Reply.OK);
            return;
        }
        access.setDefaultPassword(settings().text("requirepass"))
                .whenComplete((done, error) -> reply.accept(
                        error == null ? Reply.OK : Reply.error("ERR CONFIG SET failed: " + error.getMessage())));
    }

    // ---- what was counted ----

    @Override
    public List<String> commandNames() {
        return server.index().all().stream()
                .map(entry -> entry.command().name())
                .toList();
    }

    @Override
    public CommandStats commandStats() {
        return server.commandStats();
    }

    @Override
    public ErrorStats errors() {
        return server.errors();
    }

    @Override
    public SlowLog slowLog() {
        return server.slowLog();
    }

    @Override
    public LatencyEvents latencyEvents() {
        return server.latencyEvents();
    }

    @Override
    public ServerFigures figures() {
        return figures;
    }

    @Override
    public void resetCounters() {
        server.counters().reset();
        server.commandStats().reset();
        server.errors().reset();
    }

    // ---- groups and nodes ----

    @Override
    public List<Group> groups() {
        return node.cluster().router().hosted().stream().map(Group::new).toList();
    }

    @Override
    public @Nullable HostedGroup groupOf(int slot) {
        ClusterMap map = node.cluster().map();
        GroupInfo info = map == null ? null : map.groupOf(slot);
        GroupReplica replica = info == null ? null : node.group(info.name());
        return replica == null ? null : new Group(replica);
    }

    @Override
    public @Nullable Address address(String name) {
        ClusterMap map = node.cluster().map();
        NodeInfo info = map == null ? null : map.node(name);
        return info == null ? null : new Address(info.host(), info.portFor(false));
    }

    @Override
    public String nodeName() {
        return node.name();
    }

    @Override
    public int port() {
        return node.port();
    }

    @Override
    public String historyId() {
        ClusterMap map = node.cluster().map();
        String cluster = map == null ? "" : map.clusterId();
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return HexFormat.of().formatHex(sha1.digest(("history/" + cluster).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long startedMillis() {
        return server.startedMillis();
    }

    @Override
    public boolean loading() {
        return server.loading();
    }

    @Override
    public boolean isLocal(Caller caller) {
        return caller instanceof Session session
                && (session.address().startsWith("127.") || session.address().startsWith("[::1]:"));
    }

    // ---- actions ----

    @Override
    public ScheduledExecutorService background() {
        return background;
    }

    @Override
    public CompletableFuture<Reply> write(int database, byte[]... argv) {
        Route route = node.cluster().router().route(Slots.of(argv[1]), false);
        if (route instanceof Route.Leader leader) {
            return leader.group().execute(database, argv);
        }
        return CompletableFuture.failedFuture(new IllegalStateException("this node does not lead the key's group"));
    }

    @Override
    public void activeExpiry(boolean on) {
        node.groups().forEach(group -> group.setActiveExpire(on));
    }

    @Override
    public void shutdown(boolean now, boolean force) {
        if (now) {
            node.hurry();
        }
        server.shutdown();
    }

    @Override
    public boolean abortShutdown() {
        return false;
    }

    /** A replica that may be closed, or not yet open, while it is looked at. */
    record Group(GroupReplica replica) implements HostedGroup {
        @Override
        public String name() {
            return replica.name();
        }

        @Override
        public boolean leads() {
            return replica.leads();
        }

        @Override
        public ReplicaStatus status() {
            return replica.status();
        }

        @Override
        public StoreReader reader() {
            return replica.reader();
        }

        @Override
        public long readTimeMillis() {
            return replica.readTimeMillis();
        }

        @Override
        public StateDigest digest() {
            StoreDigest digest = replica.store().digest();
            return new StateDigest(digest.position().index(), digest.hex());
        }

        @Override
        public void flush() {
            replica.store().flush();
        }

        @Override
        public void reload() throws IOException {
            replica.reload();
        }
    }

    /** Sums over sessions are made when they are asked for: INFO is rare. */
    private final class Figures implements ServerFigures {
        private ServerCounters counters() {
            return server.counters();
        }

        private long max(ToLongFunction<Session> figure) {
            return server.clients().all().stream().mapToLong(figure).max().orElse(0);
        }

        @Override
        public int connectedClients() {
            return server.clients().count();
        }

        @Override
        public int blockedClients() {
            return server.clients().count(session -> session.isPaused() || session.isBlocked());
        }

        @Override
        public int clientsInTimeoutTable() {
            return server.clients().count(Session::isBlockedUntilTimeout);
        }

        @Override
        public int watchingClients() {
            return server.clients().count(session -> session.transaction().watchedKeys() > 0);
        }

        @Override
        public long watchedKeys() {
            return node.groups().stream().mapToLong(GroupReplica::watchedKeys).sum();
        }

        @Override
        public long blockingKeys() {
            return server.keysWaitedFor();
        }

        @Override
        public long inputBytesMax() {
            return max(session -> session.inputBytes() + session.queuedBytes());
        }

        @Override
        public long outputBytesMax() {
            return max(Session::outputBytes);
        }

        @Override
        public long clientBytes() {
            long output = server.clients().all().stream()
                    .mapToLong(Session::outputBytes)
                    .sum();
            return server.requestBytes() + output;
        }

        @Override
        public long connectionsReceived() {
            return counters().connectionsReceivedCount();
        }

        @Override
        public long connectionsRejected() {
            return counters().connectionsRejectedCount();
        }

        @Override
        public long clientsEvicted() {
            return counters().evictedClientsCount();
        }

        @Override
        public long queryLimitDisconnections() {
            return counters().queryLimitDisconnectionsCount();
        }

        @Override
        public long outputLimitDisconnections() {
            return counters().outputLimitDisconnectionsCount();
        }

        @Override
        public long accessDenied(AclLog.Reason reason) {
            return counters().accessDeniedCount(reason);
        }

        @Override
        public long netInBytes() {
            return counters().netInBytes();
        }

        @Override
        public long netOutBytes() {
            return counters().netOutBytes();
        }

        @Override
        public long socketReads() {
            return counters().readsCount();
        }

        @Override
        public long socketWrites() {
            return counters().writesCount();
        }

        @Override
        public int clusterConnections() {
            return node.cluster().linked();
        }

        @Override
        public int trackingClients() {
            return server.tracking().clients();
        }

        @Override
        public long trackedKeys() {
            return server.tracking().keys();
        }

        @Override
        public long trackedItems() {
            return server.tracking().items();
        }

        @Override
        public long trackedPrefixes() {
            return server.tracking().prefixes();
        }

        @Override
        public int pubsubClients() {
            return server.pubsub().clients();
        }

        @Override
        public long pubsubChannels() {
            return server.pubsub().count(SubscriptionKind.CHANNEL);
        }

        @Override
        public long pubsubPatterns() {
            return server.pubsub().count(SubscriptionKind.PATTERN);
        }

        @Override
        public long pubsubShardChannels() {
            return server.pubsub().count(SubscriptionKind.SHARD);
        }

        @Override
        public long keyspaceHits() {
            return counters().keyspaceHitsCount();
        }

        @Override
        public long keyspaceMisses() {
            return counters().keyspaceMissesCount();
        }

        @Override
        public long expiredKeys() {
            return counters().expiredKeysCount();
        }

        @Override
        public long storeBytes() {
            ResourceFigures figures = resources.figures();
            return figures.cacheUsage();
        }

        @Override
        public long networkBytes() {
            return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
                    ? provider.metric().usedDirectMemory()
                    : 0;
        }

        @Override
        public String transport() {
            return Epoll.isAvailable() ? "epoll" : "nio";
        }
    }
}
