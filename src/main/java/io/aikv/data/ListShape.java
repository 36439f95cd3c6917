package io.aikv.data;

import io.aikv.base.Check;
import java.nio.ByteBuffer;

/**
 * A list's own part of its header.
 *
 * <pre>
 * first(8) last(8) flags(1)                        a dense list
 * first(8) last(8) flags(1) exceptions(8) seed(8)  flag 0x01: a sparse list
 * </pre>
 *
 * @param first no element stands before this position
 * @param last no element stands behind it; {@code first - 1} in an empty list
 * @param exceptions how many positions from first to last are empty, and elements stand between two positions; 0 in a dense
 *     list
 * @param seed of the index of exceptions; anything in a dense list
 */
record ListShape(long first, long last, long exceptions, long seed) {
    static final ListShape EMPTY = new ListShape(0, -1, 0, 0);

    private static final int DENSE_SIZE = 17;
    private static final int SPARSE_SIZE = 33;
    private static final byte SPARSE = 1;

    static ListShape decode(byte[] extra) {
        if (extra.length == 0) {
            return EMPTY;
        }
        ByteBuffer bytes = ByteBuffer.wrap(extra);
        long first = bytes.getLong();
        long last = bytes.getLong();
        boolean sparse = (bytes.get() & SPARSE) != 0;
        Check.invariant(
                extra.length == (sparse ? SPARSE_SIZE : DENSE_SIZE),
                "the header of a list with %s bytes",
                extra.length);
        return sparse ? new ListShape(first, last, bytes.getLong(), bytes.getLong()) : new ListShape(first, last, 0, 0);
    }

    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(sparse() ? SPARSE_SIZE : DENSE_SIZE)
                .putLong(first)
                .putLong(last)
                .put(sparse() ? SPARSE : 0);
        if (sparse()) {
            bytes.putLong(exceptions).putLong(seed);
        }
        return bytes.array();
    }

    /** Otherwise there is exactly one element at each position from first to last. */
    boolean sparse() {
        return exceptions > 0;
    }

    ListShape withFirst(long position) {
        return new ListShape(position, last, exceptions, seed);
    }

    ListShape withLast(long position) {
        return new ListShape(first, position, exceptions, seed);
    }

    ListShape withExceptions(long count) {
        return new ListShape(first, last, count, seed);
    }

    ListShape withSeed(long newSeed) {
        return new ListShape(first, last, exceptions, newSeed);
    }
}
