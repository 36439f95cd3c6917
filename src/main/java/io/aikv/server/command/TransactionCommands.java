package io.aikv.server.command;

import static io.aikv.command.Flag.ALLOW_BUSY;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.SKIP_SLOWLOG;
import static io.aikv.command.Flag.STALE;

import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.command.KeySpec;
import io.aikv.resp.Reply;
import io.aikv.server.session.Session;
import java.util.List;

/**
 * MULTI EXEC DISCARD WATCH UNWATCH.
 *
 * @see <a href="https://redis.io/docs/latest/develop/interact/transactions/">Redis transactions</a>
 */
public final class TransactionCommands {
    private TransactionCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.TRANSACTIONS)
                .session(
                        "multi",
                        1,
                        (caller, args) -> {
                            ((Session) caller).transaction().begin();
                            return Reply.OK;
                        },
                        NOSCRIPT,
                        LOADING,
                        STALE,
                        FAST,
                        ALLOW_BUSY)
                .row("exec", 1, List.of(), new Handler.Exec(), NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG)
                .session(
                        "discard",
                        1,
                        (caller, args) -> {
                            ((Session) caller).transaction().discard();
                            return Reply.OK;
                        },
                        NOSCRIPT,
                        LOADING,
                        STALE,
                        FAST,
                        ALLOW_BUSY)
                .row(
                        "watch",
                        -2,
                        List.of(KeySpec.keys(1, -1, KeySpec.Access.RO)),
                        new Handler.Watch(),
                        NOSCRIPT,
                        LOADING,
                        STALE,
                        FAST,
                        ALLOW_BUSY)
                .session(
                        "unwatch",
                        1,
                        (caller, args) -> {
                            ((Session) caller).transaction().unwatch();
                            return Reply.OK;
                        },
                        NOSCRIPT,
                        LOADING,
                        STALE,
                        FAST,
                        ALLOW_BUSY);
    }
}
