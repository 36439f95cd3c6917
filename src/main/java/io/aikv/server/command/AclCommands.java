package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.STALE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Permissions;
import io.aikv.command.Permissions.Denial;
import io.aikv.command.Selector;
import io.aikv.resp.Reply;
import io.aikv.server.acl.AccessControl;
import io.aikv.server.acl.Account;
import io.aikv.server.acl.AclLog;
import io.aikv.server.acl.Rules;
import io.aikv.server.acl.User;
import io.aikv.server.acl.UserSet;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** ACL: the users of the cluster and what they may do. Changes are answered when they are committed and in effect here. */
public final class AclCommands {
    private static final Flag[] ANYONE = {NOSCRIPT, LOADING, STALE};
    private static final Flag[] ADMINS = {ADMIN, NOSCRIPT, LOADING, STALE};

    private static final int PASSWORD_BITS_MAX = 4096;
    private static final int PASSWORD_BITS = 256;
    private static final int LOG_COUNT = 10;

    private static final String NO_FILE =
            "ERR This Redis instance is not configured to use an ACL file. You may want to"
                    + " specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis"
                    + " configuration file set) in order to store users in the Redis configuration.";

    private static final String[] HELP = {
        "CAT [<category>]",
        "    List all commands that belong to <category>, or all command categories",
        "    when no category is specified.",
        "DELUSER <username> [<username> ...]",
        "    Delete a list of users.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Returns whether the user can execute the given command without executing the command.",
        "GETUSER <username>",
        "    Get the user's details.",
        "GENPASS [<bits>]",
        "    Generate a secure 256-bit user password. The optional `bits` argument can",
        "    be used to specify a different size.",
        "LIST",
        "    Show users details in config file format.",
        "LOAD",
        "    Reload users from the ACL file.",
        "LOG [<count> | RESET]",
        "    Show the ACL log entries.",
        "SAVE",
        "    Save the current config to the ACL file.",
        "SETUSER <username> <attribute> [<attribute> ...]",
        "    Create or modify a user with the specified attributes.",
        "USERS",
        "    List all the registered usernames.",
        "WHOAMI",
        "    Return the current connection username.",
    };

    private final ServerContext server;
    private final SecureRandom random = new SecureRandom();

    public AclCommands(ServerContext server) {
        this.server = server;
    }

    public void register(CommandTable table) {
        table.group(Group.SERVER)
                .container("acl", -2)
                .session("cat", -2, this::cat, ANYONE)
                .async("deluser", -3, this::delUser, ADMINS)
                .session("dryrun", -4, this::dryRun, ADMINS)
                .session("genpass", -2, this::genPass, ANYONE)
                .session("getuser", 3, this::getUser, ADMINS)
                .session("help", 2, (caller, args) -> HelpReply.of("ACL", HELP), LOADING, STALE)
                .session("list", 2, this::list, ADMINS)
                .session("load", 2, (caller, args) -> Reply.error(NO_FILE), ADMINS)
                .session("log", -2, this::log, ADMINS)
                .session("save", 2, (caller, args) -> Reply.error(NO_FILE), ADMINS)
                .async("setuser", -3, this::setUser, ADMINS)
                .session("users", 2, this::users, ADMINS)
                .session("whoami", 2, AclCommands::whoAmI, ANYONE);
    }

    private AccessControl access() {
        return server.access();
    }

    // ---- changing users ----

    private void setUser(Caller caller, Args args, Consumer<Reply> reply) {
        byte[] name = args.take();
        if (!Rules.isWord(name)) {
            throw new CommandError("ERR Usernames can't contain spaces or null characters");
        }
        List<byte[]> rules = Arrays.asList(args.takeRest());
        change((Session) caller, () -> access().setUser(name, rules), done -> Reply.OK, reply);
    }

    private void delUser(Caller caller, Args args, Consumer<Reply> reply) {
        List<Bytes> names = new ArrayList<>();
        while (args.hasNext()) {
            names.add(Bytes.of(args.take()));
        }
        if (names.contains(User.DEFAULT)) {
            throw new CommandError("ERR The 'default' user cannot be removed");
        }
        change((Session) caller, () -> access().<Long>change(users -> remove(names, users)), Reply::integer, reply);
    }

    private static long remove(List<Bytes> names, UserSet users) {
        long count = 0;
        for (Bytes name : names) {
            count += users.remove(name) ? 1 : 0;
        }
        return count;
    }

    /**
     * Answers when a change is done and whoever had to go for it on this node is gone. Who has removed its own user, or taken a channel from
     * it that it listens to, is told so and then closed.
     */
    private <R> void change(
            Session session, Supplier<CompletableFuture<R>> change, Function<R, Reply> answer, Consumer<Reply> reply) {
        session.state().changesUsers = true;
        change.get()
                .whenComplete((done, error) -> server.gate().settled().thenRun(() -> {
                    reply.accept(error == null ? answer.apply(done) : errorOf(error));
                    session.execute(() -> {
                        session.state().changesUsers = false;
                        if (session.state().user.isRemoved() || session.state().closesAfterChange) {
                            session.closeAfterReplies();
                        }
                    });
                }));
    }

    private static Reply errorOf(Throwable error) {
        Throwable cause = error instanceof CompletionException ? error.getCause() : error;
        return cause instanceof CommandError command
                ? Reply.error(command)
                : Reply.error("ERR internal error; see the server's log");
    }

    // ---- showing users ----

    private Reply users(Caller caller, Args args) {
        return Reply.array(access().all().stream()
                .map(account -> Reply.bulk(account.name().array()))
                .toList());
    }

    private Reply list(Caller caller, Args args) {
        return Reply.array(access().all().stream()
                .map(account -> Reply.bulk(account.user().line()))
                .toList());
    }

