package io.aikv.store;

import io.aikv.base.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The state of one replica of one group: a RocksDB whose write-ahead log is off, because the Raft log is one. The apply
 * thread writes through {@link #begin()}; any thread reads through {@link #reader()} and {@link #snapshot()}.
 *
 * <p>After a crash the store is as it was after some earlier entry, {@link #durable()} or later, never between two; the
 * log's entries behind it are applied again. {@link #close()} may be called while others read: they get a
 * {@link StoreFailure} that says so.
 */
public final class GroupStore implements AutoCloseable {
    /** Greater than every key: no row begins with 64 bytes of 0xff. */
    private static final byte[] AFTER_ALL = afterAll();

    private final Engine engine;
    private final boolean inMemory;
    private final WriteBatch batch = new WriteBatch();
    private final KeyCounters counters = new KeyCounters();
    private final KeyHeads heads;
    private final CommittedReader reader;
    private final Garbage garbage;
    private final ReadOptions persistedOnly = new ReadOptions().setReadTier(ReadTier.PERSISTED_TIER);
    private final StoreTransaction transaction;

    /** Odd while an entry is being written; changed by the apply thread only. See {@link OptimisticReader}. */
    private volatile long stamp;

    private volatile AppliedPosition applied = AppliedPosition.NONE;
    private volatile byte[] databaseMap = SystemKeys.identityDatabaseMap();
    private volatile long earliestExpiryMillis;
    private long nextCollectionId = 1;

    private GroupStore(Engine engine, boolean inMemory, KeyHeads heads) {
        this.engine = engine;
        this.heads = heads;
        this.inMemory = inMemory;
        this.reader = new CommittedReader(this, engine);
        this.garbage = new Garbage(engine);
        this.transaction = new StoreTransaction(this);
    }

    // ---- life ----

    /**
     * Opens the store in {@code directory}, creating it if absent; ends an installation that a crash cut off.
     *
     * <p>In memory the directory only names the store, and holds the checkpoint that {@link #install} put there, if any:
     * that is loaded, and removed.
     *
     * @throws IOException if RocksDB refuses or the format is unknown: the message names the directory and the reason
     */
    public static GroupStore open(StoreResources resources, Path directory, StoreOptions options) throws IOException {
        StoreDirectory.recover(directory);
        if (!options.inMemory()) {
            Files.createDirectories(directory);
        }
        Engine engine = Engine.open(resources, directory, options);
        GroupStore store = new GroupStore(engine, options.inMemory(), new KeyHeads(resources.keyHeadsBudget()));
        try {
            Path rows = directory.resolve(RowFile.NAME);
            if (options.inMemory() && Files.exists(rows)) {
                RowFile.read(rows, engine);
                StoreDirectory.delete(directory);
            }
            store.load(directory);
            return store;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private void load(Path directory) throws IOException {
        byte[] position = reader.get(Space.SYSTEM, SystemKeys.APPLIED);
        byte[] format = reader.get(Space.SYSTEM, SystemKeys.FORMAT_VERSION);
        if (position != null) {
            applied = SystemKeys.decodePosition(position);
            long found = format == null ? 0 : SystemKeys.decodeLong(format);
            if (found != SystemKeys.FORMAT) {
                throw new IOException("the store in " + directory + " has format " + found
                        + ", this version reads and writes format " + SystemKeys.FORMAT);
            }
        } else {
            writeFormat();
        }
        byte[] map = reader.get(Space.SYSTEM, SystemKeys.DATABASE_MAP);
        if (map != null) {
            databaseMap = map;
        }
        byte[] next = reader.get(Space.SYSTEM, SystemKeys.NEXT_COLLECTION_ID);
        if (next != null) {
            nextCollectionId = SystemKeys.decodeLong(next);
        }
        try (Cursor rows = reader.cursor(Space.SYSTEM, SystemKeys.COUNTERS_FIRST, SystemKeys.COUNTERS_END)) {
            while (rows.next()) {
                byte[] key = rows.key();
                counters.add(
                        SystemKeys.counterDatabase(key),
                        SystemKeys.counterSlot(key),
                        SystemKeys.decodeLong(rows.value()));
            }
        }
        earliestExpiryMillis = ExpiryHints.earliest(reader);
    }

    /** Reaches the disk with the first flush, as the first entry does. */
    private void writeFormat() {
        try {
            batch.put(engine.family(Space.SYSTEM), SystemKeys.FORMAT_VERSION, SystemKeys.encodeLong(SystemKeys.FORMAT));
            engine.write(batch);
        } catch (RocksDBException e) {
            throw new StoreFailure("writing the format", e);
        }
    }

    /**
     * Closes the store without flushing; what is not flushed is replayed from the Raft log. Waits for reads in progress;
     * open cursors and snapshots fail at their next row. The apply thread and the background must have stopped. Idempotent.
     *
     * @throws StoreFailure if a cursor or snapshot stays open for 30 s
     */
    @Override
    public void close() {
        transaction.closeIdleCursors();
        engine.close();
        persistedOnly.close();
        batch.close();
        heads.close();
    }

    /**
     * Closes this store, with everything committed on disk, and opens it again, as a restart in good order would. Reads
     * that come meanwhile fail as after {@link #close()}. In memory: by way of a file of all rows. The apply thread must
     * not be at work.
     *
     * @return the store to use from now on; its {@link #applied()} is this one's
     * @throws IOException if it cannot be opened again; this one is closed then
     */
    public GroupStore reopen(StoreResources resources, Path directory, StoreOptions options) throws IOException {
        AppliedPosition position = applied;
        if (inMemory) {
            Path rows = directory.resolveSibling(directory.getFileName() + ".reopening");
            StoreDirectory.delete(rows);
            Files.createDirectories(StoreDirectory.parent(rows));
            checkpoint(rows);
            close();
            install(rows, directory);
            StoreDirectory.delete(rows);
        } else {
            flush();
            close();
        }
        GroupStore opened = open(resources, directory, options);
        Check.invariant(
                opened.applied().equals(position),
                "the store was closed at %s and opened at %s",
                position,
                opened.applied());
        return opened;
    }

    /** Removes a closed store and everything it kept on disk. */
    public static void destroy(Path directory) throws IOException {
        StoreDirectory.destroy(directory);
    }

    // ---- reading ----

    /**
     * Committed state, always current: each call sees everything committed before it. Calls see different states when an
     * entry is committed between them; where rows must belong together, use {@link #snapshot()}.
     */
    public StoreReader reader() {
        return reader;
    }

    /** Committed state for one read command, which can tell afterwards whether it saw one instant. No cost. */
    public OptimisticReader optimisticReader() {
        return new OptimisticReader(this);
    }

    /** The state as of now, frozen. To be closed. Cost: about two point reads. */
    public StoreSnapshot snapshot() {
        return StoreSnapshot.open(engine);
    }

    /** The position of the last committed entry. Never ahead of what {@link #reader()} shows. */
    public AppliedPosition applied() {
        return applied;
    }

    /**
     * No key is due before this instant, in milliseconds since the epoch: {@link Long#MAX_VALUE} where none expires. A
     * lower bound, so that nothing needs to be looked at while nothing can be due. Any thread; no cost.
     */
    public long earliestExpiryMillis() {
        return earliestExpiryMillis;
    }

    /** A fingerprint of the logical state as of now, with its position. Any thread. Cost: reads every row. */
    public StoreDigest digest() {
        try (StoreSnapshot snapshot = snapshot()) {
            return StoreDigest.of(snapshot);
        }
    }

    /** Sizes and activity, for metrics. Any thread. Cost: some lookups, microseconds. */
    public StoreFigures figures() {
        int use = engine.uses().enter();
        try {
            return StoreFigures.of(engine);
        } finally {
            engine.uses().exit(use);
        }
    }

    // ---- writing ----

    /**
     * The transaction for the next entry, empty: what was not committed is forgotten. Always the same object. Apply thread
     * only.
     */
    public StoreTransaction begin() {
        transaction.reset();
        return transaction;
    }

    /** Moves the applied position without effects: entries that carry no command. Apply thread only. */
    public void advance(AppliedPosition position) {
        begin().commit(position);
    }

    void write(AppliedPosition position) {
        Check.invariant(
                position.index() > applied.index(),
                "applied index goes from %s to %s",
                applied.index(),
                position.index());
        advanceStamp();
        try {
            batch.clear();
            for (Space space : Space.values()) {
                addToBatch(engine.family(space), transaction.overlay(space));
            }
            batch.put(engine.family(Space.SYSTEM), SystemKeys.APPLIED, SystemKeys.encode(position));
            engine.write(batch);
        } catch (RocksDBException e) {
            throw new StoreFailure("writing entry " + position.index(), e);
        }
        publish(position);
    }

    private void addToBatch(ColumnFamilyHandle family, Overlay overlay) throws RocksDBException {
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

    private void publish(AppliedPosition position) {
        transaction.publishCounts(counters);
        transaction.publishHeads(heads);
        databaseMap = transaction.databaseMap();
        nextCollectionId = transaction.nextCollectionId();
        earliestExpiryMillis = transaction.earliestExpiryMillis();
        applied = position;
        advanceStamp();
        transaction.settle();
        transaction.reset();
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One writer.
    private void advanceStamp() {
        stamp++;
    }

    // ---- background ----

    /**
     * Removes rows of discarded collections. Called again and again by a background thread, which thereby sets the rate;
     * needs no log and no lock, and does not change {@link #digest()}.
     *
     * @param rowsMax how many rows to remove; a large collection counts as {@value Garbage#POINT_DELETES_MAX} and may
     *     exceed it
     * @return rows removed, plus one per collection: 0 when there is nothing to do
     */
    public int reclaimGarbage(int rowsMax) {
        return garbage.reclaim(rowsMax);
    }

    // ---- disk ----

    /**
     * The position a crash would leave: the last flush that is complete. Any thread. Cost: one point read. In memory: the
     * same moment, although nothing survives the process.
     */
    public AppliedPosition durable() {
        byte[] row = engine.get(persistedOnly, Space.SYSTEM, SystemKeys.APPLIED);
        return row == null ? AppliedPosition.NONE : SystemKeys.decodePosition(row);
    }

    /** Writes everything committed so far to disk and waits for it: then {@link #durable()} has come up to it. */
    public void flush() {
        flush(true);
    }

    /** Begins what {@link #flush()} does and returns at once; {@link #durable()} tells when it is done. Any thread. */
    public void startFlush() {
        flush(false);
    }

    private void flush(boolean wait) {
        int use = engine.uses().enter();
        // Waiting for room (allowWriteStall = false) would block the caller of startFlush.
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(wait).setAllowWriteStall(!wait)) {
            engine.db().flush(flush, engine.families());
        } catch (RocksDBException e) {
            throw new StoreFailure("flushing", e);
        } finally {
            engine.uses().exit(use);
        }
    }

    /**
     * Copies the store as of now into a new directory: hard links to immutable files, so it costs a flush and hardly any
     * space. In memory: one file of all rows. Any thread but the apply thread, which goes on meanwhile.
     *
     * @param directory must not exist; its parent must. On failure it does not exist afterwards
     * @return the position of the copy: at least that of {@link #applied()} before the call
     */
    public AppliedPosition checkpoint(Path directory) throws IOException {
        Check.argument(Files.notExists(directory), "%s exists", directory);
        Path preparing = StoreDirectory.preparing(directory);
        StoreDirectory.delete(preparing);
        AppliedPosition position = inMemory ? exportRows(preparing) : linkFiles(preparing);
        StoreDirectory.publish(preparing, directory);
        return position;
    }

    private AppliedPosition exportRows(Path directory) throws IOException {
        Files.createDirectory(directory);
        try (StoreSnapshot snapshot = snapshot()) {
            RowFile.write(snapshot, directory.resolve(RowFile.NAME));
            return snapshot.position();
        }
    }

    private AppliedPosition linkFiles(Path directory) throws IOException {
        int use = engine.uses().enter();
        try (Checkpoint checkpoint = Checkpoint.create(engine.db())) {
            checkpoint.createCheckpoint(directory.toString());
            return Engine.positionOf(directory);
        } catch (RocksDBException e) {
            throw new IOException("cannot make a checkpoint in " + directory + ": " + e.getMessage(), e);
        } finally {
            engine.uses().exit(use);
        }
    }

    /**
     * Puts a checkpoint in the place of a closed store; {@link #open} then opens it. After a crash there is either the old
     * store or the new one. Files that Ratis adds to a snapshot ({@code .md5}) are left out.
     *
     * @param checkpoint what {@link #checkpoint} made, perhaps on another node; stays as it is, and may be removed at once
     */
    public static void install(Path checkpoint, Path directory) throws IOException {
        StoreDirectory.install(checkpoint, directory);
    }

    // ---- for the transaction, and benchmarks ----

    Engine engine() {
        return engine;
    }

    CommittedReader committed() {
        return reader;
    }

    KeyCounters counters() {
        return counters;
    }

    long stamp() {
        return stamp;
    }

    KeyHeads heads() {
        return heads;
    }

    byte[] databaseMap() {
        return databaseMap;
    }

    long nextCollectionId() {
        return nextCollectionId;
    }

    private static byte[] afterAll() {
        byte[] bytes = new byte[64];
        Arrays.fill(bytes, (byte) 0xff);
        return bytes;
    }
}
