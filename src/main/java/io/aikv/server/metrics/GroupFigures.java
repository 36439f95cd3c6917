package io.aikv.server.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.ReplicaStatus;
import io.aikv.store.ResourceFigures;
import io.aikv.store.StoreFigures;
import io.aikv.store.StoreResources;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What the groups of a node, their stores, and what these share have to tell. Stateless; any thread. */
public final class GroupFigures {
    private static final double MILLIS_PER_SECOND = TimeUnit.SECONDS.toMillis(1);
    private static final double MICROS_PER_SECOND = TimeUnit.SECONDS.toMicros(1);

    private GroupFigures() {}

    /** Shows a group of this node. Entries, batches and latencies it counts itself, in the node's registry. */
    public static void watch(NodeMetrics metrics, GroupReplica group) {
        watchReplica(metrics, group.name(), group::status);
        watchStore(metrics, group.name(), () -> group.store().figures());
    }

    /** Shows all groups that a node has when somebody reads: those that are opened later too, and none that has left. */
    public static void watchAll(NodeMetrics metrics, Supplier<? extends Collection<GroupReplica>> groups) {
        Map<String, GroupReplica> shown = new HashMap<>();
        metrics.beforeReading(() -> {
            synchronized (shown) {
                Map<String, GroupReplica> present = new HashMap<>();
                groups.get().forEach(group -> present.put(group.name(), group));
                for (String name : List.copyOf(shown.keySet())) {
                    if (!present.containsKey(name)) {
                        shown.remove(name);
                        forget(metrics, name);
                    }
                }
                present.forEach((name, group) -> {
                    if (shown.put(name, group) != group) {
                        watch(metrics, group);
                    }
                });
            }
        });
    }

    /** Shows a group no longer. */
    public static void forget(NodeMetrics metrics, String group) {
        metrics.forgetForeign(followers(group));
        metrics.forget("group", group);
    }

    static void watchReplica(NodeMetrics metrics, String group, Supplier<ReplicaStatus> status) {
        metrics.watch(status, group)
                .show(NodeMetric.RAFT_LEADER, s -> flag(s.role().equals("leader")))
                .show(NodeMetric.RAFT_LEASE, s -> flag(s.leaseHeld()))
                .show(NodeMetric.RAFT_FAILED, s -> flag(s.failure() != null))
                .show(NodeMetric.RAFT_TERM, ReplicaStatus::term)
                .show(NodeMetric.RAFT_ELECTIONS, s -> s.counters().elections())
                .show(NodeMetric.RAFT_BARRIERS, s -> s.counters().barriers())
                .show(NodeMetric.RAFT_COMMANDS, s -> s.counters().commands())
                .show(NodeMetric.RAFT_QUEUE, ReplicaStatus::queuedCommands)
                .show(NodeMetric.RAFT_IN_FLIGHT, ReplicaStatus::entriesInFlight)
                .show(NodeMetric.RAFT_OVERLOADS, s -> s.counters().overloads())
                .show(NodeMetric.RAFT_INDETERMINATE, s -> s.counters().indeterminate())
                .show(NodeMetric.RAFT_INSTALLS, s -> s.counters().installs())
                .show(NodeMetric.RAFT_LAG, s -> Math.max(0, s.committedIndex() - s.appliedIndex()))
                .show(NodeMetric.RAFT_INDEX, ReplicaStatus::lastIndex, "last")
                .show(NodeMetric.RAFT_INDEX, ReplicaStatus::committedIndex, "committed")
                .show(NodeMetric.RAFT_INDEX, ReplicaStatus::appliedIndex, "applied")
                .show(NodeMetric.RAFT_INDEX, ReplicaStatus::durableIndex, "durable")
                .show(NodeMetric.RAFT_INDEX, ReplicaStatus::snapshotIndex, "snapshot");
        metrics.watchForeign(followers(group), () -> followers(status.get()));
    }

    private static String followers(String group) {
        return "raft." + group + ".follower.";
    }

