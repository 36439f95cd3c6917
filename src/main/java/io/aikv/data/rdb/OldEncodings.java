package io.aikv.data.rdb;

import io.aikv.base.Numbers;
import java.util.function.Consumer;

/**
 * Compact encodings that Redis has given up (ziplist, zipmap) or keeps for integers only (intset). Each method visits the
 * elements, integers as decimal digits, and throws {@code ERR Bad data format} for anything malformed, perhaps after some
 * elements were visited.
 */
final class OldEncodings {
    private static final int END = 0xff;

    private static final int ZIPLIST_HEADER_SIZE = 10;
    private static final int ZIPLIST_LONG_PREVIOUS = 254;
    private static final int ZIPLIST_COUNT_UNKNOWN = 0xffff;
    private static final int ZIPLIST_INT_16 = 0xc0;
    private static final int ZIPLIST_INT_32 = 0xd0;
    private static final int ZIPLIST_INT_64 = 0xe0;
    private static final int ZIPLIST_INT_24 = 0xf0;
    private static final int ZIPLIST_INT_8 = 0xfe;
    private static final int ZIPLIST_SMALLEST = 0xf1;
    private static final int ZIPLIST_LARGEST = 0xfd;

    private static final int ZIPMAP_LONG = 254;

    private OldEncodings() {}

    // ---- ziplist ----

    /**
     * <pre>
     * totalBytes(4) offsetOfLast(4) count(2) element... 0xff
     * element   size of the one before (1, or 0xfe and 4), encoding, bytes
     * </pre>
     */
    static void forEachOfZiplist(byte[] ziplist, Consumer<byte[]> visitor) {
        ByteReader in = new ByteReader(ziplist, 0, ziplist.length);
        RdbFormat.require(in.little(4) == ziplist.length);
        long tail = in.little(4);
        long count = in.little(2);
        long seen = 0;
        int start = ZIPLIST_HEADER_SIZE;
        int previousSize = 0;
        while (in.peek() != END) {
            start = in.position();
            int first = in.u8();
            long previous = first == ZIPLIST_LONG_PREVIOUS ? in.little(4) : first;
            RdbFormat.require(previous == previousSize);
            byte[] element = zipElement(in);
            previousSize = in.position() - start;
            visitor.accept(element);
            seen++;
        }
        boolean counted = count == ZIPLIST_COUNT_UNKNOWN || count == seen;
        RdbFormat.require(in.remaining() == 1 && tail == start && counted);
    }

    private static byte[] zipElement(ByteReader in) {
        int first = in.u8();
        switch (first >> 6) {
            case 0:
                return in.bytes(first);
            case 1:
                return in.bytes((first & 0x3f) << 8 | in.u8());
            case 2:
                return in.bytes(in.big(4));
            default:
                return Numbers.encode(zipInteger(in, first));
        }
    }

    private static long zipInteger(ByteReader in, int encoding) {
        if (encoding >= ZIPLIST_SMALLEST && encoding <= ZIPLIST_LARGEST) {
            return encoding - ZIPLIST_SMALLEST;
        }
        return switch (encoding) {
            case ZIPLIST_INT_8 -> in.signedLittle(1);
            case ZIPLIST_INT_16 -> in.signedLittle(2);
            case ZIPLIST_INT_24 -> in.signedLittle(3);
            case ZIPLIST_INT_32 -> in.signedLittle(4);
            case ZIPLIST_INT_64 -> in.signedLittle(8);
            default -> throw RdbFormat.bad();
        };
    }

    // ---- zipmap ----

    /**
     * Visits fields and values in turn.
     *
     * <pre>
     * count(1) (size field size free(1) value unused(free))... 0xff        size: 1, or 0xfe and 4
     * </pre>
     */
    static void forEachOfZipmap(byte[] zipmap, Consumer<byte[]> visitor) {
        ByteReader in = new ByteReader(zipmap, 0, zipmap.length);
        in.skip(1);
        while (in.peek() != END) {
            byte[] field = in.bytes(zipmapSize(in));
            long size = zipmapSize(in);
            int free = in.u8();
            byte[] value = in.bytes(size);
            in.skip(free);
            visitor.accept(field);
            visitor.accept(value);
        }
        RdbFormat.require(in.remaining() == 1);
    }

    private static long zipmapSize(ByteReader in) {
        int first = in.u8();
        RdbFormat.require(first != END);
        return first == ZIPMAP_LONG ? in.little(4) : first;
    }

    // ---- intset ----

    /**
     * Visits integers in ascending order.
     *
     * <pre>
     * bytes of an integer(4) count(4) integer...
     * </pre>
     */
    static void forEachOfIntset(byte[] intset, Consumer<byte[]> visitor) {
        ByteReader in = new ByteReader(intset, 0, intset.length);
        long size = in.little(4);
        long count = in.little(4);
        RdbFormat.require(size == 2 || size == 4 || size == 8);
        RdbFormat.require(count > 0 && count * size == in.remaining());
        long before = 0;
        for (long i = 0; i < count; i++) {
            long value = in.signedLittle((int) size);
            RdbFormat.require(i == 0 || value > before);
            before = value;
            visitor.accept(Numbers.encode(value));
        }
    }
}
