package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Errors;
import io.aikv.base.Slots;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreReader;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a read command sees: one database of one group's state at an instant. A key that is due is absent.
 *
 * <p>{@link WriteContext} adds the writes; a handler that gets only this type cannot write.
 */
public sealed class ReadContext permits WriteContext {
    /** What finding a key counts as: a few thousand of them are as long as a read on an event loop may be. */
    private static final int FIND_BYTES = 256;

    private static final int MISSED_KEYS_MAX = 65_536;

    private final StoreReader store;
    private final int database;
    private final long nowMillis;
    private final SplittableRandom random;
    private long latestHiddenMillis = Long.MIN_VALUE;
    private long bytesLeft = Long.MAX_VALUE;
    private @Nullable Allowance allowance;
    private boolean streams;
    private int hits;
    private int misses;
    private @Nullable List<byte[]> missedKeys;
    private List<DeniedCall> deniedCalls = List.of();

    /**
     * @param database logical database, 0 to 255
     * @param nowMillis milliseconds since the epoch: the entry's time, or for a read the leader's
     * @param random for commands that choose (RANDOMKEY, SRANDMEMBER): for a read any seed, in an entry the entry's
     */
    public ReadContext(StoreReader store, int database, long nowMillis, SplittableRandom random) {
        this.store = store;
        this.database = database;
        this.nowMillis = nowMillis;
        this.random = random;
    }

    /** For a reader that runs no command which chooses: {@link #random()} then always draws the same. */
    public ReadContext(StoreReader store, int database, long nowMillis) {
        this(store, database, nowMillis, new SplittableRandom(0));
    }

    /** Milliseconds since the epoch; the same for every replica and the whole entry. */
    public final long nowMillis() {
        return nowMillis;
    }

    /** The logical database, as SELECT names it. */
    public final int database() {
        return database;
    }

    /** The same instant in another database. */
    public ReadContext inDatabase(int other) {
        ReadContext there = new ReadContext(store, other, nowMillis, random);
        there.allow(allowance);
        return there;
    }

    /** Chance. Within an entry it comes from the entry's seed: the same draws on every replica. */
    public final SplittableRandom random() {
        return random;
    }

    public StoreReader store() {
        return store;
    }

    /**
     * From now on this context may read {@code bytes} of values, where finding another key than the first counts as {@value
     * #FIND_BYTES}; a read of more ends with {@link LongRead}.
     */
    public final void limitBytes(long bytes) {
        bytesLeft = bytes + FIND_BYTES;
    }

    /**
     * From now on a handler may answer with a reply that goes on reading while it is sent. The caller keeps the state that is
     * read frozen until then.
     */
    public final void allowStreaming() {
        streams = true;
    }

    /** Whether {@link #allowStreaming} was called: never within an entry. */
    public final boolean streams() {
        return streams;
    }

    /**
     * From now on {@code what} pays for what this context reads and writes, and those that {@link #inDatabase} makes of it; null
     * for nothing to pay. When it is used up, commands end with {@link LongRead}.
     */
    public final void allow(@Nullable Allowance what) {
        allowance = what;
    }

    /** What pays for this context's work, or null. */
    public final @Nullable Allowance allowance() {
        return allowance;
    }

    /** Says that {@code bytes} of a value are about to be read. */
    public final void willRead(int bytes) {
        bytesLeft -= bytes;
        if (bytesLeft < 0) {
            throw new LongRead();
        }
        if (allowance != null) {
            allowance.take(bytes);
        }
    }

    /** Says that a computation is about to be made that takes as long as reading {@code bytes}; counts for scripts only. */
    public final void willCompute(long bytes) {
        if (allowance != null) {
            allowance.take(bytes);
        }
    }

    /** Says that a row of {@code bytes} was found, or is about to be written; counts for scripts only. */
    final void touchesRow(long bytes) {
        if (allowance != null) {
            allowance.takeRow(bytes);
        }
    }

    private Cursor allowed(Cursor rows) {
        return allowance == null ? rows : new AllowedCursor(rows, allowance);
    }

    // ---- keys ----

    /** Whether the key of this row is due, and so absent to this context though the row is still there. */
    final boolean isHidden(KeyRecord record) {
        return isHidden(record.expireAtMillis());
    }