    private static Map<String, Metric> followers(ReplicaStatus status) {
        Map<String, Metric> current = new HashMap<>();
        for (ReplicaStatus.Follower follower : status.followers()) {
            long lag = Math.max(0, status.lastIndex() - follower.matchIndex());
            current.put(NodeMetric.RAFT_FOLLOWER_LAG.registryName(status.group(), follower.node()), (Gauge<Long>)
                    () -> lag);
            current.put(NodeMetric.RAFT_FOLLOWER_SILENCE.registryName(status.group(), follower.node()), (Gauge<Double>)
                    () -> follower.lastContactMillis() / MILLIS_PER_SECOND);
        }
        return current;
    }

    static void watchStore(NodeMetrics metrics, String group, Supplier<StoreFigures> figures) {
        metrics.watch(figures, group)
                .show(NodeMetric.STORE_KEYS, StoreFigures::keysEstimate)
                .show(NodeMetric.STORE_MEMTABLES, StoreFigures::memtableBytes)
                .show(NodeMetric.STORE_TABLES, StoreFigures::tableBytes)
                .show(NodeMetric.STORE_LIVE_TABLES, StoreFigures::liveTableBytes)
                .show(NodeMetric.STORE_READERS, StoreFigures::tableReaderBytes)
                .show(NodeMetric.STORE_PENDING, StoreFigures::pendingCompactionBytes)
                .show(NodeMetric.STORE_FLUSHES, StoreFigures::runningFlushes)
                .show(NodeMetric.STORE_COMPACTIONS, StoreFigures::runningCompactions)
                .show(NodeMetric.STORE_SNAPSHOTS, StoreFigures::openSnapshots)
                .show(NodeMetric.STORE_DELAYED, StoreFigures::delayedWriteBytesPerSecond)
                .show(NodeMetric.STORE_STOPPED, s -> flag(s.writesStopped()));
    }

    /**
     * Shows the cache and the background work that all stores of the node share. The metrics server must be closed before
     * the resources are: their figures come from memory that is then gone.
     */
    public static void watch(NodeMetrics metrics, StoreResources resources) {
        metrics.watch(resources::figures)
                .show(NodeMetric.CACHE_CAPACITY, ResourceFigures::cacheCapacity)
                .show(NodeMetric.CACHE_USAGE, ResourceFigures::cacheUsage)
                .show(NodeMetric.CACHE_PINNED, ResourceFigures::cachePinned)
                .show(NodeMetric.CACHE_HITS, ResourceFigures::cacheHits)
                .show(NodeMetric.CACHE_MISSES, ResourceFigures::cacheMisses)
                .show(NodeMetric.BLOOM_USEFUL, ResourceFigures::bloomUseful)
                .show(NodeMetric.FLUSH_WRITTEN, ResourceFigures::flushedBytes)
                .show(NodeMetric.COMPACTION_READ, ResourceFigures::compactionReadBytes)
                .show(NodeMetric.COMPACTION_WRITTEN, ResourceFigures::compactionWrittenBytes)
                .show(NodeMetric.WRITE_STALL, r -> r.stallMicros() / MICROS_PER_SECOND);
    }

    private static double flag(boolean value) {
        return value ? 1 : 0;
    }

    // ---- probes ----

    /** What {@code /health} asks: no group has failed on this node. */
    public static MetricsServer.Probe health(Supplier<? extends Collection<GroupReplica>> groups) {
        return () -> {
            List<String> reasons = new ArrayList<>();
            for (GroupReplica group : groups.get()) {
                if (group.isFailed()) {
                    reasons.add("group " + group.name() + " failed: "
                            + group.status().failure());
                }
            }
            return reasons;
        };
    }

    /**
     * What {@code /ready} asks, for the groups that are open here: each is led by this node, which may propose, or by a node
     * that it knows. Whether all groups that belong here are open, only the owner of the cluster map can say.
     */
    public static MetricsServer.Probe ready(String node, Supplier<? extends Collection<GroupReplica>> groups) {
        return () -> {
            List<String> reasons = new ArrayList<>();
            for (GroupReplica group : groups.get()) {
                String leader = group.leader();
                if (group.isFailed()) {
                    reasons.add("group " + group.name() + " failed: "
                            + group.status().failure());
                } else if (leader == null) {
                    reasons.add("group " + group.name() + " has no leader that is known here");
                } else if (leader.equals(node) && !group.leads()) {
                    reasons.add("group " + group.name() + " is being taken over by this node");
                }
            }
            return reasons;
        };
    }
}
