package io.aikv.server.command;

import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Glob;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.KeyAccess;
import io.aikv.command.KeySpec;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** COMMAND and its subcommands: the command table, told to clients. */
public final class CommandCommands {
    private static final String[] HELP = {
        "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "(no subcommand)",
        "    Return details about all commands.",
        "COUNT",
        "    Return the total number of commands in this server.",
        "LIST",
        "    Return a list of all commands in this server.",
        "INFO [<command-name> ...]",
        "    Return details about multiple commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "DOCS [<command-name> ...]",
        "    Return documentation details about multiple commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "GETKEYS <full-command>",
        "    Return the keys from a full command.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys and the access flags from a full command.",
        "HELP",
        "    Print this help.",
    };

    private static final String INVALID = "ERR Invalid arguments specified for command";

    /** The same command may be named again and again, and what is told of it is long. */
    private static final int NAMES_MAX = 10_000;

    /** A key of a command, and what the command does with it. */
    private record Key(byte[] name, KeySpec spec) {}

    private final CommandTable table;
    private final CommandDocs docs = CommandDocs.load();

    /** @param table the one that {@link #register} fills; asked when commands run */
    public CommandCommands(CommandTable table) {
        this.table = table;
    }

    public void register() {
        table.group(Group.SERVER)
                .container("command", -1, LOADING, STALE)
                .session("info", -2, this::info, LOADING, STALE)
                .session("count", 2, this::count, LOADING, STALE)
                .session("docs", -2, this::docs, LOADING, STALE)
                .session("list", -2, this::list, LOADING, STALE)
                .session("getkeys", -3, (caller, args) -> getKeys(args, false), LOADING, STALE)
                .session("getkeysandflags", -3, (caller, args) -> getKeys(args, true), LOADING, STALE)
                .session("help", 2, (caller, args) -> ConnectionCommands.help(HELP), LOADING, STALE);
    }

    private List<Command> topLevel() {
        return table.all().stream()
                .filter(command -> command.container() == null && !command.has(Flag.INTERNAL))
                .toList();
    }

    /** By full name in any case, {@code config|get} for a subcommand; null if unknown. */
    private @Nullable Command find(byte[] name) {
        Command command = table.find(Bytes.text(name).toLowerCase(Locale.ROOT));
        return command == null || command.has(Flag.INTERNAL) ? null : command;
    }

    // ---- what there is ----

    private Reply count(Caller caller, Args args) {
        return Reply.integer(topLevel().size());
    }

    private Reply info(Caller caller, Args args) {
        requireFewNames(args);
        List<Reply> infos = new ArrayList<>();
        if (!args.hasNext()) {
            topLevel().forEach(command -> infos.add(CommandInfo.of(command, docs)));
        }
        while (args.hasNext()) {
            Command command = find(args.take());
            infos.add(command == null ? Reply.NULL : CommandInfo.of(command, docs));
        }
        return Reply.array(infos);
    }

    /** @throws CommandError {@code ERR more than 10000 command names} */
    static void requireFewNames(Args args) {
        if (args.remaining() > NAMES_MAX) {
            throw new CommandError("ERR more than " + NAMES_MAX + " command names");
        }
    }

    private Reply docs(Caller caller, Args args) {
        requireFewNames(args);
        List<Command> wanted = new ArrayList<>();
        if (!args.hasNext()) {
            wanted.addAll(topLevel());
        }
        while (args.hasNext()) {
            Command command = find(args.take());
            if (command != null) {
                wanted.add(command);
            }
        }
        return documentation(wanted);
    }

    private Reply documentation(Iterable<Command> commands) {
        List<Reply> pairs = new ArrayList<>();
        for (Command command : commands) {
            List<Reply> fields = new ArrayList<>(docs.of(command.name()).fields());
            if (!command.subcommands().isEmpty()) {
                fields.add(Reply.text("subcommands"));
                fields.add(documentation(command.subcommands().values()));
            }
            pairs.add(Reply.text(command.name()));
            pairs.add(new Reply.Map(fields));
        }
        return new Reply.Map(pairs);
    }

    private Reply list(Caller caller, Args args) {
        byte @Nullable [] category = null;
        byte @Nullable [] pattern = null;
        boolean module = false;
        if (args.takeIf("FILTERBY", 2)) {
            if (args.takeIf("ACLCAT")) {
                category = args.take();
            } else if (args.takeIf("PATTERN")) {
                pattern = args.take();
            } else if (args.takeIf("MODULE")) {
                args.take();
                module = true;
            } else {
                throw Errors.syntax();
            }
        }
        args.requireEnd();
        List<Reply> names = new ArrayList<>();
        for (Command command : table.all()) {
            boolean listed = !module
                    && !command.has(Flag.INTERNAL)
                    && (category == null || hasCategory(command, category))
                    && (pattern == null || Glob.matchesIgnoreCase(pattern, Bytes.utf8(command.name())));
            if (listed) {
                names.add(Reply.text(command.name()));
            }
        }
        return Reply.array(names);
    }

    private boolean hasCategory(Command command, byte[] category) {
        return docs.of(command.name())
                .categories()
                .contains(Bytes.text(category).toLowerCase(Locale.ROOT));
    }

    // ---- keys ----

    private Reply getKeys(Args args, boolean withFlags) {
        byte[][] argv = args.takeRest();
        Command command = table.find(argv);
        boolean unknownSubcommand =
                command != null && argv.length > 1 && !command.subcommands().isEmpty();
        if (command == null || unknownSubcommand || command.has(Flag.INTERNAL)) {
            throw new CommandError("ERR Invalid command specified");
        }
        if (command.keys().isEmpty()) {
            throw new CommandError("ERR The command has no key arguments");
        }
        if (!command.acceptsArgumentCount(argv.length)) {
            throw new CommandError("ERR Invalid number of arguments specified for command");
        }
        List<Key> keys = keys(command, argv);
        if (keys.isEmpty() && !command.has(Flag.NO_MANDATORY_KEYS)) {
            throw new CommandError(INVALID);
        }
        return Reply.array(keys.stream()
                .map(key -> withFlags
                        ? Reply.array(
                                Reply.bulk(key.name()), CommandInfo.access(KeyAccess.of(command, key.spec(), argv)))
                        : Reply.bulk(key.name()))
                .toList());
    }

    /** The keys of a request; none if the arguments do not hold as many as they say, or say none where there must be one. */
    private static List<Key> keys(Command command, byte[][] argv) {
        List<Key> keys = new ArrayList<>();
        for (KeySpec spec : command.keys()) {
            if (spec.access().contains(KeySpec.Access.NOT_KEY)) {
                continue;
            }
            int before = keys.size();
            spec.forEach(argv, index -> keys.add(new Key(argv[index], spec)));
            if (spec instanceof KeySpec.Counted counted) {
                long count = count(counted, argv);
                boolean none = count == 0 && !command.has(Flag.NO_MANDATORY_KEYS);
                if (none || keys.size() - before != count) {
                    return List.of();
                }
            }
        }
        return keys;
    }

    private static long count(KeySpec.Counted spec, byte[][] argv) {
        return spec.countIndex() < argv.length && io.aikv.base.Numbers.isLong(argv[spec.countIndex()])
                ? io.aikv.base.Numbers.parseLong(argv[spec.countIndex()])
                : -1;
    }
}
