package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.ALLOW_BUSY;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.NO_ASYNC_LOADING;
import static io.aikv.command.Flag.NO_MULTI;
import static io.aikv.command.Flag.READONLY;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** The node's time, its end, its saves, and its art. */
public final class ServerCommands {
    private static final String SAVING = "ERR Background save already in progress";

    /** Beyond this, the monotonic clock's idea of the time gives way to the wall clock's. */
    private static final long DRIFT_MICROS = 1_500;

    private final NodeFacts node;
    private final ServerState state;
    private final long startMicros;
    private final long startNanos;

    private ServerCommands(NodeFacts node, ServerState state) {
        this.node = node;
        this.state = state;
        this.startMicros = node.clock().epochMillis() * 1000;
        this.startNanos = node.clock().nanos();
    }

    static void register(CommandTable table, NodeFacts node, ServerState state) {
        ServerCommands commands = new ServerCommands(node, state);
        table.group(Group.SERVER)
                .session("TIME", 1, commands::time, LOADING, STALE, FAST)
                .session("LOLWUT", -1, ServerCommands::lolwut, READONLY, FAST)
                .session("SHUTDOWN", -1, commands::shutdown, ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, ALLOW_BUSY)
                .async("SAVE", 1, commands::save, ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
                .session("BGSAVE", -1, commands::bgsave, ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                .session("BGREWRITEAOF", 1, ServerCommands::bgrewriteaof, ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                .session("LASTSAVE", 1, commands::lastsave, LOADING, STALE, FAST);
    }

    // ---- time ----

    private Reply time(Caller caller, Args args) {
        long micros = epochMicros();
        return Reply.array(
                Reply.text(Long.toString(micros / 1_000_000)), Reply.text(Long.toString(micros % 1_000_000)));
    }

    /** The wall clock counts milliseconds; where both clocks agree, the monotonic one gives the digits behind them. */
    private long epochMicros() {
        long wall = node.clock().epochMillis() * 1000;
        long steady = startMicros + (node.clock().nanos() - startNanos) / 1000;
        return Math.abs(steady - wall) <= DRIFT_MICROS ? steady : wall;
    }

    // ---- the end ----

    /**
     * SAVE, NOSAVE and FORCE make no difference: everything acknowledged is in the log, and stays, and no error keeps the
     * node from ending. NOW ends it without handing leaderships over and without waiting for what runs.
     */
    private Reply shutdown(Caller caller, Args args) {
        boolean save = false;
        boolean nosave = false;
        boolean now = false;
        boolean force = false;
        boolean abort = false;
        while (args.hasNext()) {
            if (args.takeIf("SAVE")) {
                save = true;
            } else if (args.takeIf("NOSAVE")) {
                nosave = true;
            } else if (args.takeIf("NOW")) {
                now = true;
            } else if (args.takeIf("FORCE")) {
                force = true;
            } else if (args.takeIf("ABORT")) {
                abort = true;
            } else {
                throw Errors.syntax();
            }
        }
        if ((save && nosave) || (abort && (save || nosave || now || force))) {
            throw Errors.syntax();
        }
        if (abort) {
            if (node.abortShutdown()) {
                return Reply.OK;
            }
            throw new CommandError("ERR No shutdown in progress.");
        }
        node.shutdown(now, force);
        return Reply.NONE;
    }

    // ---- saves ----

    private void save(Caller caller, Args args, Consumer<Reply> reply) {
        if (!state.saves().begin()) {
            throw new CommandError(SAVING);
        }
        LongTask.run(node, reply, () -> state.saves().save() ? Reply.OK : Reply.error("ERR"));
    }

    private Reply bgsave(Caller caller, Args args) {
        if (args.hasNext() && !(args.takeIf("SCHEDULE") && !args.hasNext())) {
            throw Errors.syntax();
        }
        if (!state.saves().begin()) {
            throw new CommandError(SAVING);
        }
        try {
            node.background().execute(state.saves()::save);
        } catch (RejectedExecutionException e) {
            state.saves().cancel();
            throw new CommandError("ERR the node is busy or stopping, try again");
        }
        return Reply.simple("Background saving started");
    }

    private Reply lastsave(Caller caller, Args args) {
        return Reply.integer(state.saves().last().epochSeconds());
    }

    /** The log is shortened behind snapshots all the time; there is nothing to start. */
    private static Reply bgrewriteaof(Caller caller, Args args) {
        return Reply.simple("Background append only file rewriting started");
    }

    // ---- art ----

    private static final String RAFT = "                 |~~~\n"
            + "                /|\n"
            + "               / | \\\n"
            + "              /__|__\\\n"
            + "    .____________|____________.\n"
            + "    (_)=(_)=(_)=(_)=(_)=(_)=(_)\n"
            + " ~^~^ ~^~ ^~^~ ~^~ ^~ ~^~^ ~ ^~^~ ~\n"
            + "\n"
            + "Logs that are tied together do not sink.\n";

    private static Reply lolwut(Caller caller, Args args) {
        if (args.remaining() >= 2 && args.takeIf("VERSION")) {
            long version = args.takeLong();
            while ((version == 5 || version == 6) && args.hasNext()) {
                args.takeLong();
            }
        }
        return new Reply.Verbatim("txt", Bytes.utf8(RAFT + "Redis ver. " + Version.REDIS + "\n"));
    }
}
