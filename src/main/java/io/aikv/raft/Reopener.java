package io.aikv.raft;

import io.aikv.base.Clock;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens groups again that Ratis has closed for a reason of its own: their logs and stores are as sound as after any
 * restart. At once, and ever more rarely while that does not help. A group that stopped because an entry could not be
 * written or applied stays stopped, and so does one in memory, which would begin with nothing.
 *
 * <p>{@link #look} is called by the node's thread; opening blocks and happens on the thread of {@link Transfers}.
 */
final class Reopener {
    private static final Logger LOG = LoggerFactory.getLogger(Reopener.class);

    private static final long PAUSE_MIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PAUSE_MAX_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** After so long without trouble the next attempt is a first one. */
    private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Opening opening;
    private final Transfers transfers;
    private final Clock clock;
    /** By group, the last attempt; of the node's thread. */
    private final Map<String, Attempt> attempts = new HashMap<>();
    /** Groups that are being opened. */
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    /** @param pauseNanos until the next one */
    private record Attempt(long startNanos, long pauseNanos) {}

    /** What opens a group again and answers why it was closed; blocks. */
    interface Opening {
        String reopen(GroupReplica replica) throws IOException;
    }

    Reopener(Opening opening, Transfers transfers, Clock clock) {
        this.opening = opening;
        this.transfers = transfers;
        this.clock = clock;
    }

    void look(GroupReplica replica) {
        String group = replica.name();
        if (!replica.wasClosedByRatis() || busy.contains(group)) {
            return;
        }
        if (replica.spec().storeOptions().inMemory()) {
            LOG.error("group={} was closed by Ratis {}; kept in memory, it stops", group, replica.closingReason());
            replica.giveUp();
            return;
        }
        long now = clock.nanos();
        Attempt last = attempts.get(group);
        long pauseNanos = PAUSE_MIN_NANOS;
        if (last != null && now - last.startNanos() <= FORGET_NANOS) {
            if (now - last.startNanos() < last.pauseNanos()) {
                return;
            }
            pauseNanos = Math.min(2 * last.pauseNanos(), PAUSE_MAX_NANOS);
        }
        Attempt next = new Attempt(now, pauseNanos);
        attempts.put(group, next);
        busy.add(group);
        transfers.execute(() -> run(replica, next));
    }

    private void run(GroupReplica replica, Attempt attempt) {
        try {
            String reason = opening.reopen(replica);
            LOG.warn(
                    "group={} was closed by Ratis {}; it is open again after {} ms at index={}",
                    replica.name(),
                    reason,
                    TimeUnit.NANOSECONDS.toMillis(clock.nanos() - attempt.startNanos()),
                    replica.applied().index());
        } catch (IOException | RuntimeException e) {
            LOG.error(
                    "group={} was closed by Ratis {} and cannot be opened again; next attempt in {} ms",
                    replica.name(),
                    replica.closingReason(),
                    TimeUnit.NANOSECONDS.toMillis(attempt.pauseNanos()),
                    e);
        } finally {
            busy.remove(replica.name());
        }
    }
}
