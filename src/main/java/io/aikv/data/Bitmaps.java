package io.aikv.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Strings as arrays of bits, the first one the most significant of the first byte: counting and searching, one part at a
 * time as a string is stored. {@link StringEditor} changes bits, {@link BitOperation} combines strings.
 */
public final class Bitmaps {
    /** Words of eight bytes, the first byte the most significant, so that bits stand in their order. */
    static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int BYTE_BITS = 8;
    private static final int BYTE_MASK = 0xff;

    private Bitmaps() {}

    /**
     * How many bits are set.
     *
     * @param first position of the first bit to count, 0 or more
     * @param last position of the last one, at least {@code first} and within the value
     */
    public static long count(ReadContext context, byte[] key, KeyRecord record, long first, long last) {
        int from = (int) (first / BYTE_BITS);
        int to = (int) (last / BYTE_BITS) + 1;
        long count = 0;
        try (StringParts parts = StringParts.of(context, key, record, from, to)) {
            while (parts.next()) {
                byte[] array = parts.array();
                count += count(array, parts.start(), parts.size());
                if (parts.offset() == from) {
                    count -= Integer.bitCount(array[parts.start()] & before(first));
                }
                if (parts.offset() + parts.size() == to) {
                    count -= Integer.bitCount(array[parts.start() + parts.size() - 1] & behind(last));
                }
            }
        }
        return count;
    }

    private static long count(byte[] array, int start, int size) {
        long count = 0;
        int at = start;
        int end = start + size;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            count += Long.bitCount((long) WORDS.get(array, at));
        }
        for (; at < end; at++) {
            count += Integer.bitCount(array[at] & BYTE_MASK);
        }
        return count;
    }

    /**
     * The position of the first bit that is {@code wanted}, or -1 if there is none from {@code first} to {@code last}. These
     * as for {@link #count}.
     */
    public static long find(ReadContext context, byte[] key, KeyRecord record, boolean wanted, long first, long last) {
        int from = (int) (first / BYTE_BITS);
        int to = (int) (last / BYTE_BITS) + 1;
        int expected = from;
        try (StringParts parts = StringParts.of(context, key, record, from, to)) {
            while (parts.next()) {
                if (!wanted && parts.offset() > expected) {
                    break; // A hole: its first bit is clear.
                }
                long found = find(parts, wanted, first, last);
                if (found >= 0) {
                    return found;
                }
                expected = parts.offset() + parts.size();
            }
        }
        // What is left is zeros.
        return wanted || expected >= to ? -1 : Math.max(first, (long) expected * BYTE_BITS);
    }

    /** As {@link #find(ReadContext, byte[], KeyRecord, boolean, long, long)}, within a part. */
    private static long find(StringParts parts, boolean wanted, long first, long last) {
        byte[] array = parts.array();
        long flip = wanted ? 0 : -1;
        int at = parts.start();
        int end = at + parts.size();
        int shift = parts.offset() - parts.start();
        while (at < end) {
            if (at <= end - Long.BYTES && (long) WORDS.get(array, at) == flip) {
                at += Long.BYTES;
                continue;
            }
            int bits = (array[at] ^ (int) flip) & BYTE_MASK;
            long position = (long) (at + shift) * BYTE_BITS;
            if (position < first) {
                bits &= ~before(first);
            }
            if (position + BYTE_BITS - 1 > last) {
                bits &= ~behind(last);
            }
            if (bits != 0) {
                return position + Integer.numberOfLeadingZeros(bits) - (Integer.SIZE - BYTE_BITS);
            }
            at++;
        }
        return -1;
    }

    /** The bits of a bit's byte that stand before it. */
    private static int before(long position) {
        return BYTE_MASK & ~(BYTE_MASK >>> (position % BYTE_BITS));
    }

    /** The bits of a bit's byte that stand behind it. */
    private static int behind(long position) {
        return (1 << (BYTE_BITS - 1 - position % BYTE_BITS)) - 1;
    }
}
