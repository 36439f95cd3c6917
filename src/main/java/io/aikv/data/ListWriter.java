package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list while a command changes it: rows are written at once, the header by {@link #finish()}. Made and used within one
 * command.
 *
 * <p>What an entry holds in memory: a push, a pop or a change of one element a row; elements removed at an end nothing but a
 * range if they are many; an insertion up to {@link #SHIFTED_MAX} rows, or two and a few of the index of a sparse list; {@link
 * #remove} two rows for each that it removes, or as many as it leaves if they are fewer.
 */
public final class ListWriter {
    /** A dense list stays dense while a change in its middle moves no more elements than this. */
    static final int SHIFTED_MAX = 256;

    /** A sparse list with no more elements than this is written anew, dense. */
    static final int DENSE_AGAIN_MAX = 64;

    /** More neighbours than this are removed as a range. */
    private static final int SINGLY_REMOVED_MAX = 512;

    /** More neighbours than this are not counted out of the index one by one. */
    private static final int SINGLY_COUNTED_MAX = 16;

    /** For more exceptions than this at a time the index is made anew. */
    private static final int SINGLY_INDEXED_MAX = 1_000;

    private final CollectionWriter rows;
    private ListShape shape;

    private ListWriter(CollectionWriter rows) {
        this.rows = rows;
        this.shape = ListShape.decode(rows.extra());
    }

    /**
     * The list at a key, empty if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static ListWriter open(WriteContext context, byte[] key) {
        return new ListWriter(CollectionWriter.open(context, key, Type.LIST));
    }

    /** The list at a key, or null if there is none. As {@link #open} otherwise. */
    public static @Nullable ListWriter openExisting(WriteContext context, byte[] key) {
        CollectionWriter rows = CollectionWriter.openExisting(context, key, Type.LIST);
        return rows == null ? null : new ListWriter(rows);
    }

    /** A new list that {@link #finish()} puts in the place of whatever the key holds, without an expiry. */
    public static ListWriter replace(WriteContext context, byte[] key) {
        return new ListWriter(CollectionWriter.replace(context, key, Type.LIST));
    }

    /** How many elements there are now. */
    public long count() {
        return rows.count();
    }

    /** Writes the header. Returns whether the key exists afterwards; see {@link CollectionWriter#finish()}. */
    public boolean finish() {
        if (rows.count() > 0) {
            if (shape.sparse() && rows.count() <= DENSE_AGAIN_MAX) {
                rewriteWithout(new RankRuns(false));
            }
            rows.setExtra(shape.encode());
        }
        return rows.finish();
    }

    // ---- the ends ----

    /** Adds an element before the first or behind the last. One row. */
    public void push(boolean first, byte[] value) {
        if (rows.count() == 0 && !rows.isNew()) {
            // All elements went within this command; their rows did not.
            rows.startAnew();
            shape = ListShape.EMPTY;
        }
        long position = first ? shape.first() - 1 : shape.last() + 1;
        putAt(position, value);
        rows.addCount(1);
        shape = first ? shape.withFirst(position) : shape.withLast(position);
    }

    /**
     * Removes and returns the first or last elements, the outermost first.
     *
     * @param count 1 or more; more than there are is all
     */
    public List<byte[]> pop(boolean first, long count) {
        List<byte[]> values = new ArrayList<>();
        if (count == 1 && !shape.sparse()) {
            byte[] value = reader().element(first ? 0 : rows.count() - 1);
            if (value != null) {
                values.add(value);
            }
        } else {
            ListReader reader = reader();
            try (ListReader.Walk walk = first ? reader.walkFrom(0) : reader.walkBackFrom(rows.count() - 1)) {
                while (values.size() < count && walk.next()) {
                    values.add(walk.value());
                }
            }
        }
        cut(first, values.size());
        return values;
    }

    /** Leaves only the elements from one rank to another, both included and present. */
    public void trim(long from, long to) {
        cut(false, rows.count() - 1 - to);
        cut(true, from);
    }

    /** Removes every element. O(1): the rows are left to the garbage queue. */
    public void clear() {
        rows.addCount(-rows.count());
    }

    /** Removes elements at an end: one by one if they are few, else as a range. */
    private void cut(boolean first, long count) {
        if (count >= rows.count()) {
            clear();
        } else if (count > 0 && shape.sparse()) {
            cutSparse(first, count);
        } else {
            long from = first ? shape.first() : shape.last() - count + 1;
            removePositions(from, from + count);
            rows.addCount(-count);
            shape = first ? shape.withFirst(from + count) : shape.withLast(from - 1);
        }
    }

    private void removePositions(long from, long to) {
        if (to - from > SINGLY_REMOVED_MAX) {
            rows.removeRange(Lists.ELEMENT, ListPosition.encode(from), ListPosition.encode(to));
            return;
        }
        for (long position = from; position < to; position++) {
            rows.remove(Lists.ELEMENT, ListPosition.encode(position));
        }
    }

    private void cutSparse(boolean first, long count) {
        byte[] inner = reader().sub(first ? count : rows.count() - count - 1);
        byte[] from = first ? ListPosition.encode(shape.first()) : LexRange.after(inner);
        byte[] to = first ? inner : ListPosition.encode(shape.last() + 1);
        removeElements(from, to, count);
        removeExceptions(from, to);
        rows.addCount(-count);
        long position = ListPosition.decode(inner);
        shape = first ? shape.withFirst(position) : shape.withLast(position);
        if (first && ListPosition.isBetween(inner)) {
            addException(ListPosition.encode(position), Lists.HOLE);
        }
    }

    private void removeElements(byte[] from, byte[] to, long count) {
        if (count > SINGLY_REMOVED_MAX) {
            rows.removeRange(Lists.ELEMENT, from, to);
            return;
        }
        List<byte[]> subs = new ArrayList<>();
        try (Cursor elements = rows.rows(Lists.ELEMENT, from, to)) {
            while (elements.next()) {
                subs.add(KeyLayout.sub(elements.key()));
            }
        }
        subs.forEach(sub -> rows.remove(Lists.ELEMENT, sub));
    }

    // ---- where it is not dense ----

    private void addException(byte[] sub, byte[] kind) {
        rows.put(Lists.EXCEPTION, sub, kind);
        countExceptions(1);
        Lists.OFFSETS.inserted(rows, sub, weight(kind));
    }

    private void removeException(byte[] sub, byte[] kind) {
        rows.remove(Lists.EXCEPTION, sub);
        countExceptions(-1);
        Lists.OFFSETS.removed(rows, sub, weight(kind));
    }

    private void countExceptions(long change) {
        if (!shape.sparse()) {
            shape = shape.withSeed(rows.context().random().nextLong());
        }
        shape = shape.withExceptions(shape.exceptions() + change);
        rows.setExtra(shape.encode());
    }

    private static long weight(byte[] kind) {
        return kind[0] == Lists.BETWEEN[0] ? 1 : -1;
    }

    private void removeExceptions(byte[] from, byte[] to) {
        List<byte[]> subs = new ArrayList<>();
        List<byte[]> kinds = new ArrayList<>();
        long count = 0;
        try (Cursor exceptions = rows.rows(Lists.EXCEPTION, from, to)) {
            while (exceptions.next()) {
                if (count++ < SINGLY_COUNTED_MAX) {
                    subs.add(KeyLayout.sub(exceptions.key()));
                    kinds.add(exceptions.value());
                }
            }
        }
        if (count <= SINGLY_COUNTED_MAX) {
            for (int i = 0; i < subs.size(); i++) {
                removeException(subs.get(i), kinds.get(i));
            }
            return;
        }
        long before = shape.exceptions();
        rows.removeRange(Lists.EXCEPTION, from, to);
        countExceptions(-count);
        Lists.OFFSETS.removedRange(rows, from, to, before);
    }

    // ---- the middle ----

    /** Replaces the element of a rank, which must exist. One row; in a sparse list a way through the index of exceptions. */
    public void set(long rank, byte[] value) {
        rows.put(Lists.ELEMENT, reader().sub(rank), value);
    }

    /**
     * Puts an element before the first one equal to {@code pivot}, or behind it. Returns whether there is one. Cost: the
     * rows up to the pivot, and those that move: the shorter side of a dense list if it has at most {@link #SHIFTED_MAX}.
     * Otherwise the list becomes sparse, which costs two rows and a way through the index of exceptions.
     */
    public boolean insert(byte[] pivot, boolean behind, byte[] value) {
        RankRuns found = reader().runsOf(pivot, 1, false);
        if (found.total() == 0) {
            return false;
        }
        long rank = behind ? found.end(0) : found.start(0);
        if (rank == 0 || rank == rows.count()) {
            push(rank == 0, value);
        } else if (!shape.sparse() && Math.min(rank, rows.count() - rank) <= SHIFTED_MAX) {
            insertShifting(rank, value);
        } else {
            insertBetween(rank, value);
        }
        return true;
    }

    private void insertShifting(long rank, byte[] value) {
        long first = shape.first();
        ListReader reader = reader();
        boolean moveHead = rank <= rows.count() - rank;
        try (ListReader.Walk walk = moveHead ? reader.walkFrom(0) : reader.walkBackFrom(rows.count() - 1)) {
            long moved = moveHead ? rank : rows.count() - rank;
            while (moved-- > 0 && walk.next()) {
                putAt(first + walk.rank() + (moveHead ? -1 : 1), walk.value());
            }
        }
        putAt(first + rank + (moveHead ? -1 : 0), value);
        rows.addCount(1);
        shape = moveHead ? shape.withFirst(first - 1) : shape.withLast(shape.last() + 1);
    }

    private void putAt(long position, byte[] value) {
        rows.put(Lists.ELEMENT, ListPosition.encode(position), value);
    }

    private void insertBetween(long rank, byte[] value) {
        byte[] before;
        byte[] after;
        try (ListReader.Walk walk = reader().walkFrom(rank - 1)) {
            before = walk.requireNext();
            after = walk.requireNext();
        }
        byte[] sub = ListPosition.between(before, after);
        rows.put(Lists.ELEMENT, sub, value);
        rows.addCount(1);
        if (ListPosition.isBetween(sub)) {
            addException(sub, Lists.BETWEEN);
        } else {
            removeException(sub, Lists.HOLE);
        }
    }

    /**
     * Removes elements equal to {@code value} and returns how many. Cost: all rows up to the last one that is removed, and
     * those that move: in a dense list up to {@link #SHIFTED_MAX}, or as many as are removed. If more would have to move the
     * list becomes sparse: two rows for each that is removed. In a sparse list the rows are read twice.
     *
     * @param wanted at most so many, 1 or more
     * @param backwards begin at the end
     */
    public long remove(byte[] value, long wanted, boolean backwards) {
        RankRuns runs = reader().runsOf(value, wanted, backwards);
        long removed = runs.total();
        long left = rows.count() - removed;
        if (removed == 0) {
            return 0;
        }
        if (left == 0) {
            clear();
        } else if (!shape.sparse()) {
            removeFromDense(runs);
        } else if (left <= Math.max(DENSE_AGAIN_MAX, removed)) {
            rewriteWithout(runs);
        } else {
            leaveHoles(subsOf(runs));
        }
        return removed;
    }

    private void removeFromDense(RankRuns runs) {
        long removed = runs.total();
        long before = runs.end(runs.size() - 1) - removed;
        long behind = rows.count() - runs.start(0) - removed;
        if (Math.min(before, behind) <= Math.max(SHIFTED_MAX, removed)) {
            closeUp(runs, before <= behind);
            cut(before <= behind, removed);
            return;
        }
        List<byte[]> subs = new ArrayList<>();
        for (int run = 0; run < runs.size(); run++) {
            for (long rank = runs.start(run); rank < runs.end(run); rank++) {
                subs.add(ListPosition.encode(shape.first() + rank));
            }
        }
        leaveHoles(subs);
    }

    /** Moves what stands on one side of removed elements over them, so that they are missing at that end. */
    private void closeUp(RankRuns runs, boolean moveHead) {
        int run = moveHead ? runs.size() - 1 : 0;
        long target = moveHead ? runs.end(run) - 1 : runs.start(0);
        ListReader reader = reader();
        try (ListReader.Walk walk = moveHead ? reader.walkBackFrom(target) : reader.walkFrom(target)) {
            while (walk.next()) {
                long rank = walk.rank();
                if (moveHead) {
                    while (run >= 0 && rank < runs.start(run)) {
                        run--;
                    }
                } else {
                    while (run < runs.size() && rank >= runs.end(run)) {
                        run++;
                    }
                }
                boolean removed = run >= 0 && run < runs.size() && rank >= runs.start(run) && rank < runs.end(run);
                if (!removed) {
                    putAt(shape.first() + target, walk.value());
                    target += moveHead ? -1 : 1;
                }
            }
        }
    }

    private List<byte[]> subsOf(RankRuns runs) {
        List<byte[]> subs = new ArrayList<>();
        try (ListReader.Walk walk = reader().walkFrom(runs.start(0))) {
            for (int run = 0; run < runs.size(); run++) {
                while (walk.rank() < runs.end(run) - 1 && walk.next()) {
                    if (walk.rank() >= runs.start(run)) {
                        subs.add(walk.sub());
                    }
                }
            }
        }
        return subs;
    }

    /** Removes elements where they are. */
    private void leaveHoles(List<byte[]> subs) {
        boolean singly = subs.size() <= SINGLY_INDEXED_MAX;
        long change = 0;
        for (byte[] sub : subs) {
            rows.remove(Lists.ELEMENT, sub);
            boolean between = ListPosition.isBetween(sub);
            if (singly && between) {
                removeException(sub, Lists.BETWEEN);
            } else if (singly) {
                addException(sub, Lists.HOLE);
            } else if (between) {
                rows.remove(Lists.EXCEPTION, sub);
                change--;
            } else {
                rows.put(Lists.EXCEPTION, sub, Lists.HOLE);
                change++;
            }
        }
        rows.addCount(-subs.size());
        if (!singly) {
            countExceptions(change);
            rows.removeRange(Lists.INDEX, Bytes.EMPTY, null);
            Lists.OFFSETS.build(rows);
        }
    }

    /** Writes all elements but some under a new id, dense. The entry holds what is written. */
    private void rewriteWithout(RankRuns runs) {
        ListReader old = reader();
        int run = 0;
        rows.startAnew();
        shape = ListShape.EMPTY;
        try (ListReader.Walk walk = old.walkFrom(0)) {
            while (walk.next()) {
                while (run < runs.size() && walk.rank() >= runs.end(run)) {
                    run++;
                }
                if (run >= runs.size() || walk.rank() < runs.start(run)) {
                    putAt(shape.last() + 1, walk.value());
                    rows.addCount(1);
                    shape = shape.withLast(shape.last() + 1);
                }
            }
        }
    }

    /** The list as it is now. */
    private ListReader reader() {
        return new ListReader(rows.context(), rows.key(), rows.header(shape.encode()));
    }
}
