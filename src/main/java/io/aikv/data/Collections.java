package io.aikv.data;

/**
 * What all values with rows in the store share: the first eight bytes of the payload are the collection id, under which the
 * rows are found. A string has rows only if it is large, a collection unless its rows are packed ({@link #HAS_ROWS}).
 */
public final class Collections {
    /** No rows in the store: a plain string, or a collection whose rows are packed into its record. */
    public static final long NO_ID = 0;
    /** Header flag: the payload begins with a collection id and the value lives (also) in rows. */
    public static final int HAS_ROWS = 0x20;

    private Collections() {}

    /** The id under which the record's rows are kept, or {@link #NO_ID}. Ids start at 1. */
    public static long idOf(KeyRecord record) {
        return (record.flags() & HAS_ROWS) != 0 ? record.payloadBuffer().getLong(0) : NO_ID;
    }
}
