package io.aikv.server.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.KeyDump;
import io.aikv.data.KeyFingerprint;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.RaftUnavailable;
import io.aikv.raft.ReadWaiter;
import io.aikv.raft.Refusal;
import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.aikv.store.StoreFailure;
import io.aikv.store.StoreSnapshot;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One MIGRATE: reads keys, restores them on another server, and removes those that it has confirmed. Blocks its thread.
 */
/*
 * Redis stands still meanwhile. Here others may write to a key after it was read; so the entry that removes it compares a
 * fingerprint, and a key that has changed is sent again. A key is removed only after the target has said OK to what it is at
 * that moment: no acknowledged write is lost, whatever breaks.
 */
final class Migration {
    private static final String CANNOT_CONNECT = "IOERR error or timeout connecting to the client";
    private static final String CANNOT_WRITE = "IOERR error or timeout writing to target instance";
    private static final String CANNOT_READ = "IOERR error or timeout reading to target instance";
    private static final String CHANGES =
            "TRYAGAIN the key changed each time that it was sent; it was not removed here";
    private static final String NOT_REMOVED =
            "TRYAGAIN leadership is moving; the keys were copied and were not removed here";
    static final Reply NO_KEY = Reply.simple("NOKEY");

    /** A key that changes all the time is given up. */
    private static final int ROUNDS_MAX = 8;

    /** Keys are read, sent and removed together up to so many, and so many bytes. */
    private static final int BATCH_KEYS_MAX = 64;

    private static final int BATCH_BYTES_MAX = 1 << 20;
    private static final long RAFT_TIMEOUT_SECONDS = 60;
    private static final long REPLY_BYTES_MAX = 1 << 20;

    /** A key as it was read. */
    private record Sent(byte[] key, byte[] fingerprint, CompletableFuture<Reply> reply) {}

    private final MigrateRequest request;
    private final GroupReplica group;
    private final int database;
    private final EventLoopGroup loop;
    private final boolean clustered;
    private final List<CompletableFuture<Reply>> greetings = new ArrayList<>();
    private boolean replace;
    private @Nullable String refusal;

    /** @param database of the keys here */
    Migration(MigrateRequest request, GroupReplica group, int database, EventLoopGroup loop, boolean clustered) {
        this.request = request;
        this.group = group;
        this.database = database;
        this.loop = loop;
        this.clustered = clustered;
        this.replace = request.replace();
    }

    /**
     * The reply: OK, NOKEY, or an error.
     *
     * @throws CommandError {@code IOERR error or timeout ... }; {@code ERR Target instance replied with error: ...}; TRYAGAIN,
     *     INDETERMINATE or CLUSTERDOWN where the group here cannot do its part
     */
    Reply run() {
        List<byte[]> present = present();
        if (present.isEmpty()) {
            return NO_KEY;
        }
        try (RespClient target = connect()) {
            greet(target);
            List<byte[]> left = present;
            for (int round = 0; round < ROUNDS_MAX && !left.isEmpty(); round++) {
                left = send(target, left, round > 0);
                replace = true;
            }
            if (refusal != null) {
                throw new CommandError(refusal);
            }
            if (!left.isEmpty()) {
                throw new CommandError(CHANGES);
            }
        }
        return Reply.OK;
    }

    // ---- the target ----

