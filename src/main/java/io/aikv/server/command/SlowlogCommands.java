package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import io.aikv.server.stats.SlowLog;
import java.util.Arrays;

/** SLOWLOG: the commands that took longest. */
public final class SlowlogCommands {
    private static final long DEFAULT_COUNT = 10;
    private static final String BAD_COUNT = "ERR count should be greater than or equal to -1";

    private final SlowLog log;

    private SlowlogCommands(SlowLog log) {
        this.log = log;
    }

    static void register(CommandTable table, NodeFacts node) {
        SlowlogCommands commands = new SlowlogCommands(node.slowLog());
        table.group(Group.SERVER)
                .container("SLOWLOG", -2)
                .session("GET", -2, commands::get, ADMIN, LOADING, STALE)
                .session("LEN", 2, commands::len, ADMIN, LOADING, STALE)
                .session("RESET", 2, commands::reset, ADMIN, LOADING, STALE)
                .session("HELP", 2, SlowlogCommands::help, LOADING, STALE);
    }

    private Reply get(Caller caller, Args args) {
        if (args.remaining() > 1) {
            throw new CommandError("ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
        }
        long count = args.hasNext() ? args.takeLong(-1, Long.MAX_VALUE, BAD_COUNT) : DEFAULT_COUNT;
        return Reply.array(
                log.newest(count).stream().map(SlowlogCommands::entry).toList());
    }

    private static Reply entry(SlowLog.Entry entry) {
        return Reply.array(
                Reply.integer(entry.id()),
                Reply.integer(entry.epochSeconds()),
                Reply.integer(entry.micros()),
                Reply.array(Arrays.stream(entry.argv()).map(Reply::bulk).toList()),
                Reply.text(entry.address()),
                Reply.text(entry.clientName()));
    }

    private Reply len(Caller caller, Args args) {
        return Reply.integer(log.size());
    }

    private Reply reset(Caller caller, Args args) {
        log.clear();
        return Reply.OK;
    }

    private static Reply help(Caller caller, Args args) {
        return HelpReply.of(
                "SLOWLOG",
                "GET [<count>]",
                "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
                "    Entries are made of:",
                "    id, timestamp, time in microseconds, arguments array, client IP and port,",
                "    client name",
                "LEN",
                "    Return the length of the slowlog.",
                "RESET",
                "    Reset the slowlog.");
    }
}
