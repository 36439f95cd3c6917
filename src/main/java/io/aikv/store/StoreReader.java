package io.aikv.store;

import org.jspecify.annotations.Nullable;

/**
 * Reads of a group's state: the committed state ({@link GroupStore#reader()}), a frozen view of it, or the state within
 * an entry ({@link StoreTransaction}, which sees its own writes). Keys are those of {@link KeyLayout}.
 */
public interface StoreReader {
    /** The value of one row, or null. Not to be changed by the caller. Cost: one point read. */
    byte @Nullable [] get(Space space, byte[] key);

    /** Rows with {@code from <= key < to}, ascending. A null {@code to} means to the end of the space. */
    Cursor cursor(Space space, byte[] from, byte @Nullable [] to);

    /** Rows with {@code from <= key < to}, descending: starts at the greatest. */
    Cursor cursorDescending(Space space, byte[] from, byte @Nullable [] to);

    /**
     * The physical database behind a logical one: the first byte of its keys. SWAPDB exchanges two of them.
     *
     * @param database 0 to {@link KeyLayout#DATABASES_MAX} - 1
     */
    int physicalDatabase(int database);

    /** How many keys a slot of a logical database holds, keys that are due but not yet removed included. O(1). */
    long keyCount(int database, int slot);

    /** How many keys a logical database holds in this group. Cost: O(1). */
    long keyCount(int database);
}
