package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.store.Cursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A collection while a command changes it: rows can be read again at once, the header (count, the type's own part) and with
 * it the rows of a packed collection are written by {@link #finish()}, once and only if something changed. Made and used
 * within one command, one for a key.
 *
 * <pre>{@code
 * CollectionWriter set = CollectionWriter.open(context, key, Type.SET);   // throws WRONGTYPE; nothing is written yet
 * if (set.row(MEMBER, member) == null) {
 *     set.put(MEMBER, member, Bytes.EMPTY);
 *     set.addCount(1);
 * }
 * set.finish();                                                           // a key without elements goes
 * }</pre>
 */
public final class CollectionWriter {
    private final WriteContext context;
    private final byte[] key;
    private final Type type;
    private final long expireAtMillis;
    private final @Nullable CollectionHeader before;
    private final long idBefore;
    private final boolean replaces;
    private CollectionRows rows;
    private long count;
    private byte[] extra;
    private boolean keepsEmpty;

    private CollectionWriter(
            WriteContext context, byte[] key, Type type, @Nullable KeyRecord record, boolean replaces) {
        this.replaces = replaces;
        this.context = context;
        this.key = key;
        this.type = type;
        this.expireAtMillis = record == null ? KeyRecord.NO_EXPIRY : record.expireAtMillis();
        this.before = record == null ? null : CollectionHeader.of(record);
        this.idBefore = before == null ? Collections.NO_ID : before.rows().id();
        this.rows = before == null ? noRows() : before.rows();
        this.count = before == null ? 0 : before.count();
        this.extra = before == null ? Bytes.EMPTY : before.extra();
    }

    private CollectionRows noRows() {
        return context.packing().packs()
                ? CollectionRows.packed(PackedRows.empty())
                : CollectionRows.stored(Collections.NO_ID);
    }

    /**
     * The collection at a key, empty if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static CollectionWriter open(WriteContext context, byte[] key, Type type) {
        return new CollectionWriter(context, key, type, context.find(key, type), false);
    }

    /** The collection at a key, or null if there is none. As {@link #open} otherwise. */
    public static @Nullable CollectionWriter openExisting(WriteContext context, byte[] key, Type type) {
        KeyRecord record = context.find(key, type);
        return record == null ? null : new CollectionWriter(context, key, type, record, false);
    }

    /** The collection of a record that was read already. No read. */
    static CollectionWriter of(WriteContext context, byte[] key, KeyRecord record) {
        return new CollectionWriter(context, key, record.type(), record, false);
    }

    /**
     * A new collection that {@link #finish()} puts in the place of whatever the key holds, without an expiry; if it stays
     * empty the key goes.
     */
    public static CollectionWriter replace(WriteContext context, byte[] key, Type type) {
        return new CollectionWriter(context, key, type, null, true);
    }

    /** Whether the key did not hold such a collection when it was opened. */
    public boolean isNew() {
        return before == null;
    }

    public byte[] key() {
        return key;
    }

    public WriteContext context() {
        return context;
    }

    // ---- header ----

    public long count() {
        return count;
    }

    public void addCount(long change) {
        count += change;
        Check.invariant(count >= 0, "a collection with %s elements", count);
    }

    /** The type's own part of the header; empty for a new collection. Not to be changed in place. */
    public byte[] extra() {
        return extra;
    }

    public void setExtra(byte[] newExtra) {
        extra = newExtra;
    }

    /** The key stays although nothing is left in it (a stream, until it is deleted). */
    public void keepEmpty() {
        keepsEmpty = true;
    }

    /** The collection as it is now, for readers; they see rows that are written later, too. */
    public CollectionHeader header() {
        return header(extra);
    }

    /** As {@link #header()}, with another part of the type's own. */
    CollectionHeader header(byte[] itsExtra) {
        return new CollectionHeader(rows, count, itsExtra);
    }

    // ---- rows ----

    /** Whether the rows are in the key's record: they leave no marks when they are removed. */
    boolean isPacked() {
        return rows.isPacked();
    }

    /** One row, or null. One point read; none where rows are packed, or there are none yet. */
    public byte @Nullable [] row(byte tag, byte[] sub) {
        PackedRows packed = rows.packed();
        if (packed != null) {
            return packed.find(tag, sub);
        }
        return rows.id() == Collections.NO_ID ? null : context.row(key, rows.id(), tag, sub);
    }

    /** Sets a row. If packed rows pass a bound by that, all move to the store: up to 128 rows. */
    public void put(byte tag, byte[] sub, byte[] value) {
        PackedRows packed = rows.packed();
        if (packed != null) {
            if (packed.put(tag, sub, value, context.packing())) {
                return;
            }
            long id = context.newCollectionId();
            packed.forEach((itsTag, itsSub, itsValue) -> context.putRow(key, id, itsTag, itsSub, itsValue));
            rows.moveTo(id);
        }
        context.putRow(key, requireId(), tag, sub, value);
    }

    /** Removes a row if it is there. */
    public void remove(byte tag, byte[] sub) {
        PackedRows packed = rows.packed();
        if (packed != null) {
            packed.remove(tag, sub);
        } else {
            context.removeRow(key, requireId(), tag, sub);
        }
    }

    /** As {@link WriteContext#removeRows}: cost one range tombstone; none where rows are packed. */
    public void removeRange(byte tag, byte[] from, byte @Nullable [] to) {
        PackedRows packed = rows.packed();
        if (packed != null) {
            packed.removeRange(tag, from, to);
        } else {
            context.removeRows(key, requireId(), tag, from, to);
        }
    }

    /**
     * From now on the collection is empty and its rows are elsewhere: packed at first, if they are few. All old rows are left
     * to the garbage queue by {@link #finish()}; until then they can be read by the {@link #header()} from before. Cost: O(1).
     */
    public void startAnew() {
        discardOwn();
        rows = noRows();
        count = 0;
    }

    /** As {@link ReadContext#rows}; may be used across writes. To be closed. */
    public Cursor rows(byte tag, byte[] from, byte @Nullable [] to) {
        return context.rows(key, rows, tag, from, to);
    }

    /** As {@link ReadContext#rowsDescending}. To be closed. */
    public Cursor rowsDescending(byte tag, byte[] from, byte @Nullable [] to) {
        return context.rowsDescending(key, rows, tag, from, to);
    }

    /** The whole key of a row: where {@link Cursor#seek} goes. */
    byte[] position(byte tag, byte[] sub) {
        return context.rowKey(key, rows.id(), tag, sub);
    }

    /** The id of rows that are in the store; allocated at its first use. */
    private long requireId() {
        if (rows.id() == Collections.NO_ID) {
            rows.moveTo(context.newCollectionId());
        }
        return rows.id();
    }

    /** Rows that this command has put in the store and that no record will name. */
    private void discardOwn() {
        if (rows.id() != Collections.NO_ID && rows.id() != idBefore) {
            context.discardRows(key, rows.id());
        }
    }

    // ---- the end ----

    /**
     * Writes the header if it changed; removes the key if nothing is left. Returns whether the key exists afterwards. The
     * caller tells of its event, and then of {@code del} if the key went.
     */
    public boolean finish() {
        if (count == 0 && !keepsEmpty) {
            discardOwn();
            if (before != null || replaces) {
                context.remove(key);
            }
            return false;
        }
        if (!rows.isPacked()) {
            requireId();
        }
        if (isChanged()) {
            context.put(key, header().record(type, expireAtMillis));
        }
        return true;
    }

    private boolean isChanged() {
        if (before == null
                || before.rows() != rows
                || before.count() != count
                || !Arrays.equals(before.extra(), extra)) {
            return true;
        }
        PackedRows packed = rows.packed();
        return packed == null ? rows.id() != idBefore : packed.isChanged();
    }
}
