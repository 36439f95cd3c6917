package io.aikv.raft;

import io.aikv.base.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients that wait until so many other replicas hold an entry in their logs, on disk (WAIT, WAITAOF). The leader knows
 * from the answers to its appends; it is looked at while somebody waits. Thread-safe: the list is guarded by itself.
 */
final class ReplicaWaits {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaWaits.class);

    private record Waiting(long index, int replicas, long deadlineNanos, CompletableFuture<Integer> count) {}

    private final String group;
    private final LongToIntFunction holders;
    private final Clock clock;
    private final Runnable onWait;
    private final List<Waiting> waits = new ArrayList<>();
    /** Whether somebody calls {@link #look}; guarded by {@link #waits}. */
    private boolean looking;

    /**
     * @param holders how many other replicas hold the entry of an index; negative if this node does not lead
     * @param onWait arranges that {@link #look} is called every few milliseconds until it answers false
     */
    ReplicaWaits(String group, LongToIntFunction holders, Clock clock, Runnable onWait) {
        this.group = group;
        this.holders = holders;
        this.onWait = onWait;
        this.clock = clock;
    }

    /**
     * Completes with the count as soon as it is enough, or when {@code timeout} is over, whatever it is then. Fails with
     * {@link RaftUnavailable} once only another node knows.
     */
    CompletableFuture<Integer> await(long index, int replicas, Duration timeout) {
        int count = holders.applyAsInt(index);
        Waiting waiting = new Waiting(index, replicas, clock.nanos() + timeout.toNanos(), new CompletableFuture<>());
        if (count < 0 || count >= replicas) {
            complete(waiting, count);
            return waiting.count();
        }
        boolean first;
        synchronized (waits) {
            waits.add(waiting);
            first = !looking;
            looking = true;
        }
        if (first) {
            onWait.run();
        }
        return waiting.count();
    }

    /** Completes what can be. Returns whether somebody still waits. */
    boolean look() {
        List<Waiting> all;
        synchronized (waits) {
            all = List.copyOf(waits);
        }
        long now = clock.nanos();
        for (Waiting waiting : all) {
            int count = count(waiting.index());
            if (count < 0 || count >= waiting.replicas() || now - waiting.deadlineNanos() >= 0) {
                synchronized (waits) {
                    waits.remove(waiting);
                }
                complete(waiting, count);
            }
        }
        synchronized (waits) {
            looking = !waits.isEmpty();
            return looking;
        }
    }

    /** As {@link #holders}; a failure to find out is one of this node, and must not leave everybody waiting. */
    private int count(long index) {
        try {
            return holders.applyAsInt(index);
        } catch (RuntimeException e) {
            LOG.error("group={} replicas cannot be counted", group, e);
            return -1;
        }
    }

    private void complete(Waiting waiting, int count) {
        if (count < 0) {
            waiting.count().completeExceptionally(new RaftUnavailable(group, Refusal.NOT_LEADER));
        } else {
            waiting.count().complete(count);
        }
    }

    /** Everybody gets the count as it is. */
    void stop() {
        List<Waiting> all;
        synchronized (waits) {
            all = List.copyOf(waits);
            waits.clear();
        }
        all.forEach(waiting -> complete(waiting, count(waiting.index())));
    }
}
