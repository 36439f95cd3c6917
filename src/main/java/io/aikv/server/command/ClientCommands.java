package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.resp.Reply;
import io.aikv.server.acl.AccessControl;
import io.aikv.server.acl.Account;
import io.aikv.server.session.ClientState;
import io.aikv.server.session.PauseGate;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** CLIENT and its subcommands; those about tracking are {@link TrackingCommands}. */
public final class ClientCommands {
    private static final Flag[] ANYONE = {NOSCRIPT, LOADING, STALE};
    private static final Flag[] ADMINS = {ADMIN, NOSCRIPT, LOADING, STALE};

    /** Enough for a hundred thousand clients; the same one may be named any number of times. */
    private static final int LIST_CHARS_MAX = 64 << 20;

    private static final String[] HELP = {
        "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CACHING (YES|NO)",
        "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
        "GETREDIR",
        "    Return the client ID we are redirecting to when tracking is enabled.",
        "GETNAME",
        "    Return the name of the current connection.",
        "ID",
        "    Return the ID of the current connection.",
        "INFO",
        "    Return information about the current client connection.",
        "KILL <ip:port>",
        "    Kill connection made from <ip:port>.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Kill connections. Options are:",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made from the specified address",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made to specified local address",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Kill connections by type.",
        "    * USER <username>",
        "      Kill connections authenticated by <username>.",
        "    * SKIPME (YES|NO)",
        "      Skip killing current connection (default: yes).",
        "    * ID <client-id>",
        "      Kill connections by client id.",
        "    * MAXAGE <maxage>",
        "      Kill connections older than the specified age.",
        "LIST [options ...]",
        "    Return information about client connections. Options:",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Return clients of specified type.",
        "UNPAUSE",
        "    Stop the current client pause, resuming traffic.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Suspend all, or just write, clients for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Control the replies sent to the current connection.",
        "SETNAME <name>",
        "    Assign the name <name> to the current connection.",
        "SETINFO <option> <value>",
        "    Set client meta attr. Options are:",
        "    * LIB-NAME: the client lib name.",
        "    * LIB-VER: the client lib version.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]",
        "    Unblock the specified blocked client.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Control server assisted client side caching.",
        "TRACKINGINFO",
        "    Report tracking status for the current connection.",
        "NO-EVICT (ON|OFF)",
        "    Protect current client connection from eviction.",
        "NO-TOUCH (ON|OFF)",
        "    Will not touch LRU/LFU stats when this mode is on.",
        "HELP",
        "    Print this help.",
    };

    private final ServerContext server;

    public ClientCommands(ServerContext server) {
        this.server = server;
        server.describeClients(session -> ClientLine.of(session, server.clock().epochMillis()));
    }

    public void register(CommandTable table) {
        CommandTable.Rows client = table.group(Group.CONNECTION).container("client", -2);
        client.session("id", 2, (caller, args) -> Reply.integer(caller.id()), ANYONE)
                .session("info", 2, this::info, ANYONE)
                .session("list", -2, this::list, ADMINS)
                .session("kill", -3, this::kill, ADMINS)
                .session("setname", 3, ClientCommands::setName, ANYONE)
                .session("getname", 2, ClientCommands::getName, ANYONE)
                .session("setinfo", 4, ClientCommands::setInfo, ANYONE)
                .session("capa", -3, (caller, args) -> Reply.OK, ANYONE)
                .session("pause", -3, this::pause, ADMINS)
                .session("unpause", 2, this::unpause, ADMINS)
                .session("no-evict", 3, onOff((state, on) -> state.noEvict = on), ADMINS)
                .session("no-touch", 3, onOff((state, on) -> state.noTouch = on), ANYONE)
                .session("reply", 3, ClientCommands::reply, ANYONE)
                .session("unblock", -3, this::unblock, ADMINS)
                .session("help", 2, (caller, args) -> ConnectionCommands.help(HELP), LOADING, STALE);
        new TrackingCommands(server).register(client, ANYONE);
    }

    private static ClientState state(Caller caller) {
        return ((Session) caller).state();
    }

    @FunctionalInterface
    private interface Switch {
        void set(ClientState state, boolean on);
    }

    private static Handler.OnSession onOff(Switch target) {
        return (caller, args) -> {
            boolean on = args.takeIf("ON");
            if (!on && !args.takeIf("OFF")) {
                throw Errors.syntax();
            }
            target.set(state(caller), on);
            return Reply.OK;
        };
    }

