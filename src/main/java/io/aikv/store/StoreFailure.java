package io.aikv.store;

/**
 * RocksDB failed: disk full, I/O error, corruption; or the store was closed ({@link #isClosed()}). While applying it
 * stops the group; while reading it fails the read.
 */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean closed;

    StoreFailure(String doing, Throwable cause) {
        super(doing + ": " + cause.getMessage(), cause);
        this.closed = false;
    }

    private StoreFailure(String message, boolean closed) {
        super(message);
        this.closed = closed;
    }

    /** The store is closed, or not open yet. */
    public static StoreFailure closed() {
        return new StoreFailure("the store is closed", true);
    }

    static StoreFailure of(String message) {
        return new StoreFailure(message, false);
    }

    /** Whether the store was closed, for a shutdown or to install a snapshot: the read may be tried again elsewhere. */
    public boolean isClosed() {
        return closed;
    }
}
