package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Varint;
import io.aikv.store.KeyLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a small collection, one behind the other, in the order in which the store would have them.
 *
 * <pre>
 * row     tag(1) subSize(varint) sub valueSize(varint) value
 * varint  seven bits per byte, lowest first
 * </pre>
 *
 * <p>What is read from a record is used in place; the first change copies it. Finding a row is a walk over those before it, a
 * few nanoseconds each. One thread at a time.
 */
/*
 * Offsets, sizes and rows are found by walking because a table of offsets would have to be kept in the record, or be made
 * for every command: a walk over the 128 rows that are possible takes less than one read of the store.
 */
final class PackedRows {
    /** Where the tag stands in the whole key of a row. */
    private static final int TAG_AT = KeyLayout.ROW_PREFIX_SIZE - 1;

    private byte[] bytes;
    private int start;
    private int end;
    private int count;
    private boolean owned;
    private int version;

    /** Of the row that {@link #parse} has read last. */
    private int subStart;

    private int subEnd;
    private int valueStart;
    private int valueEnd;

    /** Whether {@link #locate} has found the row itself; then it is the one that was parsed last. */
    private boolean found;

    private PackedRows(byte[] bytes, int start, int count, boolean owned) {
        this.bytes = bytes;
        this.start = start;
        this.end = bytes.length;
        this.count = count;
        this.owned = owned;
    }

    /** No rows. */
    static PackedRows empty() {
        return new PackedRows(Bytes.EMPTY, 0, 0, false);
    }

    /**
     * The rows that an array holds from {@code start} to its end.
     *
     * @param bytes not copied, must never change
     * @param count how many rows there are
     */
    static PackedRows of(byte[] bytes, int start, int count) {
        return new PackedRows(bytes, start, count, false);
    }

    /** How many rows there are. */
    int count() {
        return count;
    }

    /** Bytes of all rows. */
    int size() {
        return end - start;
    }

    /** Copies all rows to {@code target} from {@code at} on. */
    void copyTo(byte[] target, int at) {
        System.arraycopy(bytes, start, target, at, end - start);
    }

    /** Another number after every change. */
    int version() {
        return version;
    }

    /** Whether anything was changed since it was read. */
    boolean isChanged() {
        return version > 0;
    }

    // ---- one row ----

    /** The value of a row, or null. */
    byte @Nullable [] find(byte tag, byte[] sub) {
        locate(tag, sub);
        return found ? Arrays.copyOfRange(bytes, valueStart, valueEnd) : null;
    }

    /** Sets a row; false, and nothing changes, if it would pass a bound. */
    boolean put(byte tag, byte[] sub, byte[] value, Packing bounds) {
        int at = locate(tag, sub);
        int oldSize = found ? valueEnd - at : 0;
        int rowSize = 1 + Varint.size(sub.length) + sub.length + Varint.size(value.length) + value.length;
        int rowsThen = found ? count : count + 1;
        if (rowSize > bounds.rowBytesMax()
                || rowsThen > bounds.rowsMax()
                || size() - oldSize + rowSize > bounds.bytesMax()) {
            return false;
        }
        int to = makeRoom(at, oldSize, rowSize);
        bytes[to++] = tag;
        to = writeSized(to, sub);
        writeSized(to, value);
        count = rowsThen;
        return true;
    }

    /** Removes a row if it is there. */
    void remove(byte tag, byte[] sub) {
        int at = locate(tag, sub);
        if (found) {
            makeRoom(at, valueEnd - at, 0);
            count--;
        }
    }

    /** Removes the rows of a tag with {@code from <= sub < to}; null {@code to} is to the end of the tag. */
    void removeRange(byte tag, byte[] from, byte @Nullable [] to) {
        int first = locate(tag, from);
        int behind = to == null ? locate((byte) (tag + 1), Bytes.EMPTY) : locate(tag, to);
        if (behind > first) {
            int removed = 0;
            for (int at = first; at < behind; at = parse(at)) {
                removed++;
            }
            makeRoom(first, behind - first, 0);
            count -= removed;
        }
    }

