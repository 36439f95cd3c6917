package io.aikv.topology;

import io.aikv.base.Check;
import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one node tells clients about the cluster, in the forms of Redis 7: the text of CLUSTER NODES and INFO, and the
 * contents of CLUSTER SLOTS and SHARDS for the {@code cluster} package to wrap in replies.
 *
 * <p>Redis gives a node one role; here a node may lead some groups and follow others. A node that leads any group is
 * shown as a master with the slots of the groups it leads; one that leads none as a replica of the leader of the first
 * group it follows whose leader is known; one without any such group as a master without slots. Slots of a group without
 * a known leader are shown, in NODES and SLOTS, with a replica that clients may ask. A node that does not answer is
 * {@code fail?} while it is believed to lead, and {@code fail} once others do or after some seconds.
 *
 * @param self name of the node that answers
 * @param links by node name; a node that is absent is taken for healthy and connected
 * @param offsets by group and node, for {@code replication-offset}
 */
public record ClusterView(ClusterMap map, Leaders leaders, String self, Map<String, LinkState> links, Offsets offsets) {

    /** Whether another node answers. */
    public enum Health {
        ONLINE,
        /** This node cannot reach it: {@code fail?}; {@code fail} if it leads nothing. */
        SUSPECTED,
        /** It has not been reached for long: {@code fail}. */
        FAILED
    }

    /**
     * @param pingSentMillis Unix time of the ping that is unanswered, or 0
     * @param pongReceivedMillis Unix time of the last answer
     * @param connected whether the peer link is up
     */
    public record LinkState(long pingSentMillis, long pongReceivedMillis, boolean connected, Health health) {
        public static final LinkState DEFAULT = new LinkState(0, 0, true, Health.ONLINE);
    }

    /** Where a replica of a group stands. */
    @FunctionalInterface
    public interface Offsets {
        /** The applied index, or 0 if unknown. */
        long of(String group, String node);
    }

    /** A range of CLUSTER SLOTS: the leader, or whom to ask, first, then the replicas that lead nothing and are not down. */
    public record SlotsEntry(SlotRange range, List<NodeInfo> nodes) {}

    /**
     * A shard of CLUSTER SHARDS: one group.
     *
     * @param nodes the leader first
     */
    public record Shard(GroupInfo group, List<ShardNode> nodes) {}

    /**
     * @param role {@code master} or {@code replica}
     * @param health {@code online}, {@code loading} or {@code fail}
     */
    public record ShardNode(NodeInfo node, String role, long replicationOffset, String health) {}

    public ClusterView {
        links = Map.copyOf(links);
        Check.argument(map.node(self) != null, "node %s is not in the map", self);
    }

    // ---- roles ----

    /** The groups that {@code node} is believed to lead, in the order of the map. */
    public List<GroupInfo> ledBy(String node) {
        return map.groups().stream()
                .filter(group -> node.equals(leaders.of(group.name())))
                .toList();
    }

    /** The groups whose slots are shown with {@code node}: those it leads, and those it is to be asked for meanwhile. */
    private List<GroupInfo> shownWith(String node) {
        return map.groups().stream()
                .filter(group -> whomToAsk(group).name().equals(node))
                .toList();
    }

    /** The master that {@code node} is shown as a replica of, or null if it is shown as a master. */
    public @Nullable NodeInfo masterOf(String node) {
        if (!shownWith(node).isEmpty()) {
            return null;
        }
        for (GroupInfo group : map.groupsOn(node)) {
            String leader = leaders.of(group.name());
            NodeInfo info = leader == null ? null : map.node(leader);
            if (info != null) {
                return info;
            }
        }
        return null;
    }

    /** The nodes shown as replicas of {@code master}, for CLUSTER REPLICAS. */
    public List<NodeInfo> replicasOf(NodeInfo master) {
        return map.nodes().values().stream()
                .filter(node -> master.equals(masterOf(node.name())))
                .toList();
    }

    /** The group CLUSTER MYSHARDID speaks of: the first that {@code node} leads, else the first it follows, or null. */
    public @Nullable GroupInfo shardOf(String node) {
        List<GroupInfo> led = ledBy(node);
        List<GroupInfo> groups = led.isEmpty() ? map.groupsOn(node) : led;
        return groups.isEmpty() ? null : groups.get(0);
    }

    // ---- CLUSTER NODES ----

