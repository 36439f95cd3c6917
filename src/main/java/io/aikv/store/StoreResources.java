package io.aikv.store;

import org.rocksdb.Cache;
import org.rocksdb.Env;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * What all stores of a node share: block cache, write-buffer budget, background threads. Closed after the last store.
 */
public final class StoreResources implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private final Cache blockCache;
    private final WriteBufferManager writeBuffers;
    private final Env env;

    /**
     * @param blockCacheBytes room for blocks read from disk, in bytes
     * @param writeBufferBytes room for what is not yet flushed, over all stores, in bytes
     * @param backgroundThreads threads for flushes and compactions of all stores, 1 or more
     */
    public StoreResources(long blockCacheBytes, long writeBufferBytes, int backgroundThreads) {
        this.blockCache = new LRUCache(blockCacheBytes);
        this.writeBuffers = new WriteBufferManager(writeBufferBytes, blockCache);
        this.env = Env.getDefault();
        env.setBackgroundThreads(backgroundThreads, org.rocksdb.Priority.LOW);
        env.setBackgroundThreads(1, org.rocksdb.Priority.HIGH);
    }

    /** Small sizes for tests and tools. */
    public static StoreResources small() {
        return new StoreResources(16 << 20, 32 << 20, 1);
    }

    Cache blockCache() {
        return blockCache;
    }

    WriteBufferManager writeBuffers() {
        return writeBuffers;
    }

    Env env() {
        return env;
    }

    @Override
    public void close() {
        writeBuffers.close();
        blockCache.close();
    }
}
