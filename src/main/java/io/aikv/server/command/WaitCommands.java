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
import io.aikv.server.session.WrittenPositions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * WAIT and WAITAOF: how many other replicas hold everything that this connection has written. Every log is fsynced before it
 * counts, so both count the same; the connection's later commands wait.
 */
/*
 * Redis counts the replicas of a node, here those of a group count: the number that matters for the survival of a write. A
 * connection that wrote to several groups is told the smallest of their numbers.
 */
public final class WaitCommands {
    /** A timeout of 0 means for ever in Redis; a leader that lost its followers is deposed long before this. */
    private static final Duration FOREVER = Duration.ofDays(365);

    private static final String ON_REPLICA =
            "ERR WAIT cannot be used with replica instances. Please also note that since"
                    + " Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just"
                    + " local and are not propagated.";

    /** What Redis tells clients that wait on a master that becomes a replica. */
    private static final Reply MOVED_AWAY = Reply.error(
            "UNBLOCKED force unblock from blocking operation, instance state" + " changed (master -> replica?)");

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
        return millis == 0 || millis > FOREVER.toMillis() ? FOREVER : Duration.ofMillis(millis);
    }

    private void requireLeader(String error) {
        if (!server.leadsAny()) {
            throw new CommandError(error);
        }
    }

    private void count(
            Session session, long replicas, Duration timeout, Consumer<Reply> reply, Function<Long, Reply> answer) {
        int wanted = (int) Math.max(0, Math.min(replicas, Integer.MAX_VALUE));
        List<CompletableFuture<Integer>> counts = new ArrayList<>();
        for (WrittenPositions.Position written : session.lastWrites()) {
            counts.add(written.group().awaitReplicas(written.index(), wanted, timeout));
        }
        if (counts.isEmpty()) {
            // Nothing was written: every replica has all of it.
            GroupReplica group = server.router().led().stream().findFirst().orElseThrow();
            counts.add(group.awaitReplicas(0, wanted, timeout));
        }
        CompletableFuture.allOf(counts.toArray(CompletableFuture[]::new))
                .whenComplete((all, error) -> reply.accept(error == null ? answer.apply(least(counts)) : MOVED_AWAY));
    }

    private static long least(List<CompletableFuture<Integer>> counts) {
        return counts.stream().mapToInt(CompletableFuture::join).min().orElseThrow();
    }
}
