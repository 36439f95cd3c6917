package io.aikv.raft;

import java.util.concurrent.CompletableFuture;

/**
 * How a replica asks its group's leader, over a link that this package knows nothing of. The other end answers with
 * {@link GroupReplica#readIndex()}.
 */
public interface ReadIndexSource {
    /** Knows no way to ask: replicas cannot serve linearizable reads. */
    ReadIndexSource NONE =
            (group, leader) -> CompletableFuture.failedFuture(new IllegalStateException("no link to node " + leader));

    /** Asks the leader's node; fails if it cannot be reached or does not lead. Must complete within seconds. */
    CompletableFuture<Long> ask(String group, String leader);
}
