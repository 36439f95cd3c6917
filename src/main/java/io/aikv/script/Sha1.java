package io.aikv.script;

import io.aikv.base.Bytes;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** SHA-1 (FIPS 180-4), by which scripts are named. A digest of content, not a protection. */
final class Sha1 {
    private static final int BLOCK = 64;

    private Sha1() {}

    /** The digest as forty hexadecimal digits in lower case. */
    static String hex(byte[] text) {
        int[] h = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
        int[] w = new int[80];
        int whole = text.length / BLOCK * BLOCK;
        for (int at = 0; at < whole; at += BLOCK) {
            block(h, w, ByteBuffer.wrap(text, at, BLOCK));
        }
        int left = text.length - whole;
        ByteBuffer tail = ByteBuffer.allocate(left + 9 <= BLOCK ? BLOCK : 2 * BLOCK);
        tail.put(text, whole, left).put((byte) 0x80).putLong(tail.capacity() - 8, text.length * 8L);
        tail.position(0);
        while (tail.hasRemaining()) {
            block(h, w, tail);
        }
        ByteBuffer digest = ByteBuffer.allocate(20);
        for (int word : h) {
            digest.putInt(word);
        }
        return HexFormat.of().formatHex(digest.array());
    }

    /** As {@link #hex(byte[])} of the UTF-8 bytes. */
    static String hex(String text) {
        return hex(Bytes.utf8(text));
    }

    private static void block(int[] h, int[] w, ByteBuffer in) {
        for (int i = 0; i < 16; i++) {
            w[i] = in.getInt();
        }
        for (int i = 16; i < 80; i++) {
            w[i] = Integer.rotateLeft(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        }
        int a = h[0];
        int b = h[1];
        int c = h[2];
        int d = h[3];
        int e = h[4];
        for (int i = 0; i < 80; i++) {
            int f;
            int k;
            if (i < 20) {
                f = (b & c) | (~b & d);
                k = 0x5A827999;
            } else if (i < 40) {
                f = b ^ c ^ d;
                k = 0x6ED9EBA1;
            } else if (i < 60) {
                f = (b & c) | (b & d) | (c & d);
                k = 0x8F1BBCDC;
            } else {
                f = b ^ c ^ d;
                k = 0xCA62C1D6;
            }
            int next = Integer.rotateLeft(a, 5) + f + e + k + w[i];
            e = d;
            d = c;
            c = Integer.rotateLeft(b, 30);
            b = a;
            a = next;
        }
        h[0] += a;
        h[1] += b;
        h[2] += c;
        h[3] += d;
        h[4] += e;
    }
}