    /** CLUSTER NODES: a line per node, each ended by a line feed. @param tls whether the client speaks TLS */
    public String nodes(boolean tls) {
        StringBuilder out = new StringBuilder();
        for (NodeInfo node : map.nodes().values()) {
            out.append(nodeLine(node, tls)).append('\n');
        }
        return out.toString();
    }

    /** One line of CLUSTER NODES, as CLUSTER REPLICAS lists them, without the line feed. */
    public String nodeLine(NodeInfo node, boolean tls) {
        NodeInfo master = masterOf(node.name());
        LinkState link = links.getOrDefault(node.name(), LinkState.DEFAULT);
        boolean isSelf = node.name().equals(self);
        StringBuilder line = new StringBuilder(160);
        line.append(node.id()).append(' ').append(node.address(tls)).append('@').append(node.raftPort());
        line.append(' ').append(isSelf ? "myself," : "").append(master == null ? "master" : "slave");
        if (isDown(node)) {
            line.append(",fail");
        } else if (health(node) == Health.SUSPECTED) {
            line.append(",fail?");
        }
        line.append(' ').append(master == null ? "-" : master.id());
        line.append(' ').append(isSelf ? 0 : link.pingSentMillis());
        line.append(' ').append(link.pongReceivedMillis());
        line.append(' ').append(map.epoch());
        line.append(isSelf || link.connected() ? " connected" : " disconnected");
        for (SlotRange range : served(node.name())) {
            line.append(' ').append(range);
        }
        return line.toString();
    }

