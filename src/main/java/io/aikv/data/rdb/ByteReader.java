package io.aikv.data.rdb;

import io.aikv.base.Bytes;
import java.util.Arrays;

/** A cursor over untrusted bytes: every step is checked, and one beyond the end is {@code ERR Bad data format}. */
final class ByteReader {
    private final byte[] bytes;
    private final int end;
    private int position;

    ByteReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.position = from;
        this.end = end;
    }

    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    private int advance(long count) {
        RdbFormat.require(count >= 0 && count <= end - position);
        int at = position;
        position += (int) count;
        return at;
    }

    void skip(long count) {
        advance(count);
    }

    /** The next byte, 0 to 255, without a step. */
    int peek() {
        RdbFormat.require(position < end);
        return bytes[position] & 0xff;
    }

    /** 0 to 255. */
    int u8() {
        return bytes[advance(1)] & 0xff;
    }

    /** An unsigned number of 1 to 8 bytes, the least significant first; of eight bytes any long. */
    long little(int size) {
        int at = advance(size);
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        return value;
    }

    /** As {@link #little}, a number with a sign. */
    long signedLittle(int size) {
        int unused = 64 - 8 * size;
        return little(size) << unused >> unused;
    }

    /** An unsigned number of 1 to 8 bytes, the most significant first; of eight bytes any long. */
    long big(int size) {
        int at = advance(size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        return value;
    }

    /** A copy of the next bytes. */
    byte[] bytes(long count) {
        int at = advance(count);
        return count == 0 ? Bytes.EMPTY : Arrays.copyOfRange(bytes, at, position);
    }
}
