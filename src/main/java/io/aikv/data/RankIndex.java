package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.store.Cursor;
import io.aikv.store.Gap;
import io.aikv.store.KeyLayout;
import io.aikv.store.SipHash;
import io.aikv.store.Space;
import io.aikv.store.StoreTransaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the weights of the rows of one tag of a collection, so that the sum before a row is found, and a row from a sum,
 * without reading all rows in between. Sorted sets use it over their rows by score, each of weight 1: sums are ranks. Lists
 * use it over the places where they are not dense.
 *
 * <p>Stateless: one constant per kind of row. The owner keeps it up to date, one row at a time, after it has changed the
 * row and the header, from which a {@link Shape} tells how many rows there are:
 *
 * <pre>{@code
 * set.put(BY_SCORE, sub, Bytes.EMPTY);
 * set.addCount(1);
 * RANKS.inserted(set, sub);
 * }</pre>
 *
 * <p>Costs, for n rows and F = 64: a rank or a row by rank reads about F rows per level, of which there are log_F n (3 for a
 * million rows); an insertion or a removal writes one row per level, and one time in F it reads about F rows more. Where the
 * apply thread does not remember the index rows around it, it seeks once or twice per level before. Up to {@link #UNCOUNTED} rows there is no index and no cost for writers; a rank reads the rows
 * themselves.
 *
 * <p>A {@code sub} must not be empty.
 */
/*
 * A skip list whose towers are not thrown by dice but follow from the row: a row whose hash ends in k times six zero bits is
 * a boundary of levels 1 to k. So a collection's index follows from its rows and its seed, whatever their history. The seed
 * is drawn when the collection needs an index, by the entry's chance: replicas agree, but who chooses the rows does not know
 * which are boundaries, and cannot choose them so that there are none.
 *
 * An index row is (index tag, 10 - level (1 byte) + sub of the boundary) -> sum(8) of weights from this boundary to the
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

    /** The other half of the hash's key. Part of the storage format. */
    private static final long HASH_KEY = 0x61696b7672616e6bL;

    /** What an index must know of its collection's header. */
    interface Shape {
        /** How many rows the tag has. */
        long rows(long count, byte[] extra);

        /** Decides which rows are boundaries; must not change while there are more than {@link #UNCOUNTED} rows. */
        long seed(byte[] extra);

        /** No row is before it: walks start there and not among the marks of removed rows. */
        default byte[] begin(byte[] extra) {
            return Bytes.EMPTY;
        }

        /** What a row adds to the sums, by its value. */
        default long weight(byte[] value) {
            return 1;
        }
    }

    private final byte elementTag;
    private final byte indexTag;
    private final Shape shape;

    /**
     * @param elementTag of the rows that are counted
     * @param indexTag of the rows that count them; another than any else of the collection
     */
    RankIndex(byte elementTag, byte indexTag, Shape shape) {
        Check.argument(elementTag != indexTag, "tag %s", elementTag);
        this.elementTag = elementTag;
        this.indexTag = indexTag;
        this.shape = shape;
    }

    // ---- keeping it up to date ----

    /** A row of weight 1 was added and counted in the header. */
    void inserted(CollectionWriter rows, byte[] sub) {
        inserted(rows, sub, 1);
    }

    /** A row was added and counted in the header. */
    void inserted(CollectionWriter rows, byte[] sub, long weight) {
        long count = rowsOf(rows);
        if (count <= UNCOUNTED) {
            return;
        }
        if (count == UNCOUNTED + 1) {
            build(rows);
            return;
        }
        try (Boundaries index = new Boundaries(rows)) {
            insert(rows, index, sub, weight);
        }
    }

    private void insert(CollectionWriter rows, Boundaries index, byte[] sub, long weight) {
        int height = height(seed(rows), sub);
        for (int level = 1; level <= LEVELS_MAX; level++) {
            IndexRow before = index.before(level, sub);
            if (before == null && level > height) {
                return;
            } else if (before == null) {
                recount(rows, level, Bytes.EMPTY, null);
                recount(rows, level, sub, null);
            } else if (level <= height) {
                long left = recount(rows, level, before.boundary(), sub);
                rows.put(indexTag, indexSub(level, sub), encode(before.sum() + weight - left));
            } else {
                change(rows, before, weight);
            }
        }
    }

    /** A row of weight 1 was removed, and counted out of the header. */
    void removed(CollectionWriter rows, byte[] sub) {
        removed(rows, sub, 1);
    }

    /** A row was removed, and counted out of the header. */
    void removed(CollectionWriter rows, byte[] sub, long weight) {
        long count = rowsOf(rows);
        if (count < UNCOUNTED) {
            return;
        }
        if (count == UNCOUNTED) {
            clear(rows);
            return;
        }
        try (Boundaries index = new Boundaries(rows)) {
            remove(rows, index, sub, weight);
        }
    }

    private void remove(CollectionWriter rows, Boundaries index, byte[] sub, long weight) {
        int height = height(seed(rows), sub);
        for (int level = 1; level <= LEVELS_MAX; level++) {
            IndexRow before = index.before(level, sub);
            if (before == null) {
                return;
            }
            if (level > height) {
                change(rows, before, -weight);
                continue;
            }
            byte[] own = indexSub(level, sub);
            long sum = decode(rows.row(indexTag, own));
            rows.remove(indexTag, own);
            change(rows, before, sum - weight);
            removeIfWithoutBoundary(rows, level);
        }
    }

    /**
     * A row of weight 1 was added and another one is about to be removed: {@link #inserted} and {@link #removed} in one, for
     * less. Does nothing and returns false if one of them is a boundary; then these two are to be called.
     */
    boolean moved(CollectionWriter rows, byte[] from, byte[] to) {
        if (rowsOf(rows) <= UNCOUNTED) {
            return true;
        }
        long seed = seed(rows);
        if (height(seed, from) > 0 || height(seed, to) > 0) {
            return false;
        }
        try (Boundaries index = new Boundaries(rows)) {
            for (int level = 1; level <= LEVELS_MAX; level++) {
                IndexRow left = index.before(level, from);
                IndexRow entered = index.before(level, to);
                if (left == null || entered == null || Arrays.equals(left.sub(), entered.sub())) {
                    break; // What is the same on one level is the same on all above.
                }
                change(rows, left, -1);
                change(rows, entered, 1);
            }
        }
        return true;
    }

    /**
     * All rows with {@code from <= sub < to} were removed and counted out of the header; null {@code to} is the end. Cost:
     * that of one removal with a boundary, and the index rows of the range. Cheaper than {@link #removed} from a few dozen
     * rows on.
     *
     * @param rowsBefore of the tag, before they were removed
     */
    void removedRange(CollectionWriter rows, byte[] from, byte @Nullable [] to, long rowsBefore) {
        if (rowsBefore <= UNCOUNTED) {
            return;
        }
        if (rowsOf(rows) <= UNCOUNTED) {
            clear(rows);
            return;
        }
        try (Boundaries index = new Boundaries(rows)) {
            for (int level = 1; level <= LEVELS_MAX; level++) {
                IndexRow before = index.before(level, from);
                if (before == null) {
                    return;
                }
                byte[] end = to == null ? indexSub(level - 1, Bytes.EMPTY) : indexSub(level, to);
                removeIndexRows(rows, indexSub(level, from), end);
                recount(rows, level, before.boundary(), null);
                removeIfWithoutBoundary(rows, level);
            }
        }
    }

    /** Makes the index of a collection that has rows, counted in its header, but no index yet. Cost: all rows. */
    void build(CollectionWriter rows) {
        if (rowsOf(rows) <= UNCOUNTED) {
            return;
        }
        byte[][] boundaries = new byte[LEVELS_MAX + 1][];
        long[] sums = new long[LEVELS_MAX + 1];
        Arrays.fill(boundaries, Bytes.EMPTY);
        int top = 0;
        long seed = seed(rows);
        try (Cursor elements = rows.rows(elementTag, from(Bytes.EMPTY, rows.extra()), null)) {
            while (elements.next()) {
                byte[] sub = KeyLayout.sub(elements.key());
                long weight = shape.weight(elements.value());
                int height = height(seed, sub);
                top = Math.max(top, height);
                for (int level = 1; level <= LEVELS_MAX; level++) {
                    if (level <= height) {
                        rows.put(indexTag, indexSub(level, boundaries[level]), encode(sums[level]));
                        boundaries[level] = sub;
                        sums[level] = 0;
                    }
                    sums[level] += weight;
                }
            }
        }
        for (int level = 1; level <= top; level++) {
            rows.put(indexTag, indexSub(level, boundaries[level]), encode(sums[level]));
        }
    }

    /** Removes all index rows, if there are any. Cost: these. */
    void clear(CollectionWriter rows) {
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

    /** A row of the index: of a boundary, or the first one of its level. */
    private record IndexRow(byte[] sub, long sum) {
        byte[] boundary() {
            return Arrays.copyOfRange(sub, 1, sub.length);
        }
    }

    /** Finds boundaries on all levels: mostly without reading, else with two cursors. */
    private final class Boundaries implements AutoCloseable {
        private final CollectionWriter rows;
        private final StoreTransaction transaction;
        private final byte[] low;
        private @Nullable Cursor descending;
        private @Nullable Cursor ascending;

        Boundaries(CollectionWriter rows) {
            this.rows = rows;
            this.transaction = rows.context().store();
            this.low = shape.begin(rows.extra());
        }

        /** The row of the last boundary below {@code sub}, or the first one of the level; null if there is no such level. */
        @Nullable
        IndexRow before(int level, byte[] sub) {
            byte[] position = rows.position(indexTag, indexSub(level, sub));
            Gap gap = transaction.knownGap(position);
            if (gap == null) {
                gap = read(level, sub, position);
                transaction.noteGap(gap);
            }
            byte[] value = gap.value();
            return value == null || level(gap.row()) != level
                    ? null
                    : new IndexRow(KeyLayout.sub(gap.row()), decode(value));
        }

        private Gap read(int level, byte[] sub, byte[] position) {
            byte[] row = rows.position(indexTag, Bytes.EMPTY);
            byte[] value = null;
            if (low.length > 0 && !reaches(level, sub)) {
                byte[] first = rows.position(indexTag, indexSub(level, Bytes.EMPTY));
                value = transaction.get(Space.ROWS, first);
                // Without its first row there is no such level, and then none above, whose rows would come before.
                row = value == null ? row : first;
            } else {
                Cursor index = descending();
                if (index.seek(position)) {
                    row = index.key();
                    value = index.value();
                }
            }
            Cursor index = ascending();
            return new Gap(row, value, index.seek(position) ? index.key() : null);
        }

        private Cursor descending() {
            Cursor index = descending;
            if (index == null) {
                index = rows.rowsDescending(indexTag, Bytes.EMPTY, null);
                descending = index;
            }
            return index;
        }

        private Cursor ascending() {
            Cursor index = ascending;
            if (index == null) {
                index = rows.rows(indexTag, Bytes.EMPTY, null);
                ascending = index;
            }
            return index;
        }

        /**
         * Whether there is a boundary below {@code sub}. Where there is none, a search backwards would step over the marks of
         * all that were removed from the beginning.
         */
        private boolean reaches(int level, byte[] sub) {
            Cursor index = ascending();
            return index.seek(rows.position(indexTag, indexSub(level, low)))
                    && level(index.key()) == level
                    && Bytes.compare(boundary(index.key()), sub) < 0;
        }

        @Override
        public void close() {
            if (descending != null) {
                descending.close();
            }
            if (ascending != null) {
                ascending.close();
            }
        }
    }

    private void change(CollectionWriter rows, IndexRow row, long difference) {
        if (difference != 0) {
            rows.put(indexTag, row.sub(), encode(row.sum() + difference));
        }
    }

    /**
     * Writes the sum of a boundary: over the level below, which must be up to date, as far as the next row that is a boundary
     * of this level.
     *
     * @param next that row, if it is known
     */
    private long recount(CollectionWriter rows, int level, byte[] boundary, byte @Nullable [] next) {
        boolean overElements = level == 1;
        long sum = 0;
        long seed = seed(rows);
        try (Cursor below = overElements
                ? rows.rows(elementTag, from(boundary, rows.extra()), next)
                : rows.rows(
                        indexTag,
                        indexSub(level - 1, boundary),
                        next == null ? indexSub(level - 2, Bytes.EMPTY) : indexSub(level - 1, next))) {
            while (below.next()) {
                byte[] sub = overElements ? KeyLayout.sub(below.key()) : boundary(below.key());
                if (height(seed, sub) >= level && !Arrays.equals(sub, boundary)) {
                    break;
                }
                sum += overElements ? shape.weight(below.value()) : decode(below.value());
            }
        }
        rows.put(indexTag, indexSub(level, boundary), encode(sum));
        return sum;
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

    /** The sum of the weights of all rows with a smaller {@code sub}, whether or not there is such a row. */
    long rankOf(ReadContext context, byte[] key, CollectionHeader header, byte[] sub) {
        Place place = new Place();
        if (isCounted(header)) {
            descend(context, key, header, place, (sum, next) -> Bytes.compare(next, sub) <= 0);
        }
        long rank = place.sum;
        try (Cursor elements =
                context.rows(key, header.rows(), elementTag, from(place.boundary, header.extra()), sub)) {
            while (elements.next()) {
                announce(context, elements);
                rank += shape.weight(elements.value());
            }
        }
        return rank;
    }

    /** The last row that passes, or null if none does. The rows that pass must be the first ones. */
    @Nullable
    Found last(ReadContext context, byte[] key, CollectionHeader header, Passes passes) {
        Place place = new Place();
        if (isCounted(header)) {
            descend(context, key, header, place, passes);
        }
        Found found = null;
        long sum = place.sum;
        byte[] from = from(place.boundary, header.extra());
        try (Cursor elements = context.rows(key, header.rows(), elementTag, from, null)) {
            while (elements.next()) {
                announce(context, elements);
                byte[] sub = KeyLayout.sub(elements.key());
                if (!passes.test(sum, sub)) {
                    break;
                }
                long weight = shape.weight(elements.value());
                found = new Found(sub, weight, sum);
                sum += weight;
            }
        }
        return found;
    }

    /** The {@code sub} of the row of a rank, or null if there are not so many rows. Where all weights are 1. */
    byte @Nullable [] subAt(ReadContext context, byte[] key, CollectionHeader header, long rank) {
        try (Cursor elements = rowsFrom(context, key, header, rank)) {
            return elements.next() ? KeyLayout.sub(elements.key()) : null;
        }
    }

    /** The rows from a rank on, ascending: the first {@link Cursor#next()} stands on it. To be closed. Weights are 1. */
    Cursor rowsFrom(ReadContext context, byte[] key, CollectionHeader header, long rank) {
        Place place = new Place();
        if (isCounted(header) && rank > SHORT_WALK) {
            descend(context, key, header, place, (sum, next) -> sum <= rank);
        }
        return skip(
                context,
                context.rows(key, header.rows(), elementTag, from(place.boundary, header.extra()), null),
                Math.max(0, rank - place.sum));
    }

    /** The rows from a rank on downwards: the first {@link Cursor#next()} stands on it. To be closed. Weights are 1. */
    Cursor rowsDescendingFrom(ReadContext context, byte[] key, CollectionHeader header, long rank) {
        long fromEnd = header.count() - 1 - rank;
        if (!isCounted(header) || fromEnd <= SHORT_WALK) {
            Cursor all = context.rowsDescending(key, header.rows(), elementTag, Bytes.EMPTY, null);
            return skip(context, all, Math.max(0, fromEnd));
        }
        byte[] sub = subAt(context, key, header, rank);
        return context.rowsDescending(
                key, header.rows(), elementTag, Bytes.EMPTY, sub == null ? null : Arrays.copyOf(sub, sub.length + 1));
    }

    /**
     * A row.
     *
     * @param before the weights of the rows before it
     */
    record Found(byte[] sub, long weight, long before) {}

    /** A boundary and the sum before its row (where there is none: 0). */
    private static final class Place {
        private byte[] boundary = Bytes.EMPTY;
        private long sum;
    }

    /** Says where a search goes on. */
    @FunctionalInterface
    interface Passes {
        /**
         * Whether the place looked for is not before a row.
         *
         * @param sum of the weights before the row
         * @param sub of the row
         */
        boolean test(long sum, byte[] sub);
    }

    /** Goes down the levels to the last boundary that passes. One cursor, and a seek and some rows per level. */
    private void descend(ReadContext context, byte[] key, CollectionHeader header, Place place, Passes passes) {
        try (Cursor index = context.rows(key, header.rows(), indexTag, Bytes.EMPTY, null)) {
            int level = index.next() ? level(index.key()) : 0;
            while (level > 0) {
                long next = place.sum + decode(index.value());
                boolean more = index.next();
                while (more && level(index.key()) == level) {
                    announce(context, index);
                    byte[] boundary = boundary(index.key());
                    if (!passes.test(next, boundary)) {
                        break;
                    }
                    place.boundary = boundary;
                    place.sum = next;
                    next += decode(index.value());
                    more = index.next();
                }
                level--;
                if (level > 0) {
                    boolean exists =
                            index.seek(context.rowKey(key, header.rows(), indexTag, indexSub(level, place.boundary)));
                    Check.invariant(exists, "level %s of an index is missing", level);
                }
            }
        }
    }

    /** Where to look for rows from a boundary on. */
    private byte[] from(byte[] boundary, byte[] extra) {
        return boundary.length > 0 ? boundary : shape.begin(extra);
    }

    private boolean isCounted(CollectionHeader header) {
        return shape.rows(header.count(), header.extra()) > UNCOUNTED;
    }

    private long rowsOf(CollectionWriter rows) {
        return shape.rows(rows.count(), rows.extra());
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

    private long seed(CollectionWriter rows) {
        return shape.seed(rows.extra());
    }

    /** Of how many levels a row is a boundary. Part of the storage format. */
    static int height(long seed, byte[] sub) {
        long hash = new SipHash(seed, HASH_KEY).hash(sub);
        return Math.min(Long.numberOfTrailingZeros(hash) / FANOUT_BITS, LEVELS_MAX);
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

    private static byte[] encode(long sum) {
        return ByteBuffer.allocate(Long.BYTES).putLong(sum).array();
    }

    private static long decode(byte @Nullable [] sum) {
        if (sum == null) {
            throw new AssertionError("a count of ranks is missing");
        }
        return ByteBuffer.wrap(sum).getLong();
    }
}
