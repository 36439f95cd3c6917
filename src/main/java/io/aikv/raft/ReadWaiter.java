package io.aikv.raft;

/** A read that waits until it may be served. Exactly one method is called, once, on any thread: only hand over. */
public interface ReadWaiter {
    /** The read may now be served from {@link GroupReplica#reader()} and is linearizable. */
    void readable();

    /** The read cannot be served here. */
    void refused(Refusal reason);
}
