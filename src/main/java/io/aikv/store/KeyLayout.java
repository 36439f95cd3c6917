package io.aikv.store;

import io.aikv.base.Check;
import io.aikv.base.Slots;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The only place that knows how rows are keyed. Integers are big-endian, so byte order is logical order.
 *
 * <pre>
 * KEYS    db(1) slot(2) hash(4) userKey
 * ROWS    db(1) slot(2) collectionId(8) tag(1) sub...
 * EXPIRY  db(1) expireAtMillis(8) slot(2) hash(4) userKey
 * </pre>
 *
 * {@code db} is the physical database. {@code hash} is {@link #hash(byte[])} of the user key: it makes the order of keys
 * within a slot independent of their contents, so that a SCAN cursor (slot and hash, 46 bits) names a position in the key
 * space rather than in a node, and so that a random position finds a random key. A slot stays one contiguous range.
 */
public final class KeyLayout {
    public static final int DATABASES_MAX = 256;
    /** Bytes before the user key in {@link Space#KEYS}. */
    public static final int KEY_PREFIX_SIZE = 7;
    /** Bytes before {@code sub} in {@link Space#ROWS}. */
    public static final int ROW_PREFIX_SIZE = 12;

    /**
     * The value of an expiry hint that tells when fields of a hash may be due. The hint of a key's own deadline has an empty
     * one.
     */
    public static final byte[] FIELD_HINT = {'F'};

    private static final int EXPIRY_PREFIX_SIZE = 15;

    private KeyLayout() {}

    /** The row key of a user key. */
    public static byte[] key(int physicalDatabase, byte[] userKey) {
        return key(physicalDatabase, Slots.of(userKey), userKey);
    }

    /** As {@link #key(int, byte[])} where the slot is known. */
    public static byte[] key(int physicalDatabase, int slot, byte[] userKey) {
        byte[] row = new byte[KEY_PREFIX_SIZE + userKey.length];
        ByteBuffer.wrap(row)
                .put((byte) physicalDatabase)
                .putShort((short) slot)
                .putInt(hash(userKey))
                .put(userKey);
        return row;
    }

    /** The start of a slot at a hash: the position a SCAN cursor names. {@code hash} is unsigned, 0 to 2^32 - 1. */
    public static byte[] keyPosition(int physicalDatabase, int slot, long hash) {
        return ByteBuffer.allocate(KEY_PREFIX_SIZE)
                .put((byte) physicalDatabase)
                .putShort((short) slot)
                .putInt((int) hash)
                .array();
    }

    /** The prefix of a slot in {@link Space#KEYS} and {@link Space#ROWS}. */
    public static byte[] slotPrefix(int physicalDatabase, int slot) {
        return new byte[] {(byte) physicalDatabase, (byte) (slot >>> 8), (byte) slot};
    }

    /** The prefix of a database in {@link Space#KEYS} and {@link Space#ROWS}. */
    public static byte[] databasePrefix(int physicalDatabase) {
        return new byte[] {(byte) physicalDatabase};
    }

    /** The user key inside a row key of {@link Space#KEYS}. */
    public static byte[] userKey(byte[] keyRow) {
        return Arrays.copyOfRange(keyRow, KEY_PREFIX_SIZE, keyRow.length);
    }

    /** The slot of a row key of {@link Space#KEYS} or {@link Space#ROWS}. */
    public static int slot(byte[] row) {
        return (row[1] & 0xff) << 8 | row[2] & 0xff;
    }

    /** The hash inside a row key of {@link Space#KEYS}: 0 to 2^32 - 1. */
    public static long hash(byte[] keyRow, int offset) {
        return ByteBuffer.wrap(keyRow).getInt(offset + 3) & 0xffff_ffffL;
    }

    /**
     * The row key of an expiry hint. The database comes first, so that FLUSHDB removes its hints with one range: then
     * hints are exactly those that headers call for, and none can pile up.
     *
     * @param expireAtMillis milliseconds since the epoch, not negative
     */
    public static byte[] expiry(long expireAtMillis, int physicalDatabase, byte[] userKey) {
        Check.argument(expireAtMillis >= 0, "expiry at %s ms", expireAtMillis);
        return ByteBuffer.allocate(EXPIRY_PREFIX_SIZE + userKey.length)
                .put((byte) physicalDatabase)
                .putLong(expireAtMillis)
                .putShort((short) Slots.of(userKey))
                .putInt(hash(userKey))
                .put(userKey)
                .array();
    }

    /** The first hint of a physical database that is not before {@code millis}: where a range of hints begins or ends. */
    public static byte[] expiryPosition(int physicalDatabase, long millis) {
        return ByteBuffer.allocate(9)
                .put((byte) physicalDatabase)
                .putLong(millis)
                .array();
    }

    /** The instant inside an expiry hint, in milliseconds since the epoch. */
    public static long expiryMillis(byte[] expiryRow) {
        return ByteBuffer.wrap(expiryRow).getLong(1);
    }

    /** The physical database inside an expiry hint. */
    public static int expiryDatabase(byte[] expiryRow) {
        return expiryRow[0] & 0xff;
    }

    /** The user key inside an expiry hint. */
    public static byte[] expiryUserKey(byte[] expiryRow) {
        return Arrays.copyOfRange(expiryRow, EXPIRY_PREFIX_SIZE, expiryRow.length);
    }

    /** The key of one row of a collection. {@code tag} names the kind of row within the collection. */
    public static byte[] row(int physicalDatabase, int slot, long collectionId, byte tag, byte[] sub) {
        byte[] row = new byte[ROW_PREFIX_SIZE + sub.length];
        ByteBuffer.wrap(row)
                .put((byte) physicalDatabase)
                .putShort((short) slot)
                .putLong(collectionId)
                .put(tag)
                .put(sub);
        return row;
    }

    /** The prefix of all rows of a collection. */
    public static byte[] collectionPrefix(int physicalDatabase, int slot, long collectionId) {
        return ByteBuffer.allocate(ROW_PREFIX_SIZE - 1)
                .put((byte) physicalDatabase)
                .putShort((short) slot)
                .putLong(collectionId)
                .array();
    }

    /** The prefix of all rows of the collection that a row key of {@link Space#ROWS} belongs to. */
    static byte[] collectionPrefix(byte[] row) {
        return Arrays.copyOf(row, ROW_PREFIX_SIZE - 1);
    }

    /** The collection id inside a row key of {@link Space#ROWS}. */
    static long collectionId(byte[] row) {
        return ByteBuffer.wrap(row).getLong(3);
    }

    /** The tag inside a row key of {@link Space#ROWS}. */
    public static byte tag(byte[] row) {
        return row[ROW_PREFIX_SIZE - 1];
    }

    /** The part of a row's key behind the tag. */
    public static byte[] sub(byte[] row) {
        return Arrays.copyOfRange(row, ROW_PREFIX_SIZE, row.length);
    }

    /** MurmurHash3's 32-bit finalised hash (x86_32, seed 0) of a user key, as a signed int. Part of the storage format. */
    public static int hash(byte[] userKey) {
        int h = 0;
        int blocks = userKey.length & ~3;
        for (int i = 0; i < blocks; i += 4) {
            int k = userKey[i] & 0xff
                    | (userKey[i + 1] & 0xff) << 8
                    | (userKey[i + 2] & 0xff) << 16
                    | userKey[i + 3] << 24;
            h = Integer.rotateLeft(h ^ mix(k), 13) * 5 + 0xe6546b64;
        }
        int tail = 0;
        for (int i = userKey.length - 1; i >= blocks; i--) {
            tail = tail << 8 | userKey[i] & 0xff;
        }
        h ^= mix(tail) ^ userKey.length;
        h = (h ^ h >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return h ^ h >>> 16;
    }

    private static int mix(int k) {
        return Integer.rotateLeft(k * 0xcc9e2d51, 15) * 0x1b873593;
    }
}
