package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Glob;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.data.rdb.FunctionPayload;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * FUNCTION: libraries are loaded once for the whole cluster. A change is made of the newest catalog that this node knows, and
 * holds only if that still is the newest; otherwise it is made again.
 */
final class FunctionCommands {
    private static final int CHANGES_MAX = 16;
    private static final String[] HELP = {
        "FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "LOAD [REPLACE] <FUNCTION CODE>",
        "    Create a new library with the given library name and code.",
        "DELETE <LIBRARY NAME>",
        "    Delete the given library.",
        "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
        "    Return general information on all the libraries:",
        "    * Library name",
        "    * The engine used to run the Library",
        "    * Library description",
        "    * Functions list",
        "    * Library code (if WITHCODE is given)",
        "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
        "STATS",
        "    Return information about the current function running:",
        "    * Function name",
        "    * Command used to run the function",
        "    * Duration in MS that the function is running",
        "    If no function is running, return nil",
        "    In addition, returns a list of available engines.",
        "KILL",
        "    Kill the current running function.",
        "FLUSH [ASYNC|SYNC]",
        "    Delete all the libraries.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the libraries.",
        "    * SYNC: Synchronously flush the libraries.",
        "DUMP",
        "    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
        "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
        "    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
        "    control how to handle existing libraries (default APPEND):",
        "    * FLUSH: delete all existing libraries.",
        "    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
        "    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
        "      libraries with the new libraries (notice that even on this option there is a chance of failure",
        "      in case of functions name collision with another library).",
        "HELP",
        "    Prints this help."
    };

    private final LuaEngine engine;
    private final Supplier<FunctionIndex> functions;
    private final Catalogs catalogs;

    FunctionCommands(LuaEngine engine, Supplier<FunctionIndex> functions, Catalogs catalogs) {
        this.engine = engine;
        this.functions = functions;
        this.catalogs = catalogs;
    }

