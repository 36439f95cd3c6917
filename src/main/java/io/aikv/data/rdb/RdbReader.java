package io.aikv.data.rdb;

import io.aikv.base.CommandError;
import io.aikv.base.Numbers;

/**
 * A checked payload while it is read: numbers and strings. Bounds what it gives rise to: decompressed bytes and the number of
 * elements.
 */
final class RdbReader {
    private static final String WRONG_FOOTER = "ERR DUMP payload version or checksum are wrong";
    private static final String TOO_MANY = "ERR the DUMP payload holds too many elements";

    /** Redis 8.0. */
    private static final int VERSION_MAX = 12;

    private static final int FOOTER_SIZE = 10;
    private static final int VERSION_SIZE = 2;

    private static final int LENGTH_32 = 0x80;
    private static final int LENGTH_64 = 0x81;
    private static final int INT_8 = 0xc0;
    private static final int INT_16 = 0xc1;
    private static final int INT_32 = 0xc2;
    private static final int COMPRESSED = 0xc3;

    private static final int SCORE_NAN = 253;
    private static final int SCORE_INF = 254;
    private static final int SCORE_MINUS_INF = 255;

    /** Redis' longest text of a score. */
    private static final int SCORE_TEXT_MAX = 252;

    private final ByteReader in;
    private long decompressedBytesLeft;
    private long elementsLeft;

    /**
     * Checks the footer.
     *
     * @param decompressedBytesMax of all compressed strings together
     * @param elementsMax of the whole value
     * @throws CommandError {@code ERR DUMP payload version or checksum are wrong}
     */
    RdbReader(byte[] payload, long decompressedBytesMax, long elementsMax) {
        int end = payload.length - FOOTER_SIZE;
        if (end < 0) {
            throw new CommandError(WRONG_FOOTER);
        }
        ByteReader footer = new ByteReader(payload, end, payload.length);
        boolean readable = footer.little(VERSION_SIZE) <= VERSION_MAX;
        if (!readable || footer.little(8) != Crc64.of(payload, end + VERSION_SIZE)) {
            throw new CommandError(WRONG_FOOTER);
        }
        in = new ByteReader(payload, 0, end);
        decompressedBytesLeft = decompressedBytesMax;
        elementsLeft = elementsMax;
    }

    /** Whether anything is left before the footer. */
    boolean hasNext() {
        return in.remaining() > 0;
    }

    int type() {
        return in.u8();
    }

    /** A number as lengths are written; any long, unsigned. */
    long number() {
        int first = in.u8();
        switch (first >> 6) {
            case 0:
                return first;
            case 1:
                return (first & 0x3f) << 8 | in.u8();
            default:
                RdbFormat.require(first == LENGTH_32 || first == LENGTH_64);
                return in.big(first == LENGTH_32 ? 4 : 8);
        }
    }

    /** How many parts follow: no more than there are bytes left, since each takes one at least. */
    int count() {
        long count = number();
        RdbFormat.require(count >= 0 && count <= in.remaining());
        return (int) count;
    }

    /** As {@link #count()} of a collection, which is never empty. */
    int countOfElements() {
        int count = count();
        RdbFormat.require(count > 0);
        return count;
    }

    /** Says that the value has one more element, pair of elements, or the like. */
    void element() {
        elements(1);
    }

    /** As {@link #element()}, of several. */
    void elements(int count) {
        elementsLeft -= count;
        if (elementsLeft < 0) {
            throw new CommandError(TOO_MANY);
        }
    }

    byte[] string() {
        int first = in.peek();
        if (first < INT_8) {
            return in.bytes(number());
        }
        in.skip(1);
        return switch (first) {
            case INT_8 -> Numbers.encode(in.signedLittle(1));
            case INT_16 -> Numbers.encode(in.signedLittle(2));
            case INT_32 -> Numbers.encode(in.signedLittle(4));
            case COMPRESSED -> compressed();
            default -> throw RdbFormat.bad();
        };
    }

    private byte[] compressed() {
        long compressedSize = number();
        long size = number();
        RdbFormat.require(compressedSize > 0 && compressedSize <= in.remaining());
        RdbFormat.require(size > 0 && size <= decompressedBytesLeft && Lzf.isPossible(compressedSize, size));
        decompressedBytesLeft -= size;
        return Lzf.decompress(in.bytes(compressedSize), (int) size);
    }

    /** Eight bytes; never NaN. */
    double binaryScore() {
        double score = Double.longBitsToDouble(in.little(8));
        RdbFormat.require(!Double.isNaN(score));
        return score;
    }

    /** As decimal digits, behind their number; never NaN. */
    double textScore() {
        int size = in.u8();
        RdbFormat.require(size != SCORE_NAN);
        if (size >= SCORE_INF) {
            return size == SCORE_MINUS_INF ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return score(in.bytes(size));
    }

    /** The number in a string; never NaN. */
    static double score(byte[] text) {
        RdbFormat.require(text.length <= SCORE_TEXT_MAX);
        return Numbers.parseDouble(text, RdbFormat.bad().line());
    }

    /** An instant: milliseconds since the epoch, not negative. */
    long millis() {
        long millis = in.little(8);
        RdbFormat.require(millis >= 0);
        return millis;
    }

    /** As {@link #millis()}, or -1 for never. */
    long millisOrNever() {
        long millis = in.little(8);
        RdbFormat.require(millis >= -1);
        return millis;
    }

    RdbValue.Id id() {
        return new RdbValue.Id(number(), number());
    }

    RdbValue.Id rawId() {
        return new RdbValue.Id(in.big(8), in.big(8));
    }

    /** An id as a string of sixteen bytes. */
    RdbValue.Id nodeKey() {
        byte[] key = string();
        RdbFormat.require(key.length == 16);
        ByteReader halves = new ByteReader(key, 0, key.length);
        return new RdbValue.Id(halves.big(8), halves.big(8));
    }
}
