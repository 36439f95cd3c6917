package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.base.Errors;
import io.aikv.command.Command;
import io.aikv.command.TransactionRequest;
import io.aikv.command.Waiting;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.Proposal;
import io.aikv.raft.Refusal;
import io.aikv.resp.Reply;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A call of a command that may wait (BLPOP, XREAD BLOCK), from its first look to its end: served, timed out, unblocked, sent
 * elsewhere, or gone. Its fate is decided once, under its lock; while a try is out, that decides.
 */
final class Waiter implements Call.Continuation {
    private static final Reply UNBLOCKED = Reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");

    private enum State {
        /** A look or a proposal is out. */
        TRYING,
        /** Waits for something to come. */
        PARKED,
        ENDED
    }

    /** What a look is for. */
    private enum Step {
        /** Whether an element may be there at all. */
        PROBE,
        /** What {@code $} stands for. */
        RESOLVE,
        /** The command itself. */
        RUN
    }

    private final Call call;
    private final ServerContext server;
    private final Waiting waiting;
    private final Bytes lane;
    private final List<BlockedCalls.Key> keys = new ArrayList<>();
    private final long timeoutMillis;
    private Step step;
    private byte[][] argv;

    // Guarded by this.
    /** Begins when it has looked in vain: what is there is given to whoever asks, however short the timeout. */
    private @Nullable ScheduledFuture<?> timer;

    private State state = State.TRYING;
    private @Nullable BlockedCalls registry;
    private @Nullable GroupReplica group;
    private boolean onReplica;
    private boolean signalled;
    /** It has looked in vain: what is of another type from now on has come later, and is not for it. */
    private boolean waited;
    /** How it ends unless the try that is out succeeds. */
    private @Nullable Reply ending;

    /** @param timeoutMillis 0 for ever */
    Waiter(Call call, ServerContext server, Waiting waiting, long timeoutMillis) {
        this.call = call;
        this.server = server;
        this.waiting = waiting;
        this.timeoutMillis = timeoutMillis;
        this.argv = call.argv;
        this.lane = Bytes.of(waiting.lane(call.argv));
        Command command = call.entry().command;
        command.keys()
                .get(0)
                .forEach(argv, index -> keys.add(new BlockedCalls.Key(call.database, Bytes.of(argv[index]))));
        this.step = switch (waiting.kind()) {
            case POP -> Step.PROBE;
            case READ -> hasDollar(argv) ? Step.RESOLVE : Step.RUN;
            case GROUP_READ -> Step.RUN;
        };
    }

    private static boolean hasDollar(byte[][] argv) {
        for (byte[] arg : argv) {
            if (arg.length == 1 && arg[0] == '$') {
                return true;
            }
        }
        return false;
    }

    Waiting.Kind kind() {
        return waiting.kind();
    }

    Bytes lane() {
        return lane;
    }

    List<BlockedCalls.Key> keys() {
        return keys;
    }

    synchronized GroupReplica group() {
        return Objects.requireNonNull(group);
    }

    /** Whether it waits until a time. */
    boolean hasTimeout() {
        return timeoutMillis > 0;
    }

    // ---- looking, on the event loop ----

    /** Before the call is routed: chooses what it asks. */
    void prepare() {
        call.then = this;
        switch (step) {
            case PROBE -> {
                List<byte[]> probe = new ArrayList<>();
                probe.add(Bytes.utf8(TransactionRequest.EXISTING));
                keys.forEach(key -> probe.add(key.name().array()));
                run(probe.toArray(byte[][]::new));
            }
            case RESOLVE -> {
                byte[][] resolve = argv.clone();
                resolve[0] = Bytes.utf8(Waiting.READ_FROM);
                run(resolve);
            }
            case RUN -> {
                call.running = call.entry;
                call.runningArgv = argv;
            }
        }
    }

    private void run(byte[][] request) {
        call.runningArgv = request;
        call.running = server.index().find(request);
    }

