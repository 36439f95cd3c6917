package io.aikv.raft;

import io.aikv.base.Clock;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forms entries out of what arrives while earlier ones are in flight (natural batching), and submits them in order, when
 * {@link GroupCommit} says so.
 *
 * <p>Any thread. It has none of its own: whoever brings work, the apply thread when an entry is done, and the alarm when
 * commands have waited for others long enough, submits as long as fewer than the allowed entries are in flight. One
 * thread submits at a time and takes along what others brought meanwhile, so the order of the queue is the order of the
 * log. The lock guards the fields below it and is held for a few list operations only; nobody is called back under it.
 *
 * <p>A proposal ends as applied; as refused, if it never got into this node's log; or as indeterminate, if it did and
 * leadership was lost before the entry was applied. Ratis fails what it did not append on the submitting thread, so such
 * an entry is kept, with its order, until the leadership is decided.
 */
final class Proposer {
    private static final Logger LOG = LoggerFactory.getLogger(Proposer.class);

    /** Bytes, at most, of an entry before its requests. */
    private static final int ENTRY_HEADER = 64;

    private record Waiting(Proposal proposal, int size) {}

    /** Runs a task after a short time. Thread-safe; never runs it within the call. */
    interface Alarm {
        void after(long nanos, Runnable task);
    }

    private final String group;
    private final Submitter submitter;
    private final Alarm alarm;
    private final GroupCommit groupCommit;
    private final RaftOptions.Limits limits;
    private final long holdNanos;
    private final Clock clock;
    private final GroupTime time;
    private final RaftMetrics metrics;
    private final SplittableRandom seeds;

    private volatile boolean activeExpire = true;
    private volatile boolean transferring;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private List<ReadWaiter> reads = new ArrayList<>();
    private long queuedBytes;
    private int inFlight;
    private boolean submitting;
    private boolean alarmSet;
    private boolean barrierWanted;
    private boolean tickWanted;
    private boolean stopped;
    private @Nullable Upload upload;
    /** An entry that Ratis did not append; goes first. */
    private @Nullable Batch unsent;
    /** Ratis did not take the last entry: nothing is submitted until the next look at the leadership. */
    private boolean held;
    /** Since when nothing can be submitted, in nanoseconds; meaningful while something waits. */
    private long blockedSinceNanos;

    private boolean blocked;

    /** @param seed of the random seeds stamped into entries; differs from node to node and start to start */
    Proposer(
            String group,
            Submitter submitter,
            Alarm alarm,
            RaftOptions options,
            Clock clock,
            GroupTime time,
            RaftMetrics metrics,
            long seed) {
        this.group = group;
        this.submitter = submitter;
        this.alarm = alarm;
        this.groupCommit = new GroupCommit(options.timing().gatherMax());
        this.limits = options.limits();
        this.holdNanos = options.timing().holdMax().toNanos();
        this.clock = clock;
        this.time = time;
        this.metrics = metrics;
        this.seeds = new SplittableRandom(seed);
    }

    // ---- what comes in ----

    void submit(Proposal proposal) {
        if (enqueue(proposal)) {
            pump();
        }
    }

    /**
     * Takes a proposal without submitting anything; {@link #pump()} does. Whoever has several at hand takes all of them
     * first: otherwise the first would travel in an entry of its own. False if it was refused.
     */
    boolean enqueue(Proposal proposal) {
        int size = LogEntry.requestSize(proposal.argv());
        Refusal refusal = null;
        lock.lock();
        try {
            if (stopped) {
                refusal = Refusal.STOPPED;
            } else if (!submitter.leads()) {
                refusal = Refusal.NOT_LEADER;
            } else if (size > limits.commandBytes()) {
                refusal = Refusal.TOO_LARGE;
            } else if (isFull(size)) {
                refusal = Refusal.OVERLOADED;
            } else {
                queue.add(new Waiting(proposal, size));
                queuedBytes += size;
            }
        } finally {
            lock.unlock();
        }
        if (refusal == null) {
            return true;
        }
        if (refusal == Refusal.OVERLOADED) {
            metrics.overloads.increment();
        }
        proposal.refused(refusal);
        return false;
    }

    /** One command larger than the queue is taken while the queue is empty, otherwise it never could be. */
    private boolean isFull(int size) {
        return queue.size() >= limits.queueCommands() || !queue.isEmpty() && queuedBytes + size > limits.queueBytes();
    }

