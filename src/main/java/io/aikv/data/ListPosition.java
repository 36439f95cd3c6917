package io.aikv.data;

import io.aikv.base.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * How the elements of a list are keyed: eight bytes of a position, and a suffix where elements were put between
 * neighbours.
 *
 * <pre>
 * sub   position(8, sign bit flipped: byte order is order) suffix(0 or more, the last byte is not 0)
 * </pre>
 */
final class ListPosition {
    private static final int SIZE = Long.BYTES;
    private static final int DIGIT_MAX = 0xff;
    private static final byte MIDDLE = (byte) 0x80;

    /** An insertion takes this part of the room that is left: many insertions at one place go in one direction. */
    private static final int PART = 16;

    private ListPosition() {}

    static byte[] encode(long position) {
        return ByteBuffer.allocate(SIZE).putLong(position ^ Long.MIN_VALUE).array();
    }

    /** The position a sub begins with. */
    static long decode(byte[] sub) {
        return ByteBuffer.wrap(sub).getLong() ^ Long.MIN_VALUE;
    }

    /** Whether a sub lies between two positions. */
    static boolean isBetween(byte[] sub) {
        return sub.length > SIZE;
    }

    /**
     * A sub between two neighbours. A suffix grows by a byte for every few dozen insertions at the same place.
     *
     * @param before smaller than {@code after}
     */
    static byte[] between(byte[] before, byte[] after) {
        long low = decode(before);
        long high = decode(after);
        if (low + 1 < high) {
            return encode(low + (high - low) / 2);
        }
        int at = Arrays.mismatch(before, after);
        Check.invariant(Arrays.compareUnsigned(before, after) < 0 && at >= 0, "no room between equal places in a list");
        return at == before.length ? belowExtension(before, after) : above(before, at, after[at] & 0xff);
    }

    /** {@code after} is {@code before} and more, which does not end with 0: something smaller behind {@code before}. */
    private static byte[] belowExtension(byte[] before, byte[] after) {
        int at = before.length;
        while (after[at] == 0) {
            at++;
        }
        int digit = after[at] & 0xff;
        if (digit == 1) {
            byte[] sub = Arrays.copyOf(before, at + 2);
            sub[at + 1] = MIDDLE;
            return sub;
        }
        byte[] sub = Arrays.copyOf(before, at + 1);
        sub[at] = (byte) (digit - Math.max(1, digit / PART));
        return sub;
    }

    /** Something above {@code before} that differs from it at {@code at} by less than {@code limit}, or later. */
    private static byte[] above(byte[] before, int at, int limit) {
        int digit = before[at] & 0xff;
        if (at >= SIZE && limit - digit > 1) {
            return cut(before, at, digit + Math.max(1, (limit - digit) / PART));
        }
        for (int i = Math.max(at + 1, SIZE); i < before.length; i++) {
            digit = before[i] & 0xff;
            if (digit < DIGIT_MAX) {
                return cut(before, i, digit + Math.max(1, (DIGIT_MAX + 1 - digit) / PART));
            }
        }
        byte[] sub = Arrays.copyOf(before, before.length + 1);
        sub[before.length] = MIDDLE;
        return sub;
    }

    private static byte[] cut(byte[] before, int at, int digit) {
        byte[] sub = Arrays.copyOf(before, at + 1);
        sub[at] = (byte) digit;
        return sub;
    }
}
