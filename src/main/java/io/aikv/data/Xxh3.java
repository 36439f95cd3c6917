package io.aikv.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXH3, 64 bits, seed 0: the hash behind DIGEST. Not cryptographic.
 *
 * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash specification</a>
 */
final class Xxh3 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final byte[] SECRET = HexFormat.of()
            .parseHex(
                    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
                            + "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                            + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
                            + "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

    private static final long PRIME32_1 = 0x9E3779B1L;
    private static final long PRIME32_2 = 0x85EBCA77L;
    private static final long PRIME32_3 = 0xC2B2AE3DL;
    private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME64_3 = 0x165667B19E3779F9L;
    private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME64_5 = 0x27D4EB2F165667C5L;
    private static final long PRIME_MX1 = 0x165667919E3779F9L;
    private static final long PRIME_MX2 = 0x9FB21C651E98DF25L;

    private static final int STRIPE = 64;
    private static final int SECRET_STEP = 8;
    private static final int STRIPES_PER_BLOCK = (192 - STRIPE) / SECRET_STEP;

    private Xxh3() {}

    static long hash(byte[] in) {
        int length = in.length;
        if (length == 0) {
            return xxh64Avalanche(secret(56) ^ secret(64));
        }
        if (length <= 3) {
            return upTo3(in);
        }
        if (length <= 8) {
            return upTo8(in);
        }
        if (length <= 16) {
            return upTo16(in);
        }
        if (length <= 128) {
            return upTo128(in);
        }
        return length <= 240 ? upTo240(in) : longer(in);
    }

    private static long upTo3(byte[] in) {
        int length = in.length;
        int first = in[0] & 0xff;
        int middle = in[length >> 1] & 0xff;
        int last = in[length - 1] & 0xff;
        long combined = (first << 16 | middle << 24 | last | length << 8) & 0xffff_ffffL;
        long flip = ((int) INTS.get(SECRET, 0) ^ (int) INTS.get(SECRET, 4)) & 0xffff_ffffL;
        return xxh64Avalanche(combined ^ flip);
    }

    private static long upTo8(byte[] in) {
        int length = in.length;
        long first = (int) INTS.get(in, 0) & 0xffff_ffffL;
        long last = (int) INTS.get(in, length - 4) & 0xffff_ffffL;
        long h = (last + (first << 32)) ^ secret(8) ^ secret(16);
        h ^= Long.rotateLeft(h, 49) ^ Long.rotateLeft(h, 24);
        h *= PRIME_MX2;
        h ^= (h >>> 35) + length;
        h *= PRIME_MX2;
        return h ^ h >>> 28;
    }

    private static long upTo16(byte[] in) {
        int length = in.length;
        long low = read(in, 0) ^ secret(24) ^ secret(32);
        long high = read(in, length - 8) ^ secret(40) ^ secret(48);
        return avalanche(length + Long.reverseBytes(low) + high + fold(low, high));
    }

    private static long upTo128(byte[] in) {
        int length = in.length;
        long acc = length * PRIME64_1;
        for (int i = (length - 1) / 32; i >= 0; i--) {
            acc += mix16(in, 16 * i, 32 * i);
            acc += mix16(in, length - 16 * (i + 1), 32 * i + 16);
        }
        return avalanche(acc);
    }

    private static long upTo240(byte[] in) {
        int length = in.length;
        long acc = length * PRIME64_1;
        for (int i = 0; i < 8; i++) {
            acc += mix16(in, 16 * i, 16 * i);
        }
        acc = avalanche(acc);
        for (int i = 8; i < length / 16; i++) {
            acc += mix16(in, 16 * i, 16 * (i - 8) + 3);
        }
        return avalanche(acc + mix16(in, length - 16, 136 - 17));
    }

    private static long longer(byte[] in) {
        long[] acc = {PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1};
        int block = STRIPE * STRIPES_PER_BLOCK;
        int blocks = (in.length - 1) / block;
        for (int n = 0; n < blocks; n++) {
            for (int i = 0; i < STRIPES_PER_BLOCK; i++) {
                accumulate(acc, in, n * block + i * STRIPE, i * SECRET_STEP);
            }
            scramble(acc);
        }
        int stripes = (in.length - 1 - blocks * block) / STRIPE;
        for (int i = 0; i < stripes; i++) {
            accumulate(acc, in, blocks * block + i * STRIPE, i * SECRET_STEP);
        }
        accumulate(acc, in, in.length - STRIPE, 192 - STRIPE - 7);

        long h = in.length * PRIME64_1;
        for (int i = 0; i < 4; i++) {
            h += fold(acc[2 * i] ^ secret(11 + 16 * i), acc[2 * i + 1] ^ secret(19 + 16 * i));
        }
        return avalanche(h);
    }

    private static void accumulate(long[] acc, byte[] in, int at, int secretAt) {
        for (int i = 0; i < 8; i++) {
            long value = read(in, at + 8 * i);
            long keyed = value ^ secret(secretAt + 8 * i);
            acc[i ^ 1] += value;
            acc[i] += (keyed & 0xffff_ffffL) * (keyed >>> 32);
        }
    }

    private static void scramble(long[] acc) {
        for (int i = 0; i < 8; i++) {
            acc[i] = (acc[i] ^ acc[i] >>> 47 ^ secret(192 - STRIPE + 8 * i)) * PRIME32_1;
        }
    }

    private static long mix16(byte[] in, int at, int secretAt) {
        return fold(read(in, at) ^ secret(secretAt), read(in, at + 8) ^ secret(secretAt + 8));
    }

    /** Both halves of the unsigned 128-bit product, exclusive-or'ed. */
    private static long fold(long a, long b) {
        long high = Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
        return a * b ^ high;
    }

    private static long avalanche(long hash) {
        long h = (hash ^ hash >>> 37) * PRIME_MX1;
        return h ^ h >>> 32;
    }

    private static long xxh64Avalanche(long hash) {
        long h = (hash ^ hash >>> 33) * PRIME64_2;
        h = (h ^ h >>> 29) * PRIME64_3;
        return h ^ h >>> 32;
    }

    private static long secret(int at) {
        return read(SECRET, at);
    }

    private static long read(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }
}
