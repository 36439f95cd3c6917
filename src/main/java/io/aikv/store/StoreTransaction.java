package io.aikv.store;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The effects of one log entry: reads see its own writes, {@link #commit} makes them durable-to-be in one write batch
 * together with the applied position (invariant I1). Confined to the apply thread; the store has one and hands it out again
 * and again ({@link GroupStore#begin()}).
 *
 * <p>Cursors of a transaction may be used across its writes: a row written ahead of the cursor shows, one behind it does
 * not.
 */
public final class StoreTransaction implements StoreReader {
    /** What {@link #head} answers where there is no row. */
    public static final int ABSENT = KeyHeads.ABSENT;

    private static final byte[] NO_KEY = new byte[0];
    private static final int IDLE_CURSORS_MAX = 4;

    private final GroupStore store;
    private final CommittedReader committed;
    private final Overlay[] overlays = new Overlay[Space.values().length];
    /** Changes of key counts since the last flush of the database, by {@code physicalDatabase << 14 | slot}. */
    private final Map<Integer, Long> countChanges = new HashMap<>();

    private final boolean[] flushedDatabases = new boolean[KeyLayout.DATABASES_MAX];
    private byte @Nullable [] databaseMap;
    private long nextCollectionId;
    private long earliestExpiryMillis;

    /** The last committed row of the key space that was read: a command looks its key up several times. */
    private byte[] readKey = NO_KEY;

    private byte @Nullable [] readValue;

    private final RowNeighbours neighbours = new RowNeighbours();

    /** Cursors that were closed and may be used again within this entry: opening one costs more than a seek. */
    private final List<RocksCursor> idleCursors = new ArrayList<>(IDLE_CURSORS_MAX);

    private @Nullable Savepoint savepoint;
    private long resets;

    StoreTransaction(GroupStore store) {
        this.store = store;
        this.committed = store.committed();
        for (Space space : Space.values()) {
            overlays[space.ordinal()] = new Overlay();
        }
    }

    // ---- writes ----

    /** Sets a row. Neither array may change afterwards. An empty value is allowed. */
    public void put(Space space, byte[] key, byte[] value) {
        if (savepoint != null) {
            savepoint.beforeRow(overlays[space.ordinal()], key);
        }
        overlays[space.ordinal()].put(key, value);
        if (space == Space.EXPIRY) {
            earliestExpiryMillis = Math.min(earliestExpiryMillis, KeyLayout.expiryMillis(key));
        } else if (space == Space.ROWS) {
            neighbours.put(key, value);
        }
    }

    /** Removes a row, present or not. */
    public void delete(Space space, byte[] key) {
        if (savepoint != null) {
            savepoint.beforeRow(overlays[space.ordinal()], key);
        }
        overlays[space.ordinal()].delete(key);
        if (space == Space.ROWS) {
            neighbours.delete(key);
        }
    }

    /** Removes every row with {@code from <= key < to}; a null {@code to} is the end. Cost: one range tombstone. */
    public void deleteRange(Space space, byte[] from, byte @Nullable [] to) {
        if (savepoint != null) {
            savepoint.beforeRange(overlays[space.ordinal()], from, to);
        }
        overlays[space.ordinal()].deleteRange(from, to);
        if (space == Space.ROWS) {
            neighbours.deleteRange(from, to);
        }
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
        neighbours.forget(collectionId);
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

    /**
     * Removes every key of a logical database, with its rows and expiry hints. O(1): four range tombstones, none if it is
     * empty.
     */
    public void flushDatabase(int database) {
        if (keyCount(database) == 0) {
            return;
        }
        int physical = physicalDatabase(database);
        byte[] from = KeyLayout.databasePrefix(physical);
        byte[] to = Bytes.prefixEnd(from);
        deleteRange(Space.KEYS, from, to);
        deleteRange(Space.ROWS, from, to);
        deleteRange(Space.EXPIRY, from, to);
        deleteRange(Space.SYSTEM, SystemKeys.counter(physical, 0), SystemKeys.counter(physical + 1, 0));
        flushedDatabases[physical] = true;
        countChanges.keySet().removeIf(id -> id >>> 14 == physical);
    }

    // ---- reads ----

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
        byte[] value = overlay(space).get(key);
        if (value == null) {
            return space == Space.KEYS ? committedKey(key) : committed.get(space, key);
        }
        return value == Overlay.DELETED ? null : value;
    }

    private byte @Nullable [] committedKey(byte[] key) {
        if (!Arrays.equals(readKey, key)) {
            readValue = committed.get(Space.KEYS, key);
            readKey = key;
            store.heads().note(key, headOf(readValue));
        }
        return readValue;
    }

    /**
     * The first byte of a row of the key space, 0 to 255, or {@link #ABSENT}. Mostly without a read: the store remembers
     * ({@link KeyHeads}) the keys that were read or written lately.
     */
    public int head(byte[] key) {
        byte[] value = overlay(Space.KEYS).get(key);
        if (value != null) {
            return value == Overlay.DELETED ? ABSENT : headOf(value);
        }
        int known = store.heads().find(key);
        return known == KeyHeads.UNKNOWN ? headOf(committedKey(key)) : known;
    }

    private static int headOf(byte @Nullable [] row) {
        if (row == null) {
            return ABSENT;
        }
        return row.length == 0 ? 0 : row[0] & 0xff;
    }

    @Override
    public Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
        RocksCursor rows = idleCursor(space, from, to);
        if (rows == null) {
            rows = committed.cursor(space, from, to);
        }
        long opened = resets;
        return new OverlayCursor(rows, overlay(space), from, to, false, closed -> keepOrClose(closed, opened));
    }

    @Override
    public Cursor cursorDescending(Space space, byte[] from, byte @Nullable [] to) {
        RocksCursor rows = committed.cursorDescending(space, from, to);
        return new OverlayCursor(rows, overlay(space), from, to, true, RocksCursor::close);
    }

    private @Nullable RocksCursor idleCursor(Space space, byte[] from, byte @Nullable [] to) {
        for (int i = 0; i < idleCursors.size(); i++) {
            RocksCursor cursor = idleCursors.get(i);
            if (cursor.endsAt(space, to)) {
                idleCursors.remove(i);
                cursor.restart(from);
                return cursor;
            }
        }
        return null;
    }

    private void keepOrClose(RocksCursor cursor, long opened) {
        if (opened != resets) {
            cursor.close(); // It shows an earlier state.
            return;
        }
        if (idleCursors.size() == IDLE_CURSORS_MAX) {
            idleCursors.remove(0).close();
        }
        idleCursors.add(cursor);
    }

    /**
     * The rows of {@link Space#ROWS} before and behind a position, of the tag of a collection that it is in, if they are
     * known; else null. Never costs a read. A row at the position is behind it.
     */
    public @Nullable Gap knownGap(byte[] position) {
        return neighbours.around(position);
    }

    /** Remembers what was read in this transaction. {@link #knownGap} then knows, whatever is written later. */
    public void noteGap(Gap gap) {
        neighbours.note(gap);
    }

    /**
     * The keys of expiry hints ({@link KeyLayout#expiry}) that are due at {@code nowMillis}, at most {@code countMax}: by
     * physical database, then by time. Cost: none while nothing can be due, else a seek per database with hints.
     */
    public List<byte[]> dueHints(long nowMillis, int countMax) {
        if (nowMillis < earliestExpiryMillis) {
            return List.of();
        }
        ExpiryHints.Due due = ExpiryHints.due(this, earliestExpiryMillis, nowMillis, countMax);
        earliestExpiryMillis = due.earliestMillis();
        return due.keys();
    }

    /** The logical database whose keys a physical one holds: the inverse of {@link #physicalDatabase}. */
    public int logicalDatabase(int physicalDatabase) {
        byte[] map = databaseMap();
        for (int database = 0; database < map.length; database++) {
            if ((map[database] & 0xff) == physicalDatabase) {
                return database;
            }
        }
        throw new IllegalArgumentException("no physical database " + physicalDatabase);
    }

    @Override
    public int physicalDatabase(int database) {
        return databaseMap()[database] & 0xff;
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

    // ---- taking writes back ----

    /**
     * From now on what is written can be taken back by {@link #rollBack}. One savepoint at a time; cursors must not stay open
     * across a roll-back. Cost until {@link #releaseSavepoint}: one more look-up in memory for each row that is written.
     */
    public void setSavepoint() {
        Check.state(savepoint == null, "a second savepoint");
        savepoint = new Savepoint(countChanges, flushedDatabases, databaseMap, nextCollectionId, earliestExpiryMillis);
    }

    /** What was written since the savepoint stays; there is no savepoint any more. */
    public void releaseSavepoint() {
        Check.state(savepoint != null, "no savepoint");
        savepoint = null;
    }

    /** Everything is again as it was at the savepoint; there is no savepoint any more. */
    public void rollBack() {
        Savepoint before = savepoint;
        if (before == null) {
            throw new IllegalStateException("no savepoint");
        }
        savepoint = null;
        before.undoRows();
        countChanges.clear();
        countChanges.putAll(before.countChanges);
        System.arraycopy(before.flushedDatabases, 0, flushedDatabases, 0, flushedDatabases.length);
        databaseMap = before.databaseMap;
        nextCollectionId = before.nextCollectionId;
        earliestExpiryMillis = before.earliestExpiryMillis;
        neighbours.abandon();
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
            Check.invariant(count >= 0, "%s keys in slot %s of physical database %s", count, slot, physical);
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
        store.write(position);
    }

    /** Forgets everything written so far in this transaction; the next entry starts clean. */
    void reset() {
        resets++;
        savepoint = null;
        closeIdleCursors();
        neighbours.abandon();
        for (Overlay overlay : overlays) {
            overlay.clear();
        }
        countChanges.clear();
        readKey = NO_KEY;
        readValue = null;
        Arrays.fill(flushedDatabases, false);
        databaseMap = null;
        nextCollectionId = store.nextCollectionId();
        earliestExpiryMillis = store.earliestExpiryMillis();
    }

    /** What was written is committed; before {@link #reset()}. */
    void settle() {
        neighbours.settle();
    }

    /** Cursors hold on to the state that they show. */
    void closeIdleCursors() {
        idleCursors.forEach(RocksCursor::close);
        idleCursors.clear();
    }

    Overlay overlay(Space space) {
        return overlays[space.ordinal()];
    }

    /** Brings what is known about key rows up to this transaction. */
    void publishHeads(KeyHeads heads) {
        Overlay keys = overlay(Space.KEYS);
        if (!keys.erased().isEmpty()) {
            heads.clear();
        }
        for (Map.Entry<byte[], byte[]> row : keys.rows()) {
            byte[] value = row.getValue();
            heads.note(row.getKey(), value == Overlay.DELETED ? ABSENT : headOf(value));
        }
    }

    /** Brings the committed counters up to this transaction. */
    void publishCounts(KeyCounters counters) {
        for (int physical = 0; physical < KeyLayout.DATABASES_MAX; physical++) {
            if (flushedDatabases[physical]) {
                counters.clear(physical);
            }
        }
        countChanges.forEach((id, change) -> counters.add(id >>> 14, id & 0x3fff, change));
    }

    /** The map as this transaction leaves it. Not to be changed. */
    byte[] databaseMap() {
        return databaseMap == null ? store.databaseMap() : databaseMap;
    }

    long nextCollectionId() {
        return nextCollectionId;
    }

    long earliestExpiryMillis() {
        return earliestExpiryMillis;
    }

    private static int counterId(int physicalDatabase, int slot) {
        return physicalDatabase << 14 | slot;
    }
}
