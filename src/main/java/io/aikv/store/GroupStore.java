package io.aikv.store;

import io.aikv.base.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The state of one replica of one group: a RocksDB whose write-ahead log is off, because the Raft log is one. The apply
 * thread writes through {@link #begin()}; any thread reads through {@link #reader()}.
 */
public final class GroupStore implements AutoCloseable {
    private final RocksDB db;
    private final DBOptions options;
    private final ColumnFamilyOptions familyOptions;
    private final ColumnFamilyHandle[] families;
    private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
    private final WriteBatch batch = new WriteBatch();
    private final KeyCounters counters = new KeyCounters();
    private final StoreReader reader = new CommittedReader();

    private volatile AppliedPosition applied = AppliedPosition.NONE;
    private volatile byte[] databaseMap = identityDatabaseMap();
    private long nextCollectionId = 1;

    private GroupStore(
            RocksDB db, DBOptions options, ColumnFamilyOptions familyOptions, List<ColumnFamilyHandle> handles)
            throws RocksDBException {
        this.db = db;
        this.options = options;
        this.familyOptions = familyOptions;
        this.families = handles.subList(1, handles.size()).toArray(new ColumnFamilyHandle[0]);
        load();
    }

    /**
     * Opens the store in {@code directory}, creating it if absent.
     *
     * @throws IOException if RocksDB refuses: the message names the directory and RocksDB's reason
     */
    public static GroupStore open(StoreResources resources, Path directory, StoreOptions storeOptions)
            throws IOException {
        Files.createDirectories(directory);
        DBOptions options = new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setAtomicFlush(true)
                .setEnv(resources.env())
                .setWriteBufferManager(resources.writeBuffers());
        ColumnFamilyOptions familyOptions = new ColumnFamilyOptions()
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(resources.blockCache())
                        .setFilterPolicy(new BloomFilter(10)));
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
        for (Space space : Space.values()) {
            descriptors.add(new ColumnFamilyDescriptor(
                    space.name()
                            .toLowerCase(java.util.Locale.ROOT)
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                    familyOptions));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try {
            RocksDB db = RocksDB.open(options, directory.toString(), descriptors, handles);
            return new GroupStore(db, options, familyOptions, handles);
        } catch (RocksDBException e) {
            throw new IOException("cannot open the store in " + directory + ": " + e.getMessage(), e);
        }
    }

    private void load() throws RocksDBException {
        byte[] position = db.get(family(Space.SYSTEM), SystemKeys.APPLIED);
        if (position != null) {
            applied = SystemKeys.decodePosition(position);
        }
        byte[] map = db.get(family(Space.SYSTEM), SystemKeys.DATABASE_MAP);
        if (map != null) {
            databaseMap = map;
        }
        byte[] next = db.get(family(Space.SYSTEM), SystemKeys.NEXT_COLLECTION_ID);
        if (next != null) {
            nextCollectionId = SystemKeys.decodeLong(next);
        }
        try (Cursor rows = reader.cursor(Space.SYSTEM, SystemKeys.COUNTERS_FIRST, SystemKeys.COUNTERS_END)) {
            while (rows.next()) {
                byte[] key = rows.key();
                int physical = (key[1] & 0xff) << 8 | key[2] & 0xff;
                int slot = (key[3] & 0xff) << 8 | key[4] & 0xff;
                counters.add(physical, slot, SystemKeys.decodeLong(rows.value()));
            }
        }
    }

    /** Committed state, always current: each call sees everything committed before it. */
    public StoreReader reader() {
        return reader;
    }

    /** The position of the last committed entry. */
    public AppliedPosition applied() {
        return applied;
    }

    /** A transaction for the next entry. The previous one must be committed or abandoned. Apply thread only. */
    public StoreTransaction begin() {
        return new StoreTransaction(this);
    }

    /** Moves the applied position without effects: entries that carry no command. Apply thread only. */
    public void advance(AppliedPosition position) {
        begin().commit(position);
    }

    void write(StoreTransaction transaction, AppliedPosition position) {
        Check.invariant(
                position.index() > applied.index(),
                "applied index goes from %s to %s",
                applied.index(),
                position.index());
        try {
            batch.clear();
            for (Space space : Space.values()) {
                ColumnFamilyHandle family = family(space);
                Overlay overlay = transaction.overlay(space);
                for (Overlay.Range range : overlay.erased()) {
                    batch.deleteRange(family, range.from(), range.to() == null ? AFTER_ALL : range.to());
                }
                for (Map.Entry<byte[], byte[]> row : overlay.rows()) {
                    if (row.getValue() == Overlay.DELETED) {
                        batch.delete(family, row.getKey());
                    } else {
                        batch.put(family, row.getKey(), row.getValue());
                    }
                }
            }
            batch.put(family(Space.SYSTEM), SystemKeys.APPLIED, SystemKeys.encode(position));
            db.write(writeOptions, batch);
        } catch (RocksDBException e) {
            throw new StoreFailure("writing entry " + position.index(), e);
        }
        publish(transaction, position);
    }

    /** Greater than every key: no row is keyed by 64 bytes of 0xff. */
    private static final byte[] AFTER_ALL = afterAll();

    private static byte[] afterAll() {
        byte[] bytes = new byte[64];
        java.util.Arrays.fill(bytes, (byte) 0xff);
        return bytes;
    }

    private void publish(StoreTransaction transaction, AppliedPosition position) {
        for (int physical = 0; physical < KeyLayout.DATABASES_MAX; physical++) {
            if (transaction.isFlushed(physical)) {
                counters.clear(physical);
            }
        }
        transaction.countChanges().forEach((id, change) -> counters.add(id >>> 14, id & 0x3fff, change));
        byte[] map = transaction.newDatabaseMap();
        if (map != null) {
            databaseMap = map;
        }
        nextCollectionId = transaction.nextCollectionId();
        applied = position;
        transaction.reset();
    }

    /** Writes everything committed so far to disk and waits for it. Any thread. */
    public void flush() {
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
            db.flush(flush, List.of(families));
        } catch (RocksDBException e) {
            throw new StoreFailure("flushing", e);
        }
    }

    KeyCounters counters() {
        return counters;
    }

    byte[] databaseMap() {
        return databaseMap;
    }

    long nextCollectionId() {
        return nextCollectionId;
    }

    private ColumnFamilyHandle family(Space space) {
        return families[space.ordinal()];
    }

    private static byte[] identityDatabaseMap() {
        byte[] map = new byte[KeyLayout.DATABASES_MAX];
        for (int i = 0; i < map.length; i++) {
            map[i] = (byte) i;
        }
        return map;
    }

    /** Closes the store without flushing; what is not flushed is replayed from the Raft log. */
    @Override
    public void close() {
        batch.close();
        writeOptions.close();
        for (ColumnFamilyHandle family : families) {
            family.close();
        }
        db.close();
        familyOptions.close();
        options.close();
    }

    private final class CommittedReader implements StoreReader {
        @Override
        public byte @Nullable [] get(Space space, byte[] key) {
            try {
                return db.get(family(space), key);
            } catch (RocksDBException e) {
                throw new StoreFailure("reading", e);
            }
        }

        @Override
        public Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
            return new RocksCursor(space, from, to, false);
        }

        @Override
        public Cursor cursorDescending(Space space, byte[] from, byte @Nullable [] to) {
            return new RocksCursor(space, from, to, true);
        }

        @Override
        public int physicalDatabase(int database) {
            return databaseMap[database] & 0xff;
        }

        @Override
        public long keyCount(int database, int slot) {
            return counters.count(physicalDatabase(database), slot);
        }

        @Override
        public long keyCount(int database) {
            return counters.count(physicalDatabase(database));
        }
    }

    private final class RocksCursor implements Cursor {
        private final ReadOptions read = new ReadOptions();
        private final Slice lower;
        private final @Nullable Slice upper;
        private final RocksIterator rows;
        private final boolean descending;
        private boolean started;

        RocksCursor(Space space, byte[] from, byte @Nullable [] to, boolean descending) {
            this.descending = descending;
            lower = new Slice(from);
            upper = to == null ? null : new Slice(to);
            read.setIterateLowerBound(lower);
            if (upper != null) {
                read.setIterateUpperBound(upper);
            }
            rows = db.newIterator(family(space), read);
        }

        @Override
        public boolean next() {
            if (!started) {
                started = true;
                if (descending) {
                    rows.seekToLast();
                } else {
                    rows.seekToFirst();
                }
            } else if (descending) {
                rows.prev();
            } else {
                rows.next();
            }
            if (rows.isValid()) {
                return true;
            }
            try {
                rows.status();
            } catch (RocksDBException e) {
                throw new StoreFailure("iterating", e);
            }
            return false;
        }

        @Override
        public byte[] key() {
            return rows.key();
        }

        @Override
        public byte[] value() {
            return rows.value();
        }

        @Override
        public void close() {
            rows.close();
            read.close();
            lower.close();
            if (upper != null) {
                upper.close();
            }
        }
    }
}
