package io.aikv.server.session;

import io.aikv.raft.GroupReplica;
import io.aikv.server.stats.CommandStats;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one event loop: the inbox through which other threads hand over the outcomes of calls, the answer to "is
 * the lease valid" for one batch of reads, counters, a spare call.
 *
 * <p>Threading: {@link #handOver} may be called on any thread; everything else on the loop.
 */
/*
 * The inbox is a stack that is linked through the calls themselves: handing over allocates nothing, and only the thread that
 * finds it empty wakes the loop, so a batch of replies costs one task however many there are.
 */
final class LoopContext {
    final EventLoop loop;
    final CommandStats.Part stats;

    private final AtomicReference<@Nullable Call> inbox = new AtomicReference<>();
    private final Runnable drain = this::drain;
    private final List<Session> touched = new ArrayList<>();
    private final Runnable submitQueued = this::submitQueued;
    /** Groups that were given writes since the last {@link #submitQueued}. */
    private final List<GroupReplica> submitting = new ArrayList<>();

    /** Sessions whose next command waits for the end of CLIENT PAUSE. */
    private final Set<Session> paused = new HashSet<>();

    /** Connections that are not read at the moment. */
    private final Set<Connection> starved = new HashSet<>();

    private @Nullable GroupReplica leaseGroup;
    private boolean leaseValid;
    private @Nullable Call spare;

    LoopContext(EventLoop loop, CommandStats.Part stats) {
        this.loop = loop;
        this.stats = stats;
    }

    // ---- the inbox ----

    /** Hands a call with an outcome to its loop. Any thread. */
    void handOver(Call call) {
        Call head;
        do {
            head = inbox.get();
            call.inboxNext = head;
        } while (!inbox.compareAndSet(head, call));
        if (head == null) {
            try {
                loop.execute(drain);
            } catch (RejectedExecutionException e) {
                // The loop has ended, and with it every connection it served.
                for (Call lost = inbox.getAndSet(null); lost != null; lost = lost.inboxNext) {
                    lost.dropStream();
                }
            }
        }
    }

    private void drain() {
        newBatch();
        Call first = reverse(inbox.getAndSet(null));
        while (first != null) {
            Call call = first;
            first = call.inboxNext;
            call.inboxNext = null;
            Session session = call.session;
            session.resolve(call);
            if (!session.touched) {
                session.touched = true;
                touched.add(session);
            }
        }
        for (Session session : touched) {
            session.touched = false;
            session.advance();
            session.flush();
        }
        touched.clear();
    }

    private static @Nullable Call reverse(@Nullable Call stack) {
        Call reversed = null;
        Call rest = stack;
        while (rest != null) {
            Call next = rest.inboxNext;
            rest.inboxNext = reversed;
            reversed = rest;
            rest = next;
        }
        return reversed;
    }

    // ---- one batch of writes ----

    /**
     * Gives a write to its group, which puts it on its way when the loop has looked at all sockets that are ready now: so
     * that what has arrived together travels in one entry, and not the first command alone.
     */
    void submit(Call call, GroupReplica group) {
        if (!group.enqueue(call) || submitting.contains(group)) {
            return;
        }
        submitting.add(group);
        if (submitting.size() == 1) {
            loop.execute(submitQueued);
        }
    }

    private void submitQueued() {
        for (int i = 0; i < submitting.size(); i++) {
            submitting.get(i).submitQueued();
        }
        submitting.clear();
    }

    // ---- one batch of reads ----

    /**
     * Forgets the answer of {@link #readable}. To be called whenever bytes were taken from a socket: the lease must have been
     * valid at an instant after the request arrived.
     */
    void newBatch() {
        leaseGroup = null;
    }

    /** {@link GroupReplica#readable()}, asked once per batch and group. */
    boolean readable(GroupReplica group) {
        if (leaseGroup != group) {
            leaseValid = group.readable();
            leaseGroup = group;
        }
        return leaseValid;
    }

    // ---- calls that never leave the loop ----

    /** A call object for a request; the spare one if there is. */
    Call newCall(Session session, @Nullable CommandEntry entry, byte[][] argv, long heldBytes) {
        Call call = spare;
        if (call == null) {
            return new Call(session, entry, argv, heldBytes);
        }
        spare = null;
        call.reuse(session, entry, argv, heldBytes);
        return call;
    }

    /** Keeps {@code call}, which nobody else has seen, for the next request. */
    void recycle(Call call) {
        spare = call;
    }

    // ---- pauses ----

    void pause(Session session) {
        paused.add(session);
    }

    void forget(Session session) {
        paused.remove(session);
    }

    void starve(Connection connection) {
        starved.add(connection);
    }

    void feed(Connection connection) {
        starved.remove(connection);
    }

    /** Looks whether connections can be read again whose own progress does not tell: memory has become free elsewhere. */
    void retryStarved() {
        if (starved.isEmpty()) {
            return;
        }
        newBatch();
        for (Connection connection : new ArrayList<>(starved)) {
            connection.resume();
            connection.session().flush();
        }
    }

    /** Lets paused sessions try again. */
    void resume() {
        List<Session> all = new ArrayList<>(paused);
        paused.clear();
        newBatch();
        for (Session session : all) {
            session.resumePaused();
            session.advance();
            session.flush();
        }
    }
}