    /** The read may be served once an entry submitted from now on is applied. All that wait share one. */
    void awaitBarrier(ReadWaiter read) {
        Refusal refusal = null;
        lock.lock();
        try {
            if (stopped) {
                refusal = Refusal.STOPPED;
            } else if (!submitter.leads()) {
                refusal = Refusal.NOT_LEADER;
            } else if (reads.size() >= limits.queueCommands()) {
                refusal = Refusal.OVERLOADED;
            } else {
                reads.add(read);
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            read.refused(refusal);
            return;
        }
        pump();
    }

    /** An empty entry, unless another one is on its way to be submitted. */
    void barrier() {
        lock.lock();
        try {
            barrierWanted = true;
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** An entry that removes due keys, unless commands wait, whose entry does so too. */
    void tick() {
        lock.lock();
        try {
            tickWanted = true;
        } finally {
            lock.unlock();
        }
        pump();
    }

    void setActiveExpire(boolean on) {
        activeExpire = on;
    }

    boolean isActiveExpire() {
        return activeExpire;
    }

    // ---- leadership ----

    /** While true everything waits: Ratis takes no entries during a transfer. */
    void setTransferring(boolean on) {
        transferring = on;
        if (!on) {
            leadershipChanged();
        }
    }

    /** Something about the leadership changed: what waits is submitted or refused. */
    void leadershipChanged() {
        if (!submitter.leads()) {
            drain(Refusal.NOT_LEADER);
            return;
        }
        lock.lock();
        try {
            held = false;
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** To be called a few times per second: gives up what waited too long for a leadership to settle. */
    void look() {
        if (!submitter.leads()) {
            drain(Refusal.NOT_LEADER);
            return;
        }
        boolean tooLong;
        lock.lock();
        try {
            held = false;
            long now = clock.nanos();
            if (isIdle() || inFlight > 0 || canSubmit()) {
                blocked = false;
            } else if (!blocked) {
                blocked = true;
                blockedSinceNanos = now;
            }
            tooLong = blocked && now - blockedSinceNanos > holdNanos;
        } finally {
            lock.unlock();
        }
        if (tooLong) {
            drain(Refusal.NOT_READY);
        } else {
            pump();
        }
    }

    /** Refuses everything that waits and all that comes; what is in flight ends as Ratis says. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
        } finally {
            lock.unlock();
        }
        drain(Refusal.STOPPED);
    }

    private void drain(Refusal refusal) {
        List<Proposal> refused = new ArrayList<>();
        List<ReadWaiter> refusedReads;
        lock.lock();
        try {
            refusedReads = reads;
            reads = new ArrayList<>();
            if (unsent != null && unsent.end()) {
                refused.addAll(unsent.proposals());
                refusedReads.addAll(unsent.reads());
            }
            unsent = null;
            if (upload != null) {
                refused.add(upload.proposal());
                upload = null;
            }
            queue.forEach(waiting -> refused.add(waiting.proposal()));
            queue.clear();
            queuedBytes = 0;
            barrierWanted = false;
            tickWanted = false;
            held = false;
            blocked = false;
        } finally {
            lock.unlock();
        }
        refused.forEach(proposal -> Batch.tell(() -> proposal.refused(refusal)));
        refuse(refusedReads, refusal);
    }

    private static void refuse(List<ReadWaiter> refused, Refusal refusal) {
        refused.forEach(read -> Batch.tell(() -> read.refused(refusal)));
    }

    // ---- forming and submitting ----

    /** Submits until nothing waits, what waits is not yet worth an entry, or enough is in flight. */
    void pump() {
        while (true) {
            @Nullable Batch batch = null;
            @Nullable Proposal touched;
            lock.lock();
            try {
                if (submitting || inFlight >= limits.entriesInFlight() || isIdle() || held || !canSubmit()) {
                    return;
                }
                touched = takeTouched();
                if (touched == null) {
                    if (awaitsOwnEntries() || !isUrgent() && gathers()) {
                        return;
                    }
                    batch = unsent != null ? unsent : form();
                    unsent = null;
                    submitting = true;
                    inFlight++;
                }
            } finally {
                lock.unlock();
            }
            if (touched != null) {
                Proposal dropped = touched;
                Batch.tell(() -> dropped.refused(Refusal.TOUCHED));
            }
            if (batch != null) {
                submit(batch);
                endSubmission();
            }
        }
    }

    private void endSubmission() {
        lock.lock();
        try {
            submitting = false;
        } finally {
            lock.unlock();
        }
    }

    /*
     * A watch (Proposal.watch) is decided here, where the order of the log is made. Its proposal becomes the first of an entry that
     * is formed while no other of this leader is in flight: all that is in the log before it is applied then, and what that modified
     * is touched. That no other leader comes between is told by the term: the request carries the one it was made in, and every
     * replica compares it with the entry's (TransactionRequest).
     */

    /** Under the lock: takes the first in the queue if it watches what was modified. */
    private @Nullable Proposal takeTouched() {
        Watch watch = firstWatch();
        if (watch == null || !watch.isTouched()) {
            return null;
        }
        Waiting touched = queue.remove();
        queuedBytes -= touched.size();
        return touched.proposal();
    }

    /** Under the lock: whether the first in the queue must wait until what is in flight is applied. */
    private boolean awaitsOwnEntries() {
        return inFlight > 0 && firstWatch() != null;
    }

    private @Nullable Watch firstWatch() {
        return queue.isEmpty() || unsent != null || upload != null
                ? null
                : queue.element().proposal().watch();
    }

    /** Whether something waits that more commands make no better: reads, a barrier, a piece, an entry to repeat. */
    private boolean isUrgent() {
        return !reads.isEmpty() || barrierWanted || upload != null || unsent != null || queue.isEmpty();
    }

    /** Under the lock: whether the commands in the queue wait for more. If so, the next to come or the alarm submits. */
    private boolean gathers() {
        if (inFlight > 0) {
            return !GroupCommit.isFull(queue.size(), queuedBytes);
        }
        long waitNanos = groupCommit.waitNanos(queue.size(), queuedBytes, clock.nanos());
        if (waitNanos > 0 && !alarmSet) {
            alarmSet = true;
            alarm.after(waitNanos, this::alarm);
        }
        return waitNanos > 0;
    }

    private void alarm() {
        lock.lock();
        try {
            alarmSet = false;
        } finally {
            lock.unlock();
        }
        pump();
    }

    private boolean canSubmit() {
        return !stopped && !transferring && submitter.isReady();
    }

    private boolean isIdle() {
        return queue.isEmpty() && reads.isEmpty() && !barrierWanted && !tickWanted && upload == null && unsent == null;
    }

    /** Under the lock; something waits. */
    private Batch form() {
        long startNanos = clock.nanos();
        LogEntry.Stamp stamp = new LogEntry.Stamp(time.nowMillis(), seeds.nextLong(), activeExpire);
        List<ReadWaiter> carried = reads.isEmpty() ? List.of() : reads;
        if (!reads.isEmpty()) {
            reads = new ArrayList<>();
        }
        boolean tick = tickWanted;
        barrierWanted = false;
        tickWanted = false;
        if (upload == null && !queue.isEmpty() && queue.element().size() > entryRoom()) {
            Waiting large = queue.remove();
            queuedBytes -= large.size();
            upload = new Upload(large.proposal(), seeds.nextLong(), entryRoom());
        }
        if (upload != null) {
            return formUpload(stamp, carried, startNanos, upload);
        }
        if (queue.isEmpty()) {
            if (!tick) {
                metrics.barriers.increment();
            }
            LogEntry empty = tick ? new LogEntry.Tick(stamp) : new LogEntry.Barrier(stamp);
            return new Batch(empty, List.of(), carried, startNanos);
        }
        return formCommands(stamp, carried, startNanos);
    }

    private Batch formUpload(LogEntry.Stamp stamp, List<ReadWaiter> carried, long startNanos, Upload current) {
        if (!current.isUploaded()) {
            return new Batch(current.next(stamp), List.of(), carried, startNanos);
        }
        upload = null;
        return new Batch(current.next(stamp), List.of(current.proposal()), carried, startNanos);
    }

    private Batch formCommands(LogEntry.Stamp stamp, List<ReadWaiter> carried, long startNanos) {
        int countMax = Math.min(queue.size(), limits.entryCommands());
        List<Proposal> proposals = new ArrayList<>(countMax);
        List<LogEntry.Request> requests = new ArrayList<>(countMax);
        int room = limits.batchBytes() - ENTRY_HEADER;
        // The first fits into an entry, see form(), though perhaps not into a batch: then it goes alone.
        while (proposals.size() < countMax && (proposals.isEmpty() || mayJoin(queue.element(), room))) {
            Waiting next = queue.remove();
            room -= next.size();
            queuedBytes -= next.size();
            proposals.add(next.proposal());
            requests.add(new LogEntry.Request(
                    next.proposal().database(), next.proposal().argv()));
        }
        metrics.batchCommands.update(proposals.size());
        return new Batch(new LogEntry.Commands(stamp, requests), proposals, carried, startNanos);
    }

    private static boolean mayJoin(Waiting next, int room) {
        return next.size() <= room && next.proposal().watch() == null;
    }

    /** Bytes of requests, or of a piece, that fit into an entry beside its header. */
    private int entryRoom() {
        return limits.entryBytes() - ENTRY_HEADER;
    }

    private void submit(Batch batch) {
        CompletableFuture<RaftClientReply> future;
        try {
            metrics.batchBytes.update(batch.getContent().size());
            future = submitter.submit(batch);
        } catch (IOException | RuntimeException e) {
            future = CompletableFuture.failedFuture(e);
        }
        future.whenComplete((reply, failure) -> {
            Throwable cause = failure != null ? failure : reply.getException();
            if (cause != null
                    && cause.getCause() != null
                    && cause instanceof java.util.concurrent.CompletionException) {
                cause = cause.getCause();
            }
            ended(batch, cause);
        });
    }

    // ---- what comes back ----

    private void ended(Batch batch, @Nullable Throwable failure) {
        lock.lock();
        try {
            inFlight--;
            long now = clock.nanos();
            groupCommit.ended(batch.proposals().size(), queue.size(), now - batch.startNanos(), now);
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            failed(batch, failure);
        }
        pump();
    }

    private void failed(Batch batch, Throwable failure) {
        boolean temporary = failure instanceof LeaderNotReadyException
                || failure instanceof LeaderSteppingDownException
                || failure instanceof ResourceUnavailableException;
        if (!batch.isAppended() && temporary && keep(batch)) {
            return;
        }
        Refusal refusal = refusal(failure);
        if (!batch.end()) {
            return;
        }
        LOG.info(
                "group={} an entry of {} commands failed, {}: {}",
                group,
                batch.proposals().size(),
                batch.isAppended() ? "its outcome is unknown" : "not appended",
                failure.toString());
        for (Proposal proposal : batch.proposals()) {
            if (batch.isAppended()) {
                metrics.indeterminate.increment();
                Batch.tell(proposal::indeterminate);
            } else {
                Batch.tell(() -> proposal.refused(refusal));
            }
        }
        refuse(batch.reads(), refusal);
        if (refusal == Refusal.NOT_LEADER || refusal == Refusal.STOPPED) {
            drain(refusal);
        } else {
            abandonUpload(refusal);
        }
    }

    /** Keeps an entry that was not appended, before everything else that waits. */
    private boolean keep(Batch batch) {
        lock.lock();
        try {
            if (stopped || unsent != null) {
                return false;
            }
            unsent = batch;
            held = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A piece is missing now: the request is certainly not applied. */
    private void abandonUpload(Refusal refusal) {
        Upload abandoned;
        @Nullable Batch piece = null;
        lock.lock();
        try {
            abandoned = upload;
            upload = null;
            if (unsent != null && unsent.entry() instanceof LogEntry.Piece) {
                piece = unsent;
                unsent = null;
            }
        } finally {
            lock.unlock();
        }
        if (abandoned != null) {
            Batch.tell(() -> abandoned.proposal().refused(refusal));
        }
        if (piece != null) {
            refuse(piece.reads(), refusal);
        }
    }

    private static Refusal refusal(Throwable failure) {
        if (failure instanceof NotLeaderException) {
            return Refusal.NOT_LEADER;
        } else if (failure instanceof ServerNotReadyException || failure instanceof AlreadyClosedException) {
            return Refusal.STOPPED;
        }
        return Refusal.NOT_READY;
    }

    // ---- figures ----

    int queued() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    int inFlight() {
        lock.lock();
        try {
            return inFlight;
        } finally {
            lock.unlock();
        }
    }
}
