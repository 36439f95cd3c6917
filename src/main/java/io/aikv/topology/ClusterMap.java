package io.aikv.topology;

import io.aikv.base.Check;
import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The truth about the cluster that the meta group replicates: its nodes with their addresses, its groups, and the group
 * of every slot. Immutable; a change is a new map with the next epoch, so of two maps the one with the higher epoch is
 * the newer. A slot has at most one group, and every replica is a node (checked on construction).
 */
public final class ClusterMap {
    private static final short NO_GROUP = -1;

    private final long epoch;
    private final String clusterId;
    private final Map<String, NodeInfo> nodes;
    private final Map<String, GroupInfo> groups;
    private final List<GroupInfo> groupList;
    private final short[] groupOfSlot = new short[Slots.COUNT];

    private ClusterMap(long epoch, String clusterId, Collection<NodeInfo> nodes, Collection<GroupInfo> groups) {
        Check.argument(epoch > 0, "bad epoch %s", epoch);
        Check.argument(!clusterId.isEmpty(), "empty cluster id");
        this.epoch = epoch;
        this.clusterId = clusterId;
        Map<String, NodeInfo> nodesByName = new TreeMap<>();
        for (NodeInfo node : nodes) {
            Check.argument(nodesByName.put(node.name(), node) == null, "two nodes %s", node.name());
        }
        this.nodes = Collections.unmodifiableMap(nodesByName);
        Map<String, GroupInfo> groupsByName = new LinkedHashMap<>();
        for (GroupInfo group : groups) {
            Check.argument(groupsByName.put(group.name(), group) == null, "two groups %s", group.name());
        }
        this.groups = Collections.unmodifiableMap(groupsByName);
        this.groupList = List.copyOf(groups);
        fillSlots();
    }

    private void fillSlots() {
        Arrays.fill(groupOfSlot, NO_GROUP);
        for (int i = 0; i < groupList.size(); i++) {
            GroupInfo group = groupList.get(i);
            for (String replica : group.replicas()) {
                Check.argument(nodes.containsKey(replica), "group %s: no node %s", group.name(), replica);
            }
            for (SlotRange range : group.slots()) {
                for (int slot = range.first(); slot <= range.last(); slot++) {
                    Check.argument(groupOfSlot[slot] == NO_GROUP, "slot %s has two groups", slot);
                    groupOfSlot[slot] = (short) i;
                }
            }
        }
    }

    /** A map from its parts. @throws IllegalArgumentException if they contradict each other */
    public static ClusterMap of(
            long epoch, String clusterId, Collection<NodeInfo> nodes, Collection<GroupInfo> groups) {
        return new ClusterMap(epoch, clusterId, nodes, groups);
    }

    /** The first map of a cluster, epoch 1; every node computes the same from the same layout and id. */
    public static ClusterMap seed(String clusterId, Layout layout) {
        List<NodeInfo> nodes = new ArrayList<>();
        for (Layout.Node node : layout.nodes()) {
            nodes.add(new NodeInfo(
                    node.name(),
                    nodeId(clusterId, node.name()),
                    node.host(),
                    node.port(),
                    node.raftPort(),
                    node.peerPort()));
        }
        List<GroupInfo> groups = new ArrayList<>();
        for (Layout.Group group : layout.groups()) {
            BitSet slots = new BitSet(Slots.COUNT);
            group.slots().forEach(range -> slots.set(range.first(), range.last() + 1));
            groups.add(
                    new GroupInfo(group.name(), groupUuid(clusterId, group.name()), group.replicas(), ranges(slots)));
        }
        return new ClusterMap(1, clusterId, nodes, groups);
    }

    /** The id that clients see: 40 hex digits, the same for the same cluster and name. */
    public static String nodeId(String clusterId, String nodeName) {
        return sha1("node/" + clusterId + "/" + nodeName);
    }

    /** The Raft group's identity, the same for the same cluster and name. */
    public static UUID groupUuid(String clusterId, String groupName) {
        return UUID.nameUUIDFromBytes(("group/" + clusterId + "/" + groupName).getBytes(StandardCharsets.UTF_8));
    }

