package io.aikv.store;

import org.jspecify.annotations.Nullable;

/**
 * The committed state for one read command: as cheap as {@link GroupStore#reader()}, and {@link #isConsistent()} tells
 * afterwards whether everything that was read belongs to one instant. If it does not, an entry was committed meanwhile: the
 * command then runs again on a {@link GroupStore#snapshot()}. One thread.
 */
/*
 * As StampedLock's optimistic mode: the store's stamp is odd while an entry is written and made known. A single row is its own
 * instant, so most reads need not look at the stamp.
 */
public final class OptimisticReader implements StoreReader {
    private final GroupStore store;
    private final CommittedReader committed;
    private final long stamp;
    private final byte[] databaseMap;
    private int accesses;

    OptimisticReader(GroupStore store) {
        this.store = store;
        this.committed = store.committed();
        this.stamp = store.stamp();
        this.databaseMap = store.databaseMap();
    }

    /** Whether all rows, cursors and counts that were read until now show the state after one and the same entry. */
    public boolean isConsistent() {
        if (accesses <= 1) {
            return store.databaseMap() == databaseMap;
        }
        return (stamp & 1) == 0 && store.stamp() == stamp;
    }

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
        accesses++;
        return committed.get(space, key);
    }

    @Override
    public Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
        accesses++;
        return committed.cursor(space, from, to);
    }

    @Override
    public Cursor cursorDescending(Space space, byte[] from, byte @Nullable [] to) {
        accesses++;
        return committed.cursorDescending(space, from, to);
    }

    @Override
    public int physicalDatabase(int database) {
        return databaseMap[database] & 0xff;
    }

    @Override
    public long keyCount(int database, int slot) {
        accesses++;
        return store.counters().count(physicalDatabase(database), slot);
    }

    @Override
    public long keyCount(int database) {
        accesses++;
        return store.counters().count(physicalDatabase(database));
    }
}