    private RespClient connect() {
        if (request.port() == 0 || request.host().isEmpty()) {
            throw new CommandError(request.host().isEmpty() ? CANNOT_CONNECT : CANNOT_WRITE);
        }
        RespClient.Options options = RespClient.Options.of(address(request.host()), request.port())
                .withResp2()
                .withTimeout(request.timeoutMillis())
                .withLimits(2 * BATCH_KEYS_MAX + 2, REPLY_BYTES_MAX);
        CompletableFuture<RespClient> connecting = RespClient.connect(loop, options);
        try {
            return connecting.get(request.timeoutMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new CommandError(isRefusal(e.getCause()) ? CANNOT_WRITE : CANNOT_CONNECT);
        } catch (TimeoutException e) {
            connecting.thenAccept(RespClient::close);
            throw new CommandError(CANNOT_CONNECT);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Looked up here, on one of the few threads for migrations: what clients ask for keeps no other look-up waiting. */
    private static String address(String host) {
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException e) {
            throw new CommandError(CANNOT_CONNECT);
        }
    }

    /** Redis finds out that nobody listens when it writes. */
    private static boolean isRefusal(@Nullable Throwable failure) {
        Throwable cause = failure == null ? null : failure.getCause();
        return cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
    }

    private void greet(RespClient target) {
        String password = request.password();
        String user = request.user();
        if (password != null) {
            greetings.add(user == null ? target.send("AUTH", password) : target.send("AUTH", user, password));
        }
        if (request.database() != 0) {
            greetings.add(target.send("SELECT", Integer.toString(request.database())));
        }
    }

    private Reply await(CompletableFuture<Reply> reply) {
        try {
            return reply.get(request.timeoutMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandError(CANNOT_READ);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static CommandError interrupted() {
        Thread.currentThread().interrupt();
        return new CommandError("ERR the node is stopping");
    }

    /** Whether the target has taken a key; remembers its first refusal, that of a greeting before that of a key. */
    private boolean isTaken(Reply reply) {
        Reply answer = reply;
        for (CompletableFuture<Reply> greeting : greetings) {
            Reply greeted = await(greeting);
            if (greeted instanceof Reply.Error) {
                answer = greeted;
                break;
            }
        }
        if (answer instanceof Reply.Error error) {
            if (refusal == null) {
                refusal = "ERR Target instance replied with error: " + error.line();
            }
            return false;
        }
        return true;
    }

    // ---- rounds ----

    /** Sends keys and removes them. @return those that have changed meanwhile */
    private List<byte[]> send(RespClient target, List<byte[]> keys, boolean again) {
        List<byte[]> changed = new ArrayList<>();
        Iterator<byte[]> left = keys.iterator();
        while (left.hasNext()) {
            List<Sent> batch = sendBatch(target, left, again);
            List<Sent> taken = new ArrayList<>();
            CommandError broken = null;
            for (Sent sent : batch) {
                try {
                    if (isTaken(await(sent.reply))) {
                        taken.add(sent);
                    }
                } catch (CommandError e) {
                    broken = e;
                    break;
                }
            }
            if (!request.copy() && !taken.isEmpty()) {
                changed.addAll(remove(taken));
            }
            if (broken != null) {
                throw refusal == null ? broken : new CommandError(refusal);
            }
        }
        return changed;
    }

    /**
     * Reads some keys of one instant and sends them.
     *
     * @param again what is gone now is to go there, too
     */
    private List<Sent> sendBatch(RespClient target, Iterator<byte[]> keys, boolean again) {
        awaitReadable();
        List<Sent> batch = new ArrayList<>();
        long bytes = 0;
        try (StoreSnapshot snapshot = group.store().snapshot()) {
            ReadContext context = new ReadContext(snapshot, database, group.readTimeMillis());
            while (keys.hasNext() && batch.size() < BATCH_KEYS_MAX && bytes < BATCH_BYTES_MAX) {
                byte[] key = keys.next();
                KeyRecord record = context.find(key);
                byte @Nullable [] payload = record == null ? null : KeyDump.payload(context, key, record);
                if (record == null || payload == null) {
                    if (again) {
                        await(target.send(Bytes.utf8("DEL"), key));
                    }
                    continue;
                }
                bytes += payload.length;
                byte[] fingerprint = request.copy() ? Bytes.EMPTY : KeyFingerprint.of(context, key, record);
                batch.add(new Sent(key, fingerprint, target.send(restore(context, key, record, payload))));
            }
        } catch (StoreFailure e) {
            throw new CommandError(NOT_REMOVED);
        }
        return batch;
    }

    private byte[][] restore(ReadContext context, byte[] key, KeyRecord record, byte[] payload) {
        long millis = record.expireAtMillis() == KeyRecord.NO_EXPIRY
                ? 0
                : Math.max(1, record.expireAtMillis() - context.nowMillis());
        List<byte[]> words = new ArrayList<>(
                List.of(Bytes.utf8(clustered ? "RESTORE-ASKING" : "RESTORE"), key, Numbers.encode(millis), payload));
        if (replace) {
            words.add(Bytes.utf8("REPLACE"));
        }
        return words.toArray(new byte[0][]);
    }

    // ---- here ----

    private List<byte[]> present() {
        awaitReadable();
        try (StoreSnapshot snapshot = group.store().snapshot()) {
            ReadContext context = new ReadContext(snapshot, database, group.readTimeMillis());
            return request.keys().stream().filter(context::exists).toList();
        } catch (StoreFailure e) {
            throw new CommandError(NOT_REMOVED);
        }
    }

    private void awaitReadable() {
        CompletableFuture<Void> readable = new CompletableFuture<>();
        group.awaitReadable(new ReadWaiter() {
            @Override
            public void readable() {
                readable.complete(null);
            }

            @Override
            public void refused(Refusal reason) {
                readable.completeExceptionally(new CommandError(NOT_REMOVED));
            }
        });
        inTime(readable);
    }

    /** @return the keys that are not what was sent any more */
    private List<byte[]> remove(List<Sent> taken) {
        List<byte[]> words = new ArrayList<>();
        words.add(Bytes.utf8(MigrateCommand.REMOVE));
        for (Sent sent : taken) {
            words.add(sent.key);
            words.add(sent.fingerprint);
        }
        Reply reply = inTime(group.execute(database, words.toArray(new byte[0][])));
        List<byte[]> changed = new ArrayList<>();
        List<Reply> removed = ((Reply.Array) reply).items();
        for (int i = 0; i < taken.size(); i++) {
            if (removed.get(i).equals(Reply.ZERO)) {
                changed.add(taken.get(i).key);
            }
        }
        return changed;
    }

    private static <T> T inTime(CompletableFuture<T> future) {
        try {
            return future.get(RAFT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            boolean refused = !(e.getCause() instanceof RaftUnavailable unavailable) || unavailable.refusal() != null;
            throw new CommandError(refused ? NOT_REMOVED : Errors.INDETERMINATE);
        } catch (TimeoutException e) {
            throw new CommandError(Errors.INDETERMINATE);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }
}
