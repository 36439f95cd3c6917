package io.aikv.server.command;

import io.aikv.raft.ReplicaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The groups of this node in the words of Redis' replication: a node that leads any group is a master, one that leads none is
 * a replica of a leader it follows. An offset is the sum of log indexes of the groups it speaks of.
 *
 * @param master the leader this node follows as a replica, or null on a master
 * @param offset of a master: what it has applied in the groups it leads; of a replica: in all it hosts
 * @param replicas on a master: the nodes that follow it
 */
record Replication(@Nullable Peer master, long offset, List<Peer> replicas) {
    /** A follower that has not answered for this long is shown as one that is not there. */
    private static final long ONLINE_MILLIS = 10_000;

    /** @param lastContactMillis how long ago it was heard of, or -1 if that is not known */
    record Peer(String name, NodeFacts.Address address, long offset, long lastContactMillis) {}

    boolean isMaster() {
        return master == null;
    }

    static Replication of(NodeFacts node) {
        List<? extends HostedGroup> all = node.groups();
        List<? extends HostedGroup> led =
                all.stream().filter(HostedGroup::leads).toList();
        if (!led.isEmpty()) {
            return new Replication(null, applied(led), replicas(node, led));
        }
        return new Replication(master(node, all), applied(all), List.of());
    }

    private static long applied(List<? extends HostedGroup> groups) {
        return groups.stream()
                .mapToLong(group -> Math.max(0, group.status().appliedIndex()))
                .sum();
    }

    private static @Nullable Peer master(NodeFacts node, List<? extends HostedGroup> groups) {
        for (HostedGroup group : groups) {
            String leader = group.status().leader();
            if (leader != null && !leader.equals(node.nodeName())) {
                NodeFacts.Address address = node.address(leader);
                if (address != null) {
                    return new Peer(leader, address, 0, -1);
                }
            }
        }
        return null;
    }

    private static List<Peer> replicas(NodeFacts node, List<? extends HostedGroup> led) {
        Map<String, Peer> byName = new TreeMap<>();
        for (HostedGroup group : led) {
            for (ReplicaStatus.Follower follower : group.status().followers()) {
                NodeFacts.Address address = node.address(follower.node());
                if (address != null && follower.lastContactMillis() <= ONLINE_MILLIS) {
                    Peer peer = new Peer(follower.node(), address, follower.matchIndex(), follower.lastContactMillis());
                    byName.merge(
                            follower.node(),
                            peer,
                            (a, b) -> new Peer(
                                    a.name,
                                    a.address,
                                    a.offset + b.offset,
                                    Math.max(a.lastContactMillis, b.lastContactMillis)));
                }
            }
        }
        return new ArrayList<>(byName.values());
    }
}
