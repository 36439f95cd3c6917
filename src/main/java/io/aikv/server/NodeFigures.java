package io.aikv.server;

import io.aikv.raft.RatisMetricsBridge;
import io.aikv.server.command.Version;
import io.aikv.server.config.Config;
import io.aikv.server.metrics.CommandFigures;
import io.aikv.server.metrics.GroupFigures;
import io.aikv.server.metrics.MetricsServer;
import io.aikv.server.metrics.NodeMetric;
import io.aikv.server.metrics.NodeMetrics;
import io.aikv.server.pubsub.SubscriptionKind;
import io.aikv.server.session.CommandEntry;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import io.aikv.server.stats.CommandStats;
import io.aikv.store.StoreResources;
import io.aikv.topology.ClusterMap;
import io.aikv.transport.Tls;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Connects what the node's parts count to the table of metrics, and serves it. Stateless. */
final class NodeFigures {
    private NodeFigures() {}

    /** Starts the metrics server with all figures of the node. @throws IOException if its address cannot be bound */
    static MetricsServer serve(Config config, NodeMetrics metrics, Node node, StoreResources resources)
            throws IOException {
        watchServer(metrics, node.server());
        GroupFigures.watch(metrics, resources);
        GroupFigures.watchAll(metrics, node::groups);
        watchCluster(metrics, node);
        MetricsServer.Probe ready = () -> node.cluster().missingHere();
        return MetricsServer.start(
                config.metrics().host(), config.metrics().port(), metrics, GroupFigures.health(node::groups), ready);
    }

    private static void watchCluster(NodeMetrics metrics, Node node) {
        metrics.watch(NodeMetric.CLUSTER_EPOCH, () -> {
            ClusterMap map = node.cluster().map();
            return map == null ? 0 : map.epoch();
        });
        metrics.watch(NodeMetric.CLUSTER_PEERS, () -> node.cluster().linked());
        metrics.watch(NodeMetric.BUFFERS_DIRECT, () -> PlatformDependent.usedDirectMemory());
        Tls tls = node.tls();
        metrics.watch(NodeMetric.TLS_CERTIFICATE_END, () -> tls == null ? 0 : tls.expiresMillis() / 1000.0);
        metrics.watch(NodeMetric.BUILD, () -> 1, Version.aikv());
        metrics.watchForeign("ratis.", new RatisMetricsBridge(node.name(), () -> groupNames(node)));
    }

    /** What Ratis calls by a uuid. */
    private static Map<UUID, String> groupNames(Node node) {
        Map<UUID, String> names = new HashMap<>();
        node.groups().forEach(group -> names.put(group.spec().uuid(), group.name()));
        return names;
    }

    private static void watchServer(NodeMetrics metrics, ServerContext server) {
        metrics.watch(() -> server)
                .show(NodeMetric.CONNECTIONS, s -> s.clients().count())
                .show(NodeMetric.CONNECTIONS_MAX, s -> s.tunables().maxClients())
                .show(
                        NodeMetric.CONNECTIONS_BLOCKED,
                        s -> s.clients().count(session -> session.isPaused() || session.isBlocked()))
                .show(NodeMetric.CONNECTIONS_ACCEPTED, s -> s.counters().connectionsReceivedCount())
                .show(NodeMetric.CONNECTIONS_REJECTED, s -> s.counters().connectionsRejectedCount())
                .show(NodeMetric.NETWORK_INPUT, s -> s.counters().netInBytes())
                .show(NodeMetric.NETWORK_OUTPUT, s -> s.counters().netOutBytes())
                .show(NodeMetric.KEYSPACE_HITS, s -> s.counters().keyspaceHitsCount())
                .show(NodeMetric.KEYSPACE_MISSES, s -> s.counters().keyspaceMissesCount())
                .show(NodeMetric.KEYSPACE_EXPIRED, s -> s.counters().expiredKeysCount())
                .show(NodeMetric.BUFFERS_QUERY, ServerContext::requestBytes)
                .show(NodeMetric.BUFFERS_OUTPUT, NodeFigures::outputBytes)
                .show(NodeMetric.PUBSUB_CLIENTS, s -> s.pubsub().clients())
                .show(NodeMetric.PUBSUB_CHANNELS, s -> s.pubsub().count(SubscriptionKind.CHANNEL))
                .show(NodeMetric.PUBSUB_PATTERNS, s -> s.pubsub().count(SubscriptionKind.PATTERN))
                .show(NodeMetric.PUBSUB_SHARD_CHANNELS, s -> s.pubsub().count(SubscriptionKind.SHARD))
                .show(NodeMetric.PUBSUB_PUBLISHED, s -> s.pubsub().publishedCount())
                .show(NodeMetric.PUBSUB_DELIVERED, s -> s.pubsub().deliveredCount())
                .show(NodeMetric.PUBSUB_DROPPED, s -> s.pubsub().droppedCount())
                .show(NodeMetric.TRACKING_CLIENTS, s -> s.tracking().clients())
                .show(NodeMetric.TRACKING_KEYS, s -> s.tracking().keys())
                .show(NodeMetric.TRACKING_INVALIDATIONS, s -> s.tracking().invalidationsCount())
                .show(NodeMetric.REPLIES_STREAMED, ServerContext::streamedReplies)
                .show(NodeMetric.REPLIES_CUT, ServerContext::streamedRepliesCut);
        metrics.watchCommands(() -> commands(server));
        metrics.watchErrors(server.errors()::byCode);
    }

    private static double outputBytes(ServerContext server) {
        return server.clients().all().stream().mapToLong(Session::outputBytes).sum();
    }

    private static List<CommandFigures> commands(ServerContext server) {
        List<CommandFigures> figures = new ArrayList<>();
        for (CommandEntry entry : server.index().all()) {
            CommandStats.Counters sum = server.commandStats().sum(entry.id());
            if (sum != null) {
                figures.add(new CommandFigures(
                        entry.command().name(),
                        sum.calls(),
                        sum.micros() * 1000,
                        sum.failed(),
                        sum.rejected(),
                        micros -> sum.latency().countUpTo(micros)));
            }
        }
        return figures;
    }
}
