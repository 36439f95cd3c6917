package io.aikv.raft;

import io.aikv.base.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Linearizable reads on a follower: ask the leader how far one must have applied, wait until that is applied here. One
 * question is under way at a time and answers for every read that came before it was asked.
 *
 * <p>Any thread. The lock guards the lists; nobody is called back, and nothing is asked, under it.
 */
final class ReplicaReads {
    private record Waiting(ReadWaiter read, long deadlineNanos) {}

    private record Answered(long index, List<Waiting> reads) {}

    private final String group;
    private final Supplier<ReadIndexSource> source;
    private final Supplier<@Nullable String> leader;
    private final LongSupplier appliedIndex;
    private final Clock clock;
    private final long timeoutNanos;
    private final int readsMax;

    private final ReentrantLock lock = new ReentrantLock();
    private List<Waiting> unasked = new ArrayList<>();
    private final PriorityQueue<Answered> answered = new PriorityQueue<>(Comparator.comparingLong(Answered::index));
    private int waiting;
    private boolean asking;
    private boolean stopped;

    /** The lowest index anybody waits for: one volatile read per applied entry while nobody does. */
    private volatile long lowestIndex = Long.MAX_VALUE;

    ReplicaReads(
            String group,
            Supplier<ReadIndexSource> source,
            Supplier<@Nullable String> leader,
            LongSupplier appliedIndex,
            RaftOptions options,
            Clock clock) {
        this.group = group;
        this.source = source;
        this.leader = leader;
        this.appliedIndex = appliedIndex;
        this.clock = clock;
        this.timeoutNanos = options.timing().replicaReadMax().toNanos();
        this.readsMax = options.limits().queueCommands();
    }

    void await(ReadWaiter read) {
        Refusal refusal = null;
        lock.lock();
        try {
            if (stopped) {
                refusal = Refusal.STOPPED;
            } else if (waiting >= readsMax) {
                refusal = Refusal.OVERLOADED;
            } else {
                unasked.add(new Waiting(read, clock.nanos() + timeoutNanos));
                waiting++;
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            read.refused(refusal);
            return;
        }
        ask();
    }

    private void ask() {
        String node = leader.get();
        List<Waiting> covered;
        lock.lock();
        try {
            if (asking || unasked.isEmpty() || node == null) {
                return;
            }
            asking = true;
            covered = unasked;
            unasked = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        CompletableFuture<Long> answer;
        try {
            answer = source.get().ask(group, node);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete((index, failure) -> {
            if (failure == null) {
                answered(covered, index);
                ask();
            } else {
                askAgain(covered);
            }
        });
    }

    /** The next {@link #look} asks again, perhaps another leader. */
    private void askAgain(List<Waiting> reads) {
        boolean over;
        lock.lock();
        try {
            asking = false;
            over = stopped;
            if (!over) {
                reads.addAll(unasked);
                unasked = reads;
            }
        } finally {
            lock.unlock();
        }
        if (over) {
            refuseStopped(reads);
        }
    }

    private void answered(List<Waiting> reads, long index) {
        boolean over;
        lock.lock();
        try {
            asking = false;
            over = stopped;
            if (!over) {
                answered.add(new Answered(index, reads));
                lowestIndex = answered.element().index();
            }
        } finally {
            lock.unlock();
        }
        if (over) {
            refuseStopped(reads);
        } else {
            applied(appliedIndex.getAsLong());
        }
    }

    /** Nobody looks after them any more. */
    private static void refuseStopped(List<Waiting> reads) {
        refuse(reads, Refusal.STOPPED);
    }

    private static void refuse(List<Waiting> reads, Refusal refusal) {
        reads.forEach(one -> Batch.tell(() -> one.read().refused(refusal)));
    }

    /** Everything up to {@code index} is applied here and visible to readers. */
    void applied(long index) {
        if (index < lowestIndex) {
            return;
        }
        List<Waiting> ready = new ArrayList<>();
        lock.lock();
        try {
            while (!answered.isEmpty() && answered.element().index() <= index) {
                ready.addAll(answered.remove().reads());
            }
            lowestIndex =
                    answered.isEmpty() ? Long.MAX_VALUE : answered.element().index();
            waiting -= ready.size();
        } finally {
            lock.unlock();
        }
        ready.forEach(one -> Batch.tell(one.read()::readable));
    }

    /** To be called a few times per second: asks again where that failed, and gives up what waits too long. */
    void look() {
        List<Waiting> late = new ArrayList<>();
        lock.lock();
        try {
            if (waiting == 0) {
                return;
            }
            long now = clock.nanos();
            takeLate(unasked, now, late);
            answered.forEach(one -> takeLate(one.reads(), now, late));
            answered.removeIf(one -> one.reads().isEmpty());
            lowestIndex =
                    answered.isEmpty() ? Long.MAX_VALUE : answered.element().index();
            waiting -= late.size();
        } finally {
            lock.unlock();
        }
        refuse(late, Refusal.NO_MAJORITY);
        ask();
    }

    private static void takeLate(List<Waiting> reads, long now, List<Waiting> late) {
        reads.removeIf(one -> {
            boolean isLate = now - one.deadlineNanos() >= 0;
            if (isLate) {
                late.add(one);
            }
            return isLate;
        });
    }

    /** Refuses what waits; those for whom the leader is being asked follow when that has ended. */
    void stop() {
        List<Waiting> refused = new ArrayList<>();
        lock.lock();
        try {
            stopped = true;
            refused.addAll(unasked);
            unasked = new ArrayList<>();
            answered.forEach(one -> refused.addAll(one.reads()));
            answered.clear();
            lowestIndex = Long.MAX_VALUE;
            waiting = 0;
        } finally {
            lock.unlock();
        }
        refuseStopped(refused);
    }
}
