package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A hash while a command changes it: rows are written at once, the header by {@link #finish}. A field that is due is absent;
 * whoever comes across one removes it. Made and used within one command.
 *
 * <pre>{@code
 * HashWriter hash = HashWriter.open(context, key);      // throws WRONGTYPE; nothing is written yet
 * hash.put(name, value, KeyRecord.NO_EXPIRY);
 * hash.finish("hset");                                  // tells of hexpired, hset and del, as they apply
 * }</pre>
 */
public final class HashWriter {
    private final CollectionWriter rows;
    private int flags;
    /** As {@link Hashes#firstDeadline}; empty if no field has a deadline. */
    private byte[] firstDeadline;

    private boolean expired;

    private HashWriter(CollectionWriter rows) {
        this.rows = rows;
        this.flags = Hashes.flags(rows.extra());
        boolean expires = Hashes.earliest(rows.extra()) != Hashes.NEVER;
        this.firstDeadline = expires ? Hashes.firstDeadline(rows.extra()) : Bytes.EMPTY;
    }

    /**
     * The hash at a key, empty if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static HashWriter open(WriteContext context, byte[] key) {
        return new HashWriter(CollectionWriter.open(context, key, Type.HASH));
    }

    /** The hash at a key, or null if there is none. As {@link #open} otherwise. */
    public static @Nullable HashWriter openExisting(WriteContext context, byte[] key) {
        CollectionWriter rows = CollectionWriter.openExisting(context, key, Type.HASH);
        return rows == null ? null : new HashWriter(rows);
    }

    /** The hash of a record that was read already. */
    static HashWriter of(WriteContext context, byte[] key, KeyRecord record) {
        return new HashWriter(CollectionWriter.of(context, key, record));
    }

    /** Whether the key did not hold a hash when it was opened. */
    public boolean isNew() {
        return rows.isNew();
    }

    // ---- fields ----

    /** A field, or null. One point read. */
    public @Nullable HashField find(byte[] name) {
        byte[] sub = HashField.sub(name);
        byte[] row = rows.row(HashField.ROW, sub);
        if (row == null) {
            return null;
        }
        HashField field = HashField.of(sub, row);
        if (rows.context().isHidden(field.deadlineMillis())) {
            remove(field);
            expired = true;
            return null;
        }
        return field;
    }

    /**
     * Sets a field, whatever it held. One point read.
     *
     * @param deadlineMillis milliseconds since the epoch, after now, or {@link KeyRecord#NO_EXPIRY}
     * @return whether it was absent
     */
    public boolean put(byte[] name, byte[] value, long deadlineMillis) {
        HashField old = find(name);
        put(old, name, value, deadlineMillis);
        return old == null;
    }

    /** As {@link #put(byte[], byte[], long)} where {@link #find} has found {@code old} before. No read. */
    public void put(@Nullable HashField old, byte[] name, byte[] value, long deadlineMillis) {
        byte[] sub = old == null ? HashField.sub(name) : old.sub();
        rows.put(HashField.ROW, sub, HashField.row(value, deadlineMillis));
        moveDeadline(old, sub, deadlineMillis);
        if (old == null) {
            rows.addCount(1);
        }
        if (name.length > Hashes.COMPACT_SIZE_MAX
                || value.length > Hashes.COMPACT_SIZE_MAX
                || rows.count() > Hashes.COMPACT_COUNT_MAX) {
            flags |= Hashes.LARGE;
        }
    }

    /** Gives a field that {@link #find} has found another deadline, or none; its value stays. No read. */
    public void setDeadline(HashField field, long deadlineMillis) {
        rows.put(HashField.ROW, field.sub(), HashField.row(field.value(), deadlineMillis));
        moveDeadline(field, field.sub(), deadlineMillis);
    }

    private void moveDeadline(@Nullable HashField old, byte[] sub, long deadlineMillis) {
        long oldMillis = old == null ? KeyRecord.NO_EXPIRY : old.deadlineMillis();
        if (oldMillis == deadlineMillis) {
            return;
        }
        if (oldMillis != KeyRecord.NO_EXPIRY) {
            rows.remove(HashField.DEADLINE_ROW, HashField.deadlineSub(oldMillis, sub));
        }
        if (deadlineMillis != KeyRecord.NO_EXPIRY) {
            byte[] deadlineSub = HashField.deadlineSub(deadlineMillis, sub);
            rows.put(HashField.DEADLINE_ROW, deadlineSub, Bytes.EMPTY);
            flags |= Hashes.EXPIRING;
            byte[] prefix = Arrays.copyOf(deadlineSub, HashField.DEADLINE_PREFIX_SIZE);
            if (firstDeadline.length == 0 || Bytes.compare(prefix, firstDeadline) < 0) {
                firstDeadline = prefix;
            }
        }
    }

    /** Removes a field that {@link #find} has found. No read. */
    public void remove(HashField field) {
        rows.remove(HashField.ROW, field.sub());
        if (field.hasDeadline()) {
            rows.remove(HashField.DEADLINE_ROW, HashField.deadlineSub(field.deadlineMillis(), field.sub()));
        }
        rows.addCount(-1);
    }

    // ---- deadlines ----

    /** Rows of deadlines, earliest first, as if none is before {@link Hashes#firstDeadline}. To be closed. */
    Cursor deadlines() {
        return rows.rows(HashField.DEADLINE_ROW, firstDeadline, null);
    }

    /** Removes the field of a deadline's row, which is due. */
    void removeDue(byte[] deadlineSub) {
        byte[] sub = HashField.fieldSubOf(deadlineSub);
        remove(HashField.of(sub, Objects.requireNonNull(rows.row(HashField.ROW, sub))));
        expired = true;
    }

    /** Says where rows of deadlines begin from now on; empty if there are none. */
    void setFirstDeadline(byte[] prefix) {
        firstDeadline = prefix;
    }

    // ---- the end ----

    /**
     * Writes the header if it changed, removes the key if nothing is left, and tells of what happened: {@code hexpired} if
     * fields were found due, then {@code events}, then {@code del} if the key went. Returns whether the key exists.
     */
    public boolean finish(String... events) {
        rows.setExtra(Hashes.extra(flags, firstDeadline));
        boolean exists = rows.finish();
        WriteContext context = rows.context();
        if (expired) {
            context.changed(EventClass.HASH, "hexpired", rows.key());
        }
        for (String event : events) {
            context.changed(EventClass.HASH, event, rows.key());
        }
        if (!exists && !rows.isNew()) {
            context.changed(EventClass.GENERIC, "del", rows.key());
        }
        return exists;
    }
}
