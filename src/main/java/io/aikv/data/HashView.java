package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A hash as a read sees it: fields that are due are absent. Made and used within one command. */
public final class HashView {
    /** What a row costs against the limit of {@link ReadContext#limitBytes}: finding it takes as long as copying this. */
    private static final int ROW_COST = 512;

    private final ReadContext context;
    private final byte[] key;
    private final CollectionHeader header;

    private HashView(ReadContext context, byte[] key, CollectionHeader header) {
        this.context = context;
        this.key = key;
        this.header = header;
    }

    /**
     * The hash at a key, or null if the key is absent. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static @Nullable HashView find(ReadContext context, byte[] key) {
        CollectionHeader header = CollectionHeader.find(context, key, Type.HASH);
        return header == null ? null : new HashView(context, key, header);
    }

    /** The hash of a header that was read already. */
    static HashView of(ReadContext context, byte[] key, CollectionHeader header) {
        return new HashView(context, key, header);
    }

    ReadContext context() {
        return context;
    }

    /** A field, or null. One point read. */
    public @Nullable HashField field(byte[] name) {
        byte[] sub = HashField.sub(name);
        byte[] row = context.row(key, header.rows(), HashField.ROW, sub);
        if (row == null) {
            return null;
        }
        context.willRead(ROW_COST + row.length);
        HashField field = HashField.of(sub, row);
        return context.isHidden(field.deadlineMillis()) ? null : field;
    }

    /**
     * How many fields there are, without those that are due and not yet removed. No read while none can be due, else one row
     * for each that is.
     */
    public long count() {
        if (Hashes.earliest(header.extra()) > context.nowMillis()) {
            return header.count();
        }
        long due = 0;
        try (Cursor deadlines = deadlines()) {
            while (deadlines.next() && context.isHidden(HashField.deadlineOf(KeyLayout.sub(deadlines.key())))) {
                context.willRead(ROW_COST);
                due++;
            }
        }
        return Math.max(0, header.count() - due);
    }

    private Cursor deadlines() {
        byte[] from = Hashes.firstDeadline(header.extra());
        byte[] to = HashField.deadlineSub(context.nowMillis() + 1, Bytes.EMPTY);
        return context.rows(key, header.rows(), HashField.DEADLINE_ROW, from, to);
    }

    /** Whether Redis would keep it in its compact encoding, of which HSCAN always returns everything. */
    boolean isCompact() {
        return (Hashes.flags(header.extra()) & Hashes.LARGE) == 0;
    }

    /** Every field in the order of positions, as many as {@link #count} says. Cost: all rows. */
    public Elements<HashField> fields(boolean withValues) {
        return walk(0, withValues);
    }

    /**
     * Visits about {@code count} fields from a position on: at least that many if there are, and those that share the last
     * one's position; all of a small hash. Every field present throughout a scan is visited, across leader changes too,
     * because a position names a place in the hash and nothing else.
     *
     * @param position 0 for the start, else what the last call returned; any other number is a valid place too
     * @param count 1 or more
     * @return where to go on, 0 at the end
     */
    public long scan(long position, long count, boolean withValues, Consumer<HashField> visitor) {
        if (position < 0 || position > 0xffff_ffffL) {
            return 0;
        }
        long visited = 0;
        long bytes = 0;
        long last = -1;
        long enough = isCompact() ? Long.MAX_VALUE : count;
        try (Walk walk = walk(position, withValues)) {
            while (walk.nextRow()) {
                long at = walk.field().position();
                if ((visited >= enough || bytes > KeyScan.STEP_BYTES_MAX) && at != last) {
                    return at;
                }
                visited++;
                bytes += walk.field().name().length + (withValues ? walk.field().value().length : 0);
                last = at;
                if (!walk.isHidden()) {
                    visitor.accept(walk.field());
                }
            }
        }
        return 0;
    }

    /** The fields from a position on. To be closed. */
    Walk walk(long position, boolean withValues) {
        boolean readsRows = withValues || (Hashes.flags(header.extra()) & Hashes.EXPIRING) != 0;
        return new Walk(
                context,
                context.rows(key, header.rows(), HashField.ROW, HashField.positionSub(position), null),
                readsRows);
    }

    /** A cursor over rows of fields. */
    static final class Walk implements Elements<HashField> {
        private final ReadContext context;
        private final Cursor rows;
        private final boolean readsRows;
        private HashField field = HashField.of(HashField.NOTHING, HashField.NOTHING);

        private Walk(ReadContext context, Cursor rows, boolean readsRows) {
            this.context = context;
            this.rows = rows;
            this.readsRows = readsRows;
        }

        /** Moves to the next row, of a field that is due or not; false at the end. */
        boolean nextRow() {
            if (!rows.next()) {
                return false;
            }
            byte[] sub = KeyLayout.sub(rows.key());
            byte[] row = readsRows ? rows.value() : HashField.NOTHING;
            context.willRead(ROW_COST + sub.length + row.length);
            field = HashField.of(sub, row);
            return true;
        }

        /** The field of the current row. */
        HashField field() {
            return field;
        }

        /** Whether the field of the current row is absent. */
        boolean isHidden() {
            return context.isHidden(field.deadlineMillis());
        }

        /** The next field that is not due, or null at the end. */
        @Override
        public @Nullable HashField next() {
            while (nextRow()) {
                if (!isHidden()) {
                    return field;
                }
            }
            return null;
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
