package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.command.Waiting;
import io.aikv.data.EventClass;
import io.aikv.raft.EntryObserver;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.LateArrivals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The calls that wait for keys of one group on this node, those that came first first (BLPOP, XREAD BLOCK). The wait is the leader's
 * alone; what ends it is a write in the log like any other. When an entry has brought something under a key, as many of its waiters
 * as may be served try again, in one batch and in their order, once the entry is committed.
 *
 * <p>Entries come on the apply thread, waiters on any. Cost for an entry while nobody waits: a hash and two reads of fields per event.
 */
/*
 * No wake-up is lost: a waiter is registered before it looks for the first time, what comes while it looks makes it look
 * again (Waiter.signal), and so does what is told before it is registered but can be read only later (LateArrivals).
 */
final class BlockedCalls implements EntryObserver {
    /** What makes a key, or what it held, go away. */
    private static final Set<String> REMOVALS =
            Set.of("del", "rename_from", "move_from", "expired", "evicted", "xgroup-destroy");

    record Key(int database, Bytes name) {}

    /** What an entry did to a key: how many events brought something, at most; whether it was removed. */
    private static final class Change {
        int arrivals;
        boolean isNew;
        boolean removed;
    }

    private final Map<Key, Set<Waiter>> waiting = new ConcurrentHashMap<>();
    private final LateArrivals<Waiter> late = new LateArrivals<>();
    private volatile boolean any;

    /** Of the entry that is being applied. Apply thread only. */
    private final Map<Key, Change> changes = new HashMap<>();

    // ---- who waits ----

    void add(Waiter waiter) {
        synchronized (this) {
            for (Key key : waiter.keys()) {
                waiting.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(waiter);
            }
            any = true;
        }
        waiter.keys().forEach(key -> late.add(waiter, key.database(), key.name()));
    }

    synchronized void remove(Waiter waiter) {
        for (Key key : waiter.keys()) {
            Set<Waiter> all = waiting.get(key);
            if (all != null && all.remove(waiter) && all.isEmpty()) {
                waiting.remove(key);
            }
        }
        any = !waiting.isEmpty();
    }

    /** How many keys somebody waits for. */
    int keyCount() {
        return waiting.size();
    }

    /** Sends those away who wait on a leader that is none any more; they look for the new one. */
    void look() {
        if (!any) {
            return;
        }
        Set<Waiter> all = new HashSet<>();
        synchronized (this) {
            waiting.values().forEach(all::addAll);
        }
        all.forEach(Waiter::lookAtLeader);
    }

    // ---- what wakes them ----

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] name) {
        late.changed(database, name);
        if (!any) {
            return;
        }
        Key key = new Key(database, Bytes.of(name));
        if (!waiting.containsKey(key)) {
            return;
        }
        Change change = changes.computeIfAbsent(key, k -> new Change());
        if (REMOVALS.contains(event)) {
            change.arrivals = 0;
            change.isNew = false;
            change.removed = true;
        } else if (eventClass == EventClass.NEW) {
            change.isNew = true;
        } else {
            change.arrivals++;
        }
    }

    /** Anything may have gone, or come from another database. */
    @Override
    public void flushed(int database) {
        late.emptied(database);
        if (any) {
            for (Key key : waiting.keySet()) {
                if (key.database() == database) {
                    changedSomehow(key);
                }
            }
        }
    }

    /** All who wait for the key are to look. */
    private void changedSomehow(Key key) {
        Change change = changes.computeIfAbsent(key, k -> new Change());
        change.arrivals = Integer.MAX_VALUE;
        change.removed = true;
    }

    @Override
    public void committed(long index, boolean leading) {
        late.committed(arrival -> changedSomehow(new Key(arrival.database(), arrival.name())), waiter -> {});
        if (!changes.isEmpty()) {
            List<Waiter> woken = new ArrayList<>();
            synchronized (this) {
                changes.forEach((key, change) -> {
                    int arrivals = change.isNew ? Math.max(1, change.arrivals) : change.arrivals;
                    choose(key, arrivals, change.removed, woken);
                });
            }
            changes.clear();
            wake(woken);
        }
    }

    /** Something may be there for the first who waits for each key. */
    void signal(List<Key> keys) {
        wake(firstOf(keys));
    }

    private synchronized List<Waiter> firstOf(List<Key> keys) {
        List<Waiter> first = new ArrayList<>();
        keys.forEach(key -> choose(key, 1, false, first));
        return first;
    }

    private void choose(Key key, int arrivals, boolean removed, List<Waiter> chosen) {
        Set<Waiter> all = waiting.get(key);
        if (all == null) {
            return;
        }
        Map<Bytes, Integer> lanes = new HashMap<>();
        for (Waiter waiter : all) {
            boolean told = switch (waiter.kind()) {
                case READ -> arrivals > 0;
                case POP -> lanes.merge(Bytes.of(Bytes.EMPTY), 1, Integer::sum) <= arrivals;
                case GROUP_READ -> removed || lanes.merge(waiter.lane(), 1, Integer::sum) <= arrivals;
            };
            if (told && waiter.signal()) {
                chosen.add(waiter);
            }
        }
    }

    /** Lets them try, or, in the place of one that has lost the right to, the next of its keys. */
    private void wake(List<Waiter> woken) {
        Set<GroupReplica> groups = new LinkedHashSet<>();
        for (List<Waiter> next = woken; !next.isEmpty(); ) {
            List<Key> left = new ArrayList<>();
            for (Waiter waiter : next) {
                if (waiter.kind() == Waiting.Kind.READ) {
                    waiter.lookAgain();
                } else if (waiter.endIfForbidden()) {
                    left.addAll(waiter.keys());
                } else {
                    waiter.propose();
                    groups.add(waiter.group());
                }
            }
            next = firstOf(left);
        }
        groups.forEach(GroupReplica::submitQueued);
    }
}
