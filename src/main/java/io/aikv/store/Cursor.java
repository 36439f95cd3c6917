package io.aikv.store;

/**
 * A position in a range of rows, in byte order (or its reverse). Starts before the first row.
 *
 * <pre>{@code
 * try (Cursor rows = reader.cursor(Space.ROWS, from, to)) {
 *     while (rows.next()) { use(rows.key(), rows.value()); }
 * }
 * }</pre>
 *
 * Not thread-safe. A cursor over committed state sees the state at its creation; a cursor of a transaction also sees what
 * the transaction writes ahead of it. {@link #next()} fails with a {@link StoreFailure} once the store is being closed.
 */
public interface Cursor extends AutoCloseable {
    /** Moves to the next row; false when the range is exhausted. */
    boolean next();

    /**
     * Moves to the first row at a position or behind it (descending: to the last one before it), wherever the cursor was;
     * {@link #next()} goes on from there. False if there is none in the range. Cost: a seek, but no new cursor.
     *
     * @param position a key within the range
     */
    boolean seek(byte[] position);

    /** The whole key of the current row. Not to be changed; stays as it is when the cursor moves. */
    byte[] key();

    /** The value of the current row. Not to be changed; stays as it is when the cursor moves. */
    byte[] value();

    @Override
    void close();
}
