package io.aikv.server.session;

import io.aikv.base.Clock;
import io.aikv.server.config.Config;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All replies of a node that are read while they are sent: how many there may be, and how long. Each keeps a snapshot, for
 * which RocksDB keeps every row that was replaced since. Any thread.
 */
final class ReplyStreams {
    private static final Logger LOG = LoggerFactory.getLogger(ReplyStreams.class);

    private final Executor readers;
    private final Clock clock;
    private final int max;
    private final long stallNanos;
    private final long timeMaxNanos;

    private final Set<ReplyStream> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger places;
    /** Calls that wait for a place: at most one of each connection. */
    private final Queue<Call> waiting = new ConcurrentLinkedQueue<>();

    private final LongAdder cut = new LongAdder();
    private volatile boolean closed;

    ReplyStreams(Config.Limits limits, Executor readers, Clock clock) {
        this.readers = readers;
        this.clock = clock;
        this.max = limits.streamedRepliesMax();
        this.places = new AtomicInteger(max);
        this.stallNanos = limits.streamedReplyStall().toNanos();
        this.timeMaxNanos = limits.streamedReplyTimeMax().toNanos();
    }

    /** How many are under way. */
    int count() {
        return open.size();
    }

    /** How many were ended before their end, their clients being there. */
    long cutCount() {
        return cut.sum();
    }

    // ---- places ----

    /** Takes a place for a stream. @return whether there was one */
    boolean enter(ReplyStream stream) {
        if (places.decrementAndGet() < 0) {
            places.incrementAndGet();
            return false;
        }
        open.add(stream);
        if (closed) {
            leave(stream);
            return false;
        }
        return true;
    }

    /** Gives the place back, if the stream has one. */
    void leave(ReplyStream stream) {
        if (open.remove(stream)) {
            places.incrementAndGet();
            wake();
        }
    }

    /** Has a call that found no place tried again, in its turn. */
    void await(Call call) {
        waiting.add(call);
        if (places.get() > 0) {
            wake();
        }
    }

    private void wake() {
        Call first = waiting.poll();
        if (first != null) {
            first.tryAgain();
        }
    }

    // ---- pieces ----

    /** Runs a task that reads a piece. @return false if there are too many; it is to be tried again soon */
    boolean execute(Runnable reading) {
        try {
            readers.execute(reading);
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    /** The next piece could not be read. @param cause null if the store was closed */
    void failed(ReplyStream stream, @Nullable Throwable cause) {
        if (cause == null) {
            cut(stream, "the store was closed");
        } else {
            LOG.error(
                    "client={} a streamed reply cannot be read on",
                    stream.session().address(),
                    cause);
            cut(stream, "it cannot be read on");
        }
    }

    // ---- limits ----

    /** A few times per second: ends what takes too long. */
    void look() {
        long now = clock.nanos();
        for (ReplyStream stream : open) {
            if (stream.sinceProgressNanos(now) > stallNanos) {
                cut(stream, "the client takes nothing (limits.streamed-reply-stall)");
            } else if (stream.ageNanos(now) > timeMaxNanos) {
                cut(stream, "it takes too long (limits.streamed-reply-time-max)");
            }
        }
        waiting.removeIf(call -> call.session.isClosed());
        // Whoever was woken may have been closed meanwhile, or may not have needed the place.
        for (int free = places.get(); free > 0 && !waiting.isEmpty(); free--) {
            wake();
        }
    }

    /** Ends a reply in the middle, and its connection with it: what is missing can no longer be told. */
    void cut(ReplyStream stream, String reason) {
        long millis = TimeUnit.NANOSECONDS.toMillis(stream.ageNanos(clock.nanos()));
        if (stream.end()) {
            cut.increment();
            LOG.warn(
                    "client={} closed in the middle of a streamed reply after {} ms: {}",
                    stream.session().address(),
                    millis,
                    reason);
        }
        stream.session().kill();
    }

    /** Ends all, before the stores are closed; there will be no others. */
    void close() {
        closed = true;
        open.forEach(ReplyStream::end);
    }
}
