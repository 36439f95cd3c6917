package io.aikv.store;

import org.rocksdb.Cache;
import org.rocksdb.Env;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.RateLimiter;
import org.rocksdb.RateLimiterMode;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * What all stores of a node share: block cache, write-buffer budget, background threads, rate of background writes.
 * Closed after the last store.
 */
public final class StoreResources implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private static final long BACKGROUND_BYTES_PER_SECOND_MAX = 256L << 20;

    private final LRUCache blockCache;
    private final WriteBufferManager writeBuffers;
    private final RateLimiter rateLimiter;
    private final int backgroundThreads;
    private final Env env;

    /**
     * @param blockCacheBytes room for blocks read from disk and for what is not yet flushed, in bytes
     * @param writeBufferBytes of it, room for what is not yet flushed, over all stores, in bytes
     * @param backgroundThreads threads for compactions of all stores, 1 or more; one more flushes
     */
    public StoreResources(long blockCacheBytes, long writeBufferBytes, int backgroundThreads) {
        // Half for index and filter blocks, so that a scan does not push them out.
        this.blockCache = new LRUCache(blockCacheBytes, -1, false, 0.5);
        // Charged to the cache: one number bounds both.
        this.writeBuffers = new WriteBufferManager(writeBufferBytes, blockCache);
        // Tunes itself below the maximum by what the load needs; flushes go first.
        this.rateLimiter =
                new RateLimiter(BACKGROUND_BYTES_PER_SECOND_MAX, 100_000, 10, RateLimiterMode.WRITES_ONLY, true);
        this.backgroundThreads = backgroundThreads;
        this.env = Env.getDefault();
        env.setBackgroundThreads(backgroundThreads, Priority.LOW);
        env.setBackgroundThreads(1, Priority.HIGH);
    }

    /** Small sizes for tests and tools. */
    public static StoreResources small() {
        return new StoreResources(48 << 20, 32 << 20, 1);
    }

    Cache blockCache() {
        return blockCache;
    }

    WriteBufferManager writeBuffers() {
        return writeBuffers;
    }

    RateLimiter rateLimiter() {
        return rateLimiter;
    }

    int backgroundThreads() {
        return backgroundThreads;
    }

    Env env() {
        return env;
    }

    @Override
    public void close() {
        writeBuffers.close();
        rateLimiter.close();
        blockCache.close();
    }
}
