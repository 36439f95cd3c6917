package io.aikv.store;

/**
 * What the stores of a node share, for metrics. Sizes in bytes, counts since the start.
 *
 * @param cacheCapacity room for blocks and write buffers
 * @param cacheUsage of it in use
 * @param cachePinned of that, blocks that are being read and write buffers
 * @param cacheHits blocks found in the cache
 * @param cacheMisses blocks read from a file
 * @param bloomUseful point reads of a table that its filter spared
 * @param flushedBytes written by flushes
 * @param compactionReadBytes read by compactions
 * @param compactionWrittenBytes written by compactions
 * @param stallMicros how long writes were slowed down or stopped, in microseconds
 */
public record ResourceFigures(
        long cacheCapacity,
        long cacheUsage,
        long cachePinned,
        long cacheHits,
        long cacheMisses,
        long bloomUseful,
        long flushedBytes,
        long compactionReadBytes,
        long compactionWrittenBytes,
        long stallMicros) {}
