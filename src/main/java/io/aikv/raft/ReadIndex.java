package io.aikv.raft;

/**
 * The leader's answer to a replica that wants to serve a read.
 *
 * @param index a replica that has applied this far shows everything acknowledged before the question
 * @param timeMillis the leader's idea of now: what is due by it must not be shown any more
 */
public record ReadIndex(long index, long timeMillis) {}
