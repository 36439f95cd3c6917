package io.aikv.data;

import io.aikv.base.Check;
import io.aikv.base.Elements;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A list as it is at an instant: what its elements are, by rank. Says what it reads.
 *
 * <p>See {@link Lists} for the rows. In a dense list a rank is a position; in a sparse one the exceptions before it count
 * too.
 */
public final class ListReader {
    /** What a row counts as beside its value: its key is not looked at, which would be another call into RocksDB. */
    private static final int ROW_COST = 32;

    private final ReadContext context;
    private final byte[] key;
    private final CollectionHeader header;
    private final ListShape shape;

    ListReader(ReadContext context, byte[] key, CollectionHeader header) {
        this.context = context;
        this.key = key;
        this.header = header;
        this.shape = ListShape.decode(header.extra());
    }

    /** How many elements there are. */
    public long count() {
        return header.count();
    }

    // ---- one element ----

    /** The element of a rank, or null if there is none. One point read; in a sparse list a way through the index. */
    public byte @Nullable [] element(long rank) {
        if (rank < 0 || rank >= header.count()) {
            return null;
        }
        byte[] value = context.row(key, header.rows(), Lists.ELEMENT, sub(rank));
        Check.invariant(value != null, "a list of %s elements has none of rank %s", header.count(), rank);
        context.willRead(Objects.requireNonNull(value).length);
        return value;
    }

    /** The sub of a rank, which must exist. */
    byte[] sub(long rank) {
        RankIndex.Found exception = shape.sparse()
                ? Lists.OFFSETS.last(context, key, header, (offset, sub) -> rankAt(offset, sub) <= rank)
                : null;
        if (exception == null) {
            return ListPosition.encode(shape.first() + rank);
        }
        // From this exception to the next one, elements stand at each position.
        long position = ListPosition.decode(exception.sub());
        long further = rank - rankAt(exception.before(), exception.sub());
        if (exception.weight() < 0) {
            return ListPosition.encode(position + 1 + further);
        }
        return further == 0 ? exception.sub() : ListPosition.encode(position + further);
    }

    /**
     * How many elements stand before a place.
     *
     * @param offset how many elements there are more than positions before it
     */
    private long rankAt(long offset, byte[] sub) {
        return ListPosition.decode(sub) - shape.first() + (ListPosition.isBetween(sub) ? 1 : 0) + offset;
    }

    // ---- several ----

    /** The elements from one rank to another, both included; both must exist. Cost: a seek and these rows. */
    public Elements<byte[]> range(long from, long to) {
        Walk walk = walkFrom(from);
        return new Elements<>() {
            @Override
            public byte @Nullable [] next() {
                return walk.rank() < to && walk.next() ? walk.value() : null;
            }

            @Override
            public void close() {
                walk.close();
            }
        };
    }

    /**
     * The ranks of elements equal to {@code value}.
     *
     * @param skipped how many matches are passed over
     * @param wanted how many ranks are given at most, 1 or more
     * @param compared how many elements are looked at, at most
     * @param backwards begin at the end
     */
    public List<Long> ranksOf(byte[] value, long skipped, long wanted, long compared, boolean backwards) {
        List<Long> ranks = new ArrayList<>();
        long left = compared;
        long toSkip = skipped;
        try (Walk walk = backwards ? walkBackFrom(header.count() - 1) : walkFrom(0)) {
            while (left-- > 0 && walk.next()) {
                if (!Arrays.equals(walk.value(), value)) {
                    continue;
                }
                if (toSkip > 0) {
                    toSkip--;
                    continue;
                }
                ranks.add(walk.rank());
                if (ranks.size() >= wanted) {
                    break;
                }
            }
        }
        return ranks;
    }

    /**
     * The ranks of elements equal to {@code value}, as runs. Cost: all rows up to the last one that is wanted.
     *
     * @param wanted at most so many, 1 or more
     * @param backwards begin at the end
     */
    RankRuns runsOf(byte[] value, long wanted, boolean backwards) {
        RankRuns runs = new RankRuns(backwards);
        try (Walk walk = backwards ? walkBackFrom(header.count() - 1) : walkFrom(0)) {
            while (runs.total() < wanted && walk.next()) {
                if (Arrays.equals(walk.value(), value)) {
                    runs.add(walk.rank());
                }
            }
        }
        return runs;
    }

    // ---- walks ----

    /** The elements from a rank on. */
    Walk walkFrom(long rank) {
        byte[] from = rank == 0 ? ListPosition.encode(shape.first()) : rank >= header.count() ? end() : sub(rank);
        return new Walk(context.rows(key, header.rows(), Lists.ELEMENT, from, end()), rank, 1);
    }

    /** The elements from a rank back to the first. */
    Walk walkBackFrom(long rank) {
        byte[] next = rank + 1 >= header.count() ? end() : sub(rank + 1);
        byte[] from = ListPosition.encode(shape.first());
        return new Walk(context.rowsDescending(key, header.rows(), Lists.ELEMENT, from, next), rank, -1);
    }

    private byte[] end() {
        return ListPosition.encode(shape.last() + 1);
    }

    /** A walk over elements and their ranks. Stands before its first. */
    final class Walk implements AutoCloseable {
        private final Cursor rows;
        private final int step;
        private long rank;

        private Walk(Cursor rows, long rank, int step) {
            this.rows = rows;
            this.step = step;
            this.rank = rank - step;
        }

        boolean next() {
            if (!rows.next()) {
                return false;
            }
            rank += step;
            context.willRead(ROW_COST + rows.value().length);
            return true;
        }

        /** The sub of the next element, which must exist. */
        byte[] requireNext() {
            boolean found = next();
            Check.invariant(found, "a list of %s elements ends at rank %s", header.count(), rank);
            return sub();
        }

        long rank() {
            return rank;
        }

        byte[] sub() {
            return KeyLayout.sub(rows.key());
        }

        byte[] value() {
            return rows.value();
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
