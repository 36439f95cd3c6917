package io.aikv.data;

/**
 * Up to which size a collection's rows are packed into the record of its key. A write that passes a bound moves them all to
 * rows of their own, where they stay until the collection is written anew (see {@link CollectionWriter#startAnew}).
 *
 * <p>{@link #FORMAT} is part of the storage format, because every replica must come to the same rows. Others are for tests
 * and benchmarks: what they write is read all the same.
 *
 * @param rowsMax how many rows; a member of a sorted set takes two
 * @param bytesMax bytes of all rows together, see {@link PackedRows}
 * @param rowBytesMax bytes of one row
 */
public record Packing(int rowsMax, int bytesMax, int rowBytesMax) {
    /** What a group's entries use. Every write of a packed collection writes all its rows: hence so small. */
    public static final Packing FORMAT = new Packing(128, 4096, 1024);

    /** Every collection has rows of its own. */
    public static final Packing NONE = new Packing(0, 0, 0);

    /** Whether collections begin packed. */
    boolean packs() {
        return rowsMax > 0;
    }
}
