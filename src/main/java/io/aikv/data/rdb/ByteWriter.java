package io.aikv.data.rdb;

import io.aikv.base.CommandError;
import java.util.Arrays;

/** Bytes that grow up to a limit: the array is at most twice as large as what is in it, and never above the limit. */
final class ByteWriter {
    private static final int SIZE_FIRST = 256;

    private final int sizeMax;
    private final String tooLarge;
    private byte[] bytes = new byte[SIZE_FIRST];
    private int size;

    /** @param tooLarge the error line for more than {@code sizeMax} bytes */
    ByteWriter(int sizeMax, String tooLarge) {
        this.sizeMax = sizeMax;
        this.tooLarge = tooLarge;
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    private int grow(int more) {
        if (more > sizeMax - size) {
            throw new CommandError(tooLarge);
        }
        int at = size;
        size += more;
        if (size > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(sizeMax, Math.max(size, 2L * bytes.length)));
        }
        return at;
    }

    void put(int value) {
        int at = grow(1);
        bytes[at] = (byte) value;
    }

    void put(byte[] value) {
        put(value, value.length);
    }

    void put(byte[] value, int count) {
        int at = grow(count);
        System.arraycopy(value, 0, bytes, at, count);
    }

    void put(ByteWriter other) {
        put(other.bytes, other.size);
    }

    void putLittle(long value, int count) {
        setLittle(grow(count), value, count);
    }

    void setLittle(int at, long value, int count) {
        for (int i = 0; i < count; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }

    void putBig(long value, int count) {
        setBig(grow(count), value, count);
    }

    void setBig(int at, long value, int count) {
        for (int i = 0; i < count; i++) {
            bytes[at + i] = (byte) (value >>> (8 * (count - 1 - i)));
        }
    }

    /** The checksum of what was written. */
    long checksum() {
        return Crc64.of(bytes, size);
    }

    /** What was written; a copy unless the array is full. */
    byte[] toBytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
