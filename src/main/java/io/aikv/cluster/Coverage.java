package io.aikv.cluster;

import io.aikv.raft.GroupReplica;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.ClusterView;
import io.aikv.topology.GroupInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Says in words why slots are not served, as far as a node knows. */
final class Coverage {
    private Coverage() {}

    /** @param ofInterest the groups that are asked for; what is missing of them, empty if nothing is */
    static List<String> missing(
            String self,
            @Nullable ClusterMap map,
            LeaderTable leaders,
            Groups groups,
            PeerLinks links,
            Predicate<GroupInfo> ofInterest) {
        List<String> missing = new ArrayList<>();
        if (map == null) {
            missing.add("there is no cluster map yet: the meta group "
                    + (leaders.of(Groups.META) == null ? "has no leader" : "is being seeded"));
        } else {
            for (GroupInfo group : map.groups()) {
                String problem = ofInterest.test(group) ? problem(self, group, leaders, groups, links) : null;
                if (problem != null) {
                    missing.add(problem);
                }
            }
        }
        if (!missing.isEmpty()) {
            links.all().stream()
                    .filter(link -> !link.isUp())
                    .forEach(link -> missing.add("node " + link.node() + " is not reached"
                            + (link.problem() == null ? "" : " (" + link.problem() + ")")));
        }
        return missing;
    }

    private static @Nullable String problem(
            String self, GroupInfo group, LeaderTable leaders, Groups groups, PeerLinks links) {
        String leader = leaders.of(group.name());
        if (leader == null) {
            return "group " + group.name() + " has no leader";
        }
        if (leader.equals(self)) {
            GroupReplica replica = groups.data().get(group.name());
            return replica != null && replica.leads() ? null : "group " + group.name() + " is being taken over here";
        }
        return links.health(leader) == ClusterView.Health.FAILED
                ? "group " + group.name() + ": its leader " + leader + " is down"
                : null;
    }
}
