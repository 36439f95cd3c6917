package io.aikv.raft;

import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots of one group on this node. A snapshot, as far as the log is concerned, is the position up to which the store
 * is on disk: it costs nothing. Files are made only when a follower needs them.
 *
 * <pre>
 * sm/taking                 a checkpoint that is being made
 * sm/snap.TERM_INDEX/...    a checkpoint to be sent, or one that a leader sent
 * </pre>
 *
 * Ratis replaces the whole directory {@code sm} when it installs a snapshot, so the store itself lives elsewhere.
 * Thread-safe.
 */
final class Snapshots implements StateMachineStorage {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    private static final String PREFIX = "snap.";
    /** After so long without a follower that asks for it a checkpoint is removed: it pins old files. */
    private static final long KEPT_NANOS = 10 * 60 * 1_000_000_000L;

    /**
     * Between two checkpoints that are handed out. Ratis' appenders send a snapshot again at once when its follower does
     * not answer or does not take it: thousands of times a second, were it not for this.
     */
    private static final long PACE_NANOS = 100_000_000L;

    private final Path directory;
    /** Guards the fields below and the files. Held while a checkpoint is made. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition paced = lock.newCondition();
    private final List<Checkpoint> checkpoints = new ArrayList<>();
    private long lastUsedNanos;
    private long handedOut;

    private record Checkpoint(Path path, TermIndex position) {}

    Snapshots(Path directory) {
        this.directory = directory;
    }

    // ---- what a leader sent ----

    /** The newest checkpoint that was received whole, or null. */
    @Nullable
    static Path findReceived(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return null;
        }
        try (Stream<Path> list = Files.list(directory)) {
            return list.filter(path -> path.getFileName().toString().startsWith(PREFIX))
                    .max(Comparator.comparingLong(path -> position(path).getIndex()))
                    .orElse(null);
        }
    }

    static TermIndex position(Path checkpoint) {
        String[] parts =
                checkpoint.getFileName().toString().substring(PREFIX.length()).split("_", 2);
        return TermIndex.valueOf(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    /** Removes every checkpoint. */
    void clear() throws IOException {
        lock.lock();
        try {
            checkpoints.clear();
            removeFiles();
        } finally {
            lock.unlock();
        }
    }

    private void removeFiles() throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> list = Files.list(directory)) {
            for (Path path : list.toList()) {
                deleteTree(path);
            }
        }
    }

    // ---- what is sent to a follower ----

    /** Info for the log about a position: its files are made when somebody asks for them. */
    SnapshotInfo describe(Supplier<GroupStore> store, AppliedPosition position) {
        return new Lazy(store, TermIndex.valueOf(position.term(), position.index()));
    }

    private final class Lazy implements SnapshotInfo {
        private final Supplier<GroupStore> store;
        private TermIndex position;
        private @Nullable List<FileInfo> files;

        Lazy(Supplier<GroupStore> store, TermIndex position) {
            this.store = store;
            this.position = position;
        }

        @Override
        public synchronized TermIndex getTermIndex() {
            return position;
        }

        /** Makes a checkpoint, or takes a recent one; then the position is its. Only a leader's appender asks. */
        @Override
        public synchronized List<FileInfo> getFiles() {
            if (files == null) {
                try {
                    Checkpoint checkpoint = checkpoint(store.get(), position.getIndex());
                    files = listFiles(checkpoint.path());
                    position = checkpoint.position();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return files;
        }

        @Override
        public String toString() {
            return "snapshot at " + getTermIndex();
        }
    }

    private Checkpoint checkpoint(GroupStore store, long atLeastIndex) throws IOException {
        lock.lock();
        try {
            awaitPace();
            return findOrMake(store, atLeastIndex);
        } finally {
            lock.unlock();
        }
    }

    private void awaitPace() throws IOException {
        try {
            while (handedOut > 0) {
                long leftNanos = PACE_NANOS - (System.nanoTime() - lastUsedNanos);
                if (leftNanos <= 0) {
                    break;
                }
                long ignored = paced.awaitNanos(leftNanos);
            }
            handedOut++;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the snapshot is not wanted any more");
        }
    }

    /** How many checkpoints were handed out to be sent, the same one perhaps more than once. */
    long handedOut() {
        lock.lock();
        try {
            return handedOut;
        } finally {
            lock.unlock();
        }
    }

    private Checkpoint findOrMake(GroupStore store, long atLeastIndex) throws IOException {
        lastUsedNanos = System.nanoTime();
        Checkpoint last = checkpoints.isEmpty() ? null : checkpoints.get(checkpoints.size() - 1);
        if (last != null && last.position().getIndex() >= atLeastIndex) {
            return last;
        }
        Path taking = directory.resolve("taking");
        Files.createDirectories(directory);
        deleteTree(taking);
        AppliedPosition position = store.checkpoint(taking);
        Path path = directory.resolve(PREFIX + position.term() + "_" + position.index());
        deleteTree(path);
        Files.move(taking, path, StandardCopyOption.ATOMIC_MOVE);
        Checkpoint made = new Checkpoint(path, TermIndex.valueOf(position.term(), position.index()));
        checkpoints.add(made);
        LOG.info("checkpoint index={} in {} for a follower that needs it", position.index(), path);
        return made;
    }

    private static List<FileInfo> listFiles(Path checkpoint) throws IOException {
        try (Stream<Path> walk = Files.walk(checkpoint)) {
            return walk.filter(Files::isRegularFile)
                    .filter(path -> !path.toString().endsWith(".md5"))
                    .map(path -> new FileInfo(path, null))
                    .toList();
        }
    }

    // ---- StateMachineStorage ----

    @Override
    public void init(RaftStorage raftStorage) {}

    /** Not asked: the state machine answers itself. */
    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        return null;
    }

    @Override
    public void format() {}

    /**
     * Keeps the last checkpoint while followers ask for it, and the one before for those who still read it. Called by the
     * apply thread, so it does not wait while a checkpoint is made.
     */
    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) throws IOException {
        if (!lock.tryLock()) {
            return;
        }
        try {
            boolean unused = System.nanoTime() - lastUsedNanos > KEPT_NANOS;
            while (checkpoints.size() > (unused ? 0 : 2)) {
                deleteTree(checkpoints.remove(0).path());
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public File getSnapshotDir() {
        return directory.toFile();
    }

    static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(tree)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
