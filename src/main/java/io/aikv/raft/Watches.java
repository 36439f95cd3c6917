package io.aikv.raft;

import io.aikv.base.Bytes;
import io.aikv.data.DeniedCall;
import io.aikv.data.EventClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The watched keys of one group on this node (WATCH), looked at by every entry that is applied here, whoever leads. A watch is
 * taken before its keys are read, and is touched by whatever becomes readable after that.
 *
 * <p>Changes come on the apply thread, watches come and go on any. Cost for an entry while nobody watches: a hash and two reads of
 * fields per key that is written.
 */
/*
 * What an entry changes is told while it is executed, and can be read only once it is committed. A watch that is taken in between
 * would not have been told, and its keys are then read as they were before. So an entry remembers which keys it has changed until
 * it is committed, and a watch that is taken while an entry is applied is looked at again then ("late"). The order of volatile
 * accesses is what makes it complete: a watch is entered into byKey, then looks at applying; an entry sets applying, then looks
 * into byKey. At the end it clears applying, then looks at who came late; who comes late is entered, then looks at applying again.
 */
final class Watches implements EntryObserver {
    /** Of more keys in one entry it is not remembered which they are. */
    private static final int CHANGED_MAX = 4096;

    /** A key of a logical database. */
    record Key(int database, Bytes name) {}

    private record Late(Watch watch, Key key) {}

    private final EntryObserver observer;
    private final Map<Key, Set<Watch>> byKey = new ConcurrentHashMap<>();
    /** Taken while an entry is applied, until it is committed. */
    private final Queue<Late> late = new ConcurrentLinkedQueue<>();

    private volatile boolean any;
    /** Whether an entry has changed something that is not committed yet. */
    private volatile boolean applying;

    // What the entry that is applied has changed. On the apply thread only.
    private final Set<Integer> emptied = new HashSet<>();
    private final int[] changed = new int[CHANGED_MAX];
    private int changedCount;
    private byte @Nullable [] lastName;
    private int lastDatabase;

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
        if (applying) {
            watch.setDoubtful(true);
            late.add(new Late(watch, key));
            if (!applying) {
                watch.setDoubtful(false); // It is committed: what is read from now on is what it has written.
            }
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
        begin();
        emptied.add(database);
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
        if (name == lastName && database == lastDatabase) {
            return; // One more row of it.
        }
        lastName = name;
        lastDatabase = database;
        begin();
        if (changedCount < CHANGED_MAX) {
            changed[changedCount] = hash(database, name);
        }
        changedCount++;
        if (any) {
            Set<Watch> watching = byKey.get(new Key(database, Bytes.of(name)));
            if (watching != null) {
                watching.forEach(Watch::touch);
            }
        }
    }

    private void begin() {
        if (!applying) {
            applying = true;
        }
    }

    private static int hash(int database, byte[] name) {
        return 31 * database + Arrays.hashCode(name);
    }

    /** The entry is committed: looks after those who came while it was applied. */
    private void end() {
        applying = false;
        if (!late.isEmpty()) {
            List<Watch> settled = new ArrayList<>();
            for (Late next = late.poll(); next != null; next = late.poll()) {
                if (hasChanged(next.key())) {
                    next.watch().touch();
                }
                settled.add(next.watch());
            }
            settled.forEach(watch -> watch.setDoubtful(false));
        }
        emptied.clear();
        changedCount = 0;
        lastName = null;
    }

    /** Whether the entry has changed a key; perhaps not, if it says so: that is no harm. */
    private boolean hasChanged(Key key) {
        if (changedCount > CHANGED_MAX || emptied.contains(key.database())) {
            return true;
        }
        int hash = hash(key.database(), key.name().array());
        for (int i = 0; i < changedCount; i++) {
            if (changed[i] == hash) {
                return true;
            }
        }
        return false;
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
        if (applying) {
            end();
        }
        observer.committed(index, leading);
    }
}
