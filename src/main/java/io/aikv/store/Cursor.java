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
 * Not thread-safe. A cursor over committed state sees the state at its creation; a cursor of a transaction must not be
 * used across writes of that transaction to the same space.
 */
public interface Cursor extends AutoCloseable {
    /** Moves to the next row; false when the range is exhausted. */
    boolean next();

    /** The whole key of the current row. A fresh array. */
    byte[] key();

    /** The value of the current row. */
    byte[] value();

    @Override
    void close();
}
