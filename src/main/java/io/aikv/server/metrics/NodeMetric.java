package io.aikv.server.metrics;

import io.aikv.base.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The table of metrics: every figure a node shows, with its name, type, unit, labels and help text. The page
 * {@code metrics.md} says the same, and a test compares the two.
 *
 * <p>A metric's key is its name in the registry: parts separated by dots, labels in braces. The name that Prometheus sees
 * follows from it: the parts without the labels, {@code aikv_} before (unless it is the machine's: {@code jvm_},
 * {@code process_}), the unit and, for counters, {@code _total} behind. {@code raft.{group}.commit} in seconds becomes
 * {@code aikv_raft_commit_seconds{group="g1"}}.
 *
 * <p>In the registry the values of histograms in seconds are nanoseconds, because timers count so; everything else is in
 * the unit of the table.
 */
public enum NodeMetric {
    // ---- commands ----
    COMMAND_LATENCY("command.{command}.latency", Type.HISTOGRAM, Unit.SECONDS, "From dispatch to reply, by command."),
    COMMAND_ERRORS("command.{command}.errors", Type.COUNTER, Unit.NONE, "Commands that ran and failed, by command."),
    COMMAND_REJECTED(
            "command.{command}.rejected",
            Type.COUNTER,
            Unit.NONE,
            "Commands refused before they ran (arity, ACL, redirects, limits), by command."),
    ERRORS("errors.{code}", Type.COUNTER, Unit.NONE, "Error replies, by the first word of their text."),
    KEYSPACE_HITS("keyspace.hits", Type.COUNTER, Unit.NONE, "Lookups of reads that found their key."),
    KEYSPACE_MISSES("keyspace.misses", Type.COUNTER, Unit.NONE, "Lookups of reads that found nothing."),
    KEYSPACE_EXPIRED(
            "keyspace.expired",
            Type.COUNTER,
            Unit.NONE,
            "Keys removed because they were due, by entries that this node proposed."),

    // ---- connections and buffers ----
    CONNECTIONS("connections", Type.GAUGE, Unit.NONE, "Open client connections."),
    CONNECTIONS_MAX("connections.max", Type.GAUGE, Unit.NONE, "How many connections may be open (maxclients)."),
    CONNECTIONS_BLOCKED("connections.blocked", Type.GAUGE, Unit.NONE, "Connections that wait in a blocking command."),
    CONNECTIONS_ACCEPTED("connections.accepted", Type.COUNTER, Unit.NONE, "Connections accepted."),
    CONNECTIONS_REJECTED("connections.rejected", Type.COUNTER, Unit.NONE, "Connections refused because of maxclients."),
    NETWORK_INPUT("network.input", Type.COUNTER, Unit.BYTES, "Bytes read from clients."),
    NETWORK_OUTPUT("network.output", Type.COUNTER, Unit.BYTES, "Bytes written to clients."),
    BUFFERS_QUERY("buffers.query", Type.GAUGE, Unit.BYTES, "Requests received and not yet executed."),
    BUFFERS_OUTPUT("buffers.output", Type.GAUGE, Unit.BYTES, "Replies that clients have not yet taken."),
    BUFFERS_DIRECT("buffers.direct", Type.GAUGE, Unit.BYTES, "Direct memory that the network layer holds."),
    REPLIES_STREAMED(
            "replies.streamed", Type.GAUGE, Unit.NONE, "Long replies that are being read while they are sent."),
    REPLIES_CUT(
            "replies.cut",
            Type.COUNTER,
            Unit.NONE,
            "Of those, ended in the middle with their connections: a limit, or a store that was closed."),

    // ---- publish and subscribe ----
    PUBSUB_CLIENTS("pubsub.clients", Type.GAUGE, Unit.NONE, "Connections with a subscription."),
    PUBSUB_CHANNELS("pubsub.channels", Type.GAUGE, Unit.NONE, "Channels that somebody here is subscribed to."),
    PUBSUB_PATTERNS("pubsub.patterns", Type.GAUGE, Unit.NONE, "Patterns that somebody here is subscribed to."),
    PUBSUB_SHARD_CHANNELS(
            "pubsub.shard.channels", Type.GAUGE, Unit.NONE, "Shard channels that somebody here is subscribed to."),
    PUBSUB_PUBLISHED("pubsub.published", Type.COUNTER, Unit.NONE, "Messages published on this node."),
    PUBSUB_DELIVERED("pubsub.delivered", Type.COUNTER, Unit.NONE, "Messages times their subscribers on this node."),
    PUBSUB_DROPPED(
            "pubsub.dropped",
            Type.COUNTER,
            Unit.NONE,
            "Messages that an event loop, or another node, had no room for."),

