package io.aikv.store;

/**
 * How far a store has applied its group's log.
 *
 * @param term the Raft term of the last applied entry, 0 for none
 * @param index the Raft index of the last applied entry, -1 for none (Ratis' first index is 0)
 * @param entryTimeMillis the stamped time of the last applied command entry: what "now" means to the next one at least
 */
public record AppliedPosition(long term, long index, long entryTimeMillis) {
    public static final AppliedPosition NONE = new AppliedPosition(0, -1, 0);
}
