package io.aikv.raft;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftClientReply;

/** What the proposer needs of the consensus below it: the seam between batching and Ratis. Thread-safe. */
interface Submitter {
    /** Whether this node is elected, ready or not. */
    boolean leads();

    /** Whether this node is elected and has applied an entry of its term, so that it accepts entries. */
    boolean isReady();

    /** Appends an entry. The future completes when it is applied here, or has failed. Never blocks for replication. */
    CompletableFuture<RaftClientReply> submit(Batch batch) throws IOException;
}
