package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.NO_ASYNC_LOADING;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;

/** MODULE: there are none, and none can be loaded. */
public final class ModuleCommands {
    private final NodeFacts node;

    private ModuleCommands(NodeFacts node) {
        this.node = node;
    }

    static void register(CommandTable table, NodeFacts node) {
        ModuleCommands commands = new ModuleCommands(node);
        table.group(Group.SERVER)
                .container("MODULE", -2)
                .session("LIST", 2, (caller, args) -> Reply.EMPTY_ARRAY, ADMIN, NOSCRIPT)
                .session("LOAD", -3, commands::refuse, ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                .session("LOADEX", -3, commands::refuse, ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                .session("UNLOAD", 3, commands::refuse, ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                .session("HELP", 2, ModuleCommands::help, LOADING, STALE);
    }

    private Reply refuse(Caller caller, Args args) {
        ProtectedCommand.MODULE.require(node, caller);
        throw new CommandError("ERR modules are not supported: there is nothing to load or unload");
    }

    private static Reply help(Caller caller, Args args) {
        return HelpReply.of(
                "MODULE",
                "LIST",
                "    Return a list of loaded modules.",
                "LOAD <path> [<arg> ...]",
                "    Load a module library from <path>, passing to it any optional arguments.",
                "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
                "    Load a module library from <path>, while passing it module configurations and optional arguments.",
                "UNLOAD <name>",
                "    Unload a module.");
    }
}
