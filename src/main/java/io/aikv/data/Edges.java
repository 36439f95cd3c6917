package io.aikv.data;

import io.aikv.base.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The type's own part of a sorted set's header: whether Redis would keep it as a skip list, and where its rows by score
 * begin and end at most; and the seed of its {@link RankIndex}. A set that is used as a queue leaves the marks of removed rows behind, which every search from
 * its very start would have to step over one by one; the edges lead past them.
 *
 * <pre>
 * flags(1)   1: a skip list; 2: low follows; 4: high follows; 8: seed follows. Nothing at all where no flag is set
 * low        size(1) bytes: no row is below
 * high       size(1) bytes: every row is below
 * seed(8)    of a skip list
 * </pre>
 *
 * @param low empty where nothing is known
 * @param high null where nothing is known
 * @param seed of the index of ranks; 0 until it is a skip list
 */
record Edges(boolean skipList, byte[] low, byte @Nullable [] high, long seed) {
    private static final int SKIP_LIST = 1;
    private static final int LOW = 2;
    private static final int HIGH = 4;
    private static final int SEED = 8;

    /** Longer edges are cut: a header must stay small. */
    private static final int EDGE_BYTES_MAX = 96;

    static Edges decode(byte[] extra) {
        if (extra.length == 0) {
            return new Edges(false, Bytes.EMPTY, null, 0);
        }
        ByteBuffer in = ByteBuffer.wrap(extra);
        int flags = in.get();
        byte[] low = (flags & LOW) != 0 ? take(in) : Bytes.EMPTY;
        byte[] high = (flags & HIGH) != 0 ? take(in) : null;
        long seed = (flags & SEED) != 0 ? in.getLong() : 0;
        return new Edges((flags & SKIP_LIST) != 0, low, high, seed);
    }

    private static byte[] take(ByteBuffer in) {
        byte[] edge = new byte[in.get()];
        in.get(edge);
        return edge;
    }

    byte[] encode() {
        byte[] end = high;
        int flags = (skipList ? SKIP_LIST : 0)
                | (low.length > 0 ? LOW : 0)
                | (end != null ? HIGH : 0)
                | (seed != 0 ? SEED : 0);
        if (flags == 0) {
            return Bytes.EMPTY;
        }
        int size = 1
                + (low.length > 0 ? 1 + low.length : 0)
                + (end != null ? 1 + end.length : 0)
                + (seed != 0 ? Long.BYTES : 0);
        ByteBuffer out = ByteBuffer.allocate(size).put((byte) flags);
        if (low.length > 0) {
            out.put((byte) low.length).put(low);
        }
        if (end != null) {
            out.put((byte) end.length).put(end);
        }
        if (seed != 0) {
            out.putLong(seed);
        }
        return out.array();
    }

    /** @param newSeed drawn by the entry's chance */
    Edges asSkipList(long newSeed) {
        return new Edges(true, low, high, newSeed);
    }

    /** There is no row below {@code sub} any more. */
    Edges beginAt(byte[] sub) {
        return new Edges(skipList, cut(sub), high, seed);
    }

    private static byte[] cut(byte[] sub) {
        return Arrays.copyOf(sub, Math.min(sub.length, EDGE_BYTES_MAX));
    }

    /** Whether the row at {@code sub} is known to be the first one, as far as an edge can say. */
    boolean begins(byte[] sub) {
        return Arrays.equals(low, cut(sub));
    }

    /** There is no row at {@code sub} or behind it any more. */
    Edges endBefore(byte[] sub) {
        byte[] end = sub.length <= EDGE_BYTES_MAX ? sub : Bytes.prefixEnd(Arrays.copyOf(sub, EDGE_BYTES_MAX));
        return new Edges(skipList, low, end, seed);
    }

    /** There is a row at {@code sub} now. */
    Edges include(byte[] sub) {
        byte[] end = high;
        Edges edges = this;
        if (Bytes.compare(sub, low) < 0) {
            edges = beginAt(sub);
        }
        return end != null && Bytes.compare(sub, end) >= 0 ? new Edges(skipList, edges.low, null, seed) : edges;
    }

    /** The part of a span in which there can be rows. */
    Span clamp(Span span) {
        byte[] end = high;
        byte[] to = span.to();
        if (end != null && (to == null || Bytes.compare(end, to) < 0)) {
            to = end;
        }
        return new Span(Bytes.compare(low, span.from()) > 0 ? low : span.from(), to);
    }
}
