package io.aikv.resp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * A byte string of announced length that arrives in pieces. Its array grows by doubling as bytes arrive, so that a length that
 * is announced and never sent costs next to nothing, and every byte is copied about twice at most.
 */
final class GrowingBytes {
    static final int CAPACITY_MIN = 32 << 10;

    private final int length;
    private byte[] array;
    private int filled;

    GrowingBytes(int length, int available) {
        this.length = length;
        this.array = new byte[Math.min(length, Math.max(available, CAPACITY_MIN))];
    }

    /** Takes what there is; true when all has arrived. */
    boolean fill(ByteBuf in) {
        int take = Math.min(in.readableBytes(), length - filled);
        long needed = (long) filled + take;
        if (needed > array.length) {
            array = Arrays.copyOf(array, (int) Math.min(length, Math.max(needed, 2L * array.length)));
        }
        in.readBytes(array, filled, take);
        filled += take;
        return filled == length;
    }

    /** The bytes, once {@link #fill} has returned true. */
    byte[] bytes() {
        return array;
    }

    /** Bytes of memory taken. */
    int capacity() {
        return array.length;
    }
}
