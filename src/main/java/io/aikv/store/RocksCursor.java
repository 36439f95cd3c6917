package io.aikv.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** A cursor over the committed rows of a range. Keeps the engine open until it is closed. */
final class RocksCursor implements Cursor {
    private static final byte[] NONE = new byte[0];

    private final Engine engine;
    private final int use;
    private final boolean descending;
    private final Space space;
    private final byte @Nullable [] to;
    private final ReadOptions read = new ReadOptions();
    private final @Nullable Slice lower;
    private final @Nullable Slice upper;
    private final RocksIterator rows;

    private byte[] from;
    /** Whether it is an ascending one that RocksDB keeps from going beyond its range, if that has an end. */
    private final boolean hasEnd;

    private boolean empty;
    private boolean started;
    private boolean ended;
    private boolean closed;
    private byte[] key = NONE;
    private byte @Nullable [] value;

    /** @param snapshot the state to read, or null for that of now */
    @SuppressWarnings("ReferenceEquality")
    RocksCursor(
            Engine engine,
            Space space,
            byte[] from,
            byte @Nullable [] to,
            boolean descending,
            @Nullable Snapshot snapshot) {
        this.engine = engine;
        this.space = space;
        this.from = from;
        this.to = to;
        this.descending = descending;
        this.use = engine.uses().enter();
        // RocksDB must not see an upper bound below the lower one.
        empty = isEmpty(from, to);
        ended = empty;
        hasEnd = !descending && !empty;
        upper = to == null || ended ? null : new Slice(to);
        lower = descending ? new Slice(from) : null;
        // The upper bound also keeps RocksDB from walking over tombstones behind the range.
        if (upper != null) {
            read.setIterateUpperBound(upper);
        }
        if (lower != null) {
            read.setIterateLowerBound(lower);
        }
        if (snapshot != null) {
            read.setSnapshot(snapshot);
        }
        rows = engine.db().newIterator(engine.family(space), read);
    }

    private static boolean isEmpty(byte[] from, byte @Nullable [] to) {
        return to != null && Arrays.compareUnsigned(from, to) >= 0;
    }

    /** Whether this cursor could {@link #restart} for a range of {@code space} that ends before {@code otherEnd}. */
    boolean endsAt(Space otherSpace, byte @Nullable [] otherEnd) {
        return hasEnd && space == otherSpace && Arrays.equals(to, otherEnd);
    }

    /** As if it had just been opened with this beginning, on the state that it has shown so far. Ascending only. */
    void restart(byte[] begin) {
        from = begin;
        empty = isEmpty(from, to);
        started = false;
        ended = empty;
        key = NONE;
        value = null;
    }

    @Override
    public boolean next() {
        if (ended) {
            return false;
        }
        if (engine.uses().isClosed()) {
            throw StoreFailure.closed();
        }
        if (started) {
            if (descending) {
                rows.prev();
            } else {
                rows.next();
            }
        } else if (descending) {
            rows.seekToLast();
        } else {
            rows.seek(from);
        }
        started = true;
        return settle();
    }

    @Override
    public boolean seek(byte[] position) {
        if (empty || closed) {
            return false;
        }
        if (engine.uses().isClosed()) {
            throw StoreFailure.closed();
        }
        started = true;
        ended = false;
        if (descending) {
            rows.seekForPrev(position);
            if (rows.isValid() && Arrays.equals(rows.key(), position)) {
                rows.prev();
            }
        } else {
            rows.seek(position);
        }
        return settle();
    }

    private boolean settle() {
        value = null;
        if (rows.isValid()) {
            key = NONE;
            return true;
        }
        ended = true;
        try {
            rows.status();
        } catch (RocksDBException e) {
            throw new StoreFailure("iterating", e);
        }
        return false;
    }

    @Override
    public byte[] key() {
        if (key == NONE) {
            key = rows.key();
        }
        return key;
    }

    @Override
    public byte[] value() {
        byte[] found = value;
        if (found == null) {
            found = rows.value();
            value = found;
        }
        return found;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        ended = true;
        rows.close();
        read.close();
        if (lower != null) {
            lower.close();
        }
        if (upper != null) {
            upper.close();
        }
        engine.uses().exit(use);
    }
}
