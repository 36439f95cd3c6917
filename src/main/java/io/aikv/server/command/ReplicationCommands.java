package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.ALLOW_BUSY;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.NO_ASYNC_LOADING;
import static io.aikv.command.Flag.NO_MULTI;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.Locale;

/**
 * What Redis has for replication. Replicas are members of a Raft group here: ROLE tells about them, everything that would
 * change who replicates whom is refused with the way to do it.
 */
public final class ReplicationCommands {
    private static final String NOT_HERE =
            "ERR %s is not supported: replicas are members of Raft groups, which the cluster's"
                    + " layout defines; CLUSTER FAILOVER moves leadership";

    private final NodeFacts node;

    private ReplicationCommands(NodeFacts node) {
        this.node = node;
    }

    static void register(CommandTable table, NodeFacts node) {
        ReplicationCommands commands = new ReplicationCommands(node);
        table.group(Group.SERVER)
                .session("ROLE", 1, commands::role, NOSCRIPT, LOADING, STALE, FAST)
                .session("REPLICAOF", 3, commands::replicaof, ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
                .session("SLAVEOF", 3, commands::replicaof, ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
                .session("REPLCONF", -1, ReplicationCommands::replconf, ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY)
                .session("SYNC", 1, ReplicationCommands::sync, ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
                .session("PSYNC", -3, ReplicationCommands::sync, ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
                .session("FAILOVER", -1, commands::failover, ADMIN, NOSCRIPT, STALE);
    }

    private static CommandError notHere(Args args) {
        String name = Bytes.text(args.argv()[0]).toUpperCase(Locale.ROOT);
        return new CommandError(String.format(NOT_HERE, name));
    }

    private Reply role(Caller caller, Args args) {
        Replication replication = Replication.of(node);
        Replication.Peer master = replication.master();
        if (master != null) {
            return Reply.array(
                    Reply.text("slave"),
                    Reply.text(master.address().host()),
                    Reply.integer(master.address().port()),
                    Reply.text("connected"),
                    Reply.integer(replication.offset()));
        }
        List<Reply> replicas = replication.replicas().stream()
                .map(replica -> Reply.array(
                        Reply.text(replica.address().host()),
                        Reply.text(Integer.toString(replica.address().port())),
                        Reply.text(Long.toString(replica.offset()))))
                .toList();
        return Reply.array(Reply.text("master"), Reply.integer(replication.offset()), Reply.array(replicas));
    }

    /** {@code NO ONE} is what every node is already, as far as Redis' replication goes. */
    private Reply replicaof(Caller caller, Args args) {
        if (node.config().cluster().enabled()) {
            throw new CommandError("ERR REPLICAOF not allowed in cluster mode.");
        }
        byte[] host = args.take();
        byte[] port = args.take();
        if (Bytes.equalsIgnoreCase(host, "NO") && Bytes.equalsIgnoreCase(port, "ONE")) {
            return Reply.OK;
        }
        long number = Numbers.isLong(port) ? Numbers.parseLong(port) : -1;
        if (number < 0 || number > 65535) {
            throw new CommandError("ERR Invalid master port");
        }
        throw notHere(args);
    }

    /** Accepts what a replica of Redis says about itself; nothing comes of it, as {@link #sync} refuses. */
    private static Reply replconf(Caller caller, Args args) {
        if (args.remaining() % 2 != 0) {
            throw Errors.syntax();
        }
        while (args.hasNext()) {
            byte[] option = args.take();
            byte[] value = args.take();
            switch (Bytes.text(option).toLowerCase(Locale.ROOT)) {
                case "listening-port", "rdb-only" -> Numbers.parseLong(value);
                case "ip-address", "capa" -> {}
                case "ack", "getack" -> {
                    return Reply.NONE;
                }
                default -> throw new CommandError("ERR Unrecognized REPLCONF option: " + Bytes.text(option));
            }
        }
        return Reply.OK;
    }

    private static Reply sync(Caller caller, Args args) {
        throw notHere(args);
    }

    private Reply failover(Caller caller, Args args) {
        boolean abort = false;
        while (args.hasNext()) {
            if (args.takeIf("TIMEOUT", 1)) {
                if (args.takeLong() <= 0) {
                    throw new CommandError("ERR FAILOVER timeout must be greater than 0");
                }
            } else if (args.takeIf("ABORT")) {
                abort = true;
            } else if (args.takeIf("TO", 2)) {
                args.take();
                args.takeLong();
            } else if (!args.takeIf("FORCE")) {
                throw Errors.syntax();
            }
        }
        if (node.config().cluster().enabled()) {
            throw new CommandError("ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER.");
        }
        if (abort) {
            throw new CommandError("ERR No failover in progress.");
        }
        throw notHere(args);
    }
}
