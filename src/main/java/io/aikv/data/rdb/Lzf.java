package io.aikv.data.rdb;

import java.util.Arrays;

/** Decompression of liblzf's raw format, in which Redis keeps long strings. Nothing is ever written compressed. */
final class Lzf {
    private static final int LITERAL_MAX = 32;
    private static final int LONG_MATCH = 7;
    private static final int MATCH_MIN = 2;

    /** Three bytes can stand for 264: no input has more than so many bytes of output for each of its own. */
    private static final int EXPANSION_MAX = 88;

    private Lzf() {}

    /** Whether {@code compressed} bytes can stand for {@code size}. */
    static boolean isPossible(long compressed, long size) {
        return size <= compressed * EXPANSION_MAX;
    }

    /**
     * Decompresses all of {@code in} to exactly {@code size} bytes.
     *
     * @param size at most what the caller allows; that much is allocated
     * @throws io.aikv.base.CommandError {@code ERR Bad data format}
     */
    static byte[] decompress(byte[] in, int size) {
        byte[] out = new byte[size];
        int from = 0;
        int to = 0;
        while (from < in.length) {
            int control = in[from++] & 0xff;
            if (control < LITERAL_MAX) {
                int count = control + 1;
                RdbFormat.require(count <= in.length - from && count <= size - to);
                System.arraycopy(in, from, out, to, count);
                from += count;
                to += count;
                continue;
            }
            int count = control >> 5;
            if (count == LONG_MATCH) {
                RdbFormat.require(from < in.length);
                count += in[from++] & 0xff;
            }
            count += MATCH_MIN;
            RdbFormat.require(from < in.length);
            int back = ((control & 0x1f) << 8 | (in[from++] & 0xff)) + 1;
            RdbFormat.require(back <= to && count <= size - to);
            if (back == 1) {
                Arrays.fill(out, to, to + count, out[to - 1]);
                to += count;
                continue;
            }
            for (int i = 0; i < count; i++, to++) {
                out[to] = out[to - back];
            }
        }
        RdbFormat.require(to == size);
        return out;
    }
}
