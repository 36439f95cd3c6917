package io.aikv.raft;

import io.aikv.base.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongToIntFunction;

/**
 * Clients that wait until so many other replicas hold an entry in their logs, on disk (WAIT, WAITAOF). The leader knows
 * from the answers to its appends; it is looked at while somebody waits. Thread-safe: the list is guarded by itself.
 */
final class ReplicaWaits {
    private record Waiting(long index, int replicas, long deadlineNanos, CompletableFuture<Integer> count) {}

    private final LongToIntFunction holders;
    private final Clock clock;
    private final List<Waiting> waits = new ArrayList<>();

    /** @param holders how many other replicas hold the entry of an index */
    ReplicaWaits(LongToIntFunction holders, Clock clock) {
        this.holders = holders;
        this.clock = clock;
    }

    /** Completes with the count as soon as it is enough, or when {@code timeout} is over, whatever it is then. */
    CompletableFuture<Integer> await(long index, int replicas, Duration timeout) {
        int count = holders.applyAsInt(index);
        if (count >= replicas) {
            return CompletableFuture.completedFuture(count);
        }
        Waiting waiting = new Waiting(index, replicas, clock.nanos() + timeout.toNanos(), new CompletableFuture<>());
        synchronized (waits) {
            waits.add(waiting);
        }
        return waiting.count();
    }

    boolean isEmpty() {
        synchronized (waits) {
            return waits.isEmpty();
        }
    }

    /** To be called every few milliseconds while somebody waits. */
    void look() {
        List<Waiting> all;
        synchronized (waits) {
            all = List.copyOf(waits);
        }
        long now = clock.nanos();
        for (Waiting waiting : all) {
            int count = holders.applyAsInt(waiting.index());
            if (count >= waiting.replicas() || now - waiting.deadlineNanos() >= 0) {
                synchronized (waits) {
                    waits.remove(waiting);
                }
                waiting.count().complete(count);
            }
        }
    }

    /** Everybody gets the count as it is. */
    void stop() {
        List<Waiting> all;
        synchronized (waits) {
            all = List.copyOf(waits);
            waits.clear();
        }
        all.forEach(waiting -> waiting.count().complete(holders.applyAsInt(waiting.index())));
    }
}
