package io.aikv.data;

import io.aikv.store.Cursor;
import io.aikv.store.SipHash;
import java.nio.ByteBuffer;

/**
 * Tells whether a key is still what it was: the same on every replica, whatever the time. Not for keeping: it follows from how
 * values are stored.
 */
public final class KeyFingerprint {
    private static final int SIZE = 16;
    private static final long HASH_KEY = 0x61696b76L;

    private KeyFingerprint() {}

    /** 16 bytes that follow from the header of a key and all its rows. Cost: all rows. */
    public static byte[] of(ReadContext context, byte[] key, KeyRecord record) {
        byte[] fingerprint = next(new byte[SIZE], record.row());
        long id = Collections.idOf(record);
        if (id != Collections.NO_ID) {
            try (Cursor rows = context.allRows(key, id)) {
                while (rows.next()) {
                    fingerprint = next(next(fingerprint, rows.key()), rows.value());
                }
            }
        }
        return fingerprint;
    }

    private static byte[] next(byte[] fingerprint, byte[] part) {
        byte[] both = ByteBuffer.allocate(SIZE + part.length)
                .put(fingerprint)
                .put(part)
                .array();
        return ByteBuffer.allocate(SIZE)
                .putLong(new SipHash(HASH_KEY, 1).hash(both))
                .putLong(new SipHash(HASH_KEY, 2).hash(both))
                .array();
    }
}
