package io.aikv.cluster;

import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import io.aikv.raft.GroupReplica;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.ClusterView.Health;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.NodeInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Routes by an immutable table made from the map and the replicas hosted here: an array access gives the slot's group, a
 * volatile read whether this node leads it. Where it does not, the leader table names the node.
 */
final class RaftRouter implements Router {
    static final String DOWN = "CLUSTERDOWN The cluster is down";
    static final String NOT_SERVED = "CLUSTERDOWN Hash slot not served";

    /** More waiters than this are called back at once instead of on a change. */
    private static final int WAITERS_MAX = 65_536;

    private static final Route.Unknown UNKNOWN = new Route.Unknown(DOWN);
    private static final Route.Refused REFUSED = new Route.Refused(NOT_SERVED);
    private static final Route.Refused CLOSED = new Route.Refused(DOWN);

    /** One group as this node sees it; the routes are made once. */
    private record Entry(
            GroupInfo group,
            @Nullable GroupReplica replica,
            Route.@Nullable Leader asLeader,
            Route.@Nullable Replica asReplica) {}

    private record Table(ClusterMap map, Entry[] entries, short[] entryOfSlot, List<GroupReplica> hosted) {}

    private final String self;
    private final LeaderTable leaders;
    private final Function<String, Health> health;
    private final ScheduledExecutorService timer;
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiterCount = new AtomicInteger();

    private volatile @Nullable Table table;
    private volatile boolean closed;

    /** @param health of the other nodes, by name */
    RaftRouter(String self, LeaderTable leaders, Function<String, Health> health, ScheduledExecutorService timer) {
        this.self = self;
        this.leaders = leaders;
        this.health = health;
        this.timer = timer;
        leaders.onChange(this::wake);
    }

    /** Takes another map, or other replicas hosted here. */
    void update(ClusterMap map, Map<String, GroupReplica> hosted) {
        List<GroupInfo> groups = map.groups();
        Entry[] entries = new Entry[groups.size()];
        short[] entryOfSlot = new short[Slots.COUNT];
        Arrays.fill(entryOfSlot, (short) -1);
        List<Entry> here = new ArrayList<>();
        for (int i = 0; i < entries.length; i++) {
            GroupInfo group = groups.get(i);
            GroupReplica replica = hosted.get(group.name());
            entries[i] = replica == null
                    ? new Entry(group, null, null, null)
                    : new Entry(group, replica, new Route.Leader(replica), new Route.Replica(replica));
            if (replica != null) {
                here.add(entries[i]);
            }
            for (SlotRange range : group.slots()) {
                Arrays.fill(entryOfSlot, range.first(), range.last() + 1, (short) i);
            }
        }
        here.sort(Comparator.comparingInt(entry -> firstSlot(entry.group())));
        List<GroupReplica> replicas = new ArrayList<>();
        here.forEach(entry -> {
            if (entry.replica() != null) {
                replicas.add(entry.replica());
            }
        });
        table = new Table(map, entries, entryOfSlot, List.copyOf(replicas));
        wake();
    }

    private static int firstSlot(GroupInfo group) {
        return group.slots().isEmpty() ? Slots.COUNT : group.slots().get(0).first();
    }

    @Override
    public Route route(int slot, boolean readonlySession) {
        Table current = table;
        if (current == null) {
            return UNKNOWN;
        }
        if (closed) {
            return CLOSED;
        }
        int index = current.entryOfSlot[slot];
        if (index < 0) {
            return REFUSED;
        }
        Entry entry = current.entries[index];
        if (entry.replica != null && entry.asLeader != null && entry.asReplica != null) {
            if (entry.replica.leads()) {
                return entry.asLeader;
            }
            if (readonlySession) {
                return entry.asReplica;
            }
        }
        return elsewhere(slot, current.map, entry);
    }

    private Route elsewhere(int slot, ClusterMap map, Entry entry) {
        String leader = leaders.of(entry.group.name());
        if (leader == null || leader.equals(self)) {
            return UNKNOWN;
        }
        NodeInfo node = map.node(leader);
        if (node == null || health.apply(leader) == Health.FAILED) {
            return UNKNOWN;
        }
        String moved = "MOVED " + slot + " ";
        return new Route.Moved(moved + node.address(false), moved + node.address(true));
    }

    @Override
    public List<GroupReplica> led() {
        Table current = table;
        return current == null
                ? List.of()
                : current.hosted.stream().filter(GroupReplica::leads).toList();
    }

    @Override
    public List<GroupReplica> hosted() {
        Table current = table;
        return current == null ? List.of() : current.hosted;
    }

    /** Answers {@code CLUSTERDOWN The cluster is down} for every slot, or no longer. */
    void close(boolean newClosed) {
        if (closed != newClosed) {
            closed = newClosed;
            wake();
        }
    }

    // ---- waiting for a change ----

    @Override
    public void onChange(long timeoutMillis, Runnable retry) {
        Waiter waiter = new Waiter(retry);
        boolean queued = waiterCount.incrementAndGet() <= WAITERS_MAX;
        if (queued) {
            waiters.add(waiter);
        } else {
            waiterCount.decrementAndGet();
        }
        try {
            waiter.timeout = timer.schedule(
                    () -> {
                        if (waiter.fire() && queued && waiters.remove(waiter)) {
                            waiterCount.decrementAndGet();
                        }
                    },
                    queued ? timeoutMillis : 0,
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            waiter.fire();
        }
    }

    /** Calls everybody back who waits for a change. */
    void wake() {
        for (Waiter waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
            waiterCount.decrementAndGet();
            ScheduledFuture<?> timeout = waiter.timeout;
            if (timeout != null) {
                timeout.cancel(false);
            }
            waiter.fire();
        }
    }

    private static final class Waiter {
        private final AtomicBoolean fired = new AtomicBoolean();
        private final Runnable retry;
        private volatile @Nullable ScheduledFuture<?> timeout;

        Waiter(Runnable retry) {
            this.retry = retry;
        }

        /** Returns whether this was the one that called. */
        boolean fire() {
            boolean first = fired.compareAndSet(false, true);
            if (first) {
                retry.run();
            }
            return first;
        }
    }
}
