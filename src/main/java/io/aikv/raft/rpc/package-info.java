/**
 * The transport between the replicas of a group: Raft's messages over Netty, and the appender that sends a leader's log to
 * a follower without a thread of its own.
 *
 * <p>Threading: a node has one event loop for the messages of all its groups, or a few; nothing there waits for a disk or
 * for another node. What does wait (votes, snapshots, entries that are no longer in memory) runs on a pool of threads
 * that grows when needed.
 */
@NullMarked
package io.aikv.raft.rpc;

import org.jspecify.annotations.NullMarked;
