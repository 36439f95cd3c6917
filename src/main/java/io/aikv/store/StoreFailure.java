package io.aikv.store;

/** RocksDB failed: disk full, I/O error, corruption. While applying it stops the group; while reading it fails the read. */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoreFailure(String doing, Throwable cause) {
        super(doing + ": " + cause.getMessage(), cause);
    }
}