    /** The call is routed to a group: from now on nothing that comes is missed. */
    void register(BlockedCalls newRegistry, GroupReplica newGroup, boolean replica) {
        BlockedCalls before;
        synchronized (this) {
            before = registry;
            registry = newRegistry;
            group = newGroup;
            onReplica = replica;
        }
        call.group = newGroup;
        if (before != newRegistry) {
            leave(before);
            newRegistry.add(this);
        }
    }

    @Override
    public void replied(Call same) {
        Reply reply = Objects.requireNonNull(call.reply);
        if (reply instanceof Reply.Error || step == Step.RUN && !(reply instanceof Reply.Null)) {
            end();
            return;
        }
        call.deadlineNanos = 0;
        boolean again = signalledSinceLast();
        if (step == Step.RESOLVE) {
            List<Reply> resolved = ((Reply.Array) reply).items();
            argv = resolved.stream().map(arg -> ((Reply.Bulk) arg).value()).toArray(byte[][]::new);
            argv[0] = call.argv[0];
            step = Step.RUN;
            again = true;
        } else if (step == Step.PROBE) {
            step = Step.RUN;
            boolean present = ((Reply.Array) reply).items().contains(Reply.ONE);
            waited(!present);
            again |= present;
        } else {
            waited(true);
        }
        if (!park(again && kind() != Waiting.Kind.POP)) {
            return;
        }
        if (again && kind() == Waiting.Kind.POP) {
            // Not itself, if another has waited longer.
            BlockedCalls current = registryNow();
            if (current != null) {
                current.signal(keys);
            }
        }
    }

    private synchronized void waited(boolean inVain) {
        waited |= inVain;
    }

    /** Whether a reply says that nothing has come for it. */
    private boolean isNothing(Reply reply) {
        if (reply instanceof Reply.Null) {
            return true;
        }
        // Of a move the destination may be of the wrong type, which is an answer.
        boolean otherType = reply instanceof Reply.Error error && error.line().equals(Errors.WRONG_TYPE);
        synchronized (this) {
            return otherType
                    && waited
                    && kind() == Waiting.Kind.POP
                    && call.entry().command.keys().size() == 1;
        }
    }

    private synchronized boolean signalledSinceLast() {
        boolean was = signalled;
        signalled = false;
        return was;
    }

    private synchronized @Nullable BlockedCalls registryNow() {
        return registry;
    }

    /**
     * Lets the call wait, or end if that was decided meanwhile.
     *
     * @param tryAgain not before it has looked once more
     * @return whether it is parked
     */
    private boolean park(boolean tryAgain) {
        Reply decided;
        boolean gone = false;
        synchronized (this) {
            decided = ending;
            if (decided == null) {
                call.state = Call.State.OUT;
                gone = !beginWait();
                state = tryAgain ? State.TRYING : State.PARKED;
                if (signalled && !tryAgain) {
                    // Came between the reply and now.
                    signalled = false;
                    state = State.TRYING;
                    tryAgain = true;
                }
            }
        }
        if (gone) {
            end();
            return false;
        }
        if (decided != null) {
            end();
            call.done(decided);
            return false;
        }
        if (tryAgain) {
            tryOnce();
            return false;
        }
        return true;
    }

