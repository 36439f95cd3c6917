package io.aikv.raft.rpc;

import java.io.IOException;
import java.util.Comparator;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppenderBase;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a leader's log to one follower (Raft thesis, section 3.5) without a thread of its own: new entries, answers and the
 * time for a heartbeat are events on the loop of the peer's connection. One request is on its way at a time, so entries
 * that come meanwhile go together. The rules are those of Ratis' {@code LogAppenderDefault} (3.3.0), which spends a thread
 * per follower and group on waiting.
 *
 * <p>What may wait runs elsewhere while the loop leaves this appender alone: snapshots, and entries that are too far
 * behind to be still in memory.
 *
 * <p>Every step ends in one of four ways: a request is on its way, the loop comes back later, somebody works elsewhere who
 * hands back, or {@link #fail}. Errors of the JVM, as when memory or threads are short, are failures like others: else the
 * follower would get nothing any more, and its leader not know it.
 */
final class EventLogAppender extends LogAppenderBase {
    private static final Logger LOG = LoggerFactory.getLogger(EventLogAppender.class);

    /** A follower that is so few entries behind is served from memory, on the loop. */
    private static final int NEAR_ENTRIES = 8;

    /** Of failures in a row the first, the tenth, the hundredth, and then every so many are logged. */
    private static final int FAILURES_PER_LINE = 1_000;

    /** When the leader could not begin with another appender, it is asked again after so long. */
    private static final long REPLACE_AGAIN_MILLIS = 1_000;

    private final PeerLink link;
    private final Executor blocking;
    private final Consumer<EventLogAppender> onStop;
    private final Runnable wake = this::wake;
    /** Whether a task of {@link #wake} waits on the loop. */
    private final AtomicBoolean notified = new AtomicBoolean();

    // On the loop only.
    /** Whether a request is on its way, or somebody else works for this appender. */
    private boolean busy;

    /** Another takes its place: it sends nothing any more, and hears nothing. */
    private boolean broken;

    private boolean timed;
    /** The newest commit that the follower was sent word of. Any thread reads it. */
    private volatile long committedSent = -1;

    /** The newest commit that somebody wants it to be sent word of. Any thread. */
    private final AtomicLong committedWanted = new AtomicLong(-1);

    private int failures;
    private int nextLine = 1;

    /** Whether the leader was asked for another appender. By one task after the other. */
    private volatile boolean replaced;

    EventLogAppender(
            RaftServer.Division division,
            LeaderState leader,
            FollowerInfo follower,
            PeerLink link,
            Executor blocking,
            Consumer<EventLogAppender> onStop) {
        super(division, leader, follower);
        this.link = link;
        this.blocking = blocking;
        this.onStop = onStop;
    }

    /** Begins without a thread. {@link #stopAsync} ends it, whatever is on its way. */
    @Override
    public void start() {
        notifyLogAppender();
    }

    /** There is no thread that would call it. */
    @Override
    public void run() {
        throw new UnsupportedOperationException("an appender of events");
    }

    @Override
    public long getCallId() {
        return CallId.get();
    }

    @Override
    public Comparator<Long> getCallIdComparator() {
        return CallId.getComparator();
    }

    /** There may be something to send. Any thread; never blocks. */
    @Override
    public void notifyLogAppender() {
        if (notified.compareAndSet(false, true)) {
            boolean handedOver = false;
            try {
                onLoop(wake);
                handedOver = true;
            } finally {
                if (!handedOver) {
                    notified.set(false); // Else nobody would ever wake it again.
                }
            }
        }
    }

    /** Sends word of what is committed, if the follower has not been sent it: somebody waits for that there. Any thread. */
    void tellCommitted() {
        long committed = getRaftLog().getLastCommittedIndex();
        if (committedSent < committed) {
            committedWanted.accumulateAndGet(committed, Math::max);
            notifyLogAppender();
        }
    }

    @Override
    public CompletableFuture<LifeCycle.State> stopAsync() {
        onStop.accept(this);
        return super.stopAsync();
    }

    private void wake() {
        notified.set(false);
        proceed();
    }

    private void proceed() {
        if (busy || !isUsable()) {
            return;
        }
        guarded("looking for what to send", () -> {
            boolean tell = mustTellCommitted();
            if (!tell && !shouldSendAppendEntries()) {
                awaitHeartbeat();
                return;
            }
            busy = true;
            if (isNear()) {
                send(newAppendEntriesRequest(CallId.getAndIncrement(), tell));
            } else {
                elsewhere("sending what is not in memory", () -> catchUp(tell));
            }
        });
    }

    /*
     * Looked at before each request, so that what is wanted while one is made or on its way is not forgotten. Entries carry the
     * word themselves, and a heartbeat in their place would keep a follower back that is asked for reads all the time.
     */
    private boolean mustTellCommitted() {
        return committedSent < committedWanted.get() && !hasAppendEntries();
    }

    private boolean isUsable() {
        return !broken && isRunning();
    }

    private boolean isNear() {
        RaftLog log = getRaftLog();
        long next = getFollower().getNextIndex();
        return next > log.getStartIndex()
                && log.getNextIndex() - next <= NEAR_ENTRIES
                && !getLeaderState().isFollowerBootstrapping(getFollower());
    }

    private void awaitHeartbeat() {
        if (!timed) {
            timed = true;
            link.loop()
                    .schedule(
                            () -> guarded("looking after the follower", () -> {
                                timed = false;
                                getLeaderState().checkHealth(getFollower());
                                proceed();
                            }),
                            Math.max(1, getHeartbeatWaitTimeMs()),
                            TimeUnit.MILLISECONDS);
        }
    }

    // ---- entries and heartbeats ----

    /** @param request null if the entries that the follower needs are not there */
    private void send(@Nullable AppendEntriesRequestProto request) {
        if (request == null) {
            proceedLater();
            return;
        }
        resetHeartbeatTrigger();
        committedSent = request.getLeaderCommit();
        Timestamp sent = Timestamp.currentTime();
        getFollower().updateLastRpcSendTime(request.getEntriesCount() == 0);
        link.call(
                RaftRpc.APPEND_ENTRIES,
                request,
                (reply, failure) -> guarded("taking the answer to AppendEntries", () -> {
                    if (!isUsable()) {
                        busy = false;
                    } else if (reply == null) {
                        failed("AppendEntries", failure);
                    } else {
                        onReply(request, reply, sent);
                    }
                }));
    }

    private void onReply(AppendEntriesRequestProto request, AppendEntriesReplyProto reply, Timestamp sent) {
        failures = 0;
        nextLine = 1;
        getFollower().updateLastRpcResponseTime();
        getFollower().updateLastRespondedAppendEntriesSendTime(sent);
        getLeaderState().onFollowerCommitIndex(getFollower(), reply.getFollowerCommit());
        switch (reply.getResult()) {
            case SUCCESS -> onSuccess(request, reply);
            case INCONSISTENCY -> {
                long before = getFollower().getNextIndex();
                getFollower().setNextIndex(getNextIndexForInconsistency(firstIndex(request), reply.getNextIndex()));
                if (getFollower().getNextIndex() == before) {
                    getLeaderState().onAppendEntriesReply(this, reply);
                    proceedLater(); // The same would be asked again, and answered the same until the follower is ready.
                    return;
                }
            }
            case NOT_LEADER -> {
                // Takes the division's lock, which others hold while they wait for the disk.
                elsewhere("taking the follower's term", () -> {
                    onFollowerTerm(reply.getTerm());
                    resume();
                });
                return;
            }
            default -> LOG.warn("{}: received {}", this, reply.getResult());
        }
        getLeaderState().onAppendEntriesReply(this, reply);
        busy = false;
        proceed();
    }

    private void onSuccess(AppendEntriesRequestProto request, AppendEntriesReplyProto reply) {
        long before = getFollower().getNextIndex();
        // A heartbeat's answer tells of the log's end, which nobody has compared: only up to "previous" it is the same.
        boolean heartbeat = request.getEntriesCount() == 0;
        long previous = request.hasPreviousLog() ? request.getPreviousLog().getIndex() : RaftLog.INVALID_LOG_INDEX;
        long next = heartbeat ? Math.max(before, previous + 1) : reply.getNextIndex();
        if (next < before) {
            throw new IllegalStateException("next index " + next + " after " + before);
        }
        if (next > before) {
            getFollower().updateMatchIndex(next - 1);
            getFollower().increaseNextIndex(next);
            getLeaderState().onFollowerSuccessAppendEntries(getFollower());
        }
    }

    private static long firstIndex(AppendEntriesRequestProto request) {
        return request.getEntriesCount() > 0 ? request.getEntries(0).getIndex() : RaftLog.INVALID_LOG_INDEX;
    }

    // ---- what may wait ----

    /** @param heartbeat whether no entries are to be sent */
    private void catchUp(boolean heartbeat) throws RaftLogIOException {
        try {
            SnapshotInfo snapshot = shouldInstallSnapshot();
            if (snapshot == null) {
                AppendEntriesRequestProto request = newAppendEntriesRequest(CallId.getAndIncrement(), heartbeat);
                onLoop(() -> guarded("sending AppendEntries", () -> send(request)));
            } else if (install(snapshot)) {
                resume();
            } else {
                onLoop(() -> guarded("waiting after InstallSnapshot", this::proceedLater));
            }
        } catch (RaftLogIOException e) {
            throw e;
        } catch (IOException e) {
            onLoop(() -> guarded("waiting after InstallSnapshot", () -> failed("InstallSnapshot", e)));
        }
    }

    /**
     * Sends a snapshot (Raft thesis, section 5.1) in parts, each after the answer to the one before.
     *
     * @return false if the follower did not take it: to be tried again, but not at once
     */
    private boolean install(SnapshotInfo snapshot) throws IOException {
        LOG.info(
                "{}: next index of the follower {} start of the log {}: sending snapshot {}",
                this,
                getFollower().getNextIndex(),
                getRaftLog().getStartIndex(),
                snapshot.getTermIndex());
        InstallSnapshotReplyProto reply = null;
        for (InstallSnapshotRequestProto part :
                newInstallSnapshotRequests(UUID.randomUUID().toString(), snapshot)) {
            if (!isRunning()) {
                return false;
            }
            getFollower().updateLastRpcSendTime(false);
            reply = link.ask(RaftRpc.INSTALL_SNAPSHOT, part);
            getFollower().updateLastRpcResponseTime();
            if (!reply.getServerReply().getSuccess()) {
                break;
            }
        }
        if (reply == null) {
            return false;
        }
        boolean taken = reply.getServerReply().getSuccess();
        if (taken) {
            getFollower().setSnapshotIndex(snapshot.getTermIndex().getIndex());
            LOG.info("{}: snapshot {} is installed", this, snapshot.getTermIndex());
        }
        switch (reply.getResult()) {
            case NOT_LEADER -> onFollowerTerm(reply.getTerm());
            case SUCCESS, SNAPSHOT_UNAVAILABLE, ALREADY_INSTALLED, SNAPSHOT_EXPIRED ->
                getFollower().setAttemptedToInstallSnapshot();
            default -> LOG.info("{}: snapshot {}: {}", this, snapshot.getTermIndex(), reply.getResult());
        }
        return taken;
    }

    private void resume() {
        onLoop(() -> {
            busy = false;
            proceed();
        });
    }

    // ---- failures ----

    /** The peer could not be reached or did not answer: tries again soon, for ever. */
    private void failed(String what, @Nullable IOException failure) {
        if (++failures >= nextLine) {
            nextLine = Math.min(10 * nextLine, nextLine + FAILURES_PER_LINE);
            LOG.warn("{}: {} failed, {} in a row: {}", this, what, failures, String.valueOf(failure));
        }
        getLeaderState().checkHealth(getFollower());
        proceedLater();
    }

    private void proceedLater() {
        long pause = getServer().properties().rpcSleepTime().toLong(TimeUnit.MILLISECONDS);
        link.loop()
                .schedule(
                        () -> {
                            busy = false;
                            proceed();
                        },
                        pause,
                        TimeUnit.MILLISECONDS);
    }

    /** What a step does. */
    @FunctionalInterface
    private interface Step {
        void take() throws IOException;
    }

    /** Takes a step whose exception nobody else would see, and after which this appender would never move again. */
    private void guarded(String doing, Step step) {
        try {
            step.take();
        } catch (IOException | RuntimeException | Error e) {
            fail(doing, e);
        }
    }

    /** Something is wrong with this appender: the leader begins with another. On the loop. */
    private void fail(String doing, Throwable failure) {
        if (broken) {
            return;
        }
        broken = true;
        try {
            LOG.warn("{} failed while it was {}", this, doing, failure);
        } finally {
            replace();
        }
    }

    /** On the loop. Asks for another until there is one, or none is needed. */
    private void replace() {
        try {
            blocking.execute(this::askForAnother);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: this node is closing", this);
        } catch (RuntimeException | Error e) { // No thread can be made, say.
            replaceLater(e);
        }
    }

    private void askForAnother() {
        try {
            // Else another has taken its place already, or this node leads no more. Who failed to begin with another
            // has stopped this.
            if (replaced || isRunning()) {
                replaced = true;
                getLeaderState().restart(this);
            }
        } catch (RuntimeException | Error e) {
            onLoop(() -> replaceLater(e));
        }
    }

    private void replaceLater(Throwable failure) {
        link.loop().schedule(this::replace, REPLACE_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        LOG.error("{}: there is no other yet, and the follower gets nothing until there is", this, failure);
    }

    /** Does what may wait on another thread; its end is in the loop's hands again, also if it fails. */
    private void elsewhere(String doing, Step step) {
        try {
            blocking.execute(() -> {
                try {
                    step.take();
                } catch (IOException | RuntimeException | Error e) {
                    onLoop(() -> fail(doing, e));
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: this node is closing", this);
        }
    }

    private void onLoop(Runnable task) {
        try {
            link.loop().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the loop has ended", this);
        }
    }
}
