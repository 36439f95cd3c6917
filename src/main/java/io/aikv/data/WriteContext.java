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
    private final Packing packing;
    private final long term;

    /** @param random seeded by the entry: the same draws on every replica */
    public WriteContext(
            StoreTransaction transaction, int database, long nowMillis, SplittableRandom random, EventSink events) {
        this(transaction, database, nowMillis, random, events, Packing.FORMAT);
    }

    /** @param packing other than {@link Packing#FORMAT} for tests and benchmarks only */
    public WriteContext(
            StoreTransaction transaction,
            int database,
            long nowMillis,
            SplittableRandom random,
            EventSink events,
            Packing packing) {
        this(transaction, database, nowMillis, random, events, packing, 0);
    }

    /** @param term of the entry; 0 or more */
    public WriteContext(
            StoreTransaction transaction,
            int database,
            long nowMillis,
            SplittableRandom random,
            EventSink events,
            Packing packing,
            long term) {
        super(transaction, database, nowMillis, random);
        this.transaction = transaction;
        this.events = events;
        this.packing = packing;
        this.term = term;
    }

    @Override
    public WriteContext inDatabase(int other) {
        WriteContext there = new WriteContext(transaction, other, nowMillis(), random(), events, packing, term);
        there.allow(allowance());
        return there;
    }

    /** The term of the entry (Raft thesis, section 3.3): whoever knows what a leader saw in a term tells by it whether that still holds. */
    public long term() {
        return term;
    }

    @Override
    public StoreTransaction store() {
        return transaction;
    }

    /** A part of this entry that can be taken back; one at a time. {@code seed} is the seed of its chance. */
    public Attempt attempt(long seed) {
        return new Attempt(
                transaction,
                events,
                held -> new WriteContext(
                        transaction, database(), nowMillis(), new SplittableRandom(seed), held, packing, term));
    }

    // ---- keys ----

    /**
     * Sets a key, whatever it held: the old value's rows become garbage unless the new record continues them (same
     * collection id, see {@link Collections#idOf}). Tells of the event {@code new} if the key was absent.
     */
    public void put(byte[] key, KeyRecord record) {
        touchesRow(record.row().length);
        byte[] keyRow = keyRow(key);
        int head = transaction.head(keyRow);
        boolean isNew = head == StoreTransaction.ABSENT;
        KeyRecord old = null;
        if (isNew) {
            transaction.changeKeyCount(database(), Slots.of(key), 1);
        } else if (!KeyRecord.isBare(head)) {
            old = KeyRecord.decode(Objects.requireNonNull(transaction.get(Space.KEYS, keyRow)));
            releaseRows(key, old, record);
            isNew = announceIfDue(key, old);
        }
        moveHints(key, old, record);
        transaction.put(Space.KEYS, keyRow, record.row());
        events.modified(database(), key);
        if (isNew) {
            changed(EventClass.NEW, "new", key);
        }
    }

    /** Removes a key and its value; O(1) whatever the size. Returns whether it was present (due counts as absent). */
    public boolean remove(byte[] key) {
        touchesRow(0);
        byte[] keyRow = keyRow(key);
        int head = transaction.head(keyRow);
        if (head == StoreTransaction.ABSENT) {
            return false;
        }
        if (KeyRecord.isBare(head)) {
            removeKeyRow(key, keyRow);
            events.modified(database(), key);
            return true;
        }
        KeyRecord old = KeyRecord.decode(Objects.requireNonNull(transaction.get(Space.KEYS, keyRow)));
        releaseRows(key, old, null);
        detach(key, keyRow, old);
        if (announceIfDue(key, old)) {
            // Not a modification: it was absent already, to everybody.
            return false;
        }
        events.modified(database(), key);
        return true;
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
            events.modified(database(), key);
        }
    }

    /**
     * Consumes an expiry hint: removes the key if its header agrees that it is due, or the due fields of a hash.
     *
     * @param limit how many fields to remove, at most; 1 or more
     * @return what was done, in rows: 1 or more, at most {@code limit}
     */
    int removeIfDue(byte[] hint, byte[] key, int limit) {
        byte[] keyRow = keyRow(key);
        byte[] row = transaction.get(Space.KEYS, keyRow);
        int done = 1;
        if (row != null) {
            KeyRecord record = KeyRecord.decode(row);
            if (record.isDue(nowMillis())) {
                remove(key);
            } else if (fieldHint(record) != KeyRecord.NO_EXPIRY && fieldHint(record) <= nowMillis()) {
                done = Math.max(1, Hashes.removeDueFields(this, key, record, limit));
            }
            row = transaction.get(Space.KEYS, keyRow);
        }
        // More fields may be due at the same instant: then the hint is still called for.
        long millis = KeyLayout.expiryMillis(hint);
        if (row == null || !hasHintAt(KeyRecord.decode(row), millis)) {
            transaction.delete(Space.EXPIRY, hint);
        }
        return done;
    }

    private static boolean hasHintAt(KeyRecord record, long millis) {
        return record.expireAtMillis() == millis || fieldHint(record) == millis;
    }

    /** When fields of a hash may be due, unless that is the instant the key is due. */
    private static long fieldHint(@Nullable KeyRecord record) {
        long millis = record == null ? KeyRecord.NO_EXPIRY : Hashes.earliestDeadline(record);
        return record != null && millis == record.expireAtMillis() ? KeyRecord.NO_EXPIRY : millis;
    }

    /** Brings the hints of a key from what its old record calls for to what the next one does. */
    private void moveHints(byte[] key, @Nullable KeyRecord old, @Nullable KeyRecord next) {
        long oldKey = old == null ? KeyRecord.NO_EXPIRY : old.expireAtMillis();
        long nextKey = next == null ? KeyRecord.NO_EXPIRY : next.expireAtMillis();
        long oldField = fieldHint(old);
        long nextField = fieldHint(next);
        // First what goes: the hint of a key and the one of its fields may change places.
        if (oldKey != KeyRecord.NO_EXPIRY && oldKey != nextKey) {
            transaction.delete(Space.EXPIRY, expiryRow(key, oldKey));
        }
        if (oldField != KeyRecord.NO_EXPIRY && oldField != nextField) {
            transaction.delete(Space.EXPIRY, expiryRow(key, oldField));
        }
        if (nextKey != KeyRecord.NO_EXPIRY && oldKey != nextKey) {
            transaction.put(Space.EXPIRY, expiryRow(key, nextKey), NO_BYTES);
        }
        if (nextField != KeyRecord.NO_EXPIRY && oldField != nextField) {
            transaction.put(Space.EXPIRY, expiryRow(key, nextField), KeyLayout.FIELD_HINT);
        }
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
        moveHints(key, old, null);
        removeKeyRow(key, keyRow);
    }

    private void removeKeyRow(byte[] key, byte[] keyRow) {
        transaction.delete(Space.KEYS, keyRow);
        transaction.changeKeyCount(database(), Slots.of(key), -1);
    }

    private void releaseRows(byte[] key, KeyRecord old, @Nullable KeyRecord next) {
        long id = Collections.idOf(old);
        if (id != Collections.NO_ID && (next == null || Collections.idOf(next) != id)) {
            discardRows(key, id);
        }
    }

    private byte[] expiryRow(byte[] key, long millis) {
        return KeyLayout.expiry(millis, transaction.physicalDatabase(database()), key);
    }

    // ---- rows of collections ----

    /** Up to which size collections are packed. */
    Packing packing() {
        return packing;
    }

    /** Leaves rows that nothing refers to any more to the garbage queue. O(1). */
    void discardRows(byte[] key, long collectionId) {
        transaction.discardRows(database(), Slots.of(key), collectionId);
    }

    /** A collection id never used before in this group. */
    public long newCollectionId() {
        return transaction.allocateCollectionId();
    }

    public void putRow(byte[] key, long collectionId, byte tag, byte[] sub, byte[] value) {
        touchesRow(2L * value.length);
        transaction.put(Space.ROWS, rowKey(key, collectionId, tag, sub), value);
        events.modified(database(), key);
    }

    public void removeRow(byte[] key, long collectionId, byte tag, byte[] sub) {
        touchesRow(0);
        transaction.delete(Space.ROWS, rowKey(key, collectionId, tag, sub));
        events.modified(database(), key);
    }

    /**
     * Removes the rows of a tag with {@code from <= sub < to}; null {@code to} is to the end of the tag. Cost: one range
     * tombstone, which reads nearby pay for too: only for more rows than point deletes are good for.
     */
    public void removeRows(byte[] key, long collectionId, byte tag, byte[] from, byte @Nullable [] to) {
        transaction.deleteRange(Space.ROWS, rowKey(key, collectionId, tag, from), rowEnd(key, collectionId, tag, to));
        events.modified(database(), key);
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
        events.swapped(a, b, (database, key) -> inDatabase(database).exists(key));
    }

    // ---- events ----

    /** Tells whoever listens that {@code key} changed: keyspace notifications, watchers, blocked clients. */
    public void changed(EventClass eventClass, String event, byte[] key) {
        events.changed(database(), eventClass, event, key);
    }

    /** Publishes a message when the entry is committed; how many receive it cannot be known within the entry. */
    public void publish(boolean sharded, byte[] channel, byte[] message) {
        events.published(sharded, channel, message);
    }

    @Override
    public void denied(DeniedCall call) {
        events.denied(call);
    }
}
