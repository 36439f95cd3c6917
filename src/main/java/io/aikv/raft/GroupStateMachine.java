package io.aikv.raft;

import io.aikv.base.Check;
import io.aikv.command.CommandTable;
import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreFailure;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Ratis drives: applies entries to the group's store, and says up to where the store is on disk. Ratis calls
 * {@code apply...}, {@code notifyTermIndexUpdated}, {@code takeSnapshot} and {@code reinitialize} on the group's apply
 * thread, the rest on threads of its own.
 *
 * <p>An exception while applying leaves the store as it was before the entry and is thrown back at Ratis, which then
 * closes the group on this node: its future-based failures it would only log, and go on with the next entry.
 */
final class GroupStateMachine extends BaseStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(GroupStateMachine.class);

    /**
     * Held while a request larger than an entry is applied, which takes about twice its size of the heap for a moment: one
     * at a time in this JVM, whatever the number of groups. Waits for a disk at most.
     */
    private static final ReentrantLock LARGE_REQUEST = new ReentrantLock();

    /** What the state machine tells the replica it belongs to. */
    interface Owner {
        /** An entry is applied; {@code batch} is this node's own, or null. Answers whoever waits for it. */
        void applied(TermIndex position, @Nullable Batch batch, List<Reply> replies, long applyNanos);

        /** The applied position moved without commands: a configuration entry or an installed snapshot. */
        void advanced(long index);

        /** The group stops on this node. */
        void failed(long index, Throwable cause);

        void installed(long index);

        /** Role, leader or readiness may have changed. Called under Ratis' locks. */
        void leadershipChanged();

        /** Ratis closes the state machine, whatever the reason, and next the log. */
        void closing();

        /** Ratis has closed the group, because this node is no member or was told so when it stood for election. */
        void excluded();
    }

    private final String group;
    private final Path directory;
    private final StoreResources resources;
    private final StoreOptions storeOptions;
    private final CommandTable table;
    private final EntryObserver observer;
    private final Owner owner;
    private final LogRetention retention;

    /**
     * Held by the apply thread while it uses the store, and by {@link #reload} while it replaces it: free otherwise, so an
     * entry pays some nanoseconds.
     */
    private final ReentrantLock storeInUse = new ReentrantLock();

    private volatile @Nullable GroupStore store;
    private @Nullable EntryExecutor executor;
    private volatile @Nullable Snapshots snapshots;
    private volatile AppliedPosition snapshot = AppliedPosition.NONE;
    private volatile boolean failed;
    /** Guarded by {@link #storeInUse}. */
    private boolean closed;

    private long flushTargetIndex = -1;

    GroupStateMachine(GroupSpec spec, Path directory, NodeContext context, Owner owner, EntryObserver observer) {
        this.group = spec.name();
        this.directory = directory;
        this.resources = context.resources();
        this.storeOptions = spec.storeOptions();
        this.table = context.table();
        this.observer = new SafeObserver(observer);
        this.owner = owner;
        this.retention = new LogRetention(context.options().log());
    }

    /**
     * The store; it is replaced when a snapshot is installed, and by {@link #reload}.
     *
     * @throws StoreFailure that says closed, while the group is not open: Ratis may be opening it anew
     */
    GroupStore store() {
        GroupStore current = store;
        if (current == null) {
            throw StoreFailure.closed();
        }
        return current;
    }

    /** As {@link #store()}, null while the group is not open. */
    @Nullable
    GroupStore findStore() {
        return store;
    }

    // ---- life ----

    @Override
    public void initialize(RaftServer raftServer, RaftGroupId raftGroupId, RaftStorage storage) throws IOException {
        super.initialize(raftServer, raftGroupId, storage);
        getLifeCycle().transition(LifeCycle.State.STARTING);
        Path received = storage.getStorageDir().getStateMachineDir().toPath();
        snapshots = new Snapshots(received);
        GroupStore opened = GroupStore.open(resources, directory, storeOptions);
        Path checkpoint = Snapshots.findReceived(received);
        if (checkpoint != null
                && Snapshots.position(checkpoint).getIndex() > opened.applied().index()) {
            opened.close();
            GroupStore.install(checkpoint, directory);
            opened = GroupStore.open(resources, directory, storeOptions);
        }
        snapshots.clear();
        use(opened);
        getLifeCycle().transition(LifeCycle.State.RUNNING);
    }

    private void use(GroupStore opened) {
        executor = new EntryExecutor(opened, table, observer);
        AppliedPosition position = opened.applied();
        snapshot = position;
        flushTargetIndex = position.index();
        retention.restart(position.index());
        setLastAppliedTermIndex(termIndex(position));
        store = opened;
        observer.replaced();
        LOG.info("group={} store open at index={} term={}", group, position.index(), position.term());
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    /** Takes over the snapshot that Ratis has put into its directory. */
    @Override
    public void reinitialize() throws IOException {
        storeInUse.lock();
        try {
            installReceived();
        } finally {
            storeInUse.unlock();
        }
    }

    private void installReceived() throws IOException {
        getLifeCycle().transition(LifeCycle.State.STARTING);
        Snapshots received = snapshots();
        Path checkpoint = Snapshots.findReceived(received.getSnapshotDir().toPath());
        if (checkpoint == null) {
            throw new IOException("group " + group + ": no snapshot in " + received.getSnapshotDir());
        }
        store().close();
        GroupStore.install(checkpoint, directory);
        GroupStore installed = GroupStore.open(resources, directory, storeOptions);
        owner.installed(installed.applied().index());
        use(installed);
        received.clear();
        getLifeCycle().transition(LifeCycle.State.RUNNING);
        owner.advanced(snapshot.index());
    }

    /**
     * Has the store written to disk, closed and opened again, as a restart does; entries wait, reads that come meanwhile
     * fail because their store is closed. If it cannot be opened again, the group stops on this node. Any thread but the
     * apply thread. Blocks.
     *
     * @throws IOException if the store cannot be opened again
     */
    void reload() throws IOException {
        storeInUse.lock();
        try {
            if (closed) {
                throw new IOException("group " + group + " is closed");
            }
            GroupStore before = store();
            try {
                use(before.reopen(resources, directory, storeOptions));
            } catch (IOException | RuntimeException e) {
                fail(before.applied().index() + 1, e);
                throw e;
            }
        } finally {
            storeInUse.unlock();
        }
    }

    @Override
    public void close() {
        owner.closing();
        storeInUse.lock();
        try {
            closed = true;
            GroupStore open = store;
            if (open != null) {
                open.close();
            }
        } catch (StoreFailure e) {
            LOG.warn("group={} the store did not close: {}", group, e.getMessage());
        } finally {
            storeInUse.unlock();
        }
    }

    // ---- entries ----

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) {
        return TransactionContext.newBuilder()
                .setStateMachine(this)
                .setServerRole(RaftPeerRole.LEADER)
                .setClientRequest(request)
                .setLogData(request.getMessage().getContent())
                .setStateMachineContext(request.getMessage())
                .build();
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        if (transaction.getStateMachineContext() instanceof Batch batch) {
            batch.markAppended();
        }
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        storeInUse.lock();
        try {
            return apply(transaction);
        } finally {
            storeInUse.unlock();
        }
    }

    private CompletableFuture<Message> apply(TransactionContext transaction) {
        LogEntryProto logEntry = transaction.getLogEntry();
        TermIndex position = TermIndex.valueOf(logEntry);
        try {
            Check.state(!failed, "group %s has failed", group);
            long start = System.nanoTime();
            Batch batch = transaction.getStateMachineContext() instanceof Batch own ? own : null;
            LogEntry entry = batch != null
                    ? batch.entry()
                    : LogEntry.decode(
                            logEntry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
            List<Proposal> proposals = batch != null ? batch.proposals() : null;
            EntryExecutor current = Objects.requireNonNull(executor, "not initialized");
            List<Reply> replies = entry instanceof LogEntry.Staged
                    ? applyLarge(current, position, entry, proposals)
                    : current.apply(position.getTerm(), position.getIndex(), entry, proposals);
            updateLastAppliedTermIndex(position);
            retention.applied(
                    position.getIndex(),
                    logEntry.getStateMachineLogEntry().getLogData().size());
            observer.committed(position.getIndex(), batch != null);
            owner.applied(position, batch, replies, System.nanoTime() - start);
            return CompletableFuture.completedFuture(Message.EMPTY);
        } catch (Throwable t) {
            throw fail(position.getIndex(), t);
        }
    }

    private static List<Reply> applyLarge(
            EntryExecutor executor, TermIndex position, LogEntry entry, @Nullable List<Proposal> proposals) {
        LARGE_REQUEST.lock();
        try {
            return executor.apply(position.getTerm(), position.getIndex(), entry, proposals);
        } finally {
            LARGE_REQUEST.unlock();
        }
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        storeInUse.lock();
        try {
            advance(term, index);
        } finally {
            storeInUse.unlock();
        }
    }

    private void advance(long term, long index) {
        GroupStore current = store();
        AppliedPosition before = current.applied();
        try {
            if (index > before.index()) {
                current.advance(new AppliedPosition(term, index, before.entryTimeMillis()));
            }
            updateLastAppliedTermIndex(term, index);
            owner.advanced(index);
        } catch (Throwable t) {
            throw fail(index, t);
        }
    }

    /** The log cannot be written: whatever Ratis does next, this node must not go on as if it could. */
    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        fail(entry == null ? store().applied().index() + 1 : entry.getIndex(), cause);
    }

    private IllegalStateException fail(long index, Throwable cause) {
        if (!failed) {
            failed = true;
            LOG.error(
                    "group={} index={} cannot be written or applied: the group stops on this node. Nothing after this"
                            + " entry is applied here.",
                    group,
                    index,
                    cause);
            owner.failed(index, cause);
        }
        return new IllegalStateException("group " + group + " failed at index " + index, cause);
    }

    // ---- roles ----

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
        owner.leadershipChanged();
    }

    @Override
    public void notifyLeaderReady() {
        owner.leadershipChanged();
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        owner.leadershipChanged();
    }

    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean all) {
        if (all) {
            owner.leadershipChanged();
        } else {
            owner.excluded();
        }
    }

    // ---- snapshots ----

    /**
     * Answers at once with what is on disk, and has more flushed in the background. Ratis asks after every entry, or
     * nearly, so an answer is given only when the position has moved far enough to be worth a purge. It takes the answer
     * for the snapshot's index, and purges up to there: it is the end of what {@link LogRetention} gives up.
     */
    @Override
    public long takeSnapshot() {
        storeInUse.lock();
        try {
            return takeSnapshot(store());
        } catch (StoreFailure e) {
            // The next entry fails, too, if it is the disk; this is not the place to stop the group.
            LOG.warn("group={} no snapshot: {}", group, e.getMessage());
            return RaftLog.INVALID_LOG_INDEX;
        } finally {
            storeInUse.unlock();
        }
    }

    private long takeSnapshot(GroupStore current) {
        long appliedIndex = current.applied().index();
        if (!retention.isStep(snapshot.index(), appliedIndex)) {
            return RaftLog.INVALID_LOG_INDEX; // Asked after every few entries: mostly this is all there is to do.
        }
        AppliedPosition durable = current.durable();
        if (durable.index() >= flushTargetIndex && retention.isStep(durable.index(), appliedIndex)) {
            flushTargetIndex = appliedIndex;
            current.startFlush();
        }
        if (!retention.isStep(snapshot.index(), durable.index())) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        snapshot = durable;
        return retention.purge(durable.index());
    }

    /** The index up to which the store is on disk, or lately was: it may be closed to be opened again. Any thread. */
    long durableIndex() {
        try {
            return store().durable().index();
        } catch (StoreFailure e) {
            if (!e.isClosed()) {
                throw e;
            }
            return snapshot.index();
        }
    }

    /** The last snapshot; the log behind it may be purged, but for what {@link LogRetention} keeps. */
    AppliedPosition snapshotPosition() {
        return snapshot;
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        AppliedPosition position = snapshot;
        Snapshots files = snapshots;
        return position.index() < 0 || store == null || files == null ? null : files.describe(this::store, position);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        Snapshots current = snapshots;
        return current != null ? current : super.getStateMachineStorage();
    }

    Snapshots snapshots() {
        return Objects.requireNonNull(snapshots, "not initialized");
    }

    private static TermIndex termIndex(AppliedPosition position) {
        return position.index() < 0 ? TermIndex.INITIAL_VALUE : TermIndex.valueOf(position.term(), position.index());
    }
}