    static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-1", e);
        }
    }

    // ---- reading ----

    /** Grows by one with each change. */
    public long epoch() {
        return epoch;
    }

    public String clusterId() {
        return clusterId;
    }

    /** By name, in the order of names. */
    public Map<String, NodeInfo> nodes() {
        return nodes;
    }

    /** In the order of the layout. */
    public List<GroupInfo> groups() {
        return groupList;
    }

    public @Nullable NodeInfo node(String name) {
        return nodes.get(name);
    }

    /** The node with the 40-digit id, or null. */
    public @Nullable NodeInfo nodeById(String id) {
        for (NodeInfo node : nodes.values()) {
            if (node.id().equals(id)) {
                return node;
            }
        }
        return null;
    }

    public @Nullable GroupInfo group(String name) {
        return groups.get(name);
    }

    /** The group that owns {@code slot}, or null. One array access. */
    public @Nullable GroupInfo groupOf(int slot) {
        short index = groupOfSlot[slot];
        return index == NO_GROUP ? null : groupList.get(index);
    }

    /** The groups that {@code node} has a replica of. */
    public List<GroupInfo> groupsOn(String node) {
        return groupList.stream().filter(group -> group.isReplica(node)).toList();
    }

    /** The 40-digit id of a group as CLUSTER MYSHARDID shows it. */
    public String shardId(GroupInfo group) {
        return sha1("shard/" + clusterId + "/" + group.name());
    }

    // ---- changing ----

    /** With another address for the node of that name; this map itself if it is the same address. */
    public ClusterMap withAddress(String name, String host, int clientPort, int raftPort, int peerPort) {
        return withAddress(new NodeInfo(name, nodeId(clusterId, name), host, clientPort, raftPort, peerPort));
    }

    /** With another address for a node that is known; this map itself if it is the same address. */
    public ClusterMap withAddress(NodeInfo node) {
        NodeInfo old = nodes.get(node.name());
        Check.argument(old != null, "no node %s", node.name());
        return node.equals(old) ? this : withNode(node);
    }

    /** With a node added or replaced. */
    public ClusterMap withNode(NodeInfo node) {
        Map<String, NodeInfo> next = new TreeMap<>(nodes);
        next.put(node.name(), node);
        return new ClusterMap(epoch + 1, clusterId, next.values(), groupList);
    }

    /** With {@code slots} owned by {@code group}, whoever had them before. */
    public ClusterMap withSlots(Collection<SlotRange> slots, String group) {
        Check.argument(groups.containsKey(group), "no group %s", group);
        BitSet moved = new BitSet(Slots.COUNT);
        slots.forEach(range -> moved.set(range.first(), range.last() + 1));
        List<GroupInfo> next = new ArrayList<>();
        for (GroupInfo info : groupList) {
            BitSet owned = new BitSet(Slots.COUNT);
            info.slots().forEach(range -> owned.set(range.first(), range.last() + 1));
            if (info.name().equals(group)) {
                owned.or(moved);
            } else {
                owned.andNot(moved);
            }
            next.add(new GroupInfo(info.name(), info.uuid(), info.replicas(), ranges(owned)));
        }
        return new ClusterMap(epoch + 1, clusterId, nodes.values(), next);
    }

    /** With other replicas, the preferred leader first, for the group of that name. */
    public ClusterMap withReplicas(String group, List<String> replicas) {
        Check.argument(groups.containsKey(group), "no group %s", group);
        List<GroupInfo> next = new ArrayList<>();
        for (GroupInfo info : groupList) {
            boolean changes = info.name().equals(group);
            next.add(changes ? new GroupInfo(info.name(), info.uuid(), replicas, info.slots()) : info);
        }
        return new ClusterMap(epoch + 1, clusterId, nodes.values(), next);
    }

    private static List<SlotRange> ranges(BitSet slots) {
        List<SlotRange> ranges = new ArrayList<>();
        for (int first = slots.nextSetBit(0); first >= 0; ) {
            int end = slots.nextClearBit(first);
            ranges.add(new SlotRange(first, end - 1));
            first = slots.nextSetBit(end);
        }
        return ranges;
    }

    // ---- JSON ----

    /** One line of JSON, the same bytes for equal maps. */
    public String toJson() {
        return ClusterMapJson.encode(this);
    }

    /** @throws IllegalArgumentException if the text is not a map, contradicts itself or has a later format */
    public static ClusterMap fromJson(String json) {
        return ClusterMapJson.decode(json);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClusterMap map
                && epoch == map.epoch
                && clusterId.equals(map.clusterId)
                && nodes.equals(map.nodes)
                && groupList.equals(map.groupList);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(epoch) * 31 + clusterId.hashCode();
    }

    @Override
    public String toString() {
        return toJson();
    }
}
