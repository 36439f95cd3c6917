package io.aikv.data;

import io.aikv.store.Cursor;
import org.jspecify.annotations.Nullable;

/**
 * A walk over rows of a stream that are keyed by entry ids: entries, or pending entries. Starts before the first; may be
 * used across writes, as {@link Cursor}. To be closed.
 */
public final class StreamCursor implements AutoCloseable {
    private static final int ROW_BYTES = 48;

    private final ReadContext context;
    private final @Nullable Cursor rows;
    private StreamId id = StreamId.MIN;

    /** @param rows null for no rows at all */
    StreamCursor(ReadContext context, @Nullable Cursor rows) {
        this.context = context;
        this.rows = rows;
    }

    /** Moves to the next row; false at the end. */
    public boolean next() {
        if (rows == null || !rows.next()) {
            return false;
        }
        context.willRead(ROW_BYTES);
        id = StreamId.atEnd(rows.key());
        return true;
    }

    public StreamId id() {
        return id;
    }

    /** The entry at a row of entries. */
    public StreamEntry entry() {
        byte[] value = value();
        context.willRead(value.length);
        return StreamEntry.decode(id, value);
    }

    /** The pending entry at a row of a group's pending entries. */
    PendingEntry pending() {
        return PendingEntry.decode(id, value());
    }

    private byte[] value() {
        if (rows == null) {
            throw new IllegalStateException("no row");
        }
        return rows.value();
    }

    @Override
    public void close() {
        if (rows != null) {
            rows.close();
        }
    }
}
