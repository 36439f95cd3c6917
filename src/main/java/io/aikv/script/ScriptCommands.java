package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** SCRIPT: what is loaded holds for the whole cluster. */
final class ScriptCommands {
    private static final String[] HELP = {
        "SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
        "SHOW <sha1>",
        "    Return the script in the script cache.",
        "HELP",
        "    Prints this help."
    };

    private final LuaEngine engine;
    private final KnownScripts known;
    private final Catalogs catalogs;

    ScriptCommands(LuaEngine engine, KnownScripts known, Catalogs catalogs) {
        this.engine = engine;
        this.known = known;
        this.catalogs = catalogs;
    }

    void register(CommandTable table) {
        table.group(Group.SCRIPTING)
                .container("SCRIPT", -2)
                .async("LOAD", 3, this::load, Flag.NOSCRIPT, Flag.STALE)
                .async("FLUSH", -2, this::flush, Flag.NOSCRIPT)
                .session("EXISTS", -3, this::exists, Flag.NOSCRIPT)
                .session("SHOW", 3, this::show, Flag.NOSCRIPT)
                .session("KILL", 2, this::kill, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .session("DEBUG", 3, ScriptCommands::debug, Flag.NOSCRIPT)
                .session("HELP", 2, (caller, args) -> help(HELP), Flag.LOADING, Flag.STALE);
    }

    static Reply help(String... lines) {
        List<Reply> replies = new ArrayList<>();
        for (String line : lines) {
            replies.add(Reply.simple(line));
        }
        return Reply.array(replies);
    }

    private void load(Caller caller, Args args, Consumer<Reply> reply) {
        byte[] body = args.take();
        String sha = Sha1.hex(body);
        engine.check(Script.of(sha, body));
        if (catalogs.current().script(sha) != null) {
            reply.accept(Reply.text(sha));
        } else {
            catalogs.loadScript(body, result -> reply.accept(result instanceof Reply.Error ? result : Reply.text(sha)));
        }
    }

    private void flush(Caller caller, Args args, Consumer<Reply> reply) {
        requireFlushMode(args, "ERR SCRIPT FLUSH only support SYNC|ASYNC option");
        catalogs.flushScripts(reply);
    }

    /** Nothing, SYNC or ASYNC, otherwise {@code errorLine}. */
    static void requireFlushMode(Args args, String errorLine) {
        if (args.hasNext() && (args.remaining() > 1 || !args.takeIf("SYNC") && !args.takeIf("ASYNC"))) {
            throw new CommandError(errorLine);
        }
    }

    private Reply exists(Caller caller, Args args) {
        List<Reply> found = new ArrayList<>();
        while (args.hasNext()) {
            found.add(Reply.integer(known.find(CommandCalls.lower(args.take())) == null ? 0 : 1));
        }
        return Reply.array(found);
    }

    private Reply show(Caller caller, Args args) {
        byte[] body = known.find(CommandCalls.lower(args.take()));
        if (body == null) {
            throw new CommandError(Scripts.NO_SCRIPT);
        }
        return Reply.bulk(body);
    }

    private Reply kill(Caller caller, Args args) {
        return engine.running().kill(false);
    }

    private static Reply debug(Caller caller, Args args) {
        byte[] mode = args.take();
        if (Bytes.equalsIgnoreCase(mode, "NO")) {
            return Reply.OK;
        } else if (Bytes.equalsIgnoreCase(mode, "YES") || Bytes.equalsIgnoreCase(mode, "SYNC")) {
            return Reply.error("ERR the script debugger is not supported");
        }
        throw new CommandError("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    }
}