    void register(CommandTable table) {
        table.group(Group.SCRIPTING)
                .container("FUNCTION", -2)
                .async("LOAD", -3, this::load, Flag.NOSCRIPT, Flag.WRITE, Flag.DENYOOM)
                .async("DELETE", 3, this::delete, Flag.NOSCRIPT, Flag.WRITE)
                .async("FLUSH", -2, this::flush, Flag.NOSCRIPT, Flag.WRITE)
                .async("RESTORE", -3, this::restore, Flag.NOSCRIPT, Flag.WRITE, Flag.DENYOOM)
                .session("DUMP", 2, this::dump, Flag.NOSCRIPT)
                .session("LIST", -2, this::list, Flag.NOSCRIPT)
                .session("STATS", 2, this::stats, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .session("KILL", 2, this::kill, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .session("HELP", 2, (caller, args) -> ScriptCommands.help(HELP), Flag.LOADING, Flag.STALE);
    }

    // ---- changes ----

    /** Makes other libraries of those there are. */
    @FunctionalInterface
    private interface Change {
        /** @throws CommandError if it cannot be done */
        Map<String, byte[]> apply(FunctionIndex index);
    }

    private void change(Change change, Reply success, Consumer<Reply> reply) {
        change(change, success, reply, CHANGES_MAX);
    }

    private void change(Change change, Reply success, Consumer<Reply> reply, int triesLeft) {
        FunctionIndex index = functions.get();
        Map<String, byte[]> next = change.apply(index);
        catalogs.replaceLibraries(index.version(), next, result -> {
            if (!(result instanceof Reply.Error error)) {
                reply.accept(success);
            } else if (!error.code().equals("CHANGED") || triesLeft == 0) {
                reply.accept(result);
            } else {
                retry(change, success, reply, triesLeft - 1);
            }
        });
    }

    private void retry(Change change, Reply success, Consumer<Reply> reply, int triesLeft) {
        try {
            change(change, success, reply, triesLeft);
        } catch (CommandError e) {
            reply.accept(Reply.error(e));
        }
    }

    private static Map<String, byte[]> codes(FunctionIndex index) {
        Map<String, byte[]> codes = new LinkedHashMap<>();
        index.libraries().forEach((name, library) -> codes.put(name, library.code()));
        return codes;
    }

    private void load(Caller caller, Args args, Consumer<Reply> reply) {
        boolean replace = false;
        while (args.remaining() > 1) {
            byte[] option = args.take();
            if (!Bytes.equalsIgnoreCase(option, "REPLACE")) {
                throw new CommandError("ERR Unknown option given: " + Bytes.text(option));
            }
            replace = true;
        }
        byte[] code = args.take();
        String name = Library.nameIn(code);
        boolean replacing = replace;
        if (!replacing && functions.get().libraries().containsKey(name)) {
            throw new CommandError("ERR Library '" + name + "' already exists");
        }
        Library library = FunctionIndex.read(code, engine);
        change(
                index -> {
                    Map<String, byte[]> next = codes(index);
                    if (next.containsKey(name) && !replacing) {
                        throw new CommandError("ERR Library '" + name + "' already exists");
                    }
                    requireNoCollision(library, index, List.of(name));
                    next.remove(name);
                    next.put(name, code);
                    return next;
                },
                Reply.text(name),
                reply);
    }

    /** @param replaced libraries that will be gone */
    private static void requireNoCollision(Library library, FunctionIndex index, List<String> replaced) {
        for (Library.Function function : library.functions()) {
            Library owner = index.byFunction().get(function.name());
            if (owner != null && !replaced.contains(owner.name())) {
                throw new CommandError("ERR Function " + function.name() + " already exists");
            }
        }
    }

    private void delete(Caller caller, Args args, Consumer<Reply> reply) {
        String name = Bytes.text(args.take());
        change(
                index -> {
                    Map<String, byte[]> next = codes(index);
                    if (next.remove(name) == null) {
                        throw new CommandError("ERR Library not found");
                    }
                    return next;
                },
                Reply.OK,
                reply);
    }

    private void flush(Caller caller, Args args, Consumer<Reply> reply) {
        if (args.remaining() > 1) {
            throw subcommandSyntax(args);
        }
        ScriptCommands.requireFlushMode(args, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
        change(index -> Map.of(), Reply.OK, reply);
    }

    private static CommandError subcommandSyntax(Args args) {
        return new CommandError("ERR unknown subcommand or wrong number of arguments for '" + Bytes.text(args.argv()[1])
                + "'. Try FUNCTION HELP.");
    }

    private void restore(Caller caller, Args args, Consumer<Reply> reply) {
        byte[] payload = args.take();
        if (args.remaining() > 1) {
            throw subcommandSyntax(args);
        }
        boolean replace = args.takeIf("REPLACE");
        boolean flush = !replace && args.takeIf("FLUSH");
        if (!replace && !flush && args.hasNext() && !args.takeIf("APPEND")) {
            throw new CommandError("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
        }
        List<Library> restored = new ArrayList<>();
        Set<String> libraries = new HashSet<>();
        Set<String> functions = new HashSet<>();
        for (byte[] code : FunctionPayload.decode(payload, ScriptCatalog.BYTES_MAX)) {
            Library library = FunctionIndex.read(code, engine);
            if (!libraries.add(library.name())) {
                throw new CommandError("ERR Library '" + library.name() + "' already exists");
            }
            for (Library.Function function : library.functions()) {
                if (!functions.add(function.name())) {
                    throw new CommandError("ERR Function " + function.name() + " already exists");
                }
            }
            restored.add(library);
        }
        change(index -> restore(index, restored, replace, flush), Reply.OK, reply);
    }

    private static Map<String, byte[]> restore(
            FunctionIndex index, List<Library> restored, boolean replace, boolean flush) {
        Map<String, byte[]> next = flush ? new LinkedHashMap<>() : codes(index);
        List<String> names = restored.stream().map(Library::name).toList();
        for (Library library : restored) {
            if (!flush && !replace && next.containsKey(library.name())) {
                throw new CommandError("ERR Library " + library.name() + " already exists");
            }
        }
        for (Library library : restored) {
            if (!flush) {
                requireNoCollision(library, index, names);
            }
            next.put(library.name(), library.code());
        }
        return next;
    }

    // ---- questions ----

    private Reply dump(Caller caller, Args args) {
        return Reply.bulk(FunctionPayload.encode(codes(functions.get()).values()));
    }

    private Reply list(Caller caller, Args args) {
        byte[] pattern = null;
        boolean withCode = false;
        while (args.hasNext()) {
            byte[] option = args.take();
            if (!withCode && Bytes.equalsIgnoreCase(option, "WITHCODE")) {
                withCode = true;
            } else if (pattern == null && Bytes.equalsIgnoreCase(option, "LIBRARYNAME")) {
                if (!args.hasNext()) {
                    throw new CommandError("ERR library name argument was not given");
                }
                pattern = args.take();
            } else {
                throw new CommandError("ERR Unknown argument " + Bytes.text(option));
            }
        }
        List<Reply> libraries = new ArrayList<>();
        for (Library library : functions.get().libraries().values()) {
            if (pattern == null || Glob.matchesIgnoreCase(pattern, Bytes.utf8(library.name()))) {
                libraries.add(describe(library, withCode));
            }
        }
        return Reply.array(libraries);
    }

    private static Reply describe(Library library, boolean withCode) {
        List<Reply> functions = new ArrayList<>();
        for (Library.Function function : library.functions()) {
            List<Reply> flags = new ArrayList<>();
            function.flags().forEach(flag -> flags.add(Reply.simple(flag.redisName())));
            functions.add(Reply.map(
                    Reply.text("name"),
                    Reply.text(function.name()),
                    Reply.text("description"),
                    textOrNull(function.description()),
                    Reply.text("flags"),
                    new Reply.Set(flags)));
        }
        List<Reply> fields = new ArrayList<>(List.of(
                Reply.text("library_name"),
                Reply.text(library.name()),
                Reply.text("engine"),
                Reply.text("LUA"),
                Reply.text("functions"),
                Reply.array(functions)));
        if (withCode) {
            fields.add(Reply.text("library_code"));
            fields.add(Reply.bulk(library.code()));
        }
        return new Reply.Map(fields);
    }

    private static Reply textOrNull(@Nullable String text) {
        return text == null ? Reply.NULL : Reply.text(text);
    }

    private Reply stats(Caller caller, Args args) {
        FunctionIndex index = functions.get();
        return Reply.map(
                Reply.text("running_script"),
                engine.running().function(),
                Reply.text("engines"),
                Reply.map(
                        Reply.text("LUA"),
                        Reply.map(
                                Reply.text("libraries_count"),
                                Reply.integer(index.libraries().size()),
                                Reply.text("functions_count"),
                                Reply.integer(index.functionCount()))));
    }

    private Reply kill(Caller caller, Args args) {
        return engine.running().kill(true);
    }
}
