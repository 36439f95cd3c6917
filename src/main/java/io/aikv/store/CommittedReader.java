package io.aikv.store;

import org.jspecify.annotations.Nullable;

/** Reads what is committed at the moment of each call. Any thread. */
final class CommittedReader implements StoreReader {
    private final GroupStore store;
    private final Engine engine;

    CommittedReader(GroupStore store, Engine engine) {
        this.store = store;
        this.engine = engine;
    }

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
        return engine.get(space, key);
    }

    @Override
    public RocksCursor cursor(Space space, byte[] from, byte @Nullable [] to) {
        return new RocksCursor(engine, space, from, to, false, null);
    }

    @Override
    public RocksCursor cursorDescending(Space space, byte[] from, byte @Nullable [] to) {
        return new RocksCursor(engine, space, from, to, true, null);
    }

    @Override
    public int physicalDatabase(int database) {
        return store.databaseMap()[database] & 0xff;
    }

    @Override
    public long keyCount(int database, int slot) {
        return store.counters().count(physicalDatabase(database), slot);
    }

    @Override
    public long keyCount(int database) {
        return store.counters().count(physicalDatabase(database));
    }
}
