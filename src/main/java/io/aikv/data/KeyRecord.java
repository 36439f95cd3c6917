package io.aikv.data;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a key's row holds: a header and the type's payload.
 *
 * <pre>
 * type(4 bits) | flags(4 bits)   1 byte; flag 0x10: an expiry follows; 0x20, 0x40, 0x80: the type's own
 * expireAtMillis                 8 bytes, only where set
 * payload                        a string's bytes; of a collection see {@link CollectionHeader}
 * </pre>
 *
 * Immutable; wraps the row without copying.
 */
public final class KeyRecord {
    /** Stands for "no expiry" in {@link #expireAtMillis()}. */
    public static final long NO_EXPIRY = -1;

    private static final int HAS_EXPIRY = 0x10;
    private static final int TYPE_MASK = 0x0f;

    private final byte[] row;

    private KeyRecord(byte[] row) {
        this.row = row;
    }

    /** Reads a row of the key space. */
    public static KeyRecord decode(byte[] row) {
        return new KeyRecord(row);
    }

    /**
     * A record of a type.
     *
     * @param flags the type's own bits, any of 0xe0
     * @param expireAtMillis milliseconds since the epoch, or {@link #NO_EXPIRY}
     * @param payload copied
     */
    public static KeyRecord of(Type type, int flags, long expireAtMillis, byte[] payload) {
        return of(
                type,
                flags,
                expireAtMillis,
                payload.length,
                (row, at) -> System.arraycopy(payload, 0, row, at, payload.length));
    }

    /** Writes a payload into a row. */
    @FunctionalInterface
    interface Payload {
        /** @param at where its first byte goes */
        void writeTo(byte[] row, int at);
    }

    /** As {@link #of(Type, int, long, byte[])}, with a payload of {@code size} bytes that is written in place. */
    static KeyRecord of(Type type, int flags, long expireAtMillis, int size, Payload payload) {
        boolean expires = expireAtMillis != NO_EXPIRY;
        int at = expires ? 1 + Long.BYTES : 1;
        byte[] row = new byte[at + size];
        row[0] = (byte) (type.code() | flags | (expires ? HAS_EXPIRY : 0));
        if (expires) {
            ByteBuffer.wrap(row).putLong(1, expireAtMillis);
        }
        payload.writeTo(row, at);
        return new KeyRecord(row);
    }

    /** Whether a row with this first byte is all there is of its key: no expiry, no hints, no rows of a collection. */
    static boolean isBare(int head) {
        boolean hasDeadlines = (head & TYPE_MASK) == Type.HASH.code() && (head & Hashes.PACKED_DEADLINES) != 0;
        return (head & (HAS_EXPIRY | Collections.HAS_ROWS)) == 0 && !hasDeadlines;
    }

    public Type type() {
        return Type.ofCode(row[0] & TYPE_MASK);
    }

    /** The type's own bits: any of 0xe0. */
    public int flags() {
        return row[0] & 0xe0;
    }

    public boolean hasExpiry() {
        return (row[0] & HAS_EXPIRY) != 0;
    }

    /** Milliseconds since the epoch, or {@link #NO_EXPIRY}. */
    public long expireAtMillis() {
        return hasExpiry() ? ByteBuffer.wrap(row).getLong(1) : NO_EXPIRY;
    }

    /** Whether the key is due at {@code nowMillis}: from that instant on it is absent. */
    public boolean isDue(long nowMillis) {
        return hasExpiry() && expireAtMillis() <= nowMillis;
    }

    public int payloadSize() {
        return row.length - payloadOffset();
    }

    /** A copy of the payload. */
    public byte[] payload() {
        return Arrays.copyOfRange(row, payloadOffset(), row.length);
    }

    /** The payload in place, read-only by contract, positioned at its first byte. */
    public ByteBuffer payloadBuffer() {
        int offset = payloadOffset();
        return ByteBuffer.wrap(row, offset, row.length - offset).slice();
    }

    public KeyRecord withExpiry(long expireAtMillis) {
        return of(type(), flags(), expireAtMillis, payload());
    }

    public KeyRecord withPayload(byte[] payload) {
        return of(type(), flags(), expireAtMillis(), payload);
    }

    /** The whole row, not to be changed. */
    byte[] row() {
        return row;
    }

    private int payloadOffset() {
        return hasExpiry() ? 9 : 1;
    }
}
