package io.aikv.cluster;

import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.ReadWaiter;
import io.aikv.raft.Refusal;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.ClusterView;
import io.aikv.topology.ClusterView.Health;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.NodeInfo;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CLUSTER FAILOVER: this node takes over the leadership of groups that it follows. It first catches up (a read index of
 * the leader, applied here), then asks the leader over the peer link to hand over. The reply leaves when this has begun,
 * as in Redis; the rest goes on for a bounded time.
 *
 * <p>A leadership taken this way is held: the balancer leaves it alone while this node keeps it. Any thread.
 */
final class Failover {
    private static final Logger LOG = LoggerFactory.getLogger(Failover.class);
    private static final long RETRY_MILLIS = 50;

    private static final String NOT_A_REPLICA = "ERR You should send CLUSTER FAILOVER to a replica";
    private static final String MASTER_UNKNOWN = "ERR I'm a replica but my master is unknown to me";
    private static final String MASTER_DOWN = "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE";
    static final String TAKEOVER = "ERR TAKEOVER is refused: leadership without the consent of a majority could lose"
            + " acknowledged writes; use CLUSTER FAILOVER or CLUSTER FAILOVER FORCE";

    private final String self;
    private final Supplier<Map<String, GroupReplica>> replicas;
    private final LeaderTable leaders;
    private final PeerLinks links;
    private final ClusterOptions.Timing timing;
    private final Clock clock;
    private final ScheduledExecutorService executor;
    /** Groups taken by hand; the value is the instant (nanos) until which the take-over may still be under way. */
    private final Map<String, Long> held = new ConcurrentHashMap<>();

    Failover(
            String self,
            Supplier<Map<String, GroupReplica>> replicas,
            LeaderTable leaders,
            PeerLinks links,
            ClusterOptions.Timing timing,
            Clock clock,
            ScheduledExecutorService executor) {
        this.self = self;
        this.replicas = replicas;
        this.leaders = leaders;
        this.links = links;
        this.timing = timing;
        this.clock = clock;
        this.executor = executor;
    }

    // ---- on the node that takes over ----

    /** Begins to take the groups followed under this node's master, or all it hosts if it is shown as a master itself. */
    void takeOver(ClusterView view, boolean force) {
        NodeInfo master = view.masterOf(self);
        List<GroupInfo> targets = view.map().groupsOn(self).stream()
                .filter(group -> !leads(group.name()))
                .filter(group ->
                        master == null || master.name().equals(view.leaders().of(group.name())))
                .toList();
        if (targets.isEmpty()) {
            boolean follows = view.map().groupsOn(self).stream().anyMatch(group -> !leads(group.name()));
            throw new CommandError(follows ? MASTER_UNKNOWN : NOT_A_REPLICA);
        }
        targets.forEach(group -> check(group.name(), force));
        targets.forEach(group -> begin(group.name(), force));
    }

    /** As {@link #takeOver(ClusterView, boolean)} for one group. */
    void takeOver(ClusterMap map, String group, boolean force) {
        GroupInfo info = map.group(group);
        if (info == null) {
            throw new CommandError("ERR no such group " + group);
        }
        if (!info.isReplica(self)) {
            throw new CommandError("ERR this node has no replica of group " + group);
        }
        if (leads(group)) {
            throw new CommandError(NOT_A_REPLICA);
        }
        check(group, force);
        begin(group, force);
    }

    private boolean leads(String group) {
        GroupReplica replica = replicas.get().get(group);
        return replica != null && replica.leads();
    }

    private void check(String group, boolean force) {
        if (force) {
            return;
        }
        String leader = leaders.of(group);
        if (leader == null) {
            throw new CommandError(MASTER_UNKNOWN);
        }
        if (!leader.equals(self) && links.health(leader) != Health.ONLINE) {
            throw new CommandError(MASTER_DOWN);
        }
    }

    private void begin(String group, boolean force) {
        GroupReplica replica = replicas.get().get(group);
        if (replica == null) {
            throw new CommandError("ERR this node has no replica of group " + group);
        }
        LOG.info("group={} taking over leadership force={}", group, force);
        hold(group);
        new TakeOver(replica, !force).step();
    }

    /** One take-over; steps follow each other, never at the same time. */
    private final class TakeOver implements ReadWaiter {
        private final GroupReplica replica;
        private final long deadlineNanos = clock.nanos() + timing.failover().toNanos();
        private volatile boolean mustCatchUp;

        TakeOver(GroupReplica replica, boolean mustCatchUp) {
            this.replica = replica;
            this.mustCatchUp = mustCatchUp;
        }

        void step() {
            String group = replica.name();
            if (replica.leads()) {
                LOG.info("group={} leadership taken over", group);
                return;
            }
            if (clock.nanos() - deadlineNanos > 0) {
                held.remove(group);
                LOG.warn("group={} leadership not taken over within {}: gave up", group, timing.failover());
                return;
            }
            String leader = leaders.of(group);
            if (leader == null || leader.equals(self)) {
                later();
            } else if (mustCatchUp) {
                replica.awaitReplicaReadable(this);
            } else {
                links.send(leader, PeerLink.Lane.SLOW, timing.transfer().plusSeconds(1), "PEER.TRANSFER", group, self)
                        .whenComplete((reply, error) -> answered(leader, reply, error));
            }
        }

        private void answered(String leader, @Nullable Reply reply, @Nullable Throwable error) {
            if (error != null || reply instanceof Reply.Error) {
                String why = reply == null ? String.valueOf(error) : PeerReplies.text(reply);
                LOG.info("group={} leader={} did not hand over: {}", replica.name(), leader, why);
            }
            later();
        }

        private void later() {
            try {
                executor.schedule(this::step, RETRY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("group={} take-over ends with the node", replica.name());
            }
        }

        @Override
        public void readable() {
            mustCatchUp = false;
            later();
        }

        @Override
        public void refused(Refusal reason) {
            later();
        }
    }

    // ---- on the leader ----

    /** Hands {@code group} over to {@code target}, asked for by a peer. Fails with a message for people. */
    CompletableFuture<Void> handOver(String group, String target) {
        GroupReplica replica = replicas.get().get(group);
        if (replica == null || !replica.leads()) {
            throw new CommandError("NOTLEADER node " + self + " does not lead group " + group);
        }
        LOG.info("group={} handing leadership over to={}", group, target);
        return replica.transferLeadership(target, timing.transfer());
    }

    // ---- leaderships that must stay ----

    private void hold(String group) {
        held.put(group, clock.nanos() + timing.failover().toNanos());
    }

    /** Whether the leadership of {@code group} was taken by hand and must stay where it is. */
    boolean isHeld(String group) {
        return held.containsKey(group);
    }

    /** Forgets leaderships that were taken by hand and lost since. To be called now and then. */
    void review() {
        held.replaceAll((group, until) -> leads(group) ? Long.MIN_VALUE : until);
        held.entrySet().removeIf(entry -> {
            if (leads(entry.getKey())) {
                return false;
            }
            long until = entry.getValue();
            return until == Long.MIN_VALUE || clock.nanos() - until > 0;
        });
    }
}
