package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Command;
import io.aikv.command.Handler;
import io.aikv.command.TransactionRequest;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * MULTI, EXEC and WATCH as the dispatcher sees them. Commands are checked and queued; EXEC makes one request of the data commands,
 * which takes the way of any other request to its group, and runs the others (PING, CONFIG GET, PUBLISH) when that is done, with
 * the replies in the order of the queue.
 */
final class Transactions {
    private static final Reply ABORTED = Reply.error("EXECABORT Transaction discarded because of previous errors.");

    private final ServerContext server;
    private final LeaderWait leaderWait;
    private final long bytesMax;

    Transactions(ServerContext server, LeaderWait leaderWait) {
        this.server = server;
        this.leaderWait = leaderWait;
        this.bytesMax = server.config().limits().clientQueryBufferLimit();
    }

    // ---- MULTI ----

    /** Queues an admitted command whose slot, if any, is served here. */
    void queue(Call call) {
        Transaction transaction = call.session.transaction();
        if (transaction.add(call.entry(), call.argv, bytesMax)) {
            call.done(Reply.QUEUED);
        } else {
            transaction.breakUp();
            call.done(Reply.error("ERR the commands of a transaction may hold " + bytesMax
                    + " bytes (limits.client-query-buffer-limit); it was not queued"));
        }
    }

    /** What EXEC answers if its own form is wrong: that ends the transaction, too. */
    static Reply abort(Session session, Reply refusal) {
        session.transaction().reset();
        return refusal instanceof Reply.Error error
                ? Reply.error("EXECABORT Transaction discarded because of: " + withoutErr(error.line()))
                : refusal;
    }

    private static String withoutErr(String line) {
        return line.startsWith("ERR ") ? line.substring(4) : line;
    }

    // ---- WATCH ----

    /**
     * Begins to watch the keys of the call in a group, before they are read.
     *
     * @throws CommandError {@code ERR WATCH inside MULTI is not allowed}
     */
    void watch(Call call, GroupReplica group) {
        Transaction transaction = call.session.transaction();
        Transaction.Watching watching = transaction.watching(group);
        List<byte[]> keys = new ArrayList<>();
        call.entry().command.forEachKey(call.argv, index -> keys.add(call.argv[index]));
        for (byte[] key : keys) {
            group.watch(watching.watch(), call.database, key);
        }
        call.then = finished -> {
            if (finished.reply instanceof Reply.Array present) {
                for (int i = 0; i < keys.size(); i++) {
                    boolean existed = present.items().get(i).equals(Reply.ONE);
                    transaction.watched(
                            watching, new TransactionRequest.Watched(finished.database, keys.get(i), existed));
                }
                finished.reply = Reply.OK;
            } else if (watching.keys().isEmpty()) {
                transaction.unwatch();
            }
        };
    }

    /** The row that WATCH is answered by. */
    CommandEntry existing() {
        return internal(TransactionRequest.EXISTING);
    }

    private CommandEntry internal(String name) {
        return Objects.requireNonNull(server.index().find(new byte[][] {Bytes.utf8(name)}));
    }

    // ---- EXEC ----

    /** Begins EXEC: the call then has a request of its own to run, unless it is done. */
    void begin(Call call) {
        Session session = call.session;
        Transaction transaction = session.transaction();
        if (!transaction.isOpen()) {
            throw new CommandError("ERR EXEC without MULTI");
        }
        if (transaction.isBroken()) {
            transaction.reset();
            call.done(ABORTED);
            return;
        }
        Execution execution = new Execution(session, transaction.take());
        Transaction.Watching watching = transaction.deciding();
        if (execution.data.isEmpty() && watching == null) {
            call.reply = Reply.EMPTY_ARRAY;
            call.state = Call.State.DONE;
            call.then = execution;
            return;
        }
        long term = watching == null ? 0 : watching.group().term();
        call.runningArgv = TransactionRequest.of(execution.data, term, watching == null ? List.of() : watching.keys());
        call.running = internal(Bytes.text(call.runningArgv[0]));
        call.watch = watching == null ? null : watching.watch();
        if (session.state().tracking != null) {
            rememberReads(session, execution.data);
        }
        call.then = execution;
    }

    /** What is read within an entry is tracked as what is read alone (CLIENT TRACKING). */
    private void rememberReads(Session session, List<TransactionRequest.Queued> commands) {
        for (TransactionRequest.Queued queued : commands) {
            if (!queued.command().isWrite()) {
                server.tracking().remember(session, queued.command(), queued.argv());
            }
        }
    }

