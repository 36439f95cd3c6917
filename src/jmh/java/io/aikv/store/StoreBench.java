package io.aikv.store;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBatchWithIndex;
import org.rocksdb.WriteOptions;

/**
 * What an entry costs: {@code commands} SETs of 100 bytes (read the old row, write the new one), then one write; and what
 * a GET costs. Per entry, not per command.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StoreBench {
    private static final int KEYS = 200_000;

    @Param({"1", "16", "128"})
    public int commands;

    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[][] keys = new byte[KEYS][];
    private final byte[] value = new byte[101];
    private final byte[] buffer = new byte[4096];
    private final Overlay overlay = new Overlay();
    private final EntryBatch bytes = new EntryBatch();
    private WriteOptions writeOptions;
    private ReadOptions readOptions;
    private WriteBatch batch;
    private WriteBatchWithIndex indexed;

    private Path directory;
    private StoreResources resources;
    private GroupStore store;
    private Engine engine;
    private long index;

    @Setup(Level.Trial)
    public void open() throws IOException {
        directory = Files.createTempDirectory("store-bench");
        resources = new StoreResources(256 << 20, 128 << 20, 1);
        store = GroupStore.open(resources, directory.resolve("db"), StoreOptions.defaults());
        engine = store.engine();
        writeOptions = new WriteOptions().setDisableWAL(true);
        readOptions = new ReadOptions();
        batch = new WriteBatch();
        indexed = new WriteBatchWithIndex(true);
        for (int i = 0; i < KEYS; i++) {
            keys[i] = KeyLayout.key(0, Bytes.utf8("key:" + i));
        }
        for (int first = 0; first < KEYS; first += 1_000) {
            StoreTransaction transaction = store.begin();
            for (int i = first; i < first + 1_000; i++) {
                transaction.put(Space.KEYS, keys[i], value);
            }
            transaction.commit(new AppliedPosition(1, ++index, 0));
        }
        store.flush();
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        store.close();
        resources.close();
        StoreDirectory.delete(directory);
    }

    private byte[] key() {
        return keys[random.nextInt(KEYS)];
    }

    private int fillOverlay() {
        int sum = 0;
        for (int i = 0; i < commands; i++) {
            byte[] key = key();
            if (overlay.get(key) == null) {
                byte[] old = engine.get(Space.KEYS, key);
                sum += old == null ? 0 : old.length;
            }
            overlay.put(key, value);
        }
        return sum;
    }

    @Benchmark
    public int entryByPuts() throws RocksDBException {
        int sum = fillOverlay();
        batch.clear();
        for (Map.Entry<byte[], byte[]> row : overlay.rows()) {
            batch.put(engine.family(Space.KEYS), row.getKey(), row.getValue());
        }
        batch.put(engine.family(Space.SYSTEM), SystemKeys.APPLIED, SystemKeys.encode(store.applied()));
        engine.db().write(writeOptions, batch);
        overlay.clear();
        return sum;
    }

    @Benchmark
    public int entryByBytes() throws RocksDBException {
        int sum = fillOverlay();
        bytes.clear();
        int family = engine.family(Space.KEYS).getID();
        for (Map.Entry<byte[], byte[]> row : overlay.rows()) {
            bytes.put(family, row.getKey(), row.getValue());
        }
        bytes.put(engine.family(Space.SYSTEM).getID(), SystemKeys.APPLIED, SystemKeys.encode(store.applied()));
        try (WriteBatch whole = bytes.toWriteBatch()) {
            engine.db().write(writeOptions, whole);
        }
        overlay.clear();
        return sum;
    }

    @Benchmark
    public int entryByIndexedBatch() throws RocksDBException {
        int sum = 0;
        indexed.clear();
        for (int i = 0; i < commands; i++) {
            byte[] key = key();
            byte[] old = indexed.getFromBatchAndDB(engine.db(), engine.family(Space.KEYS), readOptions, key);
            sum += old == null ? 0 : old.length;
            indexed.put(engine.family(Space.KEYS), key, value);
        }
        indexed.put(engine.family(Space.SYSTEM), SystemKeys.APPLIED, SystemKeys.encode(store.applied()));
        engine.db().write(writeOptions, indexed);
        return sum;
    }

    @Benchmark
    public void entryByTransaction() {
        StoreTransaction transaction = store.begin();
        for (int i = 0; i < commands; i++) {
            byte[] key = key();
            transaction.get(Space.KEYS, key);
            transaction.put(Space.KEYS, key, value);
        }
        transaction.commit(new AppliedPosition(1, ++index, 0));
    }

    // ---- one read; does not depend on the number of commands ----

    @Benchmark
    public byte[] get() {
        return store.reader().get(Space.KEYS, key());
    }

    @Benchmark
    public int getIntoBuffer() throws RocksDBException {
        return engine.db().get(engine.family(Space.KEYS), readOptions, key(), buffer);
    }

    @Benchmark
    public byte[] getWithoutGuard() throws RocksDBException {
        return engine.db().get(engine.family(Space.KEYS), key());
    }

    @Benchmark
    public byte[] getFromSnapshot() {
        try (StoreSnapshot snapshot = store.snapshot()) {
            return snapshot.get(Space.KEYS, key());
        }
    }

    @Benchmark
    public byte[] firstOfRange() {
        try (Cursor rows = store.reader().cursor(Space.KEYS, key(), null)) {
            rows.next();
            return rows.key();
        }
    }
}
