package io.aikv.raft;

import io.aikv.base.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * For a registry of those who want to hear of changed keys (watches, blocked clients): who enters it while an entry is applied.
 * What an entry changes is told while it is executed, and can be read only once it is committed. Who enters in between is not
 * told, and then reads the key as it was before: without this the change would be missed. So an entry's keys are
 * remembered until it is committed, and those who have entered meanwhile are compared with them then.
 *
 * <p>An observer of entries calls {@link #changed}, {@link #emptied} and {@link #committed}, on the apply thread, the former two
 * before it looks into its registry; {@link #add} is called on any thread, after the registry was entered and before the key is read. Cost of a change: a
 * hash of its name.
 *
 * @param <T> who wants to hear
 */
/*
 * The order of volatile accesses is what makes it complete. Who comes enters the registry, then looks at applying; an entry sets
 * applying, then looks into the registry: one of the two sees the other. At the end applying is cleared, then the queue is emptied.
 * Who has seen applying and is queued only after that reads what is committed already, and is settled by the next entry.
 */
public final class LateArrivals<T> {
    /** Of more keys in one entry it is not remembered which they are. */
    private static final int CHANGED_MAX = 4096;

    /** Somebody wants to hear of a key of a logical database. */
    public record Arrival<T>(T who, int database, Bytes name) {}

    private final Queue<Arrival<T>> arrivals = new ConcurrentLinkedQueue<>();
    /** Whether an entry has changed something that is not committed yet. */
    private volatile boolean applying;

    // What the entry has changed. On the apply thread only.
    private final Set<Integer> emptied = new HashSet<>();
    private final int[] changed = new int[CHANGED_MAX];
    private int changedCount;
    private byte @Nullable [] lastName;
    private int lastDatabase;

    /** Notes who has entered the registry. @return whether it may have missed a change, until it is told settled by {@link #committed} */
    public boolean add(T who, int database, Bytes name) {
        if (!applying) {
            return false;
        }
        arrivals.add(new Arrival<>(who, database, name));
        return true;
    }

    /** The entry has changed a key. @return false if that is what it has told last */
    public boolean changed(int database, byte[] name) {
        if (name == lastName && database == lastDatabase) {
            return false;
        }
        lastName = name;
        lastDatabase = database;
        begin();
        if (changedCount < CHANGED_MAX) {
            changed[changedCount] = hash(database, name);
        }
        changedCount++;
        return true;
    }

    /** The entry has changed any key of a database. */
    public void emptied(int database) {
        begin();
        emptied.add(database);
    }

    private void begin() {
        if (!applying) {
            applying = true;
        }
    }

    private static int hash(int database, byte[] name) {
        return 31 * database + Arrays.hashCode(name);
    }

    /**
     * The entry is committed.
     *
     * @param missed hears of those who came while it was applied, of a key that it has changed (or, rarely, of another: that
     *     must do no harm)
     * @param settled hears of all who came, once for each {@link #add} that was true, after all of the former
     */
    public void committed(Consumer<Arrival<T>> missed, Consumer<T> settled) {
        if (!applying) {
            return;
        }
        applying = false;
        if (!arrivals.isEmpty()) {
            List<T> all = new ArrayList<>();
            for (Arrival<T> next = arrivals.poll(); next != null; next = arrivals.poll()) {
                if (hasChanged(next)) {
                    missed.accept(next);
                }
                all.add(next.who());
            }
            all.forEach(settled);
        }
        emptied.clear();
        changedCount = 0;
        lastName = null;
    }

    private boolean hasChanged(Arrival<T> arrival) {
        if (changedCount > CHANGED_MAX || emptied.contains(arrival.database())) {
            return true;
        }
        int hash = hash(arrival.database(), arrival.name().array());
        for (int i = 0; i < changedCount; i++) {
            if (changed[i] == hash) {
                return true;
            }
        }
        return false;
    }
}