    // ---- names ----

    /** @throws CommandError if it holds anything but printable ASCII without spaces */
    static void requireName(byte[] name) {
        requirePrintable(name, "Client names");
    }

    private static void requirePrintable(byte[] text, String what) {
        for (byte b : text) {
            if (b < '!' || b > '~') {
                throw new CommandError("ERR " + what + " cannot contain spaces, newlines or special characters.");
            }
        }
    }

    private static Reply setName(Caller caller, Args args) {
        byte[] name = args.take();
        requireName(name);
        state(caller).name = Bytes.text(name);
        return Reply.OK;
    }

    private static Reply getName(Caller caller, Args args) {
        String name = state(caller).name;
        return name.isEmpty() ? Reply.NULL : Reply.text(name);
    }

    private static Reply setInfo(Caller caller, Args args) {
        byte[] option = args.take();
        byte[] value = args.take();
        if (Bytes.equalsIgnoreCase(option, "LIB-NAME")) {
            requirePrintable(value, Bytes.text(option));
            state(caller).libraryName = Bytes.text(value);
        } else if (Bytes.equalsIgnoreCase(option, "LIB-VER")) {
            requirePrintable(value, Bytes.text(option));
            state(caller).libraryVersion = Bytes.text(value);
        } else {
            throw new CommandError("ERR Unrecognized option '" + Bytes.text(option) + "'");
        }
        return Reply.OK;
    }

    // ---- lists ----

    private Reply info(Caller caller, Args args) {
        String line = ClientLine.of((Session) caller, server.clock().epochMillis()) + "\n";
        return new Reply.Verbatim("txt", Bytes.utf8(line));
    }

    private Reply list(Caller caller, Args args) {
        List<Session> sessions = new ArrayList<>();
        if (args.takeIf("TYPE", 1)) {
            String type = requireType(args.take());
            args.requireEnd();
            server.clients().all().stream()
                    .filter(session -> ClientLine.type(session).equals(type))
                    .forEach(sessions::add);
        } else if (args.takeIf("ID", 1)) {
            while (args.hasNext()) {
                Session session = server.clients().find(args.takeLong("ERR Invalid client ID"));
                if (session != null) {
                    sessions.add(session);
                }
            }
        } else {
            args.requireEnd();
            sessions = server.clients().all();
        }
        long now = server.clock().epochMillis();
        StringBuilder text = new StringBuilder();
        for (Session session : sessions) {
            text.append(ClientLine.of(session, now)).append('\n');
            if (text.length() > LIST_CHARS_MAX) {
                throw new CommandError(
                        "ERR the list is longer than " + LIST_CHARS_MAX + " bytes; ask for fewer clients");
            }
        }
        return new Reply.Verbatim("txt", Bytes.utf8(text.toString()));
    }

    private static String requireType(byte[] word) {
        String type = Bytes.text(word).toLowerCase(Locale.ROOT);
        return switch (type) {
            case "normal", "master", "replica", "pubsub" -> type;
            case "slave" -> "replica";
            default -> throw new CommandError("ERR Unknown client type '" + Bytes.text(word) + "'");
        };
    }

    // ---- kill ----

    private Reply kill(Caller caller, Args args) {
        Session self = (Session) caller;
        if (args.remaining() == 1) {
            String address = Bytes.text(args.take());
            List<Session> found = server.clients().all().stream()
                    .filter(session -> session.address().equals(address))
                    .toList();
            if (found.isEmpty()) {
                throw new CommandError("ERR No such client");
            }
            killOne(found.get(0), self);
            return Reply.OK;
        }
        ClientFilter filter = ClientFilter.parse(args, self, server.access());
        long now = server.clock().epochMillis();
        int killed = 0;
        for (Session session : server.clients().all()) {
            if (filter.accepts(session, now)) {
                killOne(session, self);
                killed++;
            }
        }
        return Reply.integer(killed);
    }

    private static void killOne(Session target, Session self) {
        if (target == self) {
            self.closeAfterReplies();
        } else {
            target.kill();
        }
    }

