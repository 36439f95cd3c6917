package io.aikv.data;

import io.aikv.base.Elements;
import io.aikv.base.Slots;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Walks over all keys of a database.
 *
 * <p>A position is {@code slot << 32 | hash of the key}, below 2^46: it names a place in the key space and neither a node
 * nor a state of one, so a scan may go on anywhere, across leader changes and slot migrations. Keys that share a position
 * are never separated: every key present throughout a scan is returned at least once. 0 is the start.
 */
public final class KeyScan {
    private static final int HASH_BITS = 32;
    private static final long HASH_MASK = 0xffff_ffffL;

    /**
     * A step of a scan.
     *
     * @param next where to go on, 0 at the end
     * @param keys those that passed the filter
     */
    public record Page(long next, List<byte[]> keys) {}

    /** A step of any scan ends after so many bytes, whatever it was to look at. */
    static final int STEP_BYTES_MAX = 4 << 20;

    private KeyScan() {}

    /** The position of a key: 0 to 2^46 - 1. */
    public static long position(byte[] key) {
        return (long) Slots.of(key) << HASH_BITS | KeyLayout.hash(key) & HASH_MASK;
    }

    /**
     * Visits about {@code count} keys from {@code position} on: at least that many if there are, and those that share the
     * last one's position.
     *
     * @param position 0 for the start, else the last page's {@code next}; any other number is a valid place too
     * @param count 1 or more
     */
    public static Page scan(ReadContext context, long position, long count, BiPredicate<byte[], KeyRecord> filter) {
        List<byte[]> keys = new ArrayList<>();
        if (position < 0 || position >>> HASH_BITS >= Slots.COUNT) {
            return new Page(0, keys);
        }
        long visited = 0;
        long bytes = 0;
        long last = -1;
        try (Cursor rows = context.keysFrom((int) (position >>> HASH_BITS), position & HASH_MASK)) {
            while (rows.next()) {
                byte[] row = rows.key();
                long at = (long) KeyLayout.slot(row) << HASH_BITS | KeyLayout.hash(row, 0);
                if ((visited >= count || bytes > STEP_BYTES_MAX) && at != last) {
                    return new Page(at, keys);
                }
                visited++;
                bytes += row.length;
                last = at;
                KeyRecord record = KeyRecord.decode(rows.value());
                byte[] key = KeyLayout.userKey(row);
                if (!context.isHidden(record) && filter.test(key, record)) {
                    keys.add(key);
                }
            }
        }
        return new Page(0, keys);
    }

    /** Every key of the database that passes the filter. Cost: all rows of keys. To be closed. */
    public static Elements<byte[]> all(ReadContext context, Predicate<byte[]> filter) {
        Cursor rows = context.keysFrom(0, 0);
        return new Elements<>() {
            @Override
            public byte @Nullable [] next() {
                while (rows.next()) {
                    byte[] key = KeyLayout.userKey(rows.key());
                    if (filter.test(key) && !context.isHidden(KeyRecord.decode(rows.value()))) {
                        return key;
                    }
                }
                return null;
            }

            @Override
            public void close() {
                rows.close();
            }
        };
    }

    /** Up to {@code limit} keys of one slot. */
    public static List<byte[]> keysOfSlot(ReadContext context, int slot, int limit) {
        List<byte[]> keys = new ArrayList<>();
        try (Cursor rows = context.keysOfSlot(slot, 0)) {
            while (keys.size() < limit && rows.next()) {
                if (!context.isHidden(KeyRecord.decode(rows.value()))) {
                    keys.add(KeyLayout.userKey(rows.key()));
                }
            }
        }
        return keys;
    }

    /**
     * A key by chance, or null if there is none. First the slot, in proportion to its keys, then a random place in it:
     * within a slot a key is as likely as the gap before it is wide, which hashing makes nearly even. Cost: a look at the
     * slots' counters and a few rows; more only where many keys are due.
     */
    public static byte @Nullable [] randomKey(ReadContext context) {
        long total = context.keyCount();
        if (total == 0) {
            return null;
        }
        long chosen = context.random().nextLong(total);
        int slot = 0;
        while (slot < Slots.COUNT - 1 && (chosen -= context.keyCount(slot)) >= 0) {
            slot++;
        }
        long hash = context.random().nextLong(1L << HASH_BITS);
        byte[] key = firstLive(context, context.keysOfSlot(slot, hash));
        if (key == null) {
            key = firstLive(context, context.keysOfSlot(slot, 0));
        }
        return key != null ? key : firstLive(context, context.keysFrom(0, 0));
    }

    private static byte @Nullable [] firstLive(ReadContext context, Cursor cursor) {
        try (Cursor rows = cursor) {
            while (rows.next()) {
                if (!context.isHidden(KeyRecord.decode(rows.value()))) {
                    return KeyLayout.userKey(rows.key());
                }
            }
        }
        return null;
    }
}