    TRACKING_CLIENTS("tracking.clients", Type.GAUGE, Unit.NONE, "Connections with CLIENT TRACKING on."),
    TRACKING_KEYS(
            "tracking.keys", Type.GAUGE, Unit.NONE, "Keys that such a client has read and that have not changed."),
    TRACKING_INVALIDATIONS(
            "tracking.invalidations", Type.COUNTER, Unit.NONE, "Messages to clients that keys have changed."),

    // ---- node and cluster ----
    BUILD("build.info.{version}", Type.GAUGE, Unit.NONE, "1; the version that runs is the label."),
    HEALTHY("healthy", Type.GAUGE, Unit.NONE, "1 if /health says so: no group has failed here."),
    READY("ready", Type.GAUGE, Unit.NONE, "1 if /ready says so: every slot this node should serve is served."),
    CLUSTER_EPOCH("cluster.epoch", Type.GAUGE, Unit.NONE, "The version of the cluster map this node knows."),
    CLUSTER_PEERS("cluster.peers.connected", Type.GAUGE, Unit.NONE, "Other nodes this node has a link to."),

    TLS_CERTIFICATE_END(
            "tls.certificate.end",
            Type.GAUGE,
            Unit.SECONDS,
            "When the node's certificate ends, Unix time; 0 where TLS is not spoken."),

    // ---- groups: roles and reads ----
    RAFT_LEADER("raft.{group}.leader", Type.GAUGE, Unit.NONE, "1 if this node leads the group."),
    RAFT_LEASE("raft.{group}.lease", Type.GAUGE, Unit.NONE, "1 if reads are served under the lease."),
    RAFT_FAILED("raft.{group}.failed", Type.GAUGE, Unit.NONE, "1 if the group stopped on this node by a failure."),
    RAFT_TERM("raft.{group}.term", Type.GAUGE, Unit.NONE, "The term this node is in."),
    RAFT_ELECTIONS("raft.{group}.elections", Type.COUNTER, Unit.NONE, "Changes of leadership this node heard of."),
    RAFT_BARRIERS(
            "raft.{group}.barriers", Type.COUNTER, Unit.NONE, "Empty entries proposed for reads without a lease."),

    // ---- groups: entries ----
    RAFT_ENTRIES("raft.{group}.entries", Type.COUNTER, Unit.NONE, "Entries applied here."),
    RAFT_COMMANDS("raft.{group}.commands", Type.COUNTER, Unit.NONE, "Commands in the entries applied here."),
    RAFT_BATCH_COMMANDS(
            "raft.{group}.batch.commands", Type.HISTOGRAM, Unit.NONE, "Commands per entry that this node proposed."),
    RAFT_BATCH_BYTES(
            "raft.{group}.batch.bytes", Type.HISTOGRAM, Unit.BYTES, "Size of entries that this node proposed."),
    RAFT_COMMIT(
            "raft.{group}.commit",
            Type.HISTOGRAM,
            Unit.SECONDS,
            "From submission to applied, of entries that this node proposed."),
    RAFT_APPLY("raft.{group}.apply", Type.HISTOGRAM, Unit.SECONDS, "In which an entry is applied."),
    RAFT_QUEUE("raft.{group}.queue", Type.GAUGE, Unit.NONE, "Commands that wait for an entry."),
    RAFT_IN_FLIGHT("raft.{group}.inflight", Type.GAUGE, Unit.NONE, "Entries submitted and not yet applied."),
    RAFT_OVERLOADS("raft.{group}.overloads", Type.COUNTER, Unit.NONE, "Proposals refused because a queue was full."),
    RAFT_INDETERMINATE(
            "raft.{group}.indeterminate", Type.COUNTER, Unit.NONE, "Writes whose fate this node could not tell."),

    // ---- groups: log and followers ----
    RAFT_INDEX(
            "raft.{group}.index.{kind}",
            Type.GAUGE,
            Unit.NONE,
            "Index of the last entry that is in the log (last), committed, applied, durable, or in a snapshot."),
    RAFT_LAG("raft.{group}.lag", Type.GAUGE, Unit.NONE, "Entries known to be committed and not yet applied here."),
    RAFT_FOLLOWER_LAG(
            "raft.{group}.follower.{node}.lag",
            Type.GAUGE,
            Unit.NONE,
            "On the leader: entries of its log that the follower has not confirmed."),
    RAFT_FOLLOWER_SILENCE(
            "raft.{group}.follower.{node}.silence",
            Type.GAUGE,
            Unit.SECONDS,
            "On the leader: how long ago the follower answered."),
    RAFT_INSTALLS("raft.{group}.installs", Type.COUNTER, Unit.NONE, "Snapshots installed from a leader."),

