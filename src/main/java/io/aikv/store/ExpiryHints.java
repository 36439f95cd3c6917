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

    /** The earliest instant of any hint, or {@link #NEVER}. */
    static long earliest(StoreReader reader) {
        long earliest = NEVER;
        int physical = 0;
        while (physical < KeyLayout.DATABASES_MAX) {
            try (Cursor hints = reader.cursor(Space.EXPIRY, KeyLayout.databasePrefix(physical), null)) {
                if (!hints.next()) {
                    break;
                }
                earliest = Math.min(earliest, KeyLayout.expiryMillis(hints.key()));
                physical = KeyLayout.expiryDatabase(hints.key()) + 1;
            }
        }
        return earliest;
    }

    /** The keys of hints that are due at {@code nowMillis}, at most {@code countMax}. */
    static List<byte[]> due(StoreReader reader, long nowMillis, int countMax) {
        List<byte[]> due = new ArrayList<>();
        int physical = 0;
        while (physical < KeyLayout.DATABASES_MAX && due.size() < countMax) {
            try (Cursor hints = reader.cursor(Space.EXPIRY, KeyLayout.databasePrefix(physical), null)) {
                boolean found = hints.next();
                if (!found) {
                    break;
                }
                physical = KeyLayout.expiryDatabase(hints.key());
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
        return due;
    }
}
