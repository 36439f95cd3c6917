package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.ALLOW_BUSY;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.NO_AUTH;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import io.aikv.server.acl.User;
import io.aikv.server.session.ClientState;
import io.aikv.server.session.Compatibility;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PING, ECHO, HELLO, AUTH, SELECT, RESET, QUIT, READONLY, READWRITE, ASKING, MONITOR. */
public final class ConnectionCommands {
    private static final String WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";
    private static final String NO_PASSWORD_SET =
            "ERR AUTH <password> called without any password configured for the default"
                    + " user. Are you sure your configuration is correct?";
    private static final String HELLO_NOAUTH =
            "NOAUTH HELLO must be called with the client already authenticated, otherwise"
                    + " the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP"
                    + " protocol version at the same time";

    private final ServerContext server;

    public ConnectionCommands(ServerContext server) {
        this.server = server;
    }

    public void register(CommandTable table) {
        table.group(Group.CONNECTION)
                .session("ping", -1, ConnectionCommands::ping, FAST)
                .session("echo", 2, (caller, args) -> Reply.bulk(args.take()), LOADING, STALE, FAST)
                .session("hello", -1, this::hello, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
                .session("auth", -2, this::auth, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
                .session("select", 2, this::select, LOADING, STALE, FAST)
                .session("reset", 1, this::reset, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
                .session("quit", -1, ConnectionCommands::quit, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY);
        table.group(Group.CLUSTER)
                .session("readonly", 1, (caller, args) -> readonly(caller, true), LOADING, STALE, FAST)
                .session("readwrite", 1, (caller, args) -> readonly(caller, false), LOADING, STALE, FAST)
                .session("asking", 1, this::asking, FAST);
        table.group(Group.SERVER).session("monitor", 1, this::monitor, ADMIN, NOSCRIPT, LOADING, STALE);
    }

    private static ClientState state(Caller caller) {
        return ((Session) caller).state();
    }

    private static Reply ping(Caller caller, Args args) {
        if (args.remaining() > 1) {
            throw Errors.wrongArity("ping");
        }
        if (state(caller).isSubscriber() && caller.protocol() == 2) {
            return Reply.array(Reply.text("pong"), Reply.bulk(args.hasNext() ? args.take() : Bytes.EMPTY));
        }
        return args.hasNext() ? Reply.bulk(args.take()) : Reply.PONG;
    }

    // ---- who the client is ----

    private Reply hello(Caller caller, Args args) {
        ClientState state = state(caller);
        int protocol = args.hasNext() ? protocol(args) : 0;
        byte @Nullable [] user = null;
        byte[] password = Bytes.EMPTY;
        byte @Nullable [] name = null;
        while (args.hasNext()) {
            if (args.takeIf("AUTH", 2)) {
                user = args.take();
                password = args.take();
            } else if (args.takeIf("SETNAME", 1)) {
                name = args.take();
                ClientCommands.requireName(name);
            } else {
                throw new CommandError("ERR Syntax error in HELLO option '" + Bytes.text(args.take()) + "'");
            }
        }
        if (user != null) {
            authenticate((Session) caller, args, user, password);
        }
        if (!state.authenticated) {
            throw new CommandError(HELLO_NOAUTH);
        }
        if (name != null) {
            state.name = Bytes.text(name);
        }
        if (protocol != 0) {
            state.protocol = protocol;
        }
        return Reply.map(
                Reply.text("server"),
                Reply.text("redis"),
                Reply.text("version"),
                Reply.text(Compatibility.REDIS_VERSION),
                Reply.text("proto"),
                Reply.integer(state.protocol),
                Reply.text("id"),
                Reply.integer(caller.id()),
                Reply.text("mode"),
                Reply.text(server.config().cluster().enabled() ? "cluster" : "standalone"),
                Reply.text("role"),
                Reply.text(server.leadsAny() ? "master" : "replica"),
                Reply.text("modules"),
                Reply.EMPTY_ARRAY);
    }

    private static int protocol(Args args) {
        long protocol = args.takeLong("ERR Protocol version is not an integer or out of range");
        if (protocol < 2 || protocol > 3) {
            throw new CommandError("NOPROTO unsupported protocol version");
        }
        return (int) protocol;
    }

    private Reply auth(Caller caller, Args args) {
        if (args.remaining() > 2) {
            throw Errors.syntax();
        }
        byte[] user = User.DEFAULT.array();
        if (args.remaining() == 2) {
            user = args.take();
        } else if (server.access().defaultAccount().user().anyPassword()) {
            throw new CommandError(NO_PASSWORD_SET);
        }
        authenticate((Session) caller, args, user, args.take());
        return Reply.OK;
    }

    /** @throws CommandError WRONGPASS */
    private void authenticate(Session session, Args args, byte[] user, byte[] password) {
        if (!server.gate().logIn(session, args.argv()[0], user, password)) {
            throw new CommandError(WRONG_PASSWORD);
        }
    }

    private Reply select(Caller caller, Args args) {
        int database = args.takeInt();
        boolean clustered = server.config().cluster().enabled();
        if (clustered && database != 0 && server.databases() == 1) {
            throw new CommandError("ERR SELECT is not allowed in cluster mode");
        }
        if (database < 0 || database >= server.databases()) {
            throw new CommandError("ERR DB index is out of range");
        }
        state(caller).database = database;
        return Reply.OK;
    }

    private Reply reset(Caller caller, Args args) {
        server.monitors().remove((Session) caller);
        ((Session) caller).transaction().reset();
        server.pubsub().leave((Session) caller);
        server.tracking().leave((Session) caller);
        state(caller).reset();
        server.gate().logOut(state(caller));
        return Reply.simple("RESET");
    }

    private static Reply quit(Caller caller, Args args) {
        ((Session) caller).closeAfterReplies();
        return Reply.OK;
    }

    // ---- what the client wants ----

    private Reply readonly(Caller caller, boolean on) {
        requireCluster();
        state(caller).readonly = on;
        return Reply.OK;
    }

    private Reply asking(Caller caller, Args args) {
        requireCluster();
        state(caller).asking = true;
        return Reply.OK;
    }

    private void requireCluster() {
        if (!server.config().cluster().enabled()) {
            throw new CommandError("ERR This instance has cluster support disabled");
        }
    }

    private Reply monitor(Caller caller, Args args) {
        state(caller).monitor = true;
        server.monitors().add((Session) caller);
        return Reply.OK;
    }

    /** Lines of a HELP subcommand, as Redis sends them: simple strings. */
    static Reply help(String... lines) {
        return Reply.array(List.of(lines).stream().map(Reply::simple).toList());
    }
}
