package io.aikv.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The uncommitted writes of one entry to one space: what was put, deleted, and which ranges were erased before. Lives on
 * the apply thread.
 */
final class Overlay {
    /** Stands for a deleted row. */
    static final byte[] DELETED = new byte[0];

    /** A range [from, to) whose committed rows are gone; a null {@code to} is the end of the space. */
    record Range(byte[] from, byte @Nullable [] to) {
        boolean contains(byte[] key) {
            return Arrays.compareUnsigned(key, from) >= 0 && (to == null || Arrays.compareUnsigned(key, to) < 0);
        }
    }

    private final TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
    private final List<Range> erased = new ArrayList<>();

    void put(byte[] key, byte[] value) {
        rows.put(key, value);
    }

    void delete(byte[] key) {
        rows.put(key, DELETED);
    }

    void deleteRange(byte[] from, byte @Nullable [] to) {
        between(from, to).clear();
        erased.add(new Range(from, to));
    }

    /** The value, {@link #DELETED}, or null if this overlay says nothing about the key. Compare with {@code ==}. */
    byte @Nullable [] get(byte[] key) {
        byte[] value = rows.get(key);
        if (value == null && !erased.isEmpty() && isErased(key)) {
            return DELETED;
        }
        return value;
    }

    boolean isErased(byte[] key) {
        for (Range range : erased) {
            if (range.contains(key)) {
                return true;
            }
        }
        return false;
    }

    NavigableMap<byte[], byte[]> between(byte[] from, byte @Nullable [] to) {
        return to == null ? rows.tailMap(from, true) : rows.subMap(from, true, to, false);
    }

    Iterable<Map.Entry<byte[], byte[]>> rows() {
        return rows.entrySet();
    }

    List<Range> erased() {
        return erased;
    }

    boolean isEmpty() {
        return rows.isEmpty() && erased.isEmpty();
    }

    void clear() {
        rows.clear();
        erased.clear();
    }
}
