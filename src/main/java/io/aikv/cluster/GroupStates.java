package io.aikv.cluster;

import io.aikv.raft.GroupReplica;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What nodes tell each other about their replicas: who leads, and how far each has applied. A hint for people, for the
 * balancer and for routing to groups that this node does not host. Any thread.
 */
final class GroupStates {
    private final CurrentMap map;
    private final LeaderTable leaders;
    private final Supplier<List<GroupReplica>> replicas;
    /** Applied index by group and node, of other nodes. */
    private final Map<String, Map<String, Long>> applied = new ConcurrentHashMap<>();

    /** @param replicas all that this node hosts, the meta group's included */
    GroupStates(CurrentMap map, LeaderTable leaders, Supplier<List<GroupReplica>> replicas) {
        this.map = map;
        this.leaders = leaders;
        this.replicas = replicas;
    }

    /** What this node says. */
    Gossip say() {
        List<Gossip.Line> lines = new ArrayList<>();
        for (GroupReplica replica : replicas.get()) {
            lines.add(new Gossip.Line(
                    replica.name(),
                    replica.leader(),
                    replica.term(),
                    replica.applied().index()));
        }
        return new Gossip(map.epoch(), lines);
    }

    /** Takes in what {@code node} says. */
    void hear(String node, Gossip gossip) {
        for (Gossip.Line line : gossip.lines()) {
            applied.computeIfAbsent(line.group(), group -> new ConcurrentHashMap<>())
                    .put(node, line.applied());
            String leader = line.leader();
            if (leader != null) {
                leaders.told(node, line.group(), leader, line.term());
            }
        }
    }

    /** The index that {@code node} has applied in {@code group} as last heard, or 0. */
    long applied(String group, String node) {
        Map<String, Long> byNode = applied.get(group);
        Long index = byNode == null ? null : byNode.get(node);
        return index == null ? 0 : index;
    }
}
