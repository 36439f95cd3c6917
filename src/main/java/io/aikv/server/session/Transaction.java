package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.TransactionRequest.Watched;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.Watch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has queued since MULTI and watches since WATCH. Confined to the event loop, but for the figures.
 *
 * @see <a href="https://redis.io/docs/latest/develop/interact/transactions/">Redis transactions</a>
 */
public final class Transaction {
    /** A command with its row, as it was queued. */
    record Queued(CommandEntry entry, byte[][] argv) {}

    private record WatchedName(int database, Bytes key) {}

    /** The keys watched in one group, all of them under one {@link Watch}. */
    static final class Watching {
        private final GroupReplica group;
        private final Watch watch = new Watch();
        private final List<Watched> keys = new ArrayList<>();
        private final Set<WatchedName> names = new HashSet<>();

        Watching(GroupReplica group) {
            this.group = group;
        }

        GroupReplica group() {
            return group;
        }

        Watch watch() {
            return watch;
        }

        List<Watched> keys() {
            return keys;
        }

        void end() {
            group.unwatch(watch);
        }
    }

    private static final long QUEUED_OVERHEAD_BYTES = 64;
    private static final long ARGUMENT_OVERHEAD_BYTES = 24;

    private final RequestMemory memory;
    private List<Queued> queue = new ArrayList<>();
    private @Nullable Watching watching;
    /** Of the EXEC that runs. */
    private @Nullable Watching deciding;

    private volatile boolean open;
    private boolean broken;
    private boolean executing;
    private volatile int queuedCount;
    private volatile long queuedBytes;
    private volatile int watchedCount;

    Transaction(RequestMemory memory) {
        this.memory = memory;
    }

    /** Whether MULTI was said and neither EXEC nor DISCARD. */
    public boolean isOpen() {
        return open;
    }

    /** Whether a command of EXEC's is running that is not part of its entry. */
    boolean isExecuting() {
        return executing;
    }

    void executing(boolean now) {
        executing = now;
    }

    /** How many commands are queued; -1 without MULTI. */
    public int queued() {
        return open ? queuedCount : -1;
    }

    /** Bytes of the queued commands, about. */
    public long bytes() {
        return queuedBytes;
    }

    /** How many keys are watched. */
    public int watchedKeys() {
        return watchedCount;
    }

    /** Whether a watched key was modified, so that EXEC would answer null. */
    public boolean isTouched() {
        Watching current = watching;
        return current != null && current.watch.isTouched();
    }

    /** MULTI. @throws CommandError {@code ERR MULTI calls can not be nested} */
    public void begin() {
        if (open) {
            throw new CommandError("ERR MULTI calls can not be nested");
        }
        open = true;
    }

    /** DISCARD. @throws CommandError {@code ERR DISCARD without MULTI} */
    public void discard() {
        if (!open) {
            throw new CommandError("ERR DISCARD without MULTI");
        }
        reset();
    }

    /** UNWATCH: forgets what is watched, though not what the EXEC that runs depends on. */
    public void unwatch() {
        Watching ended = watching;
        watching = null;
        watchedCount = 0;
        if (ended != null) {
            ended.end();
        }
    }

    /** Ends MULTI and WATCH: RESET, or the connection is gone. */
    public void reset() {
        unwatch();
        forget();
    }

    /** As {@link #reset}; what an EXEC still waits to do under a watch is off. */
    void close() {
        reset();
        decided();
    }

    private void forget() {
        memory.subtract(queuedBytes);
        queue = new ArrayList<>();
        queuedBytes = 0;
        queuedCount = 0;
        open = false;
        broken = false;
    }

    // ---- queueing ----

    /** A command could not be queued: EXEC will be refused. */
    void breakUp() {
        broken = true;
    }

    boolean isBroken() {
        return broken;
    }

    /** Queues a command, unless that makes more bytes than {@code bytesMax}. @return whether it was */
    boolean add(CommandEntry entry, byte[][] argv, long bytesMax) {
        long bytes = QUEUED_OVERHEAD_BYTES;
        for (byte[] arg : argv) {
            bytes += arg.length + ARGUMENT_OVERHEAD_BYTES;
        }
        if (queuedBytes + bytes > bytesMax) {
            return false;
        }
        queue.add(new Queued(entry, argv));
        memory.add(bytes);
        queuedBytes += bytes;
        queuedCount++;
        return true;
    }

    /** Whether a command of the queue writes. */
    boolean writes() {
        for (Queued queued : queue) {
            if (queued.entry().pausedAsWrite) {
                return true;
            }
        }
        return false;
    }

    // ---- watching ----

    /**
     * The watch of a group's keys, begun if there is none.
     *
     * @throws CommandError {@code CROSSSLOT Keys in request don't hash to the same slot} if keys of another group are watched
     */
    Watching watching(GroupReplica group) {
        Watching current = watching;
        if (current == null) {
            current = new Watching(group);
            watching = current;
        } else if (current.group != group) {
            throw new CommandError(Errors.CROSS_SLOT);
        }
        return current;
    }

    /** Notes a key whose presence is known now, unless it was watched before: then that counts. */
    void watched(Watching of, Watched key) {
        if (of == watching && of.names.add(new WatchedName(key.database(), Bytes.of(key.key())))) {
            of.keys.add(key);
            if (!key.existed()) {
                of.group.watchedAbsent(of.watch, key.database(), key.key());
            }
            watchedCount = of.keys.size();
        }
    }

    // ---- executing ----

    /** Takes what was queued: MULTI is over. The watch, if any, lasts until {@link #decided}. */
    List<Queued> take() {
        List<Queued> taken = queue;
        forget();
        deciding = watching;
        watching = null;
        watchedCount = 0;
        return taken;
    }

    /** The watch that the EXEC which runs depends on. */
    @Nullable
    Watching deciding() {
        return deciding;
    }

    /** EXEC has its outcome. */
    void decided() {
        Watching ended = deciding;
        deciding = null;
        if (ended != null) {
            ended.end();
        }
    }
}
