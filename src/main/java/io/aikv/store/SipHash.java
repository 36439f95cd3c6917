package io.aikv.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012; the 128-bit variant of its reference code): a keyed
 * function whose collisions nobody can find who does not know the key. Allocates nothing: the upper half of a hash stays in
 * the object. Confined to one thread.
 */
public final class SipHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /** With a key of 16 bytes, little-endian in two halves. */
    public SipHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** The first eight bytes of the hash, little-endian; {@link #second()} then gives the other eight. */
    public long hash(byte[] bytes) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        int whole = bytes.length & ~7;
        for (int i = 0; i < whole; i += 8) {
            compress((long) LONGS.get(bytes, i));
        }
        long last = (long) bytes.length << 56;
        for (int i = bytes.length - 1; i >= whole; i--) {
            last |= (bytes[i] & 0xffL) << 8 * (i - whole);
        }
        compress(last);
        v2 ^= 0xee;
        rounds(4);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /** The other half of the hash that {@link #hash} began; once per hash. */
    long second() {
        v1 ^= 0xdd;
        rounds(4);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void compress(long word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }

    private void rounds(int count) {
        long a = v0;
        long b = v1;
        long c = v2;
        long d = v3;
        for (int i = 0; i < count; i++) {
            a += b;
            b = Long.rotateLeft(b, 13) ^ a;
            a = Long.rotateLeft(a, 32);
            c += d;
            d = Long.rotateLeft(d, 16) ^ c;
            a += d;
            d = Long.rotateLeft(d, 21) ^ a;
            c += b;
            b = Long.rotateLeft(b, 17) ^ c;
            c = Long.rotateLeft(c, 32);
        }
        v0 = a;
        v1 = b;
        v2 = c;
        v3 = d;
    }
}
