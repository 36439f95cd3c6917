package io.aikv.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksMemEnv;
import org.rocksdb.TablePropertiesCollectorFactory;

/**
 * How RocksDB is set up: for a node of a few hundred megabytes that hosts several groups, one writer per group, no log of
 * its own. Owns the option objects of one store.
 */
final class Tuning implements AutoCloseable {
    private static final int KB = 1 << 10;
    private static final int MB = 1 << 20;

    /** A table is compacted if so many of so many rows in a row are marks of removed ones. */
    private static final int MARKS_WINDOW = 2_048;

    private static final int MARKS_MAX = 1_024;

    /** Not for their part of the whole table: 0 is off. */
    private static final double MARKS_ANYWHERE = 0;

    private final Env env;
    private final boolean ownsEnv;
    private final BloomFilter bloom;
    private final DBOptions dbOptions;
    private final Map<Space, ColumnFamilyOptions> families = new EnumMap<>(Space.class);

    Tuning(StoreResources resources, StoreOptions options) {
        ownsEnv = options.inMemory();
        env = ownsEnv ? new RocksMemEnv(resources.env()) : resources.env();
        bloom = new BloomFilter(10);
        dbOptions = dbOptions(resources, env);
        for (Space space : Space.values()) {
            families.put(space, familyOptions(resources, space));
        }
    }

    private static DBOptions dbOptions(StoreResources resources, Env env) {
        return new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setEnv(env)
                // Without a log, only a flush of all families at one point keeps an entry whole (invariant I1).
                .setAtomicFlush(true)
                // Closing must not flush: it would make a restart slow, and the tests that stand for a crash untrue.
                .setAvoidFlushDuringShutdown(true)
                // What all stores of a node share: one budget for unflushed rows, one for background writes.
                .setWriteBufferManager(resources.writeBuffers())
                .setRateLimiter(resources.rateLimiter())
                .setStatistics(resources.statistics())
                .setMaxBackgroundJobs(resources.backgroundThreads() + 1)
                // There is one writer: the plain memtable insert is cheaper than the concurrent one.
                .setAllowConcurrentMemtableWrite(false)
                // Bounds descriptors, and the index and filter blocks of open tables (about 2 bytes a key), per store.
                .setMaxOpenFiles(2048)
                // Spreads write-back instead of stalling the Raft log's fsync behind a burst of it.
                .setBytesPerSync(MB)
                .setCompactionReadaheadSize(MB)
                // Quick to open: no scan of table properties.
                .setSkipStatsUpdateOnDbOpen(true)
                // The manifest is rewritten now and then; a small one opens faster.
                .setMaxManifestFileSize(4 * MB)
                // RocksDB's own log: warnings only, two small files; no periodic statistics.
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(MB)
                .setKeepLogFileNum(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    private ColumnFamilyOptions familyOptions(StoreResources resources, Space space) {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(resources.blockCache())
                .setBlockSize(8 * KB);
        // Index and filter blocks belong to the open table, not to the cache: in a cache of the default size the
        // filters of
        // a million keys (1 MB each table) push each other out, and a read then loads one, a thousand times its own
        // work.
        if (space == Space.KEYS || space == Space.ROWS) {
            // Point reads of absent rows (SET of a new key, HSET of a new field) mostly cost no block. The other two
            // spaces are read in ranges or have a few rows.
            table.setFilterPolicy(bloom).setWholeKeyFiltering(true).setOptimizeFiltersForMemory(true);
        }
        ColumnFamilyOptions family = space == Space.ROWS ? compactingMarks() : new ColumnFamilyOptions();
        if (space == Space.KEYS || space == Space.ROWS) {
            // The same for rows not yet flushed: without it a read of an absent row walks down every memtable's skip
            // list,
            // a cache miss at each step (half of such a read, measured: benchmarks/store.md).
            family.setMemtablePrefixBloomSizeRatio(0.03).setMemtableWholeKeyFiltering(true);
        }
        return family.setTableFormatConfig(table)
                // An upper limit only: the shared write-buffer budget flushes earlier. Equal for all families, because
                // the first one that is full flushes all.
                .setWriteBufferSize(32L * MB)
                .setMaxWriteBufferNumber(resources.writeBuffersPerTable())
                // Several groups times five families: small steps of allocation.
                .setArenaBlockSize(256L * KB)
                .setTargetFileSizeBase(32L * MB)
                .setMaxBytesForLevelBase(128L * MB)
                // Bounds space amplification under overwrites to about 1.1.
                .setLevelCompactionDynamicLevelBytes(true)
                .setCompressionPerLevel(compression())
                // Reads walk over the range tombstones of a memtable: flush before there are many.
                .setMemtableMaxRangeDeletions(512);
    }

    /**
     * A table with many marks of removed rows side by side is compacted soon: walks step over them one by one, and a queue or
     * scores that change all the time leave more marks than rows.
     */
    private static ColumnFamilyOptions compactingMarks() {
        try (Options options = new Options();
                TablePropertiesCollectorFactory marks =
                        TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory(
                                MARKS_WINDOW, MARKS_MAX, MARKS_ANYWHERE)) {
            options.setTablePropertiesCollectorFactory(List.of(marks));
            return new ColumnFamilyOptions(options);
        }
    }

    /** Level 0 is short-lived: flushing stays cheap. */
    private static List<CompressionType> compression() {
        List<CompressionType> levels = new ArrayList<>(Collections.nCopies(7, CompressionType.LZ4_COMPRESSION));
        levels.set(0, CompressionType.NO_COMPRESSION);
        return levels;
    }

    DBOptions dbOptions() {
        return dbOptions;
    }

    ColumnFamilyOptions family(Space space) {
        return java.util.Objects.requireNonNull(families.get(space));
    }

    @Override
    public void close() {
        families.values().forEach(ColumnFamilyOptions::close);
        dbOptions.close();
        bloom.close();
        if (ownsEnv) {
            env.close();
        }
    }
}