    /** One EXEC: what it does beside its data commands, and how its reply is put together. */
    private final class Execution implements Call.Continuation {
        private final Session session;
        private final List<Transaction.Queued> queue;
        private final List<TransactionRequest.Queued> data = new ArrayList<>();
        /** The replies that are known: null where a command is still to run. */
        private final List<@Nullable Reply> replies = new ArrayList<>();

        private final int databaseAfter;
        private List<Reply> results = List.of();
        private int position;
        private int taken;

        Execution(Session session, List<Transaction.Queued> queue) {
            this.session = session;
            this.queue = queue;
            ClientState state = session.state();
            int before = state.database;
            for (Transaction.Queued queued : queue) {
                Command command = queued.entry().command;
                boolean selects = command.name().equals("select");
                if (!selects && !queued.entry().isData()) {
                    replies.add(null); // Later, and by the rights that there are then.
                    continue;
                }
                Reply denied = server.gate().refusalAtExec(session, command, queued.argv());
                if (denied != null) {
                    replies.add(denied);
                } else if (selects) {
                    replies.add(runSession(queued)); // The commands behind it run elsewhere.
                } else {
                    replies.add(addData(state.database, command, queued.argv()));
                }
            }
            databaseAfter = state.database;
            state.database = before;
        }

        /** Adds a data command; null, or why it cannot be run. */
        private @Nullable Reply addData(int database, Command command, byte[][] argv) {
            try {
                byte[][] stamped = command.stamped(argv, session.rights());
                data.add(new TransactionRequest.Queued(database, command, stamped));
                return null;
            } catch (CommandError e) {
                return Reply.error(e);
            }
        }

        @Override
        public void replied(Call call) {
            Transaction transaction = session.transaction();
            Transaction.Watching watching = transaction.deciding();
            boolean touched = watching != null
                    && !call.running().isWrite()
                    && (watching.watch().isDoubtful() || watching.watch().isTouched());
            transaction.decided();
            if (!(call.reply instanceof Reply.Array array)) {
                return;
            }
            if (touched) {
                call.reply = Reply.NULL_ARRAY;
                return;
            }
            results = array.items();
            session.state().database = databaseAfter;
            goOn(call);
        }

        /** Runs what is not a data command, until one of them answers later. On the event loop. */
        private void goOn(Call call) {
            for (; position < queue.size(); position++) {
                Transaction.Queued queued = queue.get(position);
                if (replies.get(position) != null) {
                    continue;
                }
                if (queued.entry().isData()) {
                    replies.set(position, results.get(taken++));
                    continue;
                }
                Reply denied = server.gate().refusalAtExec(session, queued.entry().command, queued.argv());
                if (denied != null) {
                    replies.set(position, denied);
                } else if (leaderWait.isNeeded(call, queued.entry(), queued.argv())) {
                    call.then = this::goOn;
                    leaderWait.park(call, () -> call.reply(Reply.NULL)); // Back here, at the same position.
                    return;
                } else if (queued.entry().kind == CommandEntry.Kind.ASYNC) {
                    startAsync(call, queued);
                    return;
                } else {
                    replies.set(position, runSession(queued));
                }
            }
            List<Reply> all = new ArrayList<>(replies.size());
            replies.forEach(reply -> all.add(reply == null || reply == Reply.NONE ? Reply.NULL : reply));
            call.done(Reply.array(all));
        }

        private void startAsync(Call call, Transaction.Queued queued) {
            int at = position++;
            call.state = Call.State.OUT;
            call.then = back -> {
                replies.set(at, back.reply);
                goOn(back);
            };
            Handler.Async handler = (Handler.Async) queued.entry().command.handler();
            try {
                handler.run().run(session, queued.entry().command.args(queued.argv()), call::reply);
            } catch (CommandError e) {
                call.reply(Reply.error(e));
            }
        }

        private Reply runSession(Transaction.Queued queued) {
            Command command = queued.entry().alone == null ? queued.entry().command : queued.entry().alone;
            session.transaction().executing(true);
            try {
                return ((Handler.Session) command.handler()).run().run(session, command.args(queued.argv()));
            } catch (CommandError e) {
                return Reply.error(e);
            } finally {
                session.transaction().executing(false);
            }
        }
    }
}
