package io.aikv.server.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Slots;
import io.aikv.command.Args;
import io.aikv.resp.Reply;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** DEBUG POPULATE: many string keys, written through the log like any others. */
final class Population {
    private static final int IN_FLIGHT_MAX = 512;
    private static final long TIMEOUT_SECONDS = 10;
    private static final String BAD_COUNT = "ERR value is out of range, must be positive";

    private Population() {}

    /**
     * Writes {@code prefix:0}, {@code prefix:1}, ... that do not exist and whose groups this node leads. Waits.
     *
     * @param args count, then optionally prefix ({@code key}) and size of the values (as short as they are)
     */
    static Reply create(NodeFacts node, int database, Args args) {
        long count = args.takeLong(0, Long.MAX_VALUE, BAD_COUNT);
        String prefix = args.hasNext() ? Bytes.text(args.take()) : "key";
        long size = args.hasNext() ? args.takeLong(0, Integer.MAX_VALUE, BAD_COUNT) : 0;
        Deque<CompletableFuture<Reply>> inFlight = new ArrayDeque<>();
        for (long i = 0; i < count; i++) {
            byte[] key = Bytes.utf8(prefix + ":" + i);
            HostedGroup group = node.groupOf(Slots.of(key));
            if (group != null && group.leads()) {
                byte[] value = value(i, (int) size);
                inFlight.add(node.write(database, Bytes.utf8("SET"), key, value, Bytes.utf8("NX")));
            }
            if (inFlight.size() > IN_FLIGHT_MAX) {
                await(inFlight.remove());
            }
        }
        inFlight.forEach(Population::await);
        return Reply.OK;
    }

    private static byte[] value(long number, int size) {
        byte[] value = Bytes.utf8("value:" + number);
        return size == 0 ? value : Arrays.copyOf(value, size);
    }

    private static void await(CompletableFuture<Reply> write) {
        try {
            Reply reply = write.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (reply instanceof Reply.Error error) {
                throw new CommandError(error.line());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandError("ERR interrupted");
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandError("ERR a write failed: " + e.getMessage());
        }
    }
}
