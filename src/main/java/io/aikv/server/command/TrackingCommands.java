package io.aikv.server.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.resp.Reply;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import io.aikv.server.tracking.TrackingClient;
import io.aikv.server.tracking.TrackingOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** CLIENT TRACKING, TRACKINGINFO, CACHING, GETREDIR. */
final class TrackingCommands {
    private static final String DIFFERENT_MODE =
            " mode before disabling tracking for this client, and then re-enabling it with a different mode.";

    private final ServerContext server;

    TrackingCommands(ServerContext server) {
        this.server = server;
    }

    /** @param client the subcommands of CLIENT */
    void register(CommandTable.Rows client, Flag... flags) {
        client.session("tracking", -3, this::tracking, flags)
                .session("trackinginfo", 2, (caller, args) -> info(client(caller)), flags)
                .session("caching", 3, TrackingCommands::caching, flags)
                .session("getredir", 2, (caller, args) -> Reply.integer(redirection(client(caller))), flags);
    }

    private static @Nullable TrackingClient client(Caller caller) {
        return ((Session) caller).state().tracking;
    }

    private static long redirection(@Nullable TrackingClient client) {
        return client == null ? -1 : client.options().redirect();
    }

    // ---- TRACKING ----

    private Reply tracking(Caller caller, Args args) {
        Session session = (Session) caller;
        byte[] onOff = args.take();
        List<byte[]> prefixes = new ArrayList<>();
        TrackingOptions options = takeOptions(args, prefixes);
        if (Bytes.equalsIgnoreCase(onOff, "ON")) {
            requireFit(options, prefixes, client(caller));
            server.tracking().enable(session, options, prefixes);
        } else if (Bytes.equalsIgnoreCase(onOff, "OFF")) {
            server.tracking().leave(session);
        } else {
            throw Errors.syntax();
        }
        return Reply.OK;
    }

    private TrackingOptions takeOptions(Args args, List<byte[]> prefixes) {
        long redirect = 0;
        boolean broadcast = false;
        boolean optIn = false;
        boolean optOut = false;
        boolean noLoop = false;
        while (args.hasNext()) {
            if (args.takeIf("REDIRECT", 1)) {
                if (redirect != 0) {
                    throw new CommandError("ERR A client can only redirect to a single other client");
                }
                redirect = args.takeLong();
                if (server.clients().find(redirect) == null) {
                    throw new CommandError("ERR The client ID you want redirect to does not exist");
                }
            } else if (args.takeIf("BCAST")) {
                broadcast = true;
            } else if (args.takeIf("OPTIN")) {
                optIn = true;
            } else if (args.takeIf("OPTOUT")) {
                optOut = true;
            } else if (args.takeIf("NOLOOP")) {
                noLoop = true;
            } else if (args.takeIf("PREFIX", 1)) {
                prefixes.add(args.take());
            } else {
                throw Errors.syntax();
            }
        }
        return new TrackingOptions(redirect, broadcast, optIn, optOut, noLoop);
    }

    /** Whether options go together, and with what the client has on. @throws CommandError if they do not */
    private static void requireFit(TrackingOptions options, List<byte[]> prefixes, @Nullable TrackingClient client) {
        if (!options.broadcast() && !prefixes.isEmpty()) {
            throw new CommandError("ERR PREFIX option requires BCAST mode to be enabled");
        }
        TrackingOptions before = client == null ? null : client.options();
        if (before != null && before.broadcast() != options.broadcast()) {
            throw new CommandError(
                    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and"
                            + " then re-enabling it with a different mode.");
        }
        if (options.broadcast() && (options.optIn() || options.optOut())) {
            throw new CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST");
        }
        if (options.optIn() && options.optOut()) {
            throw new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
        }
        if (before != null && ((options.optIn() && before.optOut()) || (options.optOut() && before.optIn()))) {
            throw new CommandError("ERR You can't switch OPTIN/OPTOUT" + DIFFERENT_MODE);
        }
        if (options.broadcast()) {
            requireApart(prefixes, client == null ? List.of() : client.prefixes());
        }
    }

    /** @throws CommandError if one prefix begins with another */
    private static void requireApart(List<byte[]> prefixes, List<byte[]> existing) {
        for (int i = 0; i < prefixes.size(); i++) {
            byte[] prefix = prefixes.get(i);
            for (byte[] other : existing) {
                if (overlap(prefix, other)) {
                    throw new CommandError("ERR Prefix '" + Bytes.text(prefix) + "' overlaps with an existing prefix '"
                            + Bytes.text(other) + "'. Prefixes for a single client must not overlap.");
                }
            }
            for (int j = i + 1; j < prefixes.size(); j++) {
                if (overlap(prefix, prefixes.get(j))) {
                    throw new CommandError("ERR Prefix '" + Bytes.text(prefix)
                            + "' overlaps with another provided prefix '" + Bytes.text(prefixes.get(j))
                            + "'. Prefixes for a single client must not overlap.");
                }
            }
        }
    }

    private static boolean overlap(byte[] a, byte[] b) {
        return Bytes.startsWith(a, b) || Bytes.startsWith(b, a);
    }

    // ---- the others ----

    private static Reply caching(Caller caller, Args args) {
        TrackingClient client = client(caller);
        if (client == null) {
            throw new CommandError(
                    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN"
                            + " or OPTOUT mode enabled");
        }
        if (args.takeIf("YES")) {
            if (!client.options().optIn()) {
                throw new CommandError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
            }
        } else if (args.takeIf("NO")) {
            if (!client.options().optOut()) {
                throw new CommandError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
            }
        } else {
            throw Errors.syntax();
        }
        client.cachingGiven(true);
        return Reply.OK;
    }

    private static Reply info(@Nullable TrackingClient client) {
        List<Reply> flags = new ArrayList<>();
        flags.add(Reply.text(client == null ? "off" : "on"));
        List<Reply> prefixes = List.of();
        if (client != null) {
            TrackingOptions options = client.options();
            add(flags, "bcast", options.broadcast());
            add(flags, "optin", options.optIn());
            add(flags, "caching-yes", options.optIn() && client.isCachingGiven());
            add(flags, "optout", options.optOut());
            add(flags, "caching-no", options.optOut() && client.isCachingGiven());
            add(flags, "noloop", options.noLoop());
            add(flags, "broken_redirect", client.isRedirectionBroken());
            prefixes = client.prefixes().stream().map(Reply::bulk).toList();
        }
        return Reply.map(
                Reply.text("flags"),
                new Reply.Set(flags),
                Reply.text("redirect"),
                Reply.integer(redirection(client)),
                Reply.text("prefixes"),
                Reply.array(prefixes));
    }

    private static void add(List<Reply> flags, String flag, boolean set) {
        if (set) {
            flags.add(Reply.text(flag));
        }
    }
}
