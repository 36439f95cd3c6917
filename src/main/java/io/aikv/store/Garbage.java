package io.aikv.store;

import io.aikv.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Removes the rows of discarded collections. One background thread at a time (guarded by this object), beside the apply
 * thread: nothing refers to a discarded id, and ids are never used again, so neither sees the other's rows.
 *
 * <p>A collection's rows and its place in the queue go in one batch, so a crash leaves both or neither; a checkpoint or
 * snapshot sees both or neither.
 */
final class Garbage {
    /**
     * From here on one range tombstone replaces the point deletes. Every read of a memtable or table with range tombstones
     * pays for them, so they are for collections whose point deletes would cost more.
     */
    static final int POINT_DELETES_MAX = 2_000;

    private final Engine engine;
    /** Where the last call stopped: what lies before has been emptied, and would be walked over again as tombstones. */
    private byte[] position = SystemKeys.GARBAGE_FIRST;

    Garbage(Engine engine) {
        this.engine = engine;
    }

    /** Returns the number of rows and queue entries removed; 0 when the queue is empty. */
    synchronized int reclaim(int rowsMax) {
        int removed = reclaimFrom(position, rowsMax);
        if (removed == 0 && position != SystemKeys.GARBAGE_FIRST) {
            position = SystemKeys.GARBAGE_FIRST;
            removed = reclaimFrom(position, rowsMax);
        }
        return removed;
    }

    private int reclaimFrom(byte[] from, int rowsMax) {
        int removed = 0;
        try (WriteBatch batch = new WriteBatch();
                RocksCursor queue = new RocksCursor(engine, Space.SYSTEM, from, SystemKeys.GARBAGE_END, false, null)) {
            while (removed < rowsMax && queue.next()) {
                byte[] entry = queue.key();
                removed += 1 + discard(batch, SystemKeys.garbagePrefix(entry));
                batch.delete(engine.family(Space.SYSTEM), entry);
                position = entry;
            }
            if (removed > 0) {
                engine.write(batch);
            }
        } catch (RocksDBException e) {
            throw new StoreFailure("reclaiming garbage", e);
        }
        return removed;
    }

    private int discard(WriteBatch batch, byte[] prefix) throws RocksDBException {
        byte[] end = Bytes.prefixEnd(prefix);
        List<byte[]> rows = new ArrayList<>();
        try (RocksCursor cursor = new RocksCursor(engine, Space.ROWS, prefix, end, false, null)) {
            while (rows.size() <= POINT_DELETES_MAX && cursor.next()) {
                rows.add(cursor.key());
            }
        }
        if (rows.size() > POINT_DELETES_MAX && end != null) {
            batch.deleteRange(engine.family(Space.ROWS), prefix, end);
        } else {
            for (byte[] row : rows) {
                batch.delete(engine.family(Space.ROWS), row);
            }
        }
        return rows.size();
    }
}
