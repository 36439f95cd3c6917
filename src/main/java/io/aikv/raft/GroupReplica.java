package io.aikv.raft;

import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.StoreReader;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** This node's replica of one group: submit writes, ask whether reads may be served, read, watch and move leadership. */
public final class GroupReplica {
    /** The group's name in the layout: {@code g1}. */
    public String name() {
        throw new UnsupportedOperationException();
    }

    // ---- leadership ----

    /** Whether this node leads and has applied an entry of its own term: it may propose. Cheap; a hint. */
    public boolean leads() {
        throw new UnsupportedOperationException();
    }

    /** The node name of the leader last heard of, or null. A hint. */
    public @Nullable String leader() {
        throw new UnsupportedOperationException();
    }

    /** The term of {@link #leader()}. */
    public long term() {
        throw new UnsupportedOperationException();
    }

    /** Hands leadership to {@code node}; fails with a message for an operator. */
    public CompletableFuture<Void> transferLeadership(String node, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    // ---- writes ----

    /** Takes a write; never blocks. Order of calls from one thread is the order in the log. */
    public void submit(Proposal proposal) {
        throw new UnsupportedOperationException();
    }

    /** Proposes a command of the node itself and completes with its reply; exceptionally if refused or indeterminate. */
    public CompletableFuture<Reply> execute(int database, byte[]... argv) {
        throw new UnsupportedOperationException();
    }

    // ---- reads ----

    /** Whether a read may be served right now from {@link #reader()} and is linearizable: this node leads under a lease. */
    public boolean readable() {
        throw new UnsupportedOperationException();
    }

    /** On the leader: calls back once a barrier or the lease allows the read. Waiting reads share one barrier. */
    public void awaitReadable(ReadWaiter waiter) {
        throw new UnsupportedOperationException();
    }

    /** On a follower: asks the leader for a read index and calls back once it is applied here. Questions are shared. */
    public void awaitReplicaReadable(ReadWaiter waiter) {
        throw new UnsupportedOperationException();
    }

    /** The committed state of this replica, however old. Linearizable only as the methods above say. */
    public StoreReader reader() {
        throw new UnsupportedOperationException();
    }

    /** The time a read should use: never before the time of an applied entry, so no due key comes back. */
    public long readTimeMillis() {
        throw new UnsupportedOperationException();
    }

    public AppliedPosition applied() {
        throw new UnsupportedOperationException();
    }
}
