package io.aikv.data;

import io.aikv.base.Check;
import java.nio.ByteBuffer;

/**
 * A list's own part of its header.
 *
 * <pre>
 * first(8) last(8) flags(1)     flag 0x01: sparse
 * </pre>
 *
 * @param first no element stands before this position
 * @param last no element stands behind it; {@code first - 1} in an empty list
 * @param sparse otherwise there is exactly one element at each position from first to last
 */
record ListShape(long first, long last, boolean sparse) {
    static final ListShape EMPTY = new ListShape(0, -1, false);

    private static final int SIZE = 17;
    private static final byte SPARSE = 1;

    static ListShape decode(byte[] extra) {
        if (extra.length == 0) {
            return EMPTY;
        }
        Check.invariant(extra.length == SIZE, "the header of a list with %s bytes", extra.length);
        ByteBuffer bytes = ByteBuffer.wrap(extra);
        return new ListShape(bytes.getLong(), bytes.getLong(), (bytes.get() & SPARSE) != 0);
    }

    byte[] encode() {
        return ByteBuffer.allocate(SIZE)
                .putLong(first)
                .putLong(last)
                .put(sparse ? SPARSE : 0)
                .array();
    }

    ListShape withFirst(long position) {
        return new ListShape(position, last, sparse);
    }

    ListShape withLast(long position) {
        return new ListShape(first, position, sparse);
    }
}