    /**
     * Which connections CLIENT KILL closes; 0 and empty mean any.
     *
     * @param skip not closed, or null
     */
    private record ClientFilter(
            long id,
            String type,
            String address,
            String localAddress,
            @org.jspecify.annotations.Nullable Account user,
            long maxAgeSeconds,
            @org.jspecify.annotations.Nullable Session skip) {

        static ClientFilter parse(Args args, Session self, AccessControl access) {
            long id = 0;
            String type = "";
            String address = "";
            String localAddress = "";
            Account user = null;
            long maxAge = 0;
            Session skip = self;
            while (args.hasNext()) {
                if (args.takeIf("ID", 1)) {
                    id = args.takeLong(1, Long.MAX_VALUE, "ERR client-id should be greater than 0");
                } else if (args.takeIf("MAXAGE", 1)) {
                    maxAge = args.takeLong("ERR maxage is not an integer or out of range");
                    if (maxAge <= 0) {
                        throw new CommandError("ERR maxage should be greater than 0");
                    }
                } else if (args.takeIf("TYPE", 1)) {
                    type = requireType(args.take());
                } else if (args.takeIf("ADDR", 1)) {
                    address = Bytes.text(args.take());
                } else if (args.takeIf("LADDR", 1)) {
                    localAddress = Bytes.text(args.take());
                } else if (args.takeIf("USER", 1)) {
                    byte[] name = args.take();
                    user = access.find(name);
                    if (user == null) {
                        throw new CommandError("ERR No such user '" + Bytes.text(name) + "'");
                    }
                } else if (args.takeIf("SKIPME", 1)) {
                    skip = skipMe(args) ? self : null;
                } else {
                    throw Errors.syntax();
                }
            }
            return new ClientFilter(id, type, address, localAddress, user, maxAge, skip);
        }

        private static boolean skipMe(Args args) {
            boolean yes = args.takeIf("YES");
            if (!yes && !args.takeIf("NO")) {
                throw Errors.syntax();
            }
            return yes;
        }

        boolean accepts(Session session, long nowMillis) {
            return session != skip
                    && (id == 0 || session.id() == id)
                    && (type.isEmpty() || ClientLine.type(session).equals(type))
                    && (address.isEmpty() || session.address().equals(address))
                    && (localAddress.isEmpty() || session.localAddress().equals(localAddress))
                    && (user == null || session.state().user == user)
                    && (maxAgeSeconds == 0 || nowMillis - session.createdMillis() >= maxAgeSeconds * 1000);
        }
    }

    // ---- pause, reply ----

    /** Redis' answer to more arguments than a subcommand takes, where its table does not limit them. */
    private static void requireAtMost(Args args, int count) {
        if (args.remaining() > count) {
            throw new CommandError("ERR unknown subcommand or wrong number of arguments for '"
                    + Bytes.text(args.argv()[1]) + "'. Try CLIENT HELP.");
        }
    }

    private Reply pause(Caller caller, Args args) {
        requireAtMost(args, 2);
        byte[] digits = args.take();
        PauseGate.Mode mode = PauseGate.Mode.ALL;
        if (args.takeIf("WRITE")) {
            mode = PauseGate.Mode.WRITE;
        } else if (args.hasNext() && !args.takeIf("ALL")) {
            throw new CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL");
        }
        long millis = Numbers.parseLong(digits, "ERR timeout is not an integer or out of range");
        if (millis < 0) {
            throw new CommandError("ERR timeout is negative");
        }
        server.beginPause(mode, millis);
        return Reply.OK;
    }

    private Reply unpause(Caller caller, Args args) {
        server.endPause();
        return Reply.OK;
    }

    private static Reply reply(Caller caller, Args args) {
        ClientState state = state(caller);
        if (args.takeIf("ON")) {
            state.replyMode = ClientState.ReplyMode.ON;
            return Reply.OK;
        }
        if (args.takeIf("OFF")) {
            state.replyMode = ClientState.ReplyMode.OFF;
            return Reply.NONE;
        }
        if (args.takeIf("SKIP")) {
            if (state.replyMode != ClientState.ReplyMode.OFF) {
                state.replyMode = ClientState.ReplyMode.SKIP_NEXT;
            }
            return Reply.NONE;
        }
        throw Errors.syntax();
    }

    private Reply unblock(Caller caller, Args args) {
        requireAtMost(args, 2);
        byte[] text = args.take();
        boolean withError = args.takeIf("ERROR");
        if (!withError && args.hasNext() && !args.takeIf("TIMEOUT")) {
            throw new CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        }
        long id = Numbers.parseLong(text);
        for (Session session : server.clients().all()) {
            if (session.id() == id) {
                return Reply.integer(session.unblock(withError) ? 1 : 0);
            }
        }
        return Reply.ZERO;
    }
}
