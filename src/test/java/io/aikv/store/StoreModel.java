package io.aikv.store;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a store should hold, the simple way: sorted maps, copied after every entry. */
final class StoreModel {
    final Map<Space, NavigableMap<byte[], byte[]>> spaces = new EnumMap<>(Space.class);
    final byte[] databaseMap;
    long nextCollectionId;

    StoreModel() {
        for (Space space : Space.values()) {
            spaces.put(space, new TreeMap<>(Arrays::compareUnsigned));
        }
        databaseMap = SystemKeys.identityDatabaseMap();
        nextCollectionId = 1;
    }

    private StoreModel(StoreModel other) {
        for (Space space : Space.values()) {
            NavigableMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
            rows.putAll(other.rows(space));
            spaces.put(space, rows);
        }
        databaseMap = other.databaseMap.clone();
        nextCollectionId = other.nextCollectionId;
    }

    StoreModel copy() {
        return new StoreModel(this);
    }

    NavigableMap<byte[], byte[]> rows(Space space) {
        return spaces.get(space);
    }

    void deleteRange(Space space, byte[] from, byte @Nullable [] to) {
        range(space, from, to).clear();
    }

    NavigableMap<byte[], byte[]> range(Space space, byte[] from, byte @Nullable [] to) {
        if (to == null) {
            return rows(space).tailMap(from, true);
        }
        return Arrays.compareUnsigned(from, to) >= 0
                ? new TreeMap<>(Arrays::compareUnsigned)
                : rows(space).subMap(from, true, to, false);
    }

    int physical(int database) {
        return databaseMap[database] & 0xff;
    }

    void swap(int a, int b) {
        byte swapped = databaseMap[a];
        databaseMap[a] = databaseMap[b];
        databaseMap[b] = swapped;
    }

    void flush(int database) {
        for (Space space : new Space[] {Space.KEYS, Space.ROWS, Space.EXPIRY}) {
            rows(space).keySet().removeIf(key -> (key[0] & 0xff) == physical(database));
        }
    }

    /** Counted from the keys themselves. A negative slot means all. */
    long count(int database, int slot) {
        return rows(Space.KEYS).keySet().stream()
                .filter(key -> (key[0] & 0xff) == physical(database))
                .filter(key -> slot < 0 || KeyLayout.slot(key) == slot)
                .count();
    }

    long earliestExpiry() {
        return rows(Space.EXPIRY).keySet().stream()
                .mapToLong(KeyLayout::expiryMillis)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Says how {@code reader} differs, or returns null. */
    @Nullable
    String difference(StoreReader reader, int databases) {
        for (Space space : new Space[] {Space.KEYS, Space.ROWS, Space.EXPIRY}) {
            Iterator<Map.Entry<byte[], byte[]>> expected =
                    rows(space).entrySet().iterator();
            try (Cursor found = reader.cursor(space, new byte[0], null)) {
                while (expected.hasNext()) {
                    Map.Entry<byte[], byte[]> row = expected.next();
                    if (!found.next()
                            || !Arrays.equals(found.key(), row.getKey())
                            || !Arrays.equals(found.value(), row.getValue())) {
                        return space + " row " + Arrays.toString(row.getKey()) + " is missing or different";
                    }
                }
                if (found.next()) {
                    return space + " row " + Arrays.toString(found.key()) + " is too many";
                }
            }
        }
        for (int database = 0; database < databases; database++) {
            if (reader.physicalDatabase(database) != physical(database)) {
                return "database " + database + " is " + reader.physicalDatabase(database);
            }
            if (reader.keyCount(database) != count(database, -1)) {
                return "database " + database + " counts " + reader.keyCount(database) + " keys, not "
                        + count(database, -1);
            }
        }
        return null;
    }
}
