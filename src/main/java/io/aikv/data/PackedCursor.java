package io.aikv.data;

import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over packed rows. As one of the store it may be used across writes: rows written ahead of it show, those behind it
 * do not; also when a write moves the rows to the store meanwhile. Keys have a prefix of zeros.
 */
final class PackedCursor implements Cursor {
    private static final byte[] NONE = new byte[0];

    private final ReadContext context;
    private final byte[] key;
    private final CollectionRows place;
    private final PackedRows rows;
    private final byte[] from;
    private final byte[] to;
    private final boolean descending;

    private int[] offsets;
    private int version;
    /** The index in {@link #offsets} of the row that comes next. */
    private int next;

    /** Where the cursor is: at the row that it gave last, or before the place to which it was sent; null at the start. */
    private byte @Nullable [] position;

    private boolean sought;

    private byte[] rowKey = NONE;
    private byte[] rowValue = NONE;
    private @Nullable Cursor stored;

    /** @param place whose rows are packed now */
    PackedCursor(
            ReadContext context,
            byte[] key,
            CollectionRows place,
            PackedRows rows,
            byte tag,
            byte[] from,
            byte @Nullable [] to,
            boolean descending) {
        this.context = context;
        this.key = key;
        this.place = place;
        this.rows = rows;
        this.from = row(tag, from);
        this.to = to == null ? row((byte) (tag + 1), NONE) : row(tag, to);
        this.descending = descending;
        this.version = rows.version();
        this.offsets = rows.offsets(this.from, this.to);
        this.next = descending ? offsets.length - 1 : 0;
    }

    private static byte[] row(byte tag, byte[] sub) {
        return KeyLayout.row(0, 0, Collections.NO_ID, tag, sub);
    }

    @Override
    public boolean next() {
        if (place.packed() != rows) {
            return nextStored();
        }
        if (version != rows.version()) {
            version = rows.version();
            offsets = rows.offsets(from, to);
            byte[] last = position;
            next = last != null ? indexAt(last, !sought) : descending ? offsets.length - 1 : 0;
        }
        if (next < 0 || next >= offsets.length) {
            return false;
        }
        rowKey = rows.key(offsets[next]);
        rowValue = rows.value(offsets[next]);
        position = rowKey;
        sought = false;
        next += descending ? -1 : 1;
        return true;
    }

    @Override
    public boolean seek(byte[] target) {
        position = row(KeyLayout.tag(target), KeyLayout.sub(target));
        sought = true;
        Cursor cursor = stored;
        if (cursor != null) {
            return cursor.seek(inStore(position));
        }
        if (place.packed() == rows && version == rows.version()) {
            next = indexAt(target, false);
        }
        return next();
    }

    /**
     * The index of the row that comes next from a place.
     *
     * @param behind of a place that ascending rows are behind: else the row at it counts as well
     */
    private int indexAt(byte[] target, boolean behind) {
        int low = 0;
        int high = offsets.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            int order = rows.compare(offsets[middle], target);
            if (order < 0 || order == 0 && behind && !descending) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return descending ? low - 1 : low;
    }

    /** The next row where they are in the store by now. */
    private boolean nextStored() {
        Cursor cursor = stored;
        if (cursor != null) {
            return cursor.next();
        }
        cursor = context.rowsBetween(inStore(from), inStore(to), descending);
        stored = cursor;
        byte[] last = position;
        if (last == null) {
            return cursor.next();
        }
        byte[] start = inStore(last);
        // What is right behind a key is the key and a zero.
        return cursor.seek(sought || descending ? start : Arrays.copyOf(start, start.length + 1));
    }

    private byte[] inStore(byte[] row) {
        return context.rowKey(key, place.id(), KeyLayout.tag(row), KeyLayout.sub(row));
    }

    @Override
    public byte[] key() {
        Cursor cursor = stored;
        return cursor == null ? rowKey : cursor.key();
    }

    @Override
    public byte[] value() {
        Cursor cursor = stored;
        return cursor == null ? rowValue : cursor.value();
    }

    @Override
    public void close() {
        if (stored != null) {
            stored.close();
        }
    }
}
