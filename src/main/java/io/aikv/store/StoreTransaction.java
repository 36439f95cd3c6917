package io.aikv.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The effects of one log entry: reads see its own writes, {@link #commit} makes them durable-to-be in one write batch
 * together with the applied position (invariant I1). Confined to the apply thread; one at a time per store.
 */
public final class StoreTransaction implements StoreReader {
    private final GroupStore store;
    private final StoreReader committed;
    private final Overlay[] overlays = new Overlay[Space.values().length];
    /** Changes of key counts since the last flush of the database, by {@code physicalDatabase << 14 | slot}. */
    private final Map<Integer, Long> countChanges = new HashMap<>();

    private final boolean[] flushedDatabases = new boolean[KeyLayout.DATABASES_MAX];
    private byte @Nullable [] databaseMap;
    private long nextCollectionId;

    StoreTransaction(GroupStore store) {
        this.store = store;
        this.committed = store.reader();
        this.nextCollectionId = store.nextCollectionId();
        for (Space space : Space.values()) {
            overlays[space.ordinal()] = new Overlay();
        }
    }

    // ---- writes ----

    /** Sets a row. Neither array may change afterwards. An empty value is allowed. */
    public void put(Space space, byte[] key, byte[] value) {
        overlays[space.ordinal()].put(key, value == Overlay.DELETED ? new byte[0] : value);
    }

    /** Removes a row, present or not. */
    public void delete(Space space, byte[] key) {
        overlays[space.ordinal()].delete(key);
    }

    /** Removes every row with {@code from <= key < to}; a null {@code to} is the end. Cost: one range tombstone. */
    public void deleteRange(Space space, byte[] from, byte @Nullable [] to) {
        overlays[space.ordinal()].deleteRange(from, to);
    }

    /** Tells the counters that a slot of a logical database gained (or lost) {@code change} keys. */
    public void changeKeyCount(int database, int slot, long change) {
        countChanges.merge(counterId(physicalDatabase(database), slot), change, Long::sum);
    }

    /** A number never given before in this group: replicated state, the same on every replica. */
    public long allocateCollectionId() {
        return nextCollectionId++;
    }

    /**
     * Leaves a collection's rows to the garbage queue: O(1) whatever its size. Nothing may refer to the id afterwards.
     */
    public void discardRows(int database, int slot, long collectionId) {
        put(Space.SYSTEM, SystemKeys.garbage(physicalDatabase(database), slot, collectionId), SystemKeys.PRESENT);
    }

    /** Exchanges two logical databases. O(1). */
    public void swapDatabases(int a, int b) {
        byte[] map = databaseMap == null ? store.databaseMap().clone() : databaseMap;
        byte swapped = map[a];
        map[a] = map[b];
        map[b] = swapped;
        databaseMap = map;
        put(Space.SYSTEM, SystemKeys.DATABASE_MAP, map.clone());
    }

    /** Removes every key of a logical database. O(1): range tombstones. */
    public void flushDatabase(int database) {
        int physical = physicalDatabase(database);
        byte[] from = KeyLayout.databasePrefix(physical);
        byte[] to = physical == 255 ? null : KeyLayout.databasePrefix(physical + 1);
        deleteRange(Space.KEYS, from, to);
        deleteRange(Space.ROWS, from, to);
        deleteRange(Space.SYSTEM, SystemKeys.counter(physical, 0), SystemKeys.counter(physical + 1, 0));
        flushedDatabases[physical] = true;
        countChanges.keySet().removeIf(id -> id >>> 14 == physical);
    }

    // ---- reads ----

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
        byte[] value = overlays[space.ordinal()].get(key);
        if (value == null) {
            return committed.get(space, key);
        }
        return value == Overlay.DELETED ? null : value;
    }

    @Override
    public Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
        Cursor rows = committed.cursor(space, from, to);
        Overlay overlay = overlays[space.ordinal()];
        return overlay.isEmpty() ? rows : new OverlayCursor(rows, overlay, from, to, false);
    }

    @Override
    public Cursor cursorDescending(Space space, byte[] from, byte @Nullable [] to) {
        Cursor rows = committed.cursorDescending(space, from, to);
        Overlay overlay = overlays[space.ordinal()];
        return overlay.isEmpty() ? rows : new OverlayCursor(rows, overlay, from, to, true);
    }

    @Override
    public int physicalDatabase(int database) {
        return databaseMap == null ? committed.physicalDatabase(database) : databaseMap[database] & 0xff;
    }

    @Override
    public long keyCount(int database, int slot) {
        int physical = physicalDatabase(database);
        long base = flushedDatabases[physical] ? 0 : store.counters().count(physical, slot);
        return base + countChanges.getOrDefault(counterId(physical, slot), 0L);
    }

    @Override
    public long keyCount(int database) {
        int physical = physicalDatabase(database);
        long count = flushedDatabases[physical] ? 0 : store.counters().count(physical);
        for (Map.Entry<Integer, Long> change : countChanges.entrySet()) {
            if (change.getKey() >>> 14 == physical) {
                count += change.getValue();
            }
        }
        return count;
    }

    // ---- the end ----

    /**
     * Writes everything and the applied position in one batch, and makes it visible to readers. Throws if the position
     * does not advance or the store fails: both stop the group.
     */
    public void commit(AppliedPosition position) {
        for (Map.Entry<Integer, Long> change : countChanges.entrySet()) {
            int physical = change.getKey() >>> 14;
            int slot = change.getKey() & 0x3fff;
            long base = flushedDatabases[physical] ? 0 : store.counters().count(physical, slot);
            long count = base + change.getValue();
            byte[] row = SystemKeys.counter(physical, slot);
            if (count == 0) {
                delete(Space.SYSTEM, row);
            } else {
                put(Space.SYSTEM, row, SystemKeys.encodeLong(count));
            }
        }
        if (nextCollectionId != store.nextCollectionId()) {
            put(Space.SYSTEM, SystemKeys.NEXT_COLLECTION_ID, SystemKeys.encodeLong(nextCollectionId));
        }
        store.write(this, position);
    }

    /** Forgets everything written so far in this transaction; the next entry starts clean. */
    void reset() {
        for (Overlay overlay : overlays) {
            overlay.clear();
        }
        countChanges.clear();
        Arrays.fill(flushedDatabases, false);
        databaseMap = null;
        nextCollectionId = store.nextCollectionId();
    }

    Overlay overlay(Space space) {
        return overlays[space.ordinal()];
    }

    Map<Integer, Long> countChanges() {
        return countChanges;
    }

    boolean isFlushed(int physicalDatabase) {
        return flushedDatabases[physicalDatabase];
    }

    byte @Nullable [] newDatabaseMap() {
        return databaseMap;
    }

    long nextCollectionId() {
        return nextCollectionId;
    }

    private static int counterId(int physicalDatabase, int slot) {
        return physicalDatabase << 14 | slot;
    }
}
