/**
 * Consensus: Ratis, log entries, the proposer, the executor, leases and barriers for reads, snapshots.
 *
 * <p>Threading: one apply thread per group replica (Ratis' StateMachineUpdater) runs handlers and commits; everything
 * else may be called from any thread and never blocks. May depend on {@code command} and {@code script}, and is the only
 * package that may import Ratis.
 */
@NullMarked
package io.aikv.raft;

import org.jspecify.annotations.NullMarked;
