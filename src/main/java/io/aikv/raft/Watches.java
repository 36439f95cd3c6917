package io.aikv.raft;

import io.aikv.base.Bytes;
import io.aikv.data.DeniedCall;
import io.aikv.data.EventClass;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The watched keys of one group on this node (WATCH), looked at by every entry that is applied here, whoever leads. A watch is
 * taken before its keys are read, and is touched by whatever becomes readable after that.
 *
 * <p>Changes come on the apply thread, watches come and go on any. Cost for an entry while nobody watches: a hash and two reads of
 * fields per key that is written.
 */
final class Watches implements EntryObserver {
    /** A key of a logical database. */
    record Key(int database, Bytes name) {}

    private final EntryObserver observer;
    private final Map<Key, Set<Watch>> byKey = new ConcurrentHashMap<>();
    private final LateArrivals<Watch> late = new LateArrivals<>();
    private volatile boolean any;

    /** @param observer hears of everything too */
    Watches(EntryObserver observer) {
        this.observer = observer;
    }

    /** Watches one more key. */
    void add(Watch watch, int database, byte[] name) {
        Key key = new Key(database, Bytes.of(name));
        synchronized (this) {
            Set<Watch> watching = byKey.computeIfAbsent(key, k -> ConcurrentHashMap.newKeySet());
            if (watching.add(watch)) {
                watch.keys().add(key);
            }
            any = true;
        }
        watch.doubt();
        if (!late.add(watch, database, key.name())) {
            watch.settle(); // Nothing is applied: what is read from now on is what the last entry has written.
        }
    }

    /** A watched key turned out not to be there; that it is no modification if it still is not, whoever watches must see to. */
    void absent(Watch watch, int database, byte[] name) {
        watch.absent().add(new Key(database, Bytes.of(name)));
    }

    /** Ends a watch; it counts as touched from now on, should anything still depend on it. */
    synchronized void remove(Watch watch) {
        watch.touch();
        for (Key key : watch.keys()) {
            Set<Watch> watching = byKey.get(key);
            if (watching != null && watching.remove(watch) && watching.isEmpty()) {
                byKey.remove(key);
            }
        }
        watch.keys().clear();
        any = !byKey.isEmpty();
    }

    /** The state was replaced by another, no one knows what has changed. */
    private void touchAll() {
        if (any) {
            byKey.values().forEach(watching -> watching.forEach(Watch::touch));
        }
    }

    /** How many keys are watched here. */
    int keyCount() {
        return byKey.size();
    }

    /** Everything in the database was exchanged for what {@code keyspace} says. */
    private void touchDatabase(int database, Keyspace keyspace) {
        late.emptied(database);
        if (any) {
            byKey.forEach((key, watching) -> {
                if (key.database() == database) {
                    boolean exists = keyspace.exists(database, key.name().array());
                    for (Watch watch : watching) {
                        if (exists || !watch.absent().contains(key)) {
                            watch.touch();
                        }
                    }
                }
            });
        }
    }

    @Override
    public void modified(int database, byte[] name) {
        if (late.changed(database, name) && any) {
            Set<Watch> watching = byKey.get(new Key(database, Bytes.of(name)));
            if (watching != null) {
                watching.forEach(Watch::touch);
            }
        }
    }

    @Override
    public void flushed(int database) {
        touchDatabase(database, (emptied, key) -> false);
        observer.flushed(database);
    }

    @Override
    public void swapped(int a, int b, Keyspace keyspace) {
        touchDatabase(a, keyspace);
        touchDatabase(b, keyspace);
        observer.swapped(a, b, keyspace);
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {
        observer.changed(database, eventClass, event, key);
    }

    @Override
    public void published(boolean sharded, byte[] channel, byte[] message) {
        observer.published(sharded, channel, message);
    }

    @Override
    public void denied(DeniedCall call) {
        observer.denied(call);
    }

    @Override
    public void begins(long clientId) {
        observer.begins(clientId);
    }

    @Override
    public void replaced() {
        touchAll();
        observer.replaced();
    }

    @Override
    public void committed(long index, boolean leading) {
        late.committed(arrival -> arrival.who().touch(), Watch::settle);
        observer.committed(index, leading);
    }
}
