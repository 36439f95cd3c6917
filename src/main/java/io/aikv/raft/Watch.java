package io.aikv.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether any of some keys was modified since it was first watched (WATCH). Made and added to by a connection, touched by the
 * apply thread, asked by whoever forms entries.
 *
 * @see Watches
 */
public final class Watch {
    private final List<Watches.Key> keys = new ArrayList<>();
    private final Set<Watches.Key> absent = ConcurrentHashMap.newKeySet();
    private volatile boolean touched;
    /** How often it was taken while an entry was applied, and that is not settled yet. */
    private final AtomicInteger doubts = new AtomicInteger();

    /** Whether a watched key was modified, or may have been. */
    public boolean isTouched() {
        return touched;
    }

    /**
     * Whether it was taken while an entry was applied of which it is not known yet whether it touches this. Proposals need not ask:
     * they are decided when nothing is applied. A read that depends on the watch must take it for touched.
     */
    public boolean isDoubtful() {
        return doubts.get() > 0;
    }

    void doubt() {
        doubts.incrementAndGet();
    }

    void settle() {
        doubts.decrementAndGet();
    }

    /** From now on what depends on it is off. */
    public void touch() {
        touched = true;
    }

    /** Keys that were not there when they were watched: emptying their database does not touch them. */
    Set<Watches.Key> absent() {
        return absent;
    }

    /** Guarded by the {@link Watches} that this belongs to. */
    List<Watches.Key> keys() {
        return keys;
    }
}
