package io.aikv.data;

/**
 * How a stream is to be cut at its old end.
 *
 * @param strategy which of the two bounds counts
 * @param approximate removes whole blocks of {@link #BLOCK_ENTRIES} entries only, as Redis' {@code ~}
 * @param maxLength for {@link Strategy#MAXLEN}: how many entries may stay
 * @param minId for {@link Strategy#MINID}: entries before it go
 * @param limit how many entries may be removed at most, 0 for any number; only where {@code approximate}
 * @param references what becomes of groups' references to what is removed
 */
public record StreamTrim(
        Strategy strategy, boolean approximate, long maxLength, StreamId minId, long limit, References references) {
    /** Entries of a block: Redis' default of {@code stream-node-max-entries}. A constant, for all replicas the same. */
    public static final int BLOCK_ENTRIES = 100;

    /** The limit of an approximate trim that names none. */
    public static final long DEFAULT_LIMIT = 100L * BLOCK_ENTRIES;

    /** Which bound cuts. */
    public enum Strategy {
        MAXLEN,
        MINID
    }

    /** What a removal does about groups that refer to the entry. */
    public enum References {
        /** Pending entries stay, of an entry that is gone. */
        KEEP,
        /** Pending entries of every group go too. */
        DELETE,
        /** Only what every group has read and acknowledged is removed. */
        ACKED
    }
}
