package io.aikv.store;

import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * What one store holds and does, for metrics. Sizes in bytes, over all spaces; estimates are RocksDB's.
 *
 * @param keysEstimate rows of the key space, overwritten and removed ones partly included
 * @param memtableBytes not yet flushed, or being flushed
 * @param tableBytes files on disk, those included that only an open cursor or snapshot still needs
 * @param liveTableBytes files of the current version
 * @param tableReaderBytes memory for open tables outside of the block cache
 * @param pendingCompactionBytes what compaction has yet to rewrite: growth means that it does not keep up
 * @param runningFlushes flushes at work
 * @param runningCompactions compactions at work
 * @param openSnapshots snapshots not yet closed
 * @param delayedWriteBytesPerSecond the rate that writes are slowed down to, 0 if they are not
 * @param writesStopped whether writes wait for a flush or compaction
 */
public record StoreFigures(
        long keysEstimate,
        long memtableBytes,
        long tableBytes,
        long liveTableBytes,
        long tableReaderBytes,
        long pendingCompactionBytes,
        long runningFlushes,
        long runningCompactions,
        long openSnapshots,
        long delayedWriteBytesPerSecond,
        boolean writesStopped) {

    /** The engine's user is counted in. */
    static StoreFigures of(Engine engine) {
        RocksDB db = engine.db();
        try {
            return new StoreFigures(
                    db.getLongProperty(engine.family(Space.KEYS), "rocksdb.estimate-num-keys"),
                    db.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables"),
                    db.getAggregatedLongProperty("rocksdb.total-sst-files-size"),
                    db.getAggregatedLongProperty("rocksdb.live-sst-files-size"),
                    db.getAggregatedLongProperty("rocksdb.estimate-table-readers-mem"),
                    db.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes"),
                    db.getLongProperty("rocksdb.num-running-flushes"),
                    db.getLongProperty("rocksdb.num-running-compactions"),
                    db.getLongProperty("rocksdb.num-snapshots"),
                    db.getLongProperty("rocksdb.actual-delayed-write-rate"),
                    db.getLongProperty("rocksdb.is-write-stopped") != 0);
        } catch (RocksDBException e) {
            throw new StoreFailure("reading figures", e);
        }
    }
}
