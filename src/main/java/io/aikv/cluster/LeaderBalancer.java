package io.aikv.cluster;

import io.aikv.base.Clock;
import io.aikv.raft.GroupReplica;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves leaderships to where the map prefers them: the first replica of a group's list that is well and has caught up.
 * Each node looks at the groups it leads and gives them away, one at a time, and only after nothing has happened to the
 * group and to the better node for a while. Raft priorities would do it too, but at moments of their own (ratis.md).
 *
 * <p>Called on one thread.
 */
final class LeaderBalancer {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderBalancer.class);
    /** A replica that is this many entries behind is not offered leadership. */
    private static final long LAG_MAX = 1000;

    /** A group with fewer entries has just been created: nobody is disturbed by a move, so it is made at once. */
    private static final long FRESH_ENTRIES = 64;

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

    private final String self;
    private final CurrentMap map;
    private final Supplier<Map<String, GroupReplica>> replicas;
    private final GroupStates states;
    private final PeerLinks links;
    private final Failover failover;
    private final ClusterOptions.Timing timing;
    private final Clock clock;

    /** Since when (nanos) this node leads a group, without a break; the term tells one leadership from the next. */
    private final Map<String, Led> led = new HashMap<>();

    /** After a failed move: when (nanos) the group may be tried again. Also written when a move ends, on any thread. */
    private final Map<String, Long> notBefore = new ConcurrentHashMap<>();

    private volatile boolean moving;

    private record Led(long term, long sinceNanos) {}

    LeaderBalancer(
            String self,
            CurrentMap map,
            Supplier<Map<String, GroupReplica>> replicas,
            GroupStates states,
            PeerLinks links,
            Failover failover,
            ClusterOptions.Timing timing,
            Clock clock) {
        this.self = self;
        this.map = map;
        this.replicas = replicas;
        this.states = states;
        this.links = links;
        this.failover = failover;
        this.timing = timing;
        this.clock = clock;
    }

    /** Looks once, and starts at most one move. */
    void look() {
        failover.review();
        ClusterMap current = map.get();
        if (current == null) {
            return;
        }
        long now = clock.nanos();
        for (Map.Entry<String, GroupReplica> entry : replicas.get().entrySet()) {
            String name = entry.getKey();
            GroupReplica replica = entry.getValue();
            if (!replica.leads()) {
                led.remove(name);
                continue;
            }
            Led known = led.get(name);
            if (known == null || known.term() != replica.term()) {
                led.put(name, new Led(replica.term(), now));
            } else if (!moving && now - known.sinceNanos() > calmNanos(replica)) {
                GroupInfo info = current.group(name);
                String better = info == null ? null : better(info, replica);
                if (better != null && now - notBefore.getOrDefault(name, now) >= 0) {
                    move(replica, better);
                }
            }
        }
    }

    private @Nullable String better(GroupInfo group, GroupReplica replica) {
        if (failover.isHeld(group.name())) {
            return null;
        }
        for (String node : group.replicas()) {
            if (node.equals(self)) {
                return null;
            }
            PeerLink link = links.get(node);
            boolean well = link != null && link.wellForNanos() > calmNanos(replica);
            if (well
                    && states.applied(group.name(), node) + LAG_MAX
                            >= replica.applied().index()) {
                return node;
            }
        }
        return null;
    }

    /** How long nothing must have happened before this group is moved. */
    private long calmNanos(GroupReplica replica) {
        return replica.applied().index() < FRESH_ENTRIES ? 0 : timing.stable().toNanos();
    }

    private void move(GroupReplica replica, String target) {
        moving = true;
        LOG.info("group={} moving leadership to its preferred node to={}", replica.name(), target);
        notBefore.put(replica.name(), clock.nanos() + AFTER_FAILURE.toNanos());
        replica.transferLeadership(target, timing.transfer()).whenComplete((done, error) -> {
            if (error == null) {
                notBefore.remove(replica.name());
            } else {
                LOG.info("group={} leadership not moved to={}: {}", replica.name(), target, error.getMessage());
            }
            moving = false;
        });
    }
}
