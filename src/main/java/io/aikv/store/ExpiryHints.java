package io.aikv.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Walks the hints of {@link Space#EXPIRY}, database by database: within one they are in order of time. Costs one seek per
 * database that has any. Pure: a function of the reader's state.
 */
final class ExpiryHints {
    /** Nothing expires. */
    static final long NEVER = Long.MAX_VALUE;

    private ExpiryHints() {}

    /**
     * @param keys of the hints that are due
     * @param earliestMillis the earliest instant of any hint, due or not, or {@link #NEVER}
     */
    record Due(List<byte[]> keys, long earliestMillis) {}

    /** The earliest instant of any hint, or {@link #NEVER}. */
    static long earliest(StoreReader reader) {
        return due(reader, 0, 0, 0).earliestMillis;
    }

    /**
     * The hints that are due, by database and time.
     *
     * @param fromMillis no hint is earlier. Where the search begins: before lie the tombstones of those removed
     * @param nowMillis the last instant that is due
     * @param countMax how many to find, at most
     */
    static Due due(StoreReader reader, long fromMillis, long nowMillis, int countMax) {
        List<byte[]> due = new ArrayList<>();
        long earliest = NEVER;
        int physical = 0;
        while (physical < KeyLayout.DATABASES_MAX) {
            try (Cursor hints = reader.cursor(Space.EXPIRY, KeyLayout.expiryPosition(physical, fromMillis), null)) {
                boolean found = hints.next();
                if (!found) {
                    break;
                }
                physical = KeyLayout.expiryDatabase(hints.key());
                earliest = Math.min(earliest, KeyLayout.expiryMillis(hints.key()));
                while (found
                        && due.size() < countMax
                        && KeyLayout.expiryDatabase(hints.key()) == physical
                        && KeyLayout.expiryMillis(hints.key()) <= nowMillis) {
                    due.add(hints.key());
                    found = hints.next();
                }
                physical++;
            }
        }
        return new Due(due, earliest);
    }
}
