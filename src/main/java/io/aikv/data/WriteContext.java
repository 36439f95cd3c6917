package io.aikv.data;

import io.aikv.base.Slots;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreTransaction;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a write command works on: the transaction of the entry that is being applied. Everything here is a function of
 * the state before the entry and of the entry itself.
 *
 * <p>Keeps the invariants of the key space, so that handlers need not: key counters, expiry hints, and the rows of a
 * collection that is overwritten or removed.
 */
public final class WriteContext extends ReadContext {
    private static final byte[] NO_BYTES = new byte[0];

    private final StoreTransaction transaction;
    private final SplittableRandom random;
    private final EventSink events;

    /** @param random seeded by the entry: the same draws on every replica */
    public WriteContext(
            StoreTransaction transaction, int database, long nowMillis, SplittableRandom random, EventSink events) {
        super(transaction, database, nowMillis);
        this.transaction = transaction;
        this.random = random;
        this.events = events;
    }

    @Override
    public WriteContext inDatabase(int other) {
        return new WriteContext(transaction, other, nowMillis(), random, events);
    }

    @Override
    public StoreTransaction store() {
        return transaction;
    }

    /** Randomness from the entry's seed. */
    public SplittableRandom random() {
        return random;
    }

    // ---- keys ----

    /**
     * Sets a key, whatever it held: the old value's rows become garbage unless the new record continues them (same type
     * and same collection id, see {@link Collections#idOf}).
     */
    public void put(byte[] key, KeyRecord record) {
        byte[] keyRow = keyRow(key);
        byte[] oldRow = transaction.get(Space.KEYS, keyRow);
        if (oldRow == null) {
            transaction.changeKeyCount(database(), Slots.of(key), 1);
        } else {
            KeyRecord old = KeyRecord.decode(oldRow);
            releaseRows(key, old, record);
            if (old.hasExpiry() && old.expireAtMillis() != record.expireAtMillis()) {
                transaction.delete(Space.EXPIRY, expiryRow(key, old));
            }
        }
        if (record.hasExpiry()) {
            transaction.put(Space.EXPIRY, expiryRow(key, record), NO_BYTES);
        }
        transaction.put(Space.KEYS, keyRow, record.row());
    }

    /** Removes a key and its value; O(1) whatever the size. Returns whether it was present (due counts as absent). */
    public boolean remove(byte[] key) {
        byte[] keyRow = keyRow(key);
        byte[] oldRow = transaction.get(Space.KEYS, keyRow);
        if (oldRow == null) {
            return false;
        }
        KeyRecord old = KeyRecord.decode(oldRow);
        releaseRows(key, old, null);
        detach(key, keyRow, old);
        return !old.isDue(nowMillis());
    }

    /**
     * Removes a key but keeps its collection's rows, for a record that goes on under another name in the same slot and
     * database (RENAME).
     */
    public void detach(byte[] key) {
        byte[] keyRow = keyRow(key);
        byte[] oldRow = transaction.get(Space.KEYS, keyRow);
        if (oldRow != null) {
            detach(key, keyRow, KeyRecord.decode(oldRow));
        }
    }

    private void detach(byte[] key, byte[] keyRow, KeyRecord old) {
        if (old.hasExpiry()) {
            transaction.delete(Space.EXPIRY, expiryRow(key, old));
        }
        transaction.delete(Space.KEYS, keyRow);
        transaction.changeKeyCount(database(), Slots.of(key), -1);
    }

    private void releaseRows(byte[] key, KeyRecord old, @Nullable KeyRecord next) {
        long id = Collections.idOf(old);
        if (id != Collections.NO_ID && (next == null || Collections.idOf(next) != id)) {
            transaction.discardRows(database(), Slots.of(key), id);
        }
    }

    private byte[] expiryRow(byte[] key, KeyRecord record) {
        return KeyLayout.expiry(record.expireAtMillis(), transaction.physicalDatabase(database()), key);
    }

    // ---- rows of collections ----

    /** A collection id never used before in this group. */
    public long newCollectionId() {
        return transaction.allocateCollectionId();
    }

    public void putRow(byte[] key, long collectionId, byte tag, byte[] sub, byte[] value) {
        transaction.put(Space.ROWS, rowKey(key, collectionId, tag, sub), value);
    }

    public void removeRow(byte[] key, long collectionId, byte tag, byte[] sub) {
        transaction.delete(Space.ROWS, rowKey(key, collectionId, tag, sub));
    }

    // ---- events ----

    /** Tells whoever listens that {@code key} changed: keyspace notifications, watchers, blocked clients. */
    public void changed(EventClass eventClass, String event, byte[] key) {
        events.changed(database(), eventClass, event, key);
    }
}
