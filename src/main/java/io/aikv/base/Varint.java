package io.aikv.base;

import java.nio.ByteBuffer;

/**
 * Unsigned LEB128 of ints that are not negative: seven bits per byte, lowest first, the high bit set in every byte but the
 * last. Stateless.
 */
public final class Varint {
    /** Bytes of the largest number. */
    public static final int SIZE_MAX = 5;

    private static final int MORE = 0x80;
    private static final int BITS = 0x7f;

    /** What the fifth byte may hold of an int that is not negative. */
    private static final int LAST_MAX = 7;

    private static final int LAST_SHIFT = 28;

    private Varint() {}

    /** How many bytes {@link #write} takes: 1 to {@value #SIZE_MAX}. */
    public static int size(int value) {
        return value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
    }

    // ---- buffers ----

    /**
     * Appends a number.
     *
     * @param value not negative
     * @throws java.nio.BufferOverflowException if there is no room
     */
    public static void write(ByteBuffer out, int value) {
        int rest = value;
        while ((rest & ~BITS) != 0) {
            out.put((byte) (rest & BITS | MORE));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /**
     * Takes a number.
     *
     * @throws IllegalArgumentException {@code a number that is cut off}, {@code a number beyond 2147483647}
     */
    public static int read(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; in.hasRemaining(); shift += 7) {
            byte next = in.get();
            if (shift == LAST_SHIFT) {
                return value | last(next);
            }
            value |= (next & BITS) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw cutOff();
    }

    // ---- arrays ----

    /**
     * Writes a number.
     *
     * @param value not negative
     * @return where it ends
     */
    public static int write(byte[] target, int at, int value) {
        int to = at;
        int rest = value;
        while ((rest & ~BITS) != 0) {
            target[to++] = (byte) (rest & BITS | MORE);
            rest >>>= 7;
        }
        target[to++] = (byte) rest;
        return to;
    }

    /**
     * The number that begins at an offset; {@link #end} says where it ends.
     *
     * @throws IllegalArgumentException {@code a number that is cut off}, {@code a number beyond 2147483647}
     */
    public static int read(byte[] source, int at) {
        return at < source.length && source[at] >= 0 ? source[at] : readLonger(source, at);
    }

    private static int readLonger(byte[] source, int at) {
        int value = 0;
        int shift = 0;
        for (int i = at; i < source.length; i++, shift += 7) {
            byte next = source[i];
            if (shift == LAST_SHIFT) {
                return value | last(next);
            }
            value |= (next & BITS) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw cutOff();
    }

    /** The offset behind the number that begins at an offset and that {@link #read(byte[], int)} can read. */
    public static int end(byte[] source, int at) {
        int to = at;
        while (source[to] < 0) {
            to++;
        }
        return to + 1;
    }

    private static int last(byte next) {
        if (next < 0 || next > LAST_MAX) {
            throw new IllegalArgumentException("a number beyond " + Integer.MAX_VALUE);
        }
        return next << LAST_SHIFT;
    }

    private static IllegalArgumentException cutOff() {
        return new IllegalArgumentException("a number that is cut off");
    }
}