    /** The slots that {@code node} is shown as the master of, sorted, adjacent ranges of different groups joined. */
    public List<SlotRange> served(String node) {
        List<SlotRange> ranges = new ArrayList<>();
        shownWith(node).forEach(group -> ranges.addAll(group.slots()));
        ranges.sort(Comparator.naturalOrder());
        List<SlotRange> joined = new ArrayList<>();
        for (SlotRange range : ranges) {
            int last = joined.size() - 1;
            if (last >= 0 && joined.get(last).last() + 1 == range.first()) {
                joined.set(last, new SlotRange(joined.get(last).first(), range.last()));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }

    // ---- CLUSTER SLOTS and SHARDS ----

    /**
     * CLUSTER SLOTS: every range, in the order of slots: the leader, or one to ask as long as none is known, then those of its
     * replicas that lead nothing themselves and are not down.
     */
    /*
     * A node has one role in all ranges, as in Redis and in CLUSTER NODES, though here it may lead one group and follow
     * another: clients keep one role for each node. redis-py takes the one of the first range that names it, and sends DBSIZE
     * or FLUSHALL to masters only; ioredis sends no READONLY to a node that is a master anywhere, and turns in circles when
     * that one is asked as a replica and answers MOVED. SHARDS and GROUPS list all replicas.
     */
    public List<SlotsEntry> slots() {
        Map<GroupInfo, NodeInfo> masters = new LinkedHashMap<>();
        map.groups().forEach(group -> masters.put(group, whomToAsk(group)));
        List<SlotsEntry> entries = new ArrayList<>();
        for (GroupInfo group : map.groups()) {
            NodeInfo master = Objects.requireNonNull(masters.get(group));
            List<NodeInfo> nodes = new ArrayList<>(List.of(master));
            leaderFirst(group).stream()
                    .filter(node -> !masters.containsValue(node) && !isDown(node))
                    .forEach(nodes::add);
            group.slots().forEach(range -> entries.add(new SlotsEntry(range, nodes)));
        }
        entries.sort(Comparator.comparing(SlotsEntry::range));
        return entries;
    }

    /** CLUSTER SHARDS: every group; one without a known leader has replicas only. */
    public List<Shard> shards() {
        List<Shard> shards = new ArrayList<>();
        for (GroupInfo group : map.groups()) {
            NodeInfo leader = leaderOf(group);
            List<ShardNode> nodes = new ArrayList<>();
            for (NodeInfo node : leaderFirst(group)) {
                String role = node.equals(leader) ? "master" : "replica";
                String health = isDown(node) ? "fail" : "online";
                nodes.add(new ShardNode(node, role, offsets.of(group.name(), node.name()), health));
            }
            shards.add(new Shard(group, nodes));
        }
        return shards;
    }

    private @Nullable NodeInfo leaderOf(GroupInfo group) {
        String leader = leaders.of(group.name());
        return leader == null ? null : map.node(leader);
    }

    /** The leader of a group; while none is known this node if it has a replica, else the first replica that is not down. */
    /*
     * During an election Redis goes on showing the dead master, so that clients always have somebody to ask, and see the new one
     * later. Some have no way on from a slot that nobody is shown for: node-redis fails without asking anybody, and so never hears
     * more. A replica that is asked waits for the end of the election, and then serves or redirects.
     */
    private NodeInfo whomToAsk(GroupInfo group) {
        NodeInfo leader = leaderOf(group);
        if (leader != null) {
            return leader;
        }
        List<NodeInfo> replicas = leaderFirst(group);
        for (NodeInfo node : replicas) {
            if (node.name().equals(self)) {
                return node;
            }
        }
        return replicas.stream().filter(node -> !isDown(node)).findFirst().orElse(replicas.get(0));
    }

    private List<NodeInfo> leaderFirst(GroupInfo group) {
        List<NodeInfo> nodes = new ArrayList<>();
        NodeInfo leader = leaderOf(group);
        if (leader != null) {
            nodes.add(leader);
        }
        for (String replica : group.replicas()) {
            NodeInfo node = map.node(replica);
            Check.invariant(node != null, "group %s: no node %s", group.name(), replica);
            if (node != null && !node.equals(leader)) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    private Health health(NodeInfo node) {
        return node.name().equals(self)
                ? Health.ONLINE
                : links.getOrDefault(node.name(), LinkState.DEFAULT).health();
    }

    /** Whether a node is shown as {@code fail}: it has not answered for long, or does not answer and leads nothing. */
    /*
     * In Redis a master has the flag before anybody takes its place, because the same majority decides both. Here the groups of a
     * node that died elect others before this node has waited for long. Shown as a replica that is well or "fail?", it would be
     * connected to by clients that learn of the new leaders: Redisson tries that first, and takes the new leaders after it.
     */
    private boolean isDown(NodeInfo node) {
        return switch (health(node)) {
            case ONLINE -> false;
            case SUSPECTED -> ledBy(node.name()).isEmpty();
            case FAILED -> true;
        };
    }

    // ---- CLUSTER INFO ----

    /** How many slots are served: the counts of CLUSTER INFO. */
    public record Coverage(int assigned, int ok, int suspected, int failed) {
        /** Whether every slot has a group with a leader that is not known to be down. */
        public boolean isFull() {
            return ok + suspected == Slots.COUNT;
        }
    }

    /** Slots without a known leader count as failed, as do those whose leader is down. */
    public Coverage coverage() {
        int ok = 0;
        int suspected = 0;
        int failed = 0;
        for (GroupInfo group : map.groups()) {
            NodeInfo leader = leaderOf(group);
            int count = group.slotCount();
            if (leader == null || health(leader) == Health.FAILED) {
                failed += count;
            } else if (health(leader) == Health.SUSPECTED) {
                suspected += count;
            } else {
                ok += count;
            }
        }
        return new Coverage(ok + suspected + failed, ok, suspected, failed);
    }

    /**
     * CLUSTER INFO: {@code field:value} lines ended by CRLF.
     *
     * @param requireFullCoverage whether a single unserved slot makes the state {@code fail}; otherwise all must be
     * @param messagesSent over the peer links, since the start
     * @param messagesReceived over the peer links, since the start
     */
    public String info(boolean requireFullCoverage, long messagesSent, long messagesReceived) {
        Coverage coverage = coverage();
        int served = coverage.ok() + coverage.suspected();
        boolean isOk = requireFullCoverage ? coverage.isFull() : served > 0;
        long masters = map.nodes().keySet().stream()
                .filter(node -> !ledBy(node).isEmpty())
                .count();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cluster_state", isOk ? "ok" : "fail");
        fields.put("cluster_slots_assigned", coverage.assigned());
        fields.put("cluster_slots_ok", coverage.ok());
        fields.put("cluster_slots_pfail", coverage.suspected());
        fields.put("cluster_slots_fail", coverage.failed());
        fields.put("cluster_known_nodes", map.nodes().size());
        fields.put("cluster_size", masters);
        fields.put("cluster_current_epoch", map.epoch());
        fields.put("cluster_my_epoch", map.epoch());
        fields.put("cluster_stats_messages_sent", messagesSent);
        fields.put("cluster_stats_messages_received", messagesReceived);
        fields.put("total_cluster_links_buffer_limit_exceeded", 0);
        StringBuilder out = new StringBuilder();
        fields.forEach(
                (name, value) -> out.append(name).append(':').append(value).append("\r\n"));
        return out.toString();
    }
}
