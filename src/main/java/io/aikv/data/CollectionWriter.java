package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.store.Cursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A collection while a command changes it: rows are written at once, the header (count, the type's own part) by
 * {@link #finish()}, once and only if it changed. Made and used within one command.
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
    private final boolean replaces;
    private long id;
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
        this.id = before == null ? Collections.NO_ID : before.id();
        this.count = before == null ? 0 : before.count();
        this.extra = before == null ? Bytes.EMPTY : before.extra();
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

    // ---- rows ----

    /** One row, or null. One point read; none for a new collection without rows. */
    public byte @Nullable [] row(byte tag, byte[] sub) {
        return id == Collections.NO_ID ? null : context.row(key, id, tag, sub);
    }

    public void put(byte tag, byte[] sub, byte[] value) {
        context.putRow(key, requireId(), tag, sub, value);
    }

    public void remove(byte tag, byte[] sub) {
        context.removeRow(key, requireId(), tag, sub);
    }

    /** As {@link WriteContext#removeRows}: cost one range tombstone. */
    public void removeRange(byte tag, byte[] from, byte @Nullable [] to) {
        context.removeRows(key, requireId(), tag, from, to);
    }

    /**
     * From now on the collection is empty and its rows have a new id; all old rows are left to the garbage queue by {@link
     * #finish()}. The old rows can still be read by the id that {@link #requireId()} gave before. Cost: O(1).
     */
    public void startAnew() {
        id = context.newCollectionId();
        count = 0;
    }

    /** As {@link ReadContext#rows}; may be used across writes. To be closed. */
    public Cursor rows(byte tag, byte[] from, byte @Nullable [] to) {
        return context.rows(key, requireId(), tag, from, to);
    }

    /** As {@link ReadContext#rowsDescending}. To be closed. */
    public Cursor rowsDescending(byte tag, byte[] from, byte @Nullable [] to) {
        return context.rowsDescending(key, requireId(), tag, from, to);
    }

    /** The whole key of a row: where {@link Cursor#seek} goes. */
    byte[] position(byte tag, byte[] sub) {
        return context.rowKey(key, requireId(), tag, sub);
    }

    /** The id of its rows; allocated for a new collection at its first use. */
    public long requireId() {
        if (id == Collections.NO_ID) {
            id = context.newCollectionId();
        }
        return id;
    }

    // ---- the end ----

    /**
     * Writes the header if it changed; removes the key if nothing is left. Returns whether the key exists afterwards. The
     * caller tells of its event, and then of {@code del} if the key went.
     */
    public boolean finish() {
        if (count == 0 && !keepsEmpty) {
            if (before != null || replaces) {
                context.remove(key);
            }
            return false;
        }
        boolean changed =
                before == null || before.id() != id || before.count() != count || !Arrays.equals(before.extra(), extra);
        if (changed) {
            context.put(key, new CollectionHeader(requireId(), count, extra).record(type, expireAtMillis));
        }
        return true;
    }
}
