package io.aikv.data.rdb;

import io.aikv.base.Numbers;

/** Builds a {@link Listpack}, element by element; after {@link #clear()} another one in the same memory. */
public final class ListpackWriter {
    private static final long INT_13_MAX = 1 << 12;
    private static final long INT_16_MAX = 1 << 15;
    private static final long INT_24_MAX = 1 << 23;
    private static final long INT_32_MAX = 1L << 31;

    private static final int STRING_6_MAX = 63;
    private static final int STRING_12_MAX = 4095;

    private final ByteWriter out;
    private int count;

    /** @param sizeMax bytes it may take; more is refused as a payload that is too large */
    public ListpackWriter(int sizeMax) {
        out = new ByteWriter(sizeMax, RdbWriter.TOO_LARGE);
        clear();
    }

    /** Begins anew. */
    public void clear() {
        out.clear();
        count = 0;
        out.putLittle(0, Listpack.HEADER_SIZE);
    }

    /** How many elements there are. */
    public int count() {
        return count;
    }

    /** Bytes written so far. */
    public int size() {
        return out.size();
    }

    /** Adds an element; one that looks like an integer is kept as one, as Redis does. */
    public void add(byte[] element) {
        if (element.length <= 20 && Numbers.isLong(element)) {
            add(Numbers.parseLong(element));
            return;
        }
        int start = out.size();
        int size = element.length;
        if (size <= STRING_6_MAX) {
            out.put(Listpack.STRING_6 | size);
        } else if (size <= STRING_12_MAX) {
            out.put(Listpack.STRING_12 | size >> 8);
            out.put(size);
        } else {
            out.put(Listpack.STRING_32);
            out.putLittle(size, 4);
        }
        out.put(element);
        endElement(start);
    }

    /** Adds an integer. */
    public void add(long value) {
        int start = out.size();
        if (value >= 0 && value <= 127) {
            out.put((int) value);
        } else if (fits(value, INT_13_MAX)) {
            out.put(Listpack.INT_13 | (int) (value >> 8) & 0x1f);
            out.put((int) value);
        } else if (fits(value, INT_16_MAX)) {
            out.put(Listpack.INT_16);
            out.putLittle(value, 2);
        } else if (fits(value, INT_24_MAX)) {
            out.put(Listpack.INT_24);
            out.putLittle(value, 3);
        } else if (fits(value, INT_32_MAX)) {
            out.put(Listpack.INT_32);
            out.putLittle(value, 4);
        } else {
            out.put(Listpack.INT_64);
            out.putLittle(value, 8);
        }
        endElement(start);
    }

    private static boolean fits(long value, long bound) {
        return value >= -bound && value < bound;
    }

    private void endElement(int start) {
        int size = out.size() - start;
        int bytes = Listpack.backLengthSize(size);
        for (int i = bytes - 1; i >= 0; i--) {
            out.put((size >>> (7 * i) & 0x7f) | (i == bytes - 1 ? 0 : 0x80));
        }
        count++;
    }

    /** The whole listpack; nothing can be added afterwards before {@link #clear()}. */
    ByteWriter finish() {
        out.put(Listpack.END);
        out.setLittle(0, out.size(), 4);
        out.setLittle(4, Math.min(count, Listpack.COUNT_UNKNOWN), 2);
        return out;
    }
}