    /** Visits every row in order. */
    void forEach(Visitor visitor) {
        for (int at = start; at < end; ) {
            int next = parse(at);
            visitor.visit(
                    bytes[at],
                    Arrays.copyOfRange(bytes, subStart, subEnd),
                    Arrays.copyOfRange(bytes, valueStart, valueEnd));
            at = next;
        }
    }

    /** Takes a row. */
    @FunctionalInterface
    interface Visitor {
        void visit(byte tag, byte[] sub, byte[] value);
    }

    // ---- for cursors: rows by offset ----

    /**
     * Where the rows with {@code from <= key < to} begin. Until the next change.
     *
     * @param from whole keys of rows, of which only what is behind the id counts
     */
    int[] offsets(byte[] from, byte[] to) {
        int[] offsets = new int[count];
        int size = 0;
        for (int at = start; at < end; ) {
            int next = parse(at);
            if (size > 0 || compareParsed(at, from) >= 0) {
                if (compareParsed(at, to) >= 0) {
                    break;
                }
                offsets[size++] = at;
            }
            at = next;
        }
        return size == count ? offsets : Arrays.copyOf(offsets, size);
    }

    /** Compares the row at an offset with the whole key of a row; what is before the tag does not count. */
    int compare(int offset, byte[] key) {
        parse(offset);
        return compareParsed(offset, key);
    }

    /** The key of the row at an offset, with a prefix of zeros. */
    byte[] key(int offset) {
        parse(offset);
        byte[] key = new byte[KeyLayout.ROW_PREFIX_SIZE + subEnd - subStart];
        key[TAG_AT] = bytes[offset];
        System.arraycopy(bytes, subStart, key, KeyLayout.ROW_PREFIX_SIZE, subEnd - subStart);
        return key;
    }

    /** The value of the row at an offset. */
    byte[] value(int offset) {
        parse(offset);
        return valueStart == valueEnd ? Bytes.EMPTY : Arrays.copyOfRange(bytes, valueStart, valueEnd);
    }

    private int compareParsed(int offset, byte[] key) {
        int order = Byte.toUnsignedInt(bytes[offset]) - Byte.toUnsignedInt(key[TAG_AT]);
        return order != 0
                ? order
                : Arrays.compareUnsigned(bytes, subStart, subEnd, key, KeyLayout.ROW_PREFIX_SIZE, key.length);
    }

    // ---- the bytes ----

    /** The offset of the first row that is not before a place, of which {@link #found} says whether it is at it. */
    private int locate(byte tag, byte[] sub) {
        int at = start;
        while (at < end) {
            int next = parse(at);
            int order = Byte.toUnsignedInt(bytes[at]) - Byte.toUnsignedInt(tag);
            if (order == 0) {
                order = Arrays.compareUnsigned(bytes, subStart, subEnd, sub, 0, sub.length);
            }
            if (order >= 0) {
                found = order == 0;
                return at;
            }
            at = next;
        }
        found = false;
        return end;
    }

    /** Reads the row at an offset; returns where the next one begins. */
    private int parse(int offset) {
        subStart = Varint.end(bytes, offset + 1);
        subEnd = subStart + Varint.read(bytes, offset + 1);
        valueStart = Varint.end(bytes, subEnd);
        valueEnd = valueStart + Varint.read(bytes, subEnd);
        return valueEnd;
    }

    /** Puts {@code newSize} bytes in the place of {@code oldSize}, to be written by the caller; returns where they begin. */
    private int makeRoom(int at, int oldSize, int newSize) {
        int tail = end - at - oldSize;
        int total = size() + newSize - oldSize;
        int place = at;
        if (owned && total <= bytes.length) {
            System.arraycopy(bytes, at + oldSize, bytes, at + newSize, tail);
        } else {
            // Most commands change one row: only the second change in one asks for room for more.
            byte[] copy = new byte[owned ? total + total / 2 : total];
            place = at - start;
            System.arraycopy(bytes, start, copy, 0, place);
            System.arraycopy(bytes, at + oldSize, copy, place + newSize, tail);
            bytes = copy;
            start = 0;
            owned = true;
        }
        end = start + total;
        version++;
        return place;
    }

    private int writeSized(int to, byte[] part) {
        int at = Varint.write(bytes, to, part.length);
        System.arraycopy(part, 0, bytes, at, part.length);
        return at + part.length;
    }
}
