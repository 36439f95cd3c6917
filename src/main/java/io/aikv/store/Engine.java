package io.aikv.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The RocksDB of one store: owns every native object and closes them after the last reader has left. Any thread.
 */
final class Engine implements AutoCloseable {
    /** Reads are short; long ones (cursors, snapshots) end themselves at their next row once the store is closing. */
    private static final long CLOSE_TIMEOUT_MILLIS = 30_000;

    private final RocksDB db;
    private final Tuning tuning;
    private final ColumnFamilyHandle defaultFamily;
    private final ColumnFamilyHandle[] families;
    private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
    private final UseCount uses = new UseCount();

    private Engine(RocksDB db, Tuning tuning, List<ColumnFamilyHandle> handles) {
        this.db = db;
        this.tuning = tuning;
        this.defaultFamily = handles.get(0);
        this.families = handles.subList(1, handles.size()).toArray(new ColumnFamilyHandle[0]);
    }

    static Engine open(StoreResources resources, Path directory, StoreOptions options) throws IOException {
        Tuning tuning = new Tuning(resources, options);
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try {
            RocksDB db = RocksDB.open(tuning.dbOptions(), directory.toString(), descriptors(tuning), handles);
            return new Engine(db, tuning, handles);
        } catch (RocksDBException e) {
            tuning.close();
            throw new IOException("cannot open the store in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** The position of a store that nobody has open, without changing it. Cost: some milliseconds. */
    static AppliedPosition positionOf(Path directory) throws RocksDBException {
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions();
                ColumnFamilyOptions familyOptions = new ColumnFamilyOptions();
                RocksDB db = RocksDB.openReadOnly(
                        options,
                        directory.toString(),
                        List.of(
                                new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions),
                                new ColumnFamilyDescriptor(familyName(Space.SYSTEM), familyOptions)),
                        handles)) {
            byte[] row = db.get(handles.get(1), SystemKeys.APPLIED);
            handles.forEach(ColumnFamilyHandle::close);
            return row == null ? AppliedPosition.NONE : SystemKeys.decodePosition(row);
        }
    }

    private static List<ColumnFamilyDescriptor> descriptors(Tuning tuning) {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tuning.family(Space.SYSTEM)));
        for (Space space : Space.values()) {
            descriptors.add(new ColumnFamilyDescriptor(familyName(space), tuning.family(space)));
        }
        return descriptors;
    }

    static byte[] familyName(Space space) {
        return space.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    byte @Nullable [] get(Space space, byte[] key) {
        int use = uses.enter();
        try {
            return db.get(family(space), key);
        } catch (RocksDBException e) {
            throw new StoreFailure("reading", e);
        } finally {
            uses.exit(use);
        }
    }

    byte @Nullable [] get(ReadOptions read, Space space, byte[] key) {
        int use = uses.enter();
        try {
            return db.get(family(space), read, key);
        } catch (RocksDBException e) {
            throw new StoreFailure("reading", e);
        } finally {
            uses.exit(use);
        }
    }

    /** Writes a batch without a log. */
    void write(WriteBatch batch) throws RocksDBException {
        int use = uses.enter();
        try {
            db.write(writeOptions, batch);
        } finally {
            uses.exit(use);
        }
    }

    /** For whoever is counted in by {@link #uses()}. */
    RocksDB db() {
        return db;
    }

    UseCount uses() {
        return uses;
    }

    ColumnFamilyHandle family(Space space) {
        return families[space.ordinal()];
    }

    List<ColumnFamilyHandle> families() {
        return List.of(families);
    }

    /** Idempotent. Throws {@link StoreFailure} if a cursor or snapshot stays open. */
    @Override
    public void close() {
        if (!uses.close(CLOSE_TIMEOUT_MILLIS)) {
            return;
        }
        writeOptions.close();
        for (ColumnFamilyHandle family : families) {
            family.close();
        }
        defaultFamily.close();
        db.close();
        tuning.close();
    }
}