    private static Reply whoAmI(Caller caller, Args args) {
        return Reply.bulk(((Session) caller).state().user.name().array());
    }

    private Reply getUser(Caller caller, Args args) {
        Account account = access().find(args.take());
        if (account == null) {
            return Reply.NULL;
        }
        User user = account.user();
        List<Selector> selectors = user.permissions().selectors();
        List<Reply> fields = new ArrayList<>();
        fields.add(Reply.text("flags"));
        fields.add(new Reply.Set(user.flags().stream().map(Reply::text).toList()));
        fields.add(Reply.text("passwords"));
        fields.add(Reply.array(user.passwordHashes().stream().map(Reply::text).toList()));
        fields.addAll(describe(selectors.get(0)));
        fields.add(Reply.text("selectors"));
        fields.add(Reply.array(selectors.subList(1, selectors.size()).stream()
                .<Reply>map(selector -> new Reply.Map(describe(selector)))
                .toList()));
        return new Reply.Map(fields);
    }

    private static List<Reply> describe(Selector selector) {
        return List.of(
                Reply.text("commands"), latin(selector.commandRules()),
                Reply.text("keys"), latin(selector.keyRules()),
                Reply.text("channels"), latin(selector.channelRules()));
    }

    private static Reply latin(String text) {
        return Reply.bulk(text.getBytes(ISO_8859_1));
    }

    // ---- what may be done ----

    private Reply cat(Caller caller, Args args) {
        requireAtMostOne(args);
        if (!args.hasNext()) {
            return Reply.array(
                    access().categories().names().stream().map(Reply::text).toList());
        }
        byte[] name = args.take();
        List<Command> members = access().categories().members(Bytes.text(name));
        if (members == null) {
            byte[] shown = name.length > 128 ? Arrays.copyOf(name, 128) : name;
            throw new CommandError("ERR Unknown category '" + Bytes.text(shown) + "'");
        }
        return Reply.array(
                members.stream().map(command -> Reply.text(command.name())).toList());
    }

    private static void requireAtMostOne(Args args) {
        if (args.remaining() > 1) {
            throw new CommandError("ERR unknown subcommand or wrong number of arguments for '"
                    + Bytes.text(args.argv()[1]) + "'. Try ACL HELP.");
        }
    }

    private Reply dryRun(Caller caller, Args args) {
        byte[] name = args.take();
        Account account = access().find(name);
        if (account == null) {
            throw new CommandError("ERR User '" + Bytes.text(name) + "' not found");
        }
        byte[][] argv = args.takeRest();
        Command command = find(argv);
        if (command == null) {
            throw new CommandError("ERR Command '" + Bytes.text(argv[0]) + "' not found");
        }
        if (!command.acceptsArgumentCount(argv.length)) {
            throw Errors.wrongArity(command.name());
        }
        Denial denial = account.permissions().check(command, argv);
        if (denial == null) {
            return Reply.OK;
        }
        String user = "User " + account.name() + " has no permissions to ";
        return switch (denial.reason()) {
            case COMMAND -> Reply.text(Permissions.text(denial, name, command));
            case KEY -> Reply.text(user + "access the '" + Bytes.text(argv[denial.index()]) + "' key");
            case CHANNEL -> Reply.text(user + "access the '" + Bytes.text(argv[denial.index()]) + "' channel");
        };
    }

    /** Null also for a container whose subcommand is not known. */
    private @Nullable Command find(byte[][] argv) {
        Command command = access().rules().table().find(argv);
        boolean unknown = command == null
                || command.has(Flag.INTERNAL)
                || (argv.length > 1 && !command.subcommands().isEmpty());
        return unknown ? null : command;
    }

    private Reply genPass(Caller caller, Args args) {
        requireAtMostOne(args);
        long bits = args.hasNext() ? args.takeLong() : PASSWORD_BITS;
        if (bits <= 0 || bits > PASSWORD_BITS_MAX) {
            throw new CommandError(
                    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
                            + " number up to " + PASSWORD_BITS_MAX);
        }
        int digits = (int) (bits + 3) / 4;
        byte[] bytes = new byte[(digits + 1) / 2];
        random.nextBytes(bytes);
        return Reply.text(HexFormat.of().formatHex(bytes).substring(0, digits));
    }

    // ---- what was refused ----

    private Reply log(Caller caller, Args args) {
        requireAtMostOne(args);
        if (args.takeIf("RESET")) {
            access().log().clear();
            return Reply.OK;
        }
        long count = args.hasNext() ? Math.max(0, args.takeLong()) : LOG_COUNT;
        long now = server.clock().epochMillis();
        return Reply.array(access().log().newest(count).stream()
                .map(entry -> describe(entry, now))
                .toList());
    }

    private static Reply describe(AclLog.Entry entry, long nowMillis) {
        AclLog.Refusal refusal = entry.refusal();
        return Reply.map(
                Reply.text("count"),
                Reply.integer(entry.count()),
                Reply.text("reason"),
                Reply.text(refusal.reason().redisName()),
                Reply.text("context"),
                Reply.text(refusal.context().redisName()),
                Reply.text("object"),
                Reply.bulk(refusal.object().array()),
                Reply.text("username"),
                Reply.bulk(refusal.user().array()),
                Reply.text("age-seconds"),
                new Reply.Double((nowMillis - entry.updatedMillis()) / 1000.0),
                Reply.text("client-info"),
                Reply.text(entry.client()),
                Reply.text("entry-id"),
                Reply.integer(entry.id()),
                Reply.text("timestamp-created"),
                Reply.integer(entry.createdMillis()),
                Reply.text("timestamp-last-updated"),
                Reply.integer(entry.updatedMillis()));
    }
}
