package io.aikv.data;

/**
 * What the commands of one script may still read and write. Counted in bytes, where finding a row counts as many: by what the
 * commands touch and never by a clock, so that it ends at the same row on every replica. Not thread-safe.
 */
public final class Allowance {
    /** What a row counts as beside its bytes. */
    private static final int ROW_BYTES = 512;

    private long bytesLeft;

    /** @param bytes 0 or more */
    public Allowance(long bytes) {
        this.bytesLeft = bytes;
    }

    /** Negative once more was asked for than there was. */
    public long bytesLeft() {
        return bytesLeft;
    }

    /**
     * Takes bytes away.
     *
     * @throws LongRead if there are not so many left: the script has to end, and what it did is taken back
     */
    void take(long bytes) {
        bytesLeft -= bytes;
        if (bytesLeft < 0) {
            throw new LongRead();
        }
    }

    /** As {@link #take}, for a row of so many bytes. */
    void takeRow(long bytes) {
        take(ROW_BYTES + bytes);
    }
}
