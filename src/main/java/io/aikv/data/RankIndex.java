package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Counts the rows of one tag of a collection, so that a rank is found from a row and a row from its rank without reading
 * all rows in between. Sorted sets use it over their rows by score, lists over their positions.
 *
 * <p>Stateless: one constant per kind of row. The owner keeps it up to date, one row at a time, after it has changed the
 * row and the collection's count, which must be the number of rows of the tag:
 *
 * <pre>{@code
 * set.put(BY_SCORE, sub, Bytes.EMPTY);
 * set.addCount(1);
 * RANKS.inserted(set, sub);
 * }</pre>
 *
 * <p>Costs, for n rows and F = 64: a rank or a row by rank reads about F rows per level, of which there are log_F n (3 for a
 * million rows); an insertion or a removal reads and writes one row per level, and one time in F about F rows more. Up to
 * {@link #UNCOUNTED} rows there is no index and no cost for writers; a rank reads the rows themselves.
 *
 * <p>A {@code sub} must not be empty.
 */
/*
 * A skip list whose towers are not thrown by dice but follow from the row: a row whose hash ends in k times six zero bits is
 * a boundary of levels 1 to k. So equal contents have equal index rows, whatever their history, and replicas, copies and
 * digests agree.
 *
 * An index row is (index tag, 10 - level (1 byte) + sub of the boundary) -> count(8) of rows from this boundary to the
 * next one of its level. A level exists while it has a boundary; it then begins with a row of an empty sub, which counts
 * what is before the first one. The top level comes first, so that one seek finds it.
 *
 * See Pugh, "A skip list cookbook" (1990), section 3.4, for counts in skip lists; Kvrocks has no such index and walks.
 */
final class RankIndex {
    /** Up to so many rows there is no index. */
    static final int UNCOUNTED = 128;

    private static final int FANOUT_BITS = 6;
    private static final int LEVELS_MAX = 10;

    /** A walk of so many rows from an end of the collection is cheaper than a way through the index. */
    private static final int SHORT_WALK = 64;

    private final byte elementTag;
    private final byte indexTag;
    private final UnaryOperator<byte[]> begin;

    /**
     * @param elementTag of the rows that are counted
     * @param indexTag of the rows that count them; another than any else of the collection
     */
    RankIndex(byte elementTag, byte indexTag) {
        this(elementTag, indexTag, extra -> Bytes.EMPTY);
    }

    /**
     * As {@link #RankIndex(byte, byte)}, for a type that knows from its part of the header where its rows begin: walks then
     * start there and not among the marks of removed rows.
     */
    RankIndex(byte elementTag, byte indexTag, UnaryOperator<byte[]> begin) {
        Check.argument(elementTag != indexTag, "tag %s", elementTag);
        this.elementTag = elementTag;
        this.indexTag = indexTag;
        this.begin = begin;
    }

    // ---- keeping it up to date ----

    /** A row was added and counted in the header. */
    void inserted(CollectionWriter rows, byte[] sub) {
        if (rows.count() <= UNCOUNTED) {
            return;
        }
        if (rows.count() == UNCOUNTED + 1) {
            build(rows);
            return;
        }
        int height = height(sub);
        for (int level = 1; level <= LEVELS_MAX; level++) {
            byte[] before = boundaryBefore(rows, level, sub);
            if (level <= height) {
                recount(rows, level, before == null ? Bytes.EMPTY : before);
                recount(rows, level, sub);
            } else if (before == null) {
                return;
            } else {
                change(rows, level, before, 1);
            }
        }
    }

    /** A row was removed, and counted out of the header. */
    void removed(CollectionWriter rows, byte[] sub) {
        if (rows.count() < UNCOUNTED) {
            return;
        }
        if (rows.count() == UNCOUNTED) {
            clear(rows);
            return;
        }
        int height = height(sub);
        for (int level = 1; level <= LEVELS_MAX; level++) {
            byte[] before = boundaryBefore(rows, level, sub);
            if (before == null) {
                return;
            }
            if (level > height) {
                change(rows, level, before, -1);
                continue;
            }
            byte[] own = indexSub(level, sub);
            long count = decode(rows.row(indexTag, own));
            rows.remove(indexTag, own);
            change(rows, level, before, count - 1);
            removeIfWithoutBoundary(rows, level);
        }
    }

    /**
     * All rows with {@code from <= sub < to} were removed and counted out of the header; null {@code to} is the end. Cost:
     * that of one removal with a boundary, and the index rows of the range. Cheaper than {@link #removed} from a few dozen
     * rows on.
     *
     * @param countBefore of the collection, before the rows were removed
     */
    void removedRange(CollectionWriter rows, byte[] from, byte @Nullable [] to, long countBefore) {
        if (countBefore <= UNCOUNTED) {
            return;
        }
        if (rows.count() <= UNCOUNTED) {
            clear(rows);
            return;
        }
        for (int level = 1; level <= LEVELS_MAX; level++) {
            byte[] before = boundaryBefore(rows, level, from);
            if (before == null) {
                return;
            }
            byte[] end = to == null ? indexSub(level - 1, Bytes.EMPTY) : indexSub(level, to);
            removeIndexRows(rows, indexSub(level, from), end);
            recount(rows, level, before);
            removeIfWithoutBoundary(rows, level);
        }
    }

    /** Makes the index of a collection that has rows, counted in its header, but no index yet. Cost: all rows. */
    void build(CollectionWriter rows) {
        if (rows.count() <= UNCOUNTED) {
            return;
        }
        byte[][] boundaries = new byte[LEVELS_MAX + 1][];
        long[] counts = new long[LEVELS_MAX + 1];
        Arrays.fill(boundaries, Bytes.EMPTY);
        int top = 0;
        try (Cursor elements = rows.rows(elementTag, Bytes.EMPTY, null)) {
            while (elements.next()) {
                byte[] sub = KeyLayout.sub(elements.key());
                int height = height(sub);
                top = Math.max(top, height);
                for (int level = 1; level <= LEVELS_MAX; level++) {
                    if (level <= height) {
                        rows.put(indexTag, indexSub(level, boundaries[level]), encode(counts[level]));
                        boundaries[level] = sub;
                        counts[level] = 0;
                    }
                    counts[level]++;
                }
            }
        }
        for (int level = 1; level <= top; level++) {
            rows.put(indexTag, indexSub(level, boundaries[level]), encode(counts[level]));
        }
    }

    private void clear(CollectionWriter rows) {
        removeIndexRows(rows, Bytes.EMPTY, null);
    }

    private void removeIndexRows(CollectionWriter rows, byte[] from, byte @Nullable [] to) {
        List<byte[]> subs = new ArrayList<>();
        try (Cursor index = rows.rows(indexTag, from, to)) {
            while (index.next()) {
                subs.add(KeyLayout.sub(index.key()));
            }
        }
        for (byte[] sub : subs) {
            rows.remove(indexTag, sub);
        }
    }

    /** The last boundary of a level that is below {@code sub}, empty for the level's first row; null without the level. */
    private byte @Nullable [] boundaryBefore(CollectionWriter rows, int level, byte[] sub) {
        byte[] low = begin.apply(rows.extra());
        try (Cursor index = rows.rowsDescending(indexTag, indexSub(level, low), indexSub(level, sub))) {
            if (index.next()) {
                return boundary(index.key());
            }
        }
        boolean exists = low.length > 0 && rows.row(indexTag, indexSub(level, Bytes.EMPTY)) != null;
        return exists ? Bytes.EMPTY : null;
    }

    private void change(CollectionWriter rows, int level, byte[] boundary, long difference) {
        byte[] sub = indexSub(level, boundary);
        rows.put(indexTag, sub, encode(decode(rows.row(indexTag, sub)) + difference));
    }

    /**
     * Writes the count of a boundary: the sum over the level below, which must be up to date, as far as the next row that
     * is a boundary of this level.
     */
    private void recount(CollectionWriter rows, int level, byte[] boundary) {
        boolean overElements = level == 1;
        long count = 0;
        try (Cursor below = overElements
                ? rows.rows(elementTag, from(boundary, rows.extra()), null)
                : rows.rows(indexTag, indexSub(level - 1, boundary), indexSub(level - 2, Bytes.EMPTY))) {
            while (below.next()) {
                byte[] sub = overElements ? KeyLayout.sub(below.key()) : boundary(below.key());
                if (height(sub) >= level && !Arrays.equals(sub, boundary)) {
                    break;
                }
                count += overElements ? 1 : decode(below.value());
            }
        }
        rows.put(indexTag, indexSub(level, boundary), encode(count));
    }

    private void removeIfWithoutBoundary(CollectionWriter rows, int level) {
        byte[] first = indexSub(level, Bytes.EMPTY);
        try (Cursor index =
                rows.rows(indexTag, Arrays.copyOf(first, first.length + 1), indexSub(level - 1, Bytes.EMPTY))) {
            if (index.next()) {
                return;
            }
        }
        rows.remove(indexTag, first);
    }

    // ---- reading ----

    /** How many rows have a smaller {@code sub}, whether or not there is such a row. */
    long rankOf(ReadContext context, byte[] key, CollectionHeader header, byte[] sub) {
        Place place = new Place();
        if (header.count() > UNCOUNTED) {
            descend(context, key, header, place, (count, next) -> Bytes.compare(next, sub) <= 0);
        }
        long rank = place.rank;
        try (Cursor elements = context.rows(key, header.id(), elementTag, from(place.boundary, header.extra()), sub)) {
            while (elements.next()) {
                announce(context, elements);
                rank++;
            }
        }
        return rank;
    }

    /** The {@code sub} of the row of a rank, or null if there are not so many rows. */
    byte @Nullable [] subAt(ReadContext context, byte[] key, CollectionHeader header, long rank) {
        try (Cursor elements = rowsFrom(context, key, header, rank)) {
            return elements.next() ? KeyLayout.sub(elements.key()) : null;
        }
    }

    /** The rows from a rank on, ascending: the first {@link Cursor#next()} stands on it. To be closed. */
    Cursor rowsFrom(ReadContext context, byte[] key, CollectionHeader header, long rank) {
        Place place = new Place();
        if (header.count() > UNCOUNTED && rank > SHORT_WALK) {
            descend(context, key, header, place, (count, next) -> count <= rank);
        }
        return skip(
                context,
                context.rows(key, header.id(), elementTag, from(place.boundary, header.extra()), null),
                Math.max(0, rank - place.rank));
    }

    /** The rows from a rank on downwards: the first {@link Cursor#next()} stands on it. To be closed. */
    Cursor rowsDescendingFrom(ReadContext context, byte[] key, CollectionHeader header, long rank) {
        long fromEnd = header.count() - 1 - rank;
        if (header.count() <= UNCOUNTED || fromEnd <= SHORT_WALK) {
            Cursor all = context.rowsDescending(key, header.id(), elementTag, Bytes.EMPTY, null);
            return skip(context, all, Math.max(0, fromEnd));
        }
        byte[] sub = subAt(context, key, header, rank);
        return context.rowsDescending(
                key, header.id(), elementTag, Bytes.EMPTY, sub == null ? null : Arrays.copyOf(sub, sub.length + 1));
    }

    /** A boundary and the rank of its row (where there is none: of the first row). */
    private static final class Place {
        private byte[] boundary = Bytes.EMPTY;
        private long rank;
    }

    @FunctionalInterface
    private interface Passes {
        /**
         * Whether the place looked for is not before the next boundary.
         *
         * @param rank of the next boundary
         */
        boolean test(long rank, byte[] next);
    }

    /** Goes down the levels to the last boundary that passes. */
    private void descend(ReadContext context, byte[] key, CollectionHeader header, Place place, Passes passes) {
        byte[] from = Bytes.EMPTY;
        int level = LEVELS_MAX + 1;
        while (level > 1) {
            try (Cursor index = context.rows(key, header.id(), indexTag, from, null)) {
                if (!index.next() || level(index.key()) >= level) {
                    return;
                }
                level = level(index.key());
                long next = place.rank + decode(index.value());
                while (index.next() && level(index.key()) == level) {
                    announce(context, index);
                    byte[] boundary = boundary(index.key());
                    if (!passes.test(next, boundary)) {
                        break;
                    }
                    place.boundary = boundary;
                    place.rank = next;
                    next += decode(index.value());
                }
            }
            from = indexSub(level - 1, place.boundary);
        }
    }

    /** Where to look for rows from a boundary on. */
    private byte[] from(byte[] boundary, byte[] extra) {
        return boundary.length > 0 ? boundary : begin.apply(extra);
    }

    private static Cursor skip(ReadContext context, Cursor rows, long count) {
        try {
            for (long left = count; left > 0 && rows.next(); left--) {
                announce(context, rows);
            }
            return rows;
        } catch (RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    private static void announce(ReadContext context, Cursor rows) {
        context.willRead(rows.key().length + rows.value().length);
    }

    // ---- encoding ----

    /** Of how many levels a row is a boundary. Part of the storage format. */
    static int height(byte[] sub) {
        return Math.min(Long.numberOfTrailingZeros(Xxh3.hash(sub)) / FANOUT_BITS, LEVELS_MAX);
    }

    private static byte[] indexSub(int level, byte[] boundary) {
        byte[] sub = new byte[1 + boundary.length];
        sub[0] = (byte) (LEVELS_MAX - level);
        System.arraycopy(boundary, 0, sub, 1, boundary.length);
        return sub;
    }

    private static int level(byte[] rowKey) {
        return LEVELS_MAX - rowKey[KeyLayout.ROW_PREFIX_SIZE];
    }

    private static byte[] boundary(byte[] rowKey) {
        return Arrays.copyOfRange(rowKey, KeyLayout.ROW_PREFIX_SIZE + 1, rowKey.length);
    }

    private static byte[] encode(long count) {
        return ByteBuffer.allocate(Long.BYTES).putLong(count).array();
    }

    private static long decode(byte @Nullable [] count) {
        if (count == null) {
            throw new AssertionError("a count of ranks is missing");
        }
        return ByteBuffer.wrap(count).getLong();
    }
}
