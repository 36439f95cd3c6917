package io.aikv.server.command;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SAVE means here: everything applied is written to disk outside the log. Nothing depends on it, as the log holds every
 * acknowledged write anyway; it keeps what tools and tests ask about saves. Any thread.
 */
final class Saves {
    private static final Logger LOG = LoggerFactory.getLogger(Saves.class);

    /** The last save. */
    record Last(long epochSeconds, boolean succeeded, long seconds, long appliedIndex, long count) {}

    private final NodeFacts node;
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile long startedMillis;
    private volatile Last last;

    Saves(NodeFacts node) {
        this.node = node;
        this.last = new Last(node.startedMillis() / 1000, true, -1, 0, 0);
    }

    /** Claims the right to {@link #save}. @return false if a save is running */
    boolean begin() {
        if (!running.compareAndSet(false, true)) {
            return false;
        }
        startedMillis = node.clock().epochMillis();
        return true;
    }

    /** Gives the right back that {@link #begin} gave, without a save. */
    void cancel() {
        running.set(false);
    }

    /** Saves, after {@link #begin}. @return whether it succeeded. Waits for the disk. */
    boolean save() {
        long applied = applied();
        boolean succeeded = true;
        try {
            node.groups().forEach(HostedGroup::flush);
        } catch (RuntimeException e) {
            LOG.warn("writing the stores to disk failed", e);
            succeeded = false;
        }
        long now = node.clock().epochMillis();
        long seconds = Math.max(0, now - startedMillis) / 1000;
        last = new Last(
                succeeded ? now / 1000 : last.epochSeconds(),
                succeeded,
                seconds,
                succeeded ? applied : last.appliedIndex(),
                last.count() + (succeeded ? 1 : 0));
        running.set(false);
        return succeeded;
    }

    boolean isRunning() {
        return running.get();
    }

    /** How long the running save takes already, in seconds; -1 if none runs. */
    long runningSeconds() {
        return running.get() ? Math.max(0, node.clock().epochMillis() - startedMillis) / 1000 : -1;
    }

    Last last() {
        return last;
    }

    /** Entries applied since the last save. */
    long changes() {
        return Math.max(0, applied() - last.appliedIndex());
    }

    private long applied() {
        return node.groups().stream()
                .mapToLong(group -> Math.max(0, group.status().appliedIndex()))
                .sum();
    }
}
