package io.aikv.server.command;

import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.MAY_REPLICATE;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.PUBSUB;
import static io.aikv.command.Flag.STALE;
import static io.aikv.command.KeySpec.Access.NOT_KEY;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Glob;
import io.aikv.base.Slots;
import io.aikv.cluster.Route;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.command.KeySpec;
import io.aikv.resp.Reply;
import io.aikv.server.pubsub.PubSub;
import io.aikv.server.pubsub.SubscriptionKind;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import java.util.ArrayList;
import java.util.List;

/** SUBSCRIBE and its like, PUBLISH, SPUBLISH, PUBSUB. */
public final class PubSubCommands {
    private static final Flag[] SUBSCRIBING = {PUBSUB, NOSCRIPT, LOADING, STALE};
    private static final Flag[] PUBLISHING = {PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE};

    private static final String[] HELP = {
        "CHANNELS [<pattern>]",
        "    Return the currently active channels matching a <pattern> (default: '*').",
        "NUMPAT",
        "    Return number of subscriptions to patterns.",
        "NUMSUB [<channel> ...]",
        "    Return the number of subscribers for the specified channels, excluding",
        "    pattern subscriptions(default: no channels).",
        "SHARDCHANNELS [<pattern>]",
        "    Return the currently active shard level channels matching a <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Return the number of subscribers for the specified shard level channel(s)",
    };

    private final ServerContext server;
    private final PubSub pubsub;
    private final boolean clustered;

    public PubSubCommands(ServerContext server) {
        this.server = server;
        this.pubsub = server.pubsub();
        this.clustered = server.config().cluster().enabled();
    }

    public void register(CommandTable table) {
        CommandTable.Rows rows = table.group(Group.PUBSUB);
        rows.session("subscribe", -2, (caller, args) -> subscribe(caller, SubscriptionKind.CHANNEL, args), SUBSCRIBING)
                .session("psubscribe", -2, (c, args) -> subscribe(c, SubscriptionKind.PATTERN, args), SUBSCRIBING)
                .session("unsubscribe", -1, (c, args) -> unsubscribe(c, SubscriptionKind.CHANNEL, args), SUBSCRIBING)
                .session("punsubscribe", -1, (c, args) -> unsubscribe(c, SubscriptionKind.PATTERN, args), SUBSCRIBING)
                .session("publish", 3, this::publish, PUBLISHING);
        rows.row("ssubscribe", -2, shardChannels(), new Handler.Session(this::subscribeShard), SUBSCRIBING)
                .row(
                        "sunsubscribe",
                        -1,
                        shardChannels(),
                        new Handler.Session((c, args) -> unsubscribe(c, SubscriptionKind.SHARD, args)),
                        SUBSCRIBING)
                .row(
                        "spublish",
                        3,
                        List.of(KeySpec.key(1, NOT_KEY)),
                        new Handler.Session(this::publishSharded),
                        PUBLISHING);
        rows.container("pubsub", -2)
                .session("channels", -2, (c, args) -> channels(SubscriptionKind.CHANNEL, args), PUBSUB, LOADING, STALE)
                .session(
                        "shardchannels",
                        -2,
                        (c, args) -> channels(SubscriptionKind.SHARD, args),
                        PUBSUB,
                        LOADING,
                        STALE)
                .session("numsub", -2, (c, args) -> numbers(SubscriptionKind.CHANNEL, args), PUBSUB, LOADING, STALE)
                .session("shardnumsub", -2, (c, args) -> numbers(SubscriptionKind.SHARD, args), PUBSUB, LOADING, STALE)
                .session("numpat", 2, (caller, args) -> patterns(), PUBSUB, LOADING, STALE)
                .session("help", 2, (caller, args) -> HelpReply.of("PUBSUB", HELP), LOADING, STALE);
    }

    private static List<KeySpec> shardChannels() {
        return List.of(KeySpec.keys(1, -1, NOT_KEY));
    }

    // ---- subscribing ----

    private Reply subscribe(Caller caller, SubscriptionKind kind, Args args) {
        Session session = (Session) caller;
        pubsub.requireRoom(session, args.remaining());
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            replies.add(pubsub.subscribe(session, kind, args.take()));
        }
        return several(replies);
    }

    private Reply unsubscribe(Caller caller, SubscriptionKind kind, Args args) {
        Session session = (Session) caller;
        if (!args.hasNext()) {
            return several(pubsub.unsubscribeAll(session, kind));
        }
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            replies.add(pubsub.unsubscribe(session, kind, args.take()));
        }
        return several(replies);
    }

    private static Reply several(List<Reply> replies) {
        return replies.size() == 1 ? replies.get(0) : new Reply.Sequence(replies);
    }

    private Reply subscribeShard(Caller caller, Args args) {
        requireServed((Session) caller, args.argv(), args.argv().length);
        return subscribe(caller, SubscriptionKind.SHARD, args);
    }

    /**
     * Checks that this node serves the slot of shard channels: leads it, or has a replica and the session said READONLY.
     *
     * @param end behind the last channel
     * @throws CommandError {@code CROSSSLOT ...}, {@code MOVED ...}, {@code CLUSTERDOWN ...}
     */
    private void requireServed(Session session, byte[][] argv, int end) {
        if (!clustered) {
            return;
        }
        int slot = Slots.of(argv[1]);
        for (int i = 2; i < end; i++) {
            if (Slots.of(argv[i]) != slot) {
                throw new CommandError(Errors.CROSS_SLOT);
            }
        }
        Route route = server.router().route(slot, session.state().readonly);
        if (route instanceof Route.Moved moved) {
            throw new CommandError(moved.errorLine(session.tls()));
        } else if (route instanceof Route.Refused refused) {
            throw new CommandError(refused.errorLine());
        } else if (route instanceof Route.Unknown unknown) {
            throw new CommandError(unknown.errorLine());
        }
    }

    // ---- publishing ----

    private Reply publish(Caller caller, Args args) {
        byte[] channel = args.take();
        byte[] message = args.take();
        pubsub.requireSendable(channel, message);
        return Reply.integer(pubsub.publish(channel, message));
    }

    private Reply publishSharded(Caller caller, Args args) {
        requireServed((Session) caller, args.argv(), 2);
        byte[] channel = args.take();
        byte[] message = args.take();
        pubsub.requireSendable(channel, message);
        return Reply.integer(pubsub.publishSharded(channel, message));
    }

    // ---- PUBSUB ----

    private Reply channels(SubscriptionKind kind, Args args) {
        byte[] pattern = args.hasNext() ? args.take() : Bytes.utf8("*");
        if (args.hasNext()) {
            throw new CommandError("ERR unknown subcommand or wrong number of arguments for '"
                    + Bytes.text(args.argv()[1]) + "'. Try PUBSUB HELP.");
        }
        boolean all = pattern.length == 1 && pattern[0] == '*';
        return Reply.array(pubsub.names(kind).stream()
                .filter(name -> all || Glob.matches(pattern, name))
                .map(Reply::bulk)
                .toList());
    }

    private Reply numbers(SubscriptionKind kind, Args args) {
        List<Reply> items = new ArrayList<>();
        while (args.hasNext()) {
            byte[] channel = args.take();
            items.add(Reply.bulk(channel));
            items.add(Reply.integer(pubsub.subscribers(kind, channel)));
        }
        return Reply.array(items);
    }

    private Reply patterns() {
        return Reply.integer(pubsub.count(SubscriptionKind.PATTERN));
    }
}