    // ---- stores ----
    STORE_KEYS("store.{group}.keys", Type.GAUGE, Unit.NONE, "Rows of keys, RocksDB's estimate."),
    STORE_MEMTABLES("store.{group}.memtables", Type.GAUGE, Unit.BYTES, "Written and not yet flushed."),
    STORE_TABLES(
            "store.{group}.tables", Type.GAUGE, Unit.BYTES, "Files on disk, those that wait for removal included."),
    STORE_LIVE_TABLES("store.{group}.tables.live", Type.GAUGE, Unit.BYTES, "Files on disk of the current version."),
    STORE_READERS("store.{group}.readers", Type.GAUGE, Unit.BYTES, "Memory for open files outside of the block cache."),
    STORE_PENDING(
            "store.{group}.compaction.pending",
            Type.GAUGE,
            Unit.BYTES,
            "What compaction has yet to rewrite; growth means that it does not keep up."),
    STORE_FLUSHES("store.{group}.flushes.running", Type.GAUGE, Unit.NONE, "Flushes at work."),
    STORE_COMPACTIONS("store.{group}.compactions.running", Type.GAUGE, Unit.NONE, "Compactions at work."),
    STORE_SNAPSHOTS("store.{group}.snapshots", Type.GAUGE, Unit.NONE, "Snapshots that readers hold open."),
    STORE_DELAYED(
            "store.{group}.write.limit",
            Type.GAUGE,
            Unit.BYTES,
            "Bytes a second that writes are slowed down to; 0 if they are not."),
    STORE_STOPPED("store.{group}.write.stopped", Type.GAUGE, Unit.NONE, "1 if writes wait for a flush or compaction."),

    // ---- what the stores of a node share ----
    CACHE_CAPACITY("cache.capacity", Type.GAUGE, Unit.BYTES, "Room for blocks and write buffers."),
    CACHE_USAGE("cache.usage", Type.GAUGE, Unit.BYTES, "Of the cache in use."),
    CACHE_PINNED("cache.pinned", Type.GAUGE, Unit.BYTES, "Of that, blocks being read and write buffers."),
    CACHE_HITS("cache.hits", Type.COUNTER, Unit.NONE, "Blocks found in the cache."),
    CACHE_MISSES("cache.misses", Type.COUNTER, Unit.NONE, "Blocks read from a file."),
    BLOOM_USEFUL("bloom.useful", Type.COUNTER, Unit.NONE, "Reads of a file that its filter spared."),
    FLUSH_WRITTEN("flush.written", Type.COUNTER, Unit.BYTES, "Written by flushes."),
    COMPACTION_READ("compaction.read", Type.COUNTER, Unit.BYTES, "Read by compactions."),
    COMPACTION_WRITTEN("compaction.written", Type.COUNTER, Unit.BYTES, "Written by compactions."),
    WRITE_STALL("write.stall", Type.COUNTER, Unit.SECONDS, "How long writes were slowed down or stopped."),

    // ---- the machine ----
    JVM_MEMORY("jvm.memory.used.{area}", Type.GAUGE, Unit.BYTES, "Memory the Java VM uses: heap, nonheap."),
    JVM_MEMORY_MAX("jvm.memory.max.{area}", Type.GAUGE, Unit.BYTES, "What it may use; -1 where there is no limit."),
    JVM_BUFFERS("jvm.buffers.{pool}", Type.GAUGE, Unit.BYTES, "Java's buffers outside of the heap, by pool."),
    JVM_GC_COUNT("jvm.gc.collections.{collector}", Type.COUNTER, Unit.NONE, "Garbage collections."),
    JVM_GC_TIME("jvm.gc.time.{collector}", Type.COUNTER, Unit.SECONDS, "Spent in them."),
    JVM_THREADS("jvm.threads", Type.GAUGE, Unit.NONE, "Live threads."),
    PROCESS_CPU("process.cpu", Type.COUNTER, Unit.SECONDS, "Processor time used."),
    PROCESS_FILES("process.files.open", Type.GAUGE, Unit.NONE, "Open file descriptors."),
    PROCESS_FILES_MAX("process.files.max", Type.GAUGE, Unit.NONE, "How many may be open."),
    PROCESS_UPTIME("process.uptime", Type.GAUGE, Unit.SECONDS, "Since the Java VM started.");

