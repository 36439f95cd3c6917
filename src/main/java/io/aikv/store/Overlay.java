package io.aikv.store;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
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

    private static final byte[] EMPTY = new byte[0];

    /** A range [from, to) whose committed rows are gone; a null {@code to} is the end of the space. */
    record Range(byte[] from, byte @Nullable [] to) {
        boolean reaches(byte[] key) {
            return to == null || Arrays.compareUnsigned(to, key) >= 0;
        }

        boolean contains(byte[] key) {
            return Arrays.compareUnsigned(key, from) >= 0 && (to == null || Arrays.compareUnsigned(key, to) < 0);
        }
    }

    private final TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
    /** By their start; no two touch. */
    private final TreeMap<byte[], Range> erased = new TreeMap<>(Arrays::compareUnsigned);

    void put(byte[] key, byte[] value) {
        rows.put(key, value == DELETED ? EMPTY : value);
    }

    void delete(byte[] key) {
        rows.put(key, DELETED);
    }

    void deleteRange(byte[] from, byte @Nullable [] to) {
        if (isEmptyRange(from, to)) {
            return;
        }
        between(from, to).clear();
        Range merged = new Range(from, to);
        Map.Entry<byte[], Range> before = erased.floorEntry(from);
        if (before != null && before.getValue().reaches(from)) {
            merged = union(before.getValue(), merged);
        }
        Map.Entry<byte[], Range> after = erased.ceilingEntry(merged.from());
        while (after != null && merged.reaches(after.getKey())) {
            merged = union(merged, after.getValue());
            erased.remove(after.getKey());
            after = erased.higherEntry(merged.from());
        }
        erased.put(merged.from(), merged);
    }

    private static Range union(Range first, Range second) {
        byte[] to = first.to();
        return to == null || second.to() != null && Arrays.compareUnsigned(to, second.to()) >= 0
                ? first
                : new Range(first.from(), second.to());
    }

    /** The value, {@link #DELETED}, or null if this overlay says nothing about the key. Compare with {@code ==}. */
    byte @Nullable [] get(byte[] key) {
        byte[] value = rows.get(key);
        return value == null && erasing(key) != null ? DELETED : value;
    }

    /** The erased range that contains {@code key}, or null. */
    @Nullable
    Range erasing(byte[] key) {
        if (erased.isEmpty()) {
            return null;
        }
        Map.Entry<byte[], Range> range = erased.floorEntry(key);
        return range != null && range.getValue().contains(key) ? range.getValue() : null;
    }

    /** What was put or deleted under this very key, or null: for {@link #restore}. */
    byte @Nullable [] own(byte[] key) {
        return rows.get(key);
    }

    /** Takes a put or delete back. */
    void restore(byte[] key, byte @Nullable [] before) {
        if (before == null) {
            rows.remove(key);
        } else {
            rows.put(key, before);
        }
    }

    /** What makes the erased range undone again, before it is erased and once everything after it is undone. */
    Runnable undoOfDeleteRange(byte[] from, byte @Nullable [] to) {
        TreeMap<byte[], byte[]> rowsBefore = new TreeMap<>(between(from, to));
        TreeMap<byte[], Range> erasedBefore = new TreeMap<>(erased);
        return () -> {
            rows.putAll(rowsBefore);
            erased.clear();
            erased.putAll(erasedBefore);
        };
    }

    NavigableMap<byte[], byte[]> between(byte[] from, byte @Nullable [] to) {
        if (isEmptyRange(from, to)) {
            return Collections.emptyNavigableMap();
        }
        return to == null ? rows.tailMap(from, true) : rows.subMap(from, true, to, false);
    }

    Iterable<Map.Entry<byte[], byte[]>> rows() {
        return rows.entrySet();
    }

    Collection<Range> erased() {
        return erased.values();
    }

    boolean isEmpty() {
        return rows.isEmpty() && erased.isEmpty();
    }

    void clear() {
        rows.clear();
        erased.clear();
    }

    private static boolean isEmptyRange(byte[] from, byte @Nullable [] to) {
        return to != null && Arrays.compareUnsigned(from, to) >= 0;
    }
}
