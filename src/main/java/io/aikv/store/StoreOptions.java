package io.aikv.store;

/**
 * What one group's store is opened with.
 *
 * @param inMemory keep everything in RocksDB's in-memory environment: nothing survives the process
 */
public record StoreOptions(boolean inMemory) {
    public static StoreOptions defaults() {
        return new StoreOptions(false);
    }
}
