package io.aikv.server.command;

import static io.aikv.command.Flag.BLOCKING;

import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * WAIT and WAITAOF: how many other replicas of the group this connection last wrote to hold that write. Every log is fsynced
 * before it counts, so both count the same; the connection's later commands wait.
 */
/*
 * A session that wrote to several groups is told of the last one. Redis counts the replicas of a node, here those of the group
 * that took the write: the number that matters for its survival.
 */
public final class WaitCommands {
    /** A timeout of 0 means for ever in Redis; a leader that lost its followers is deposed long before this. */
    private static final Duration FOREVER = Duration.ofDays(365);

    private static final String ON_REPLICA =
            "ERR WAIT cannot be used with replica instances. Please also note that since"
                    + " Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just"
                    + " local and are not propagated.";

    private final ServerContext server;

    public WaitCommands(ServerContext server) {
        this.server = server;
    }

    public void register(CommandTable table) {
        table.group(Group.GENERIC)
                .async("wait", 3, this::await, BLOCKING)
                .async("waitaof", 4, this::awaitLogs, BLOCKING);
    }

    private void await(Caller caller, Args args, Consumer<Reply> reply) {
        long replicas = args.takeLong();
        Duration timeout = timeout(args);
        if (replicas < 0) {
            throw new CommandError("ERR value is out of range, must be positive");
        }
        requireLeader(ON_REPLICA);
        count((Session) caller, replicas, timeout, reply, Reply::integer);
    }

    private void awaitLogs(Caller caller, Args args, Consumer<Reply> reply) {
        long local = args.takeLong(0, 1, "ERR value is out of range, value must between 0 and 1");
        long replicas = args.takeLong(0, Long.MAX_VALUE, "ERR value is out of range, must be positive");
        Duration timeout = timeout(args);
        requireLeader(
                "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just"
                        + " local and are not propagated.");
        count(
                (Session) caller,
                replicas,
                timeout,
                reply,
                count -> Reply.array(Reply.integer(Math.max(1, local)), Reply.integer(count)));
    }

    private static Duration timeout(Args args) {
        long millis = args.takeLong("ERR timeout is not an integer or out of range");
        if (millis < 0) {
            throw new CommandError("ERR timeout is negative");
        }
        return millis == 0 ? FOREVER : Duration.ofMillis(millis);
    }

    private void requireLeader(String error) {
        if (!server.leadsAny()) {
            throw new CommandError(error);
        }
    }

    private void count(
            Session session, long replicas, Duration timeout, Consumer<Reply> reply, Function<Long, Reply> answer) {
        GroupReplica group = session.lastWriteGroup();
        long index = session.lastWriteIndex();
        if (group == null) {
            // Nothing was written: every replica has all of it.
            group = server.router().led().stream().findFirst().orElseThrow();
            index = 0;
        }
        group.awaitReplicas(index, (int) Math.min(replicas, Integer.MAX_VALUE), timeout)
                .whenComplete((count, error) -> reply.accept(answer.apply(error == null ? (long) count : 0L)));
    }
}
