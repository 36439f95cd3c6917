package io.aikv.store;

import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.Cache;
import org.rocksdb.Env;
import org.rocksdb.HistogramType;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.RateLimiter;
import org.rocksdb.RateLimiterMode;
import org.rocksdb.RocksDB;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
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

    private final long cacheBytes;
    private final LRUCache blockCache;
    private final WriteBufferManager writeBuffers;
    private final RateLimiter rateLimiter;
    /** Counts only: with every histogram off, no clock is read per operation. */
    private final Statistics statistics = new Statistics(EnumSet.allOf(HistogramType.class));

    private final AtomicLong keyHeadsBudget;
    private final int writeBuffersPerTable;
    private final int backgroundThreads;
    private final Env env;

    /**
     * How much a node's stores may take together.
     *
     * @param blockCacheBytes room for blocks read from disk and for what is not yet flushed, in bytes
     * @param writeBufferBytes of it, room for what is not yet flushed, over all stores, in bytes
     * @param keyHeadsBytes room for what writes remember about keys ({@link KeyHeads}), over all stores, in bytes
     * @param writeBuffersPerTable memtables that each table of a store may have before its writes stall, 2 or more
     * @param backgroundThreads threads for compactions of all stores, 1 or more; one more flushes
     * @param writeRate of flushes and compactions in bytes per second; 0: as the load needs, below a generous maximum
     */
    public record Sizes(
            long blockCacheBytes,
            long writeBufferBytes,
            long keyHeadsBytes,
            int writeBuffersPerTable,
            int backgroundThreads,
            long writeRate) {}

    public StoreResources(Sizes sizes) {
        this.cacheBytes = sizes.blockCacheBytes;
        this.blockCache = new LRUCache(cacheBytes);
        // Charged to the cache: one number bounds both.
        this.writeBuffers = new WriteBufferManager(sizes.writeBufferBytes, blockCache);
        // Without a rate of its own it tunes itself below the maximum by what the load needs; flushes go first.
        this.rateLimiter = new RateLimiter(
                sizes.writeRate > 0 ? sizes.writeRate : BACKGROUND_BYTES_PER_SECOND_MAX,
                100_000,
                10,
                RateLimiterMode.WRITES_ONLY,
                sizes.writeRate == 0);
        this.keyHeadsBudget = new AtomicLong(sizes.keyHeadsBytes);
        this.writeBuffersPerTable = sizes.writeBuffersPerTable;
        this.backgroundThreads = sizes.backgroundThreads;
        this.env = Env.getDefault();
        env.setBackgroundThreads(backgroundThreads, Priority.LOW);
        env.setBackgroundThreads(1, Priority.HIGH);
    }

    /** With the usual number of write buffers, 8 MB for heads of keys, and no given rate. */
    public StoreResources(long blockCacheBytes, long writeBufferBytes, int backgroundThreads) {
        this(new Sizes(blockCacheBytes, writeBufferBytes, 8 << 20, 4, backgroundThreads, 0));
    }

    /** Small sizes for tests and tools. */
    public static StoreResources small() {
        return new StoreResources(48 << 20, 32 << 20, 1);
    }

    /** Cache and background work of all stores, for metrics. Any thread. */
    public ResourceFigures figures() {
        return new ResourceFigures(
                cacheBytes,
                blockCache.getUsage(),
                blockCache.getPinnedUsage(),
                count(TickerType.BLOCK_CACHE_HIT),
                count(TickerType.BLOCK_CACHE_MISS),
                count(TickerType.BLOOM_FILTER_USEFUL),
                count(TickerType.FLUSH_WRITE_BYTES),
                count(TickerType.COMPACT_READ_BYTES),
                count(TickerType.COMPACT_WRITE_BYTES),
                count(TickerType.STALL_MICROS));
    }

    private long count(TickerType ticker) {
        return statistics.getTickerCount(ticker);
    }

    Statistics statistics() {
        return statistics;
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

    /** Bytes that {@link KeyHeads} may still take. */
    AtomicLong keyHeadsBudget() {
        return keyHeadsBudget;
    }

    int writeBuffersPerTable() {
        return writeBuffersPerTable;
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
        statistics.close();
        blockCache.close();
    }
}