    /**
     * Whether what has this deadline (a key, a field of a hash) is due, and so absent to this context.
     *
     * @param deadlineMillis milliseconds since the epoch, or {@link KeyRecord#NO_EXPIRY}
     */
    final boolean isHidden(long deadlineMillis) {
        boolean due = deadlineMillis != KeyRecord.NO_EXPIRY && deadlineMillis <= nowMillis;
        if (due) {
            latestHiddenMillis = Math.max(latestHiddenMillis, deadlineMillis);
        }
        return due;
    }

    /**
     * The latest deadline that made a key, or a field of a hash, absent to this context; {@link Long#MIN_VALUE} if none did. A read whose time is
     * not in the log yet must not be answered on the strength of a deadline beyond the last entry's time.
     */
    public final long latestHiddenMillis() {
        return latestHiddenMillis;
    }

    /** Counts what was found, missed, hidden and denied in another context as this one's: a command that runs others. */
    public final void include(ReadContext other) {
        hits += other.hits;
        misses += other.misses;
        latestHiddenMillis = Math.max(latestHiddenMillis, other.latestHiddenMillis);
        other.deniedCalls.forEach(this::denied);
    }

    /** A script was denied a call. Of one context the first {@value DeniedCall#COUNT_MAX} are kept. */
    public void denied(DeniedCall call) {
        if (deniedCalls.isEmpty()) {
            deniedCalls = new ArrayList<>();
        }
        if (deniedCalls.size() < DeniedCall.COUNT_MAX) {
            deniedCalls.add(call);
        }
    }

    /** What scripts were denied in this context; within an entry its events tell that. */
    public final List<DeniedCall> deniedCalls() {
        return deniedCalls;
    }

    /** The script is run again from its beginning. */
    public final void forgetDeniedCalls() {
        deniedCalls = List.of();
    }

    /** How often {@link #find(byte[])} found a key in this context. */
    public final int hits() {
        return hits;
    }

    /** How often {@link #find(byte[])} found none. */
    public final int misses() {
        return misses;
    }

    /** From now on {@link #missedKeys()} tells what was not found. */
    public final void noteMissedKeys() {
        missedKeys = new ArrayList<>();
    }

    /** The first {@value #MISSED_KEYS_MAX} keys that {@link #find(byte[])} did not find since {@link #noteMissedKeys()}. */
    public final List<byte[]> missedKeys() {
        return missedKeys == null ? List.of() : missedKeys;
    }

    /** The key's record, or null if it is absent or due. One point read. */
    public final @Nullable KeyRecord find(byte[] key) {
        willRead(FIND_BYTES);
        byte[] row = store.get(Space.KEYS, keyRow(key));
        KeyRecord record = row == null ? null : KeyRecord.decode(row);
        if (record == null || isHidden(record)) {
            misses++;
            if (missedKeys != null && missedKeys.size() < MISSED_KEYS_MAX) {
                missedKeys.add(key);
            }
            return null;
        }
        hits++;
        return record;
    }

    /**
     * As {@link #find(byte[])}, for a command of one type.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public final @Nullable KeyRecord find(byte[] key, Type type) {
        KeyRecord record = find(key);
        if (record != null && record.type() != type) {
            throw Errors.wrongType();
        }
        return record;
    }

    public final boolean exists(byte[] key) {
        return find(key) != null;
    }

    /** How many keys the database holds here, those that are due but not yet removed included (as DBSIZE). O(1). */
    public final long keyCount() {
        return store.keyCount(database);
    }

    /** As {@link #keyCount()}, of one slot. */
    public final long keyCount(int slot) {
        return store.keyCount(database, slot);
    }

    /** All rows of the key space from a SCAN position on, due keys included. */
    final Cursor keysFrom(int slot, long hash) {
        int physical = store.physicalDatabase(database);
        return allowed(store.cursor(Space.KEYS, KeyLayout.keyPosition(physical, slot, hash), databaseEnd(physical)));
    }

