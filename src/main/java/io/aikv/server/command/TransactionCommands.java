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
import io.aikv.server.session.Transaction;
import java.util.List;
import java.util.function.Consumer;

/**
 * MULTI EXEC DISCARD WATCH UNWATCH.
 *
 * @see <a href="https://redis.io/docs/latest/develop/interact/transactions/">Redis transactions</a>
 */
public final class TransactionCommands {
    private TransactionCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.TRANSACTIONS)
                .session("multi", 1, of(Transaction::begin), NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
                .session("discard", 1, of(Transaction::discard), NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
                .session("unwatch", 1, of(Transaction::unwatch), NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
                .row("exec", 1, List.of(), new Handler.Exec(), NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG)
                .row(
                        "watch",
                        -2,
                        List.of(KeySpec.keys(1, -1, KeySpec.Access.RO)),
                        new Handler.Watch(),
                        NOSCRIPT,
                        LOADING,
                        STALE,
                        FAST,
                        ALLOW_BUSY);
    }

    private static Handler.OnSession of(Consumer<Transaction> step) {
        return (caller, args) -> {
            step.accept(((Session) caller).transaction());
            return Reply.OK;
        };
    }
}
