package io.aikv.data;

import io.aikv.base.Slots;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreTransaction;
import java.util.Objects;
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
    private final EventSink events;

    /** @param random seeded by the entry: the same draws on every replica */
    public WriteContext(
            StoreTransaction transaction, int database, long nowMillis, SplittableRandom random, EventSink events) {
        super(transaction, database, nowMillis, random);
        this.transaction = transaction;
        this.events = events;
    }

    @Override
    public WriteContext inDatabase(int other) {
        return new WriteContext(transaction, other, nowMillis(), random(), events);
    }

    @Override
    public StoreTransaction store() {
        return transaction;
    }

    // ---- keys ----

    /**
     * Sets a key, whatever it held: the old value's rows become garbage unless the new record continues them (same
     * collection id, see {@link Collections#idOf}). Tells of the event {@code new} if the key was absent.
     */
    public void put(byte[] key, KeyRecord record) {
        byte[] keyRow = keyRow(key);
        int head = transaction.head(keyRow);
        boolean isNew = head == StoreTransaction.ABSENT;
        boolean sameExpiry = false;
        if (isNew) {
            transaction.changeKeyCount(database(), Slots.of(key), 1);
        } else if (!KeyRecord.isBare(head)) {
            KeyRecord old = KeyRecord.decode(Objects.requireNonNull(transaction.get(Space.KEYS, keyRow)));
            releaseRows(key, old, record);
            sameExpiry = old.expireAtMillis() == record.expireAtMillis();
            if (old.hasExpiry() && !sameExpiry) {
                transaction.delete(Space.EXPIRY, expiryRow(key, old));
            }
            isNew = announceIfDue(key, old);
        }
        if (record.hasExpiry() && !sameExpiry) {
            transaction.put(Space.EXPIRY, expiryRow(key, record), NO_BYTES);
        }
        transaction.put(Space.KEYS, keyRow, record.row());
        if (isNew) {
            changed(EventClass.NEW, "new", key);
        }
    }

    /** Removes a key and its value; O(1) whatever the size. Returns whether it was present (due counts as absent). */
    public boolean remove(byte[] key) {
        byte[] keyRow = keyRow(key);
        int head = transaction.head(keyRow);
        if (head == StoreTransaction.ABSENT) {
            return false;
        }
        if (KeyRecord.isBare(head)) {
            removeKeyRow(key, keyRow);
            return true;
        }
        KeyRecord old = KeyRecord.decode(Objects.requireNonNull(transaction.get(Space.KEYS, keyRow)));
        releaseRows(key, old, null);
        detach(key, keyRow, old);
        return !announceIfDue(key, old);
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

    /** Consumes an expiry hint: removes the key if its header agrees that it is due. */
    void removeIfDue(byte[] hint, byte[] key) {
        byte[] row = transaction.get(Space.KEYS, keyRow(key));
        if (row != null && KeyRecord.decode(row).isDue(nowMillis())) {
            remove(key);
        }
        transaction.delete(Space.EXPIRY, hint);
    }

    /** A due key that is overwritten or removed before the expiry cycle came to it has expired all the same. */
    private boolean announceIfDue(byte[] key, KeyRecord old) {
        boolean due = old.isDue(nowMillis());
        if (due) {
            changed(EventClass.EXPIRED, "expired", key);
        }
        return due;
    }

    private void detach(byte[] key, byte[] keyRow, KeyRecord old) {
        if (old.hasExpiry()) {
            transaction.delete(Space.EXPIRY, expiryRow(key, old));
        }
        removeKeyRow(key, keyRow);
    }

    private void removeKeyRow(byte[] key, byte[] keyRow) {
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

    /**
     * Removes the rows of a tag with {@code from <= sub < to}; null {@code to} is to the end of the tag. Cost: one range
     * tombstone, which reads nearby pay for too: only for more rows than point deletes are good for.
     */
    public void removeRows(byte[] key, long collectionId, byte tag, byte[] from, byte @Nullable [] to) {
        transaction.deleteRange(Space.ROWS, rowKey(key, collectionId, tag, from), rowEnd(key, collectionId, tag, to));
    }

    // ---- databases ----

    /** Removes every key of this database. O(1). */
    public void flushDatabase() {
        transaction.flushDatabase(database());
        events.flushed(database());
    }

    /** Exchanges the contents of two logical databases. O(1). */
    public void swapDatabases(int a, int b) {
        transaction.swapDatabases(a, b);
        events.flushed(a);
        events.flushed(b);
    }

    // ---- events ----

    /** Tells whoever listens that {@code key} changed: keyspace notifications, watchers, blocked clients. */
    public void changed(EventClass eventClass, String event, byte[] key) {
        events.changed(database(), eventClass, event, key);
    }
}
