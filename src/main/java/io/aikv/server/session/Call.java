package io.aikv.server.session;

import io.aikv.base.Errors;
import io.aikv.command.Command;
import io.aikv.data.DeniedCall;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.Proposal;
import io.aikv.raft.ReadWaiter;
import io.aikv.raft.Refusal;
import io.aikv.raft.Watch;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to its reply. Belongs to its session's event loop; while it is out (submitted, waiting, running on
 * another thread) exactly one of the methods below {@code outcomes} is called, on any thread, and hands it back.
 */
final class Call implements Proposal, ReadWaiter {
    /** Where the call stands, as its session sees it. */
    enum State {
        /** Behind others, or to be started again. */
        QUEUED,
        /** Out: an outcome will come. */
        OUT,
        /** Held by CLIENT PAUSE. */
        PAUSED,
        /** A write that was refused and may be tried again once the writes behind it are back. */
        REFUSED,
        /** The oldest of its session; its reply is read while it is sent. */
        SENDING,
        /** Has its reply. */
        DONE
    }

    /** What came back. */
    enum Outcome {
        NONE,
        APPLIED,
        REPLIED,
        REFUSED,
        READABLE,
        TRY_AGAIN
    }

    /** Goes on with a call that has got a reply; may send it out again. */
    interface Continuation {
        void replied(Call call);
    }

    Session session;

    @Nullable
    CommandEntry entry;

    byte[][] argv;
    /** What is run for it and with which arguments: mostly {@link #entry} and {@link #argv}; EXEC has a request of its own. */
    @Nullable
    CommandEntry running;

    byte[][] runningArgv;

    /** What a proposal of it depends on. */
    @Nullable
    Watch watch;

    /** Of a command that may wait. */
    @Nullable
    Waiter waiter;

    /** What is still to be done with the reply, on the loop. */
    @Nullable
    Continuation then;

    long heldBytes;
    int database;
    State state = State.QUEUED;

    /** Whether the checks that come before the first start are behind it. */
    boolean admitted;

    /** Whether it is being submitted as a proposal, so that others may be started behind it. */
    boolean pipelined;

    /** CLIENT REPLY OFF or SKIP: nothing is written. */
    boolean silent;

    long startNanos;

    /** Until when it is tried again inside; 0 until it first had to wait. */
    long deadlineNanos;

    /** A number that grows with every request of the session. */
    long sequence;

    /** The newest request that had arrived when this one asked for a barrier. */
    long coveredUpTo;

    /** A keyless read: every group has confirmed it. */
    boolean groupsReadable;

    /** A keyless write: its parts in the groups. */
    @Nullable
    GroupWrites groupWrites;

    @Nullable
    GroupReplica group;

    @Nullable
    Reply reply;

    /** What reads the reply if that is {@link Reply.Streamed}; handed on to the session, or dropped. */
    @Nullable
    ReplyStream stream;

    /** Keys that a read has not found, if anybody is to be told. */
    List<byte[]> missedKeys = List.of();

    /** What scripts that it read by were denied. */
    List<DeniedCall> deniedCalls = List.of();

    /** The reply has been sent and accounted for. */
    boolean sent;

    Outcome outcome = Outcome.NONE;

    @Nullable
    Refusal refusal;

    long index;

    @Nullable
    Call inboxNext;

    Call(Session session, @Nullable CommandEntry entry, byte[][] argv, long heldBytes) {
        this.session = session;
        this.entry = entry;
        this.argv = argv;
        this.running = entry;
        this.runningArgv = argv;
        this.heldBytes = heldBytes;
    }

    void reuse(Session newSession, @Nullable CommandEntry newEntry, byte[][] newArgv, long newHeldBytes) {
        session = newSession;
        entry = newEntry;
        argv = newArgv;
        running = newEntry;
        runningArgv = newArgv;
        watch = null;
        waiter = null;
        then = null;
        heldBytes = newHeldBytes;
        state = State.QUEUED;
        admitted = false;
        pipelined = false;
        silent = false;
        groupsReadable = false;
        groupWrites = null;
        deadlineNanos = 0;
        group = null;
        reply = null;
        stream = null;
        missedKeys = List.of();
        deniedCalls = List.of();
        sent = false;
        outcome = Outcome.NONE;
        refusal = null;
    }

    /** Nobody will take the reply. */
    void dropStream() {
        ReplyStream unwanted = stream;
        stream = null;
        if (unwanted != null) {
            unwanted.end();
        }
    }

    /** Ends the call on the loop. */
    void done(Reply result) {
        reply = result;
        state = State.DONE;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    CommandEntry entry() {
        return Objects.requireNonNull(entry);
    }

    CommandEntry running() {
        return Objects.requireNonNull(running);
    }

    /** Goes on with what has a reply. */
    void settle() {
        while (isDone() && then != null) {
            Continuation next = then;
            then = null;
            next.replied(this);
        }
    }

    // ---- proposal ----

    @Override
    public Command command() {
        return running().command;
    }

    @Override
    public long clientId() {
        return session.id();
    }

    @Override
    public byte[][] argv() {
        return runningArgv;
    }

    @Override
    public @Nullable Watch watch() {
        return watch;
    }

    @Override
    public int database() {
        return database;
    }

    // ---- outcomes ----

    @Override
    public void applied(Reply result, long logIndex) {
        reply = result;
        index = logIndex;
        handBack(Outcome.APPLIED);
    }

    @Override
    public void indeterminate() {
        reply(Reply.error(Errors.INDETERMINATE));
    }

    @Override
    public void refused(Refusal reason) {
        refusal = reason;
        handBack(Outcome.REFUSED);
    }

    @Override
    public void readable() {
        handBack(Outcome.READABLE);
    }

    /** The reply, made on another thread. */
    void reply(Reply result) {
        reply = result;
        handBack(Outcome.REPLIED);
    }

    /** What it waited for may have happened. */
    void tryAgain() {
        handBack(Outcome.TRY_AGAIN);
    }

    private void handBack(Outcome what) {
        outcome = what;
        session.loop.handOver(this);
    }
}
