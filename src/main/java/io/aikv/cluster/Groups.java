package io.aikv.cluster;

import io.aikv.raft.GroupReplica;
import io.aikv.raft.GroupSpec;
import io.aikv.raft.RaftNode;
import io.aikv.store.StoreOptions;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas that this node hosts: opened when the map says so, and looked up by name. Opening is done by one thread;
 * everybody reads the immutable snapshots.
 */
final class Groups {
    private static final Logger LOG = LoggerFactory.getLogger(Groups.class);

    /** The name of the group that replicates the map; no group of a layout may have it. */
    static final String META = "meta";

    private final String self;
    private final RaftNode raft;
    private final StoreOptions storeOptions;

    private volatile @Nullable GroupReplica meta;
    private volatile Map<String, GroupReplica> data = Map.of();

    Groups(String self, RaftNode raft, StoreOptions storeOptions) {
        this.self = self;
        this.raft = raft;
        this.storeOptions = storeOptions;
    }

    /** The replica of the meta group, or null if this node has none. */
    @Nullable
    GroupReplica meta() {
        return meta;
    }

    /** The replicas of data groups by name, in the order of the map. */
    Map<String, GroupReplica> data() {
        return data;
    }

    /** Data groups and the meta group. */
    List<GroupReplica> all() {
        List<GroupReplica> all = new ArrayList<>(data.values());
        GroupReplica ofMeta = meta;
        if (ofMeta != null) {
            all.add(ofMeta);
        }
        return all;
    }

    @Nullable
    GroupReplica find(String group) {
        return group.equals(META) ? meta : data.get(group);
    }

    /** Opens this node's replica of the meta group. */
    void openMeta(UUID uuid, Collection<String> nodes, Function<String, Endpoint> where) throws IOException {
        meta = open(META, uuid, nodes, where);
    }

    /** Opens the groups that the map gives to this node and that are not open yet. Returns whether there were any. */
    boolean openData(ClusterMap map, Function<String, Endpoint> where) throws IOException {
        Map<String, GroupReplica> next = new LinkedHashMap<>();
        boolean opened = false;
        for (GroupInfo group : map.groupsOn(self)) {
            GroupReplica replica = data.get(group.name());
            if (replica == null) {
                replica = open(group.name(), group.uuid(), group.replicas(), where);
                opened = true;
            }
            next.put(group.name(), replica);
        }
        data = Map.copyOf(next);
        return opened;
    }

    private GroupReplica open(String name, UUID uuid, Collection<String> nodes, Function<String, Endpoint> where)
            throws IOException {
        List<GroupSpec.Replica> replicas = new ArrayList<>();
        for (String node : nodes) {
            Endpoint endpoint = where.apply(node);
            replicas.add(new GroupSpec.Replica(node, endpoint.host(), endpoint.raftPort()));
        }
        LOG.info("group={} opening, replicas={}", name, nodes);
        return raft.open(new GroupSpec(name, uuid, replicas, storeOptions));
    }

    /** Tells Raft where a node is reached now. */
    void changeAddress(String node, Endpoint endpoint) {
        raft.changeAddress(node, endpoint.host(), endpoint.raftPort());
    }

    /** Hands every leadership to the follower that is nearest. Blocks. Returns how many this node still leads. */
    int handOver(Duration timeout) {
        return raft.handOver(timeout);
    }

    void close() {
        raft.close();
    }
}
