package io.aikv.server.session;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Slots;
import io.aikv.cluster.Route;
import io.aikv.cluster.Router;
import io.aikv.command.Args;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.command.Waiting;
import io.aikv.data.EventClass;
import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.Refusal;
import io.aikv.resp.Reply;
import io.aikv.store.GroupStore;
import io.aikv.store.OptimisticReader;
import io.aikv.store.StoreFailure;
import io.aikv.store.StoreReader;
import io.aikv.store.StoreSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a call from its request to its reply: checks, slot, route, then the path of its kind. Runs on the event loop of the
 * call's session and keeps no state of its own.
 */
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** A refused call is tried again after at most this long, even if nothing was heard of. */
    private static final long RETRY_MILLIS_MAX = 100;

    private static final long OVERLOAD_RETRY_MILLIS = 2;
    private static final int NO_KEY = -1;

    /** A read of more than these bytes of values moves from the event loop to a reader: some hundred microseconds. */
    static final long LOOP_READ_BYTES_MAX = 1 << 20;

    private static final Reply NO_AUTH = Reply.error("NOAUTH Authentication required.");
    private static final Reply NOT_IN_MULTI = Reply.error("ERR Command not allowed inside a transaction");
    private static final Reply LOADING = Reply.error("LOADING AiKv is not serving its data yet");
    private static final Reply SEVERAL_GROUPS = Reply.error(
            "ERR a transaction runs in one group of slots, and this command concerns all that the node serves");
    private static final Reply READ_ONLY = Reply.error("READONLY You can't write against a read only replica.");
    private static final Reply TOO_LARGE =
            Reply.error("ERR the request is larger than an entry of the log may be; it was not executed");
    private static final Reply OVERLOADED =
            Reply.error("TRYAGAIN too many writes are waiting; the command was not executed");
    private static final Reply MOVING = Reply.error("TRYAGAIN leadership is moving; the command was not executed");
    private static final Reply DOWN = Reply.error("CLUSTERDOWN The cluster is down");

    /** For commands that choose; each thread has one of its own. */
    static final ThreadLocal<SplittableRandom> RANDOM = ThreadLocal.withInitial(SplittableRandom::new);

    private final ServerContext server;
    private final Router router;
    private final Executor readers;
    private final Monitors monitors;
    private final Transactions transactions;
    private final boolean clustered;
    private final boolean crossSlotInGroup;
    private final LeaderWait leaderWait;

    Dispatcher(ServerContext server, Router router, Executor readers) {
        this.server = server;
        this.router = router;
        this.readers = readers;
        this.monitors = server.monitors();
        this.leaderWait = new LeaderWait(server, router);
        this.transactions = new Transactions(server, leaderWait);
        this.clustered = server.config().cluster().enabled();
        this.crossSlotInGroup = server.config().cluster().crossSlotInGroup();
    }

    Router router() {
        return router;
    }

    // ---- the start ----

    /** Starts a call, or starts it again: it is then done, out, or paused. */
    void start(Call call) {
        boolean waited = call.outcome == Call.Outcome.TRY_AGAIN;
        call.state = Call.State.QUEUED;
        call.outcome = Call.Outcome.NONE;
        if (!call.admitted && !admit(call)) {
            return;
        }
        Reply denied = waited ? server.gate().refusal(call.session, call.entry().command, call.argv) : null;
        if (denied != null) {
            end(call, denied); // Its user has lost that right while it waited.
            return;
        }
        try {
            run(call);
        } catch (CommandError e) {
            call.done(Reply.error(e));
        } catch (RuntimeException | AssertionError | StackOverflowError e) {
            call.done(internalError(call.entry(), e));
        }
        call.settle();
    }

    private static void end(Call call, Reply reply) {
        call.done(reply);
        call.settle();
        if (call.waiter != null) {
            call.waiter.abandon();
        }
    }

    private static Reply internalError(CommandEntry entry, Throwable cause) {
        LOG.error("command={} failed unexpectedly", entry, cause);
        return Reply.error("ERR internal error while running '" + entry + "'; see the server's log");
    }

    /** The checks before the first start. False if the call has ended, or waits for the end of a pause. */
    private boolean admit(Call call) {
        Session session = call.session;
        ClientState state = session.state();
        call.startNanos = server.clock().nanos();
        CommandEntry entry = call.entry;
        if (entry == null && WebRequests.isOne(call.argv)) {
            server.webRequests().refuse(session, server.clock());
            call.done(Reply.NONE);
            return false;
        }
        Reply refusal = refusal(call, entry, state);
        if (refusal == null && server.pause().holds(entry == null || pausedAsWrite(session, entry))) {
            call.state = Call.State.PAUSED;
            session.loop.pause(session);
            return false;
        }
        call.silent = state.replyMode != ClientState.ReplyMode.ON;
        if (state.replyMode == ClientState.ReplyMode.SKIP_NEXT) {
            state.replyMode = ClientState.ReplyMode.ON;
        }
        state.lastCommand = entry;
        state.commands++;
        if (refusal != null) {
            call.done(breakUp(session, entry, refusal));
            return false;
        }
        call.admitted = true;
        call.database = state.database;
        if (monitors.any()) {
            monitors.feed(call, server.clock());
        }
        return true;
    }

    private static boolean pausedAsWrite(Session session, CommandEntry entry) {
        return entry.pausedAsWrite
                || entry.kind == CommandEntry.Kind.EXEC && session.transaction().writes();
    }

    /** A command that is refused within MULTI takes the transaction with it. */
    private static Reply breakUp(Session session, @Nullable CommandEntry entry, Reply refusal) {
        if (entry != null && entry.kind == CommandEntry.Kind.EXEC) {
            return Transactions.abort(session, refusal);
        }
        if (session.transaction().isOpen()) {
            session.transaction().breakUp();
        }
        return refusal;
    }

    private @Nullable Reply refusal(Call call, @Nullable CommandEntry entry, ClientState state) {
        byte[][] argv = call.argv;
        if (entry == null) {
            return Reply.error(UnknownCommand.line(argv));
        }
        if (entry.kind == CommandEntry.Kind.CONTAINER && argv.length >= 2) {
            return Reply.error(UnknownCommand.line(entry.command, argv[1]));
        }
        if (!entry.command.acceptsArgumentCount(argv.length)) {
            return Reply.error(Errors.wrongArity(entry.command.name()));
        }
        if (entry.command.has(Flag.INTERNAL) || (entry.kind == CommandEntry.Kind.CONTAINER && entry.alone == null)) {
            return Reply.error(UnknownCommand.line(argv));
        }
        if (!entry.beforeAuth && !server.gate().isLoggedIn(state)) {
            return NO_AUTH;
        }
        if (entry.command.has(Flag.NO_MULTI) && call.session.transaction().isOpen()) {
            return NOT_IN_MULTI;
        }
        if (state.user.isRestricted()) {
            Reply denied = server.gate().refusal(call.session, entry.command, argv);
            if (denied != null) {
                return denied;
            }
        }
        if (state.isSubscriber() && state.protocol == 2 && !entry.whileSubscribed) {
            return Reply.error("ERR Can't execute '" + entry + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
                    + " / RESET are allowed in this context");
        }
        return server.loading() && !entry.whileLoading ? LOADING : null;
    }

    // ---- the paths ----

    private void run(Call call) {
        CommandEntry entry = call.entry();
        if (entry.queued && call.session.transaction().isOpen()) {
            queue(call, entry);
            return;
        }
        switch (entry.kind) {
            case READ, WRITE -> {
                Waiting waiting = entry.command.waiting();
                if (waiting == null) {
                    data(call, entry);
                } else {
                    await(call, entry, waiting);
                }
            }
            case EXEC -> exec(call);
            case WATCH -> watch(call, entry);
            case SESSION -> {
                if (leaderWait.isNeeded(call, entry, call.argv)) {
                    leaderWait.park(call, call::tryAgain);
                    return;
                }
                Handler.Session handler = (Handler.Session) entry.command.handler();
                Reply reply = handler.run().run(call.session, entry.command.args(call.argv));
                if (call.silent && entry.endsSilence) {
                    call.silent = reply == Reply.NONE;
                }
                call.done(reply);
            }
            case ASYNC -> {
                Handler.Async handler = (Handler.Async) entry.command.handler();
                call.state = Call.State.OUT;
                handler.run().run(call.session, entry.command.args(call.argv), call::reply);
            }
            case CONTAINER -> {
                Handler.Session handler =
                        (Handler.Session) Objects.requireNonNull(entry.alone).handler();
                call.done(handler.run().run(call.session, new Args(call.argv, 1)));
            }
        }
    }

    // ---- MULTI, EXEC, WATCH ----

    private void queue(Call call, CommandEntry entry) {
        Reply refusal;
        try {
            refusal = clustered && (entry.isData() || entry.ofShard) ? unqueueable(call, entry) : null;
        } catch (CommandError e) {
            refusal = Reply.error(e);
        }
        if (refusal == null) {
            transactions.queue(call);
        } else {
            call.session.transaction().breakUp();
            call.done(refusal);
        }
    }

    /** Why a command of a slot cannot be part of a transaction on this node, or null. @throws CommandError CROSSSLOT */
    private @Nullable Reply unqueueable(Call call, CommandEntry entry) {
        int slot = entry.ofShard ? LeaderWait.shardSlot(entry, call.argv) : slot(call.argv, entry);
        if (slot == NO_KEY) {
            boolean several = entry.command.merge() != null && router.led().size() > 1;
            return several ? SEVERAL_GROUPS : null;
        }
        Route route =
                route(slot, call.session.state().readonly && (entry.kind == CommandEntry.Kind.READ || entry.ofShard));
        if (route instanceof Route.Moved moved) {
            return Reply.error(moved.errorLine(call.session.tls()));
        }
        return route instanceof Route.Refused refused ? Reply.error(refused.errorLine()) : null;
    }

    private void exec(Call call) {
        if (call.running() == call.entry()) {
            transactions.begin(call);
        }
        if (!call.isDone()) {
            data(call, call.running());
        }
    }

    private void watch(Call call, CommandEntry entry) {
        if (call.session.transaction().isOpen()) {
            throw new CommandError("ERR WATCH inside MULTI is not allowed");
        }
        int slot = clustered ? slot(call.argv, entry) : 0;
        call.running = transactions.existing();
        if (route(slot, false) instanceof Route.Leader leader) {
            transactions.watch(call, leader.group());
        }
        data(call, call.running());
    }

    // ---- commands that may wait ----

    private void await(Call call, CommandEntry entry, Waiting waiting) {
        Waiter waiter = call.waiter;
        if (waiter == null) {
            long millis = waiting.timeoutMillis(call.argv);
            if (millis == Waiting.NEVER) {
                data(call, entry);
                return;
            }
            waiter = new Waiter(call, server, waiting, millis);
            call.waiter = waiter;
        }
        waiter.prepare();
        data(call, call.running());
    }

    private void register(Call call, GroupReplica group, boolean replica) {
        Waiter waiter = call.waiter;
        if (waiter != null) {
            waiter.register(server.blockedCalls(group.name()), group, replica);
        }
    }

    // ---- data ----

    private void data(Call call, CommandEntry entry) {
        if (entry.stamped) {
            call.runningArgv = entry.command.stamped(call.argv, call.session.rights());
        }
        boolean keyless = entry.singleKey == 0 && entry.command.keys().isEmpty();
        if (keyless && entry.command.merge() != null) {
            everywhere(call, entry);
            return;
        }
        int slot = clustered ? slot(call.runningArgv, entry) : 0;
        Route route = route(slot, mayUseReplica(call, entry));
        if (route instanceof Route.Leader leader) {
            register(call, leader.group(), false);
            if (entry.kind == CommandEntry.Kind.WRITE) {
                write(call, leader.group());
            } else {
                read(call, entry, leader.group(), false);
            }
        } else if (route instanceof Route.Replica replica) {
            register(call, replica.group(), true);
            read(call, entry, replica.group(), true);
        } else if (route instanceof Route.Moved moved) {
            call.done(Reply.error(moved.errorLine(call.session.tls())));
        } else if (route instanceof Route.Refused refused) {
            call.done(Reply.error(refused.errorLine()));
        } else if (route instanceof Route.Unknown unknown) {
            if (leaderWait.isOver(call)) {
                call.done(Reply.error(unknown.errorLine()));
            } else {
                leaderWait.park(call, call::tryAgain);
            }
        }
    }

    private static boolean mayUseReplica(Call call, CommandEntry entry) {
        return call.session.state().readonly
                && entry.kind == CommandEntry.Kind.READ
                && call.watch == null
                && !call.entry().isWrite()
                && call.entry().kind != CommandEntry.Kind.WATCH;
    }

    private Route route(int slot, boolean readonly) {
        if (slot == NO_KEY) {
            List<GroupReplica> led = router.led();
            return led.isEmpty() ? router.route(0, readonly) : new Route.Leader(led.get(0));
        }
        return router.route(slot, readonly);
    }

    /** The slot of all keys, {@link #NO_KEY} without any. @throws CommandError CROSSSLOT */
    private int slot(byte[][] argv, CommandEntry entry) {
        int single = entry.singleKey;
        if (single > 0 && single < argv.length) {
            return Slots.of(argv[single]);
        }
        int[] found = {NO_KEY};
        entry.command.forEachKey(argv, index -> {
            int slot = Slots.of(argv[index]);
            if (found[0] == NO_KEY) {
                found[0] = slot;
            } else if (found[0] != slot && !mayShare(entry, found[0], slot)) {
                throw new CommandError(Errors.CROSS_SLOT);
            }
        });
        return found[0];
    }

    /** Whether a transaction may have keys of both slots: allowed by the configuration within a group. */
    private boolean mayShare(CommandEntry entry, int slot, int other) {
        if (!crossSlotInGroup || entry.command.group() != Group.TRANSACTIONS) {
            return false;
        }
        Route route = router.route(slot, false);
        Route otherRoute = router.route(other, false);
        if (route instanceof Route.Leader leader) {
            return otherRoute instanceof Route.Leader otherLeader && leader.group() == otherLeader.group();
        }
        // The node that leads the group of the first decides.
        return !(otherRoute instanceof Route.Leader);
    }

    private static void write(Call call, GroupReplica group) {
        call.group = group;
        // What goes on after its reply comes before the next command.
        call.pipelined = call.then == null;
        call.state = Call.State.OUT;
        call.session.loop.submit(call, group);
    }

    private void read(Call call, CommandEntry entry, GroupReplica group, boolean replica) {
        Session session = call.session;
        call.group = group;
        boolean allowed = session.isCovered(call, group) || (!replica && session.loop.readable(group));
        if (!allowed) {
            call.coveredUpTo = session.newestSequence();
            call.state = Call.State.OUT;
            if (replica) {
                group.awaitReplicaReadable(call);
            } else {
                group.awaitReadable(call);
            }
        } else if (entry.longRead) {
            onReader(call, entry, group, List.of());
        } else {
            onLoop(call, entry, group, List.of());
        }
    }

    /**
     * Runs a read here and now, unless it turns out to be long.
     *
     * @param group null for every group of {@code groups}
     */
    private void onLoop(Call call, CommandEntry entry, @Nullable GroupReplica group, List<GroupReplica> groups) {
        switch (attempt(call, entry, group, groups, null)) {
            case DONE -> call.state = Call.State.DONE;
            case TOO_LONG -> onReader(call, entry, group, groups);
            case NEEDS_ENTRY_TIME -> {
                call.state = Call.State.OUT;
                awaitEntryTime(call, group, groups);
            }
            case STORE_REPLACED -> {
                call.refusal = Refusal.NOT_READY;
                refused(call);
            }
        }
    }

    private void onReader(Call call, CommandEntry entry, @Nullable GroupReplica group, List<GroupReplica> groups) {
        call.state = Call.State.OUT;
        try {
            readers.execute(() -> longRead(call, entry, group, groups));
            server.counters().longRead();
        } catch (RejectedExecutionException full) {
            retryLater(call, OVERLOAD_RETRY_MILLIS);
        }
    }

    /** On a reader. */
    private void longRead(Call call, CommandEntry entry, @Nullable GroupReplica group, List<GroupReplica> groups) {
        ReplyStream stream = new ReplyStream(server.streams(), call.session);
        Attempt attempt = attempt(call, entry, group, groups, stream);
        if (attempt == Attempt.DONE && call.reply instanceof Reply.Streamed reply) {
            switch (stream.begin(reply, server.clock().nanos())) {
                case YES -> {
                    call.stream = stream;
                    call.reply(reply);
                }
                case NO_ROOM -> server.streams().await(call);
                case STORE_CLOSED -> call.refused(Refusal.NOT_READY);
            }
            return;
        }
        stream.giveUp();
        switch (attempt) {
            case DONE -> call.reply(Objects.requireNonNull(call.reply));
            case NEEDS_ENTRY_TIME -> awaitEntryTime(call, group, groups);
            case STORE_REPLACED -> call.refused(Refusal.NOT_READY);
            case TOO_LONG -> throw new IllegalStateException("too long without a limit");
        }
    }

    private static void awaitEntryTime(Call call, @Nullable GroupReplica group, List<GroupReplica> groups) {
        if (group == null) {
            new GroupReads(call, groups, GroupReplica::awaitEntryTime).await();
        } else {
            call.coveredUpTo = call.sequence;
            group.awaitEntryTime(call);
        }
    }

    /** What came of a read that was allowed to run. */
    private enum Attempt {
        DONE,
        /** A value is longer than this thread may read. */
        TOO_LONG,
        /**
         * A key was absent because of a deadline that the log has not reached: the read must wait for an entry of a later
         * time and run again, or the key could come back under another leader.
         */
        NEEDS_ENTRY_TIME,
        /** The store was closed under the read, to be opened again. */
        STORE_REPLACED
    }

    /** @param stream null on an event loop, which has no time for long reads; else holds what a reader reads from */
    private Attempt attempt(
            Call call,
            CommandEntry entry,
            @Nullable GroupReplica group,
            List<GroupReplica> groups,
            @Nullable ReplyStream stream) {
        if (group != null) {
            return attempt(call, entry, group, stream);
        }
        List<Reply> parts = new ArrayList<>(groups.size());
        for (GroupReplica each : groups) {
            Attempt attempt = attempt(call, entry, each, stream);
            if (attempt != Attempt.DONE) {
                return attempt;
            }
            parts.add(Objects.requireNonNull(call.reply));
        }
        call.reply = GroupWrites.merge(entry, parts);
        return Attempt.DONE;
    }

    /** Runs a read handler; never throws. If that is {@link Attempt#DONE}, the call has its reply. */
    private Attempt attempt(Call call, CommandEntry entry, GroupReplica group, @Nullable ReplyStream stream) {
        if (call.session.state().tracking != null && call.entry().mayRead()) {
            server.tracking().remember(call.session, entry.command, call.runningArgv);
        }
        try {
            GroupStore store = group.store();
            if (stream != null) {
                return attempt(call, entry, group, stream.hold(store.snapshot()), stream);
            }
            OptimisticReader glance = store.optimisticReader();
            Attempt attempt = attempt(call, entry, group, glance, null);
            if (glance.isConsistent()) {
                return attempt;
            }
            try (StoreSnapshot snapshot = store.snapshot()) {
                return attempt(call, entry, group, snapshot, null);
            }
        } catch (StoreFailure e) {
            return failed(call, entry, e);
        }
    }

    private Attempt attempt(
            Call call, CommandEntry entry, GroupReplica group, StoreReader reader, @Nullable ReplyStream stream) {
        try {
            ReadContext context = new ReadContext(reader, call.database, group.readTimeMillis(), RANDOM.get());
            if (stream == null) {
                context.limitBytes(LOOP_READ_BYTES_MAX);
            } else {
                context.allowStreaming();
            }
            if (server.notifications().wants(EventClass.MISSED) && group.leads()) {
                context.noteMissedKeys();
            }
            Handler.Read handler = (Handler.Read) entry.command.handler();
            Reply reply = handler.run().run(context, entry.command.args(call.runningArgv));
            if (stream != null && reply instanceof Reply.Streamed streamed) {
                stream.hold(streamed.elements());
            }
            call.reply = reply;
            if (context.latestHiddenMillis() > group.applied().entryTimeMillis()) {
                return Attempt.NEEDS_ENTRY_TIME;
            }
            server.counters().lookups(context.hits(), context.misses());
            call.missedKeys = context.missedKeys();
            call.deniedCalls = context.deniedCalls();
        } catch (CommandError e) {
            call.reply = Reply.error(e);
        } catch (LongRead e) {
            return Attempt.TOO_LONG;
        } catch (RuntimeException | AssertionError | StackOverflowError e) {
            return failed(call, entry, e);
        }
        return Attempt.DONE;
    }

    private static Attempt failed(Call call, CommandEntry entry, Throwable cause) {
        if (cause instanceof StoreFailure failure && failure.isClosed()) {
            return Attempt.STORE_REPLACED;
        }
        call.reply = internalError(entry, cause);
        return Attempt.DONE;
    }

    // ---- keyless commands: every group that this node serves ----

    /*
     * Reads run in the groups that the node leads; on a node that leads none, in all that it hosts, as a replica of Redis
     * answers DBSIZE or KEYS for its own copy (here with a read index, so linearizable). Writes need a group to lead.
     */
    private void everywhere(Call call, CommandEntry entry) {
        List<GroupReplica> led = router.led();
        if (entry.kind == CommandEntry.Kind.WRITE) {
            if (!led.isEmpty()) {
                call.state = Call.State.OUT;
                new GroupWrites(call, led).submit();
            } else if (clustered && router.route(0, false) instanceof Route.Moved) {
                call.done(READ_ONLY);
            } else {
                unserved(call);
            }
            return;
        }
        List<GroupReplica> groups = led.isEmpty() ? router.hosted() : led;
        if (groups.isEmpty()) {
            unserved(call);
        } else if (call.groupsReadable) {
            readEverywhere(call, entry, groups);
        } else if (!led.isEmpty() && led.stream().allMatch(call.session.loop::readable)) {
            readEverywhere(call, entry, led);
        } else {
            call.state = Call.State.OUT;
            new GroupReads(
                            call,
                            groups,
                            led.isEmpty() ? GroupReplica::awaitReplicaReadable : GroupReplica::awaitReadable)
                    .await();
        }
    }

    private void readEverywhere(Call call, CommandEntry entry, List<GroupReplica> groups) {
        if (entry.longRead) {
            onReader(call, entry, null, groups);
        } else {
            onLoop(call, entry, null, groups);
        }
    }

    private void unserved(Call call) {
        if (leaderWait.isOver(call)) {
            call.done(DOWN);
        } else {
            leaderWait.park(call, call::tryAgain);
        }
    }

    // ---- waiting and giving up ----

    /** Decides what becomes of a call that was certainly not done: it waits, or ends with an error that says so. */
    void refused(Call call) {
        Refusal reason = call.refusal == null ? Refusal.NOT_READY : call.refusal;
        call.pipelined = false;
        call.groupsReadable = false;
        if (reason == Refusal.TOUCHED) {
            call.done(Reply.NULL_ARRAY);
            return;
        }
        if (reason == Refusal.TOO_LARGE || reason == Refusal.NO_MAJORITY || leaderWait.isOver(call)) {
            giveUp(call);
        } else if (reason == Refusal.OVERLOADED) {
            retryLater(call, OVERLOAD_RETRY_MILLIS);
        } else {
            leaderWait.park(call, Math.min(RETRY_MILLIS_MAX, leaderWait.remainingMillis(call)), call::tryAgain);
        }
    }

    /** Ends a refused call with the error that helps its client most. */
    void giveUp(Call call) {
        CommandEntry entry = call.running();
        call.done(
                switch (call.refusal == null ? Refusal.NOT_READY : call.refusal) {
                    case TOO_LARGE -> TOO_LARGE;
                    case OVERLOADED -> OVERLOADED;
                    case NO_MAJORITY -> DOWN;
                    case TOUCHED -> Reply.NULL_ARRAY;
                    case NOT_LEADER, NOT_READY, STOPPED -> elsewhere(call, entry);
                });
    }

    private Reply elsewhere(Call call, CommandEntry entry) {
        int slot = clustered ? slot(call.runningArgv, entry) : 0;
        Route route = route(slot, mayUseReplica(call, entry));
        if (route instanceof Route.Moved moved) {
            return Reply.error(moved.errorLine(call.session.tls()));
        }
        if (route instanceof Route.Unknown unknown) {
            return Reply.error(unknown.errorLine());
        }
        if (route instanceof Route.Refused refused) {
            return Reply.error(refused.errorLine());
        }
        return call.refusal == Refusal.STOPPED ? DOWN : MOVING;
    }

    private static void retryLater(Call call, long millis) {
        call.state = Call.State.OUT;
        call.session.loop.loop.schedule(call::tryAgain, millis, TimeUnit.MILLISECONDS);
    }

    // ---- afterwards ----

    /** Counts a call that is about to be answered. */
    void account(Call call, Reply reply) {
        CommandEntry entry = call.entry;
        boolean failed = reply instanceof Reply.Error;
        if (failed) {
            server.errors().count(((Reply.Error) reply).code());
        }
        if (entry == null) {
            return;
        }
        if (call.session.state().tracking != null && reply != Reply.QUEUED) {
            server.tracking().answered(call.session, entry.command);
        }
        if (!call.missedKeys.isEmpty()) {
            server.notifications().missed(call.database, call.missedKeys);
        }
        call.deniedCalls.forEach(denied -> server.gate().note(call.session, denied));
        if (!call.admitted) {
            call.session.loop.stats.rejected(entry.id);
            return;
        }
        // What was spent waiting says nothing about the command.
        long nanos = call.waiter == null ? server.clock().nanos() - call.startNanos : 0;
        call.session.loop.stats.ran(entry.id, nanos, failed);
        Tunables tunables = server.tunables();
        if (nanos >= tunables.slowlogNanos() && entry.slowlogged) {
            server.slowLog()
                    .add(
                            server.clock().epochMillis(),
                            nanos / 1000,
                            Redaction.of(entry.command, call.argv),
                            call.session.address(),
                            call.session.state().name,
                            tunables.slowlogMax());
        }
        long threshold = tunables.latencyThresholdMillis();
        if (threshold > 0 && nanos >= threshold * 1_000_000) {
            String event = entry.command.has(Flag.FAST) ? "fast-command" : "command";
            server.latencyEvents().add(event, server.clock().epochMillis(), nanos / 1_000_000);
        }
    }
}
