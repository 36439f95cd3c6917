package io.aikv.data.rdb;

import io.aikv.base.Numbers;
import java.util.function.Consumer;

/**
 * Redis' listpack: strings and integers one after the other, each followed by its own size so that it can be walked
 * backwards.
 *
 * <pre>
 * totalBytes(4) count(2, 65535: unknown) element... 0xff
 * element   0xxxxxxx | 110xxxxx x(1) | 0xf1 x(2) | 0xf2 x(3) | 0xf3 x(4) | 0xf4 x(8)   an integer
 *           10nnnnnn bytes | 1110nnnn n(1) bytes | 0xf0 n(4) bytes                     a string
 *           then the size of all this, seven bits a byte
 * </pre>
 */
final class Listpack {
    static final int HEADER_SIZE = 6;
    static final int END = 0xff;
    static final int COUNT_UNKNOWN = 0xffff;

    static final int INT_13 = 0xc0;
    static final int STRING_6 = 0x80;
    static final int STRING_12 = 0xe0;
    static final int STRING_32 = 0xf0;
    static final int INT_16 = 0xf1;
    static final int INT_24 = 0xf2;
    static final int INT_32 = 0xf3;
    static final int INT_64 = 0xf4;

    private Listpack() {}

    /**
     * Visits every element, integers as their decimal digits.
     *
     * @throws io.aikv.base.CommandError {@code ERR Bad data format}, perhaps after some elements were visited
     */
    static void forEach(byte[] listpack, Consumer<byte[]> visitor) {
        ByteReader in = new ByteReader(listpack, 0, listpack.length);
        RdbFormat.require(in.little(4) == listpack.length);
        long count = in.little(2);
        long seen = 0;
        while (in.peek() != END) {
            int start = in.position();
            byte[] element = element(in);
            requireBackLength(in, in.position() - start);
            visitor.accept(element);
            seen++;
        }
        RdbFormat.require(in.remaining() == 1 && (count == COUNT_UNKNOWN || count == seen));
    }

    private static byte[] element(ByteReader in) {
        int first = in.u8();
        if (first < 0x80) {
            return Numbers.encode(first);
        }
        if (first < INT_13) {
            return in.bytes(first & 0x3f);
        }
        if (first < STRING_12) {
            long value = (first & 0x1f) << 8 | in.u8();
            return Numbers.encode(value << 51 >> 51);
        }
        if (first < STRING_32) {
            return in.bytes((first & 0x0f) << 8 | in.u8());
        }
        return switch (first) {
            case STRING_32 -> in.bytes(in.little(4));
            case INT_16 -> Numbers.encode(in.signedLittle(2));
            case INT_24 -> Numbers.encode(in.signedLittle(3));
            case INT_32 -> Numbers.encode(in.signedLittle(4));
            case INT_64 -> Numbers.encode(in.signedLittle(8));
            default -> throw RdbFormat.bad();
        };
    }

    /** How many bytes the size of an element takes behind it. The odd bounds are Redis' own. */
    static int backLengthSize(int size) {
        return size <= 127 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5;
    }

    private static void requireBackLength(ByteReader in, int size) {
        int count = backLengthSize(size);
        for (int i = count - 1; i >= 0; i--) {
            int more = i == count - 1 ? 0 : 0x80;
            RdbFormat.require(in.u8() == ((size >>> (7 * i) & 0x7f) | more));
        }
    }
}
