package io.aikv.store;

import io.aikv.base.Bytes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * A fingerprint of the logical state after one entry: replicas of a group with equal positions have equal digests
 * (invariant I9).
 *
 * <p>Covers every key with its header, the rows of every collection that is not garbage, key counters, database map and
 * next collection id. Not the garbage queue, which each replica empties at its own pace; nor expiry hints, which follow
 * from the headers.
 *
 * @param position the entry after which the state was read
 * @param hex SHA-1, 40 lower-case hexadecimal digits
 */
public record StoreDigest(AppliedPosition position, String hex) {
    private static final byte[] FIRST = new byte[0];

    /** Cost: reads every row. */
    static StoreDigest of(StoreSnapshot snapshot) {
        MessageDigest sha1 = sha1();
        try (Cursor rows = snapshot.cursor(Space.KEYS, FIRST, null)) {
            while (rows.next()) {
                update(sha1, Space.KEYS, rows.key(), rows.value());
            }
        }
        updateLiveRows(sha1, snapshot, garbageIds(snapshot));
        try (Cursor rows = snapshot.cursor(Space.SYSTEM, SystemKeys.COUNTERS_FIRST, SystemKeys.COUNTERS_END)) {
            while (rows.next()) {
                update(sha1, Space.SYSTEM, rows.key(), rows.value());
            }
        }
        byte[] map = new byte[KeyLayout.DATABASES_MAX];
        for (int database = 0; database < map.length; database++) {
            map[database] = (byte) snapshot.physicalDatabase(database);
        }
        update(sha1, Space.SYSTEM, SystemKeys.DATABASE_MAP, map);
        byte[] nextId = snapshot.get(Space.SYSTEM, SystemKeys.NEXT_COLLECTION_ID);
        update(sha1, Space.SYSTEM, SystemKeys.NEXT_COLLECTION_ID, nextId == null ? FIRST : nextId);
        return new StoreDigest(snapshot.position(), HexFormat.of().formatHex(sha1.digest()));
    }

    private static void updateLiveRows(MessageDigest sha1, StoreSnapshot snapshot, Set<Long> garbage) {
        try (RocksCursor rows = snapshot.rocksCursor(Space.ROWS, FIRST, null)) {
            boolean found = rows.next();
            while (found) {
                byte[] key = rows.key();
                if (garbage.contains(KeyLayout.collectionId(key))) {
                    byte[] end = Bytes.prefixEnd(KeyLayout.collectionPrefix(key));
                    found = end != null && rows.seek(end);
                } else {
                    update(sha1, Space.ROWS, key, rows.value());
                    found = rows.next();
                }
            }
        }
    }

    private static Set<Long> garbageIds(StoreSnapshot snapshot) {
        Set<Long> ids = new HashSet<>();
        try (Cursor rows = snapshot.cursor(Space.SYSTEM, SystemKeys.GARBAGE_FIRST, SystemKeys.GARBAGE_END)) {
            while (rows.next()) {
                ids.add(SystemKeys.garbageId(rows.key()));
            }
        }
        return ids;
    }

    private static void update(MessageDigest sha1, Space space, byte[] key, byte[] value) {
        byte[] sizes = new byte[9];
        ByteBuffer.wrap(sizes).put((byte) space.ordinal()).putInt(key.length).putInt(value.length);
        sha1.update(sizes);
        sha1.update(key);
        sha1.update(value);
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