    /** The rows of one slot of the key space from a hash on, due keys included. */
    final Cursor keysOfSlot(int slot, long hash) {
        int physical = store.physicalDatabase(database);
        return allowed(store.cursor(
                Space.KEYS,
                KeyLayout.keyPosition(physical, slot, hash),
                slot + 1 < Slots.COUNT ? KeyLayout.slotPrefix(physical, slot + 1) : databaseEnd(physical)));
    }

    private static byte @Nullable [] databaseEnd(int physical) {
        return physical + 1 < KeyLayout.DATABASES_MAX ? KeyLayout.databasePrefix(physical + 1) : null;
    }

    final byte[] keyRow(byte[] key) {
        return KeyLayout.key(store.physicalDatabase(database), key);
    }

    // ---- rows of collections ----

    /**
     * One row of a collection of {@code key}, or null. {@code tag} names the kind of row. One point read; none where rows are
     * packed.
     */
    public final byte @Nullable [] row(byte[] key, CollectionRows place, byte tag, byte[] sub) {
        PackedRows packed = place.packed();
        return packed != null ? packed.find(tag, sub) : row(key, place.id(), tag, sub);
    }

    /**
     * The rows of a collection with {@code from <= sub < to} of one tag, ascending by {@code sub}; null {@code to} is to
     * the end of the tag. {@link KeyLayout#sub} takes {@code sub} out of a row's key. To be closed.
     */
    public final Cursor rows(byte[] key, CollectionRows place, byte tag, byte[] from, byte @Nullable [] to) {
        PackedRows packed = place.packed();
        return packed != null
                ? new PackedCursor(this, key, place, packed, tag, from, to, false)
                : rows(key, place.id(), tag, from, to);
    }

    /** As {@link #rows}, descending. */
    public final Cursor rowsDescending(byte[] key, CollectionRows place, byte tag, byte[] from, byte @Nullable [] to) {
        PackedRows packed = place.packed();
        return packed != null
                ? new PackedCursor(this, key, place, packed, tag, from, to, true)
                : rowsBetween(rowKey(key, place.id(), tag, from), rowEnd(key, place.id(), tag, to), true);
    }

    // ---- rows in the store ----

    /** As {@link #row(byte[], CollectionRows, byte, byte[])} of rows that are known to be in the store. */
    public final byte @Nullable [] row(byte[] key, long collectionId, byte tag, byte[] sub) {
        byte[] value = store.get(Space.ROWS, rowKey(key, collectionId, tag, sub));
        touchesRow(value == null ? 0 : value.length);
        return value;
    }

    /** As {@link #rows(byte[], CollectionRows, byte, byte[], byte[])} of rows that are known to be in the store. */
    public final Cursor rows(byte[] key, long collectionId, byte tag, byte[] from, byte @Nullable [] to) {
        return rowsBetween(rowKey(key, collectionId, tag, from), rowEnd(key, collectionId, tag, to), false);
    }

    /** The rows with {@code from <= key < to}, whole keys. */
    final Cursor rowsBetween(byte[] from, byte[] to, boolean descending) {
        return allowed(descending ? store.cursorDescending(Space.ROWS, from, to) : store.cursor(Space.ROWS, from, to));
    }

    /** All rows of a collection that are in the store, of every tag, in the order of tag and {@code sub}. */
    public final Cursor allRows(byte[] key, long collectionId) {
        byte[] prefix = KeyLayout.collectionPrefix(store.physicalDatabase(database), Slots.of(key), collectionId);
        return allowed(store.cursor(Space.ROWS, prefix, Bytes.prefixEnd(prefix)));
    }

    /** The whole key of a row: where {@link Cursor#seek} goes. */
    final byte[] rowKey(byte[] key, CollectionRows place, byte tag, byte[] sub) {
        return rowKey(key, place.id(), tag, sub);
    }

    final byte[] rowKey(byte[] key, long collectionId, byte tag, byte[] sub) {
        return KeyLayout.row(store.physicalDatabase(database), Slots.of(key), collectionId, tag, sub);
    }

    final byte[] rowEnd(byte[] key, long collectionId, byte tag, byte @Nullable [] to) {
        return to == null
                ? rowKey(key, collectionId, (byte) (tag + 1), new byte[0])
                : rowKey(key, collectionId, tag, to);
    }
}