    /** Under the lock. @return false if the event loop has ended, and the client's connection with it */
    private boolean beginWait() {
        if (!waited || state == State.ENDED) {
            return true;
        }
        call.session.blocked(this);
        if (timer == null && timeoutMillis > 0) {
            try {
                timer = call.session.loop.loop.schedule(this::timedOut, timeoutMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                return false;
            }
        }
        return true;
    }

    private void tryOnce() {
        if (kind() == Waiting.Kind.READ) {
            lookAgain();
        } else {
            propose();
            group().submitQueued();
        }
    }

    // ---- being woken, on any thread ----

    /** Something may be there. @return whether it must be woken: it is then trying */
    boolean signal() {
        synchronized (this) {
            if (state == State.TRYING) {
                signalled = true;
                return false;
            }
            if (state == State.ENDED) {
                return false;
            }
            state = State.TRYING;
            return true;
        }
    }

    /** Runs a command that only reads again, from its loop. */
    void lookAgain() {
        call.tryAgain();
    }

    /**
     * Ends it with an error if its user has lost the right to do what it waits for.
     *
     * @return whether it was that, so that what has come is for the next
     */
    boolean endIfForbidden() {
        Reply denied = server.gate().refusal(call.session, call.entry().command, argv);
        if (denied == null) {
            return false;
        }
        if (end()) {
            call.admitted = false; // As if it came only now.
            call.reply(denied);
        }
        return true;
    }

    /** Puts the command into the group's queue; {@link GroupReplica#submitQueued} must follow. */
    void propose() {
        group().enqueue(new Try());
    }

    /** One proposal of the command. */
    private final class Try implements Proposal {
        @Override
        public Command command() {
            return call.entry().command;
        }

        @Override
        public byte[][] argv() {
            return argv;
        }

        @Override
        public int database() {
            return call.database;
        }

        @Override
        public long clientId() {
            return call.clientId();
        }

        @Override
        public void applied(Reply reply, long index) {
            if (!isNothing(reply)) {
                BlockedCalls left = registryNow();
                if (end()) {
                    call.applied(reply, index);
                }
                if (kind() == Waiting.Kind.GROUP_READ && left != null) {
                    left.signal(keys); // There may be more than it has taken.
                }
                return;
            }
            Reply decided;
            boolean again;
            boolean gone;
            synchronized (Waiter.this) {
                waited = true;
                gone = !beginWait();
                decided = ending;
                again = signalled && decided == null && !gone;
                signalled = false;
                if (state == State.TRYING && !again) {
                    state = State.PARKED;
                }
            }
            if (gone) {
                end();
            } else if (decided != null) {
                finish(decided);
            } else if (again) {
                propose();
                group().submitQueued();
            }
        }

        @Override
        public void refused(Refusal reason) {
            leave();
            if (stillTrying()) {
                call.refused(reason);
            }
        }

        @Override
        public void indeterminate() {
            if (end()) {
                call.indeterminate();
            }
        }
    }

    private synchronized boolean stillTrying() {
        return state != State.ENDED;
    }

    // ---- ending ----

    private void timedOut() {
        endWith(Reply.NULL_ARRAY);
    }

    /** CLIENT UNBLOCK. @return whether it was waiting */
    boolean unblock(boolean withError) {
        return endWith(withError ? UNBLOCKED : Reply.NULL_ARRAY);
    }

    /** Ends it, now if it is parked, otherwise when the try that is out has brought nothing. */
    private boolean endWith(Reply reply) {
        boolean parked;
        synchronized (this) {
            if (state == State.ENDED) {
                return false;
            }
            parked = state == State.PARKED;
            ending = reply;
        }
        return !parked || finish(reply);
    }

    /** A parked one whose leader is none any more starts again, and so finds the new leader, or is told of it. */
    void lookAtLeader() {
        synchronized (this) {
            if (state != State.PARKED || onReplica || group().leads()) {
                return;
            }
            state = State.TRYING;
        }
        leave();
        call.refused(Refusal.NOT_LEADER);
    }

    /** The client is gone. What is in a log already takes its course. */
    void abandon() {
        end();
    }

    private boolean finish(Reply reply) {
        boolean first = end();
        if (first) {
            call.reply(reply);
        }
        return first;
    }

    /** Returns whether this was the first to end it. */
    private boolean end() {
        synchronized (this) {
            if (state == State.ENDED) {
                return false;
            }
            state = State.ENDED;
        }
        BlockedCalls left = registryNow();
        leave();
        if (left != null && signalledSinceLast()) {
            left.signal(keys); // What it was told of may be for the next.
        }
        ScheduledFuture<?> pending;
        synchronized (this) {
            pending = timer;
        }
        if (pending != null) {
            pending.cancel(false);
        }
        call.session.unblocked(this);
        return true;
    }

    private void leave() {
        BlockedCalls left;
        synchronized (this) {
            left = registry;
            registry = null;
        }
        leave(left);
    }

    private void leave(@Nullable BlockedCalls left) {
        if (left != null) {
            left.remove(this);
        }
    }
}