    /** As Prometheus understands them. A histogram has buckets, a sum and a count. */
    public enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    public enum Unit {
        NONE(""),
        SECONDS("_seconds"),
        BYTES("_bytes");

        private final String suffix;

        Unit(String suffix) {
            this.suffix = suffix;
        }
    }

    private final String key;
    private final Type type;
    private final Unit unit;
    private final String help;
    private final List<String> labels;
    private final Pattern pattern;

    NodeMetric(String key, Type type, Unit unit, String help) {
        this.key = key;
        this.type = type;
        this.unit = unit;
        this.help = help;
        this.labels = List.copyOf(labelsOf(key));
        this.pattern = Pattern.compile(
                LabelPattern.PLACE.matcher(key.replace(".", "\\.")).replaceAll("(.+)"));
    }

    /** Constants of an enum cannot use its own static fields while they are made. */
    private static final class LabelPattern {
        static final Pattern PLACE = Pattern.compile("\\{([a-z]+)}");
    }

    private static List<String> labelsOf(String key) {
        List<String> names = new ArrayList<>();
        Matcher places = LabelPattern.PLACE.matcher(key);
        while (places.find()) {
            names.add(places.group(1));
        }
        return names;
    }

    /** The name in the registry with labels in braces. */
    public String key() {
        return key;
    }

    public Type type() {
        return type;
    }

    public Unit unit() {
        return unit;
    }

    public String help() {
        return help;
    }

    public List<String> labels() {
        return labels;
    }

    /** The name in the registry for these values of the labels, in the order of {@link #labels()}. */
    public String registryName(String... values) {
        Check.argument(values.length == labels.size(), "%s has the labels %s", key, labels);
        String name = key;
        for (int i = 0; i < values.length; i++) {
            Check.argument(!values[i].isEmpty(), "an empty label of %s", key);
            name = name.replace("{" + labels.get(i) + "}", values[i]);
        }
        return name;
    }

    /** The name in the exposition; histograms have {@code _bucket}, {@code _sum} and {@code _count} behind it. */
    public String prometheusName() {
        return baseName() + (type == Type.COUNTER ? "_total" : "");
    }

    /** As {@link #prometheusName()} without {@code _total}: what the writer of the exposition wants. */
    String baseName() {
        String plain = LabelPattern.PLACE
                .matcher(key)
                .replaceAll("")
                .replaceAll("\\.+", "_")
                .replaceAll("_$", "");
        boolean machine = plain.startsWith("jvm_") || plain.startsWith("process_");
        String full = machine ? plain : "aikv_" + plain;
        return full.endsWith(unit.suffix) ? full : full + unit.suffix;
    }

    /**
     * Upper bounds of a histogram's buckets in the registry's unit, ascending; what is above the last is counted as well.
     */
    long[] bounds() {
        return switch (unit) {
            case SECONDS -> Bounds.NANOS;
            case BYTES -> Bounds.BYTES;
            case NONE -> Bounds.COUNTS;
        };
    }

    /** The values of the labels in a name of the registry, or null if it is not this metric's. */
    @Nullable
    List<String> match(String registryName) {
        Matcher matcher = pattern.matcher(registryName);
        if (!matcher.matches()) {
            return null;
        }
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= matcher.groupCount(); i++) {
            values.add(matcher.group(i));
        }
        return values;
    }

    /** The metric that a name of the registry belongs to: of several the one that says most of it. Null if none. */
    static @Nullable NodeMetric find(String registryName) {
        NodeMetric best = null;
        for (NodeMetric metric : values()) {
            boolean longer = best == null || metric.key.length() > best.key.length();
            if (longer && metric.match(registryName) != null) {
                best = metric;
            }
        }
        return best;
    }

    private static final class Bounds {
        static final long[] NANOS = {
            50_000L,
            100_000L,
            250_000L,
            500_000L,
            1_000_000L,
            2_500_000L,
            5_000_000L,
            10_000_000L,
            25_000_000L,
            50_000_000L,
            100_000_000L,
            250_000_000L,
            500_000_000L,
            1_000_000_000L,
            2_500_000_000L,
            5_000_000_000L,
            10_000_000_000L
        };
        static final long[] BYTES = {
            1L << 6, 1L << 8, 1L << 10, 1L << 12, 1L << 14, 1L << 16, 1L << 18, 1L << 20, 1L << 22, 1L << 25
        };
        static final long[] COUNTS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
    }
}
