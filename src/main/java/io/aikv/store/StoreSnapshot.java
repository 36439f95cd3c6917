package io.aikv.store;

import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.Snapshot;

/**
 * The state after one entry, frozen: rows, key counts, database map and position belong together, whatever is applied
 * meanwhile. For reads of more than one row, digests, backups. Any thread, one at a time; close it soon, because RocksDB
 * keeps every row it shows.
 *
 * <p>Opening costs about two point reads, and everything is read from the snapshot itself: no lock is shared with the
 * apply thread.
 */
public final class StoreSnapshot implements StoreReader, AutoCloseable {
    private final Engine engine;
    private final int use;
    private final Snapshot snapshot;
    private final ReadOptions read;
    private AppliedPosition position = AppliedPosition.NONE;
    private byte @Nullable [] databaseMap;
    private @Nullable Runnable onClosing;
    private boolean closed;

    private StoreSnapshot(Engine engine) {
        this.engine = engine;
        this.use = engine.uses().enter();
        this.snapshot = engine.db().getSnapshot();
        this.read = new ReadOptions().setSnapshot(snapshot);
    }

    /** Throws {@link StoreFailure} if the store is closed, also if that happens meanwhile; nothing is held then. */
    static StoreSnapshot open(Engine engine) {
        StoreSnapshot opened = new StoreSnapshot(engine);
        try {
            byte[] row = opened.get(Space.SYSTEM, SystemKeys.APPLIED);
            opened.position = row == null ? AppliedPosition.NONE : SystemKeys.decodePosition(row);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** The position of the last entry whose effects this shows. */
    public AppliedPosition position() {
        return position;
    }

    /**
     * For whoever keeps this snapshot between reads: when the store is closed, it is told to close it, on the closing thread,
     * which waits for that. At most one listener, which must not block; closing the snapshot forgets it.
     *
     * @return false if the store is being closed already: close the snapshot now
     */
    public boolean onStoreClosing(Runnable leave) {
        onClosing = leave;
        return engine.uses().onClosing(leave);
    }

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
        return engine.get(read, space, key);
    }

    @Override
    public Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
        return rocksCursor(space, from, to);
    }

    /** As {@link #cursor}, and can skip. */
    RocksCursor rocksCursor(Space space, byte[] from, byte @Nullable [] to) {
        return new RocksCursor(engine, space, from, to, false, snapshot);
    }

    @Override
    public Cursor cursorDescending(Space space, byte[] from, byte @Nullable [] to) {
        return new RocksCursor(engine, space, from, to, true, snapshot);
    }

    @Override
    public int physicalDatabase(int database) {
        byte[] map = databaseMap;
        if (map == null) {
            map = get(Space.SYSTEM, SystemKeys.DATABASE_MAP);
            map = map == null ? SystemKeys.identityDatabaseMap() : map;
            databaseMap = map;
        }
        return map[database] & 0xff;
    }

    /** {@inheritDoc} Here: one point read. */
    @Override
    public long keyCount(int database, int slot) {
        byte[] row = get(Space.SYSTEM, SystemKeys.counter(physicalDatabase(database), slot));
        return row == null ? 0 : SystemKeys.decodeLong(row);
    }

    /** {@inheritDoc} Here: a scan over the slots in use. */
    @Override
    public long keyCount(int database) {
        int physical = physicalDatabase(database);
        long count = 0;
        try (Cursor rows = cursor(Space.SYSTEM, SystemKeys.counter(physical, 0), SystemKeys.counter(physical + 1, 0))) {
            while (rows.next()) {
                count += SystemKeys.decodeLong(rows.value());
            }
        }
        return count;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Runnable listener = onClosing;
            if (listener != null) {
                engine.uses().forget(listener);
            }
            read.close();
            engine.db().releaseSnapshot(snapshot);
            snapshot.close();
            engine.uses().exit(use);
        }
    }
}
