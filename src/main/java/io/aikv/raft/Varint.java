package io.aikv.raft;

import io.aikv.base.Check;
import java.nio.ByteBuffer;

/** Unsigned LEB128 of non-negative ints: seven bits per byte, lowest first. Stateless. */
final class Varint {
    private Varint() {}

    /** 1 to 5. */
    static int size(int value) {
        return value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
    }

    static void write(ByteBuffer out, int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            out.put((byte) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    static int read(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                Check.argument(value >= 0, "a negative number");
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than five bytes");
    }
}
