package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Equal entries, equal digest, whatever happened below; another state, another digest. */
final class StoreDigestTest {
    private static final int ENTRIES = 600;

    @TempDir
    Path temp;

    private final long seed = Long.getLong("aikv.seed", System.nanoTime());

    private StoreDigest digest(String name, boolean inMemory, Consumer<GroupStore> between) throws IOException {
        try (StoreResources resources = StoreResources.small();
                GroupStore store = GroupStore.open(resources, temp.resolve(name), new StoreOptions(inMemory))) {
            for (long index = 0; index < ENTRIES; index++) {
                RandomEntries.apply(store.begin(), seed, index);
                between.accept(store);
            }
            return store.digest();
        }
    }

    @Test
    void followsFromTheEntriesAlone() throws IOException {
        StoreDigest plain = digest("plain", false, store -> {});

        assertEquals(ENTRIES - 1, plain.position().index());
        assertEquals(plain, digest("memory", true, store -> {}), "-Daikv.seed=" + seed);
        assertEquals(
                plain,
                digest("busy", false, store -> {
                    store.reclaimGarbage(7);
                    if (store.applied().index() % 50 == 0) {
                        store.flush();
                    }
                }),
                "-Daikv.seed=" + seed);
    }

    @Test
    void changesWithEveryPartOfTheState() throws IOException {
        byte[] key = KeyLayout.key(0, Bytes.utf8("k"));
        byte[] row = KeyLayout.row(0, 1, 1, (byte) 'F', Bytes.utf8("f"));
        assertChanges("key", transaction -> transaction.put(Space.KEYS, key, new byte[] {1}));
        assertChanges("row", transaction -> transaction.put(Space.ROWS, row, new byte[] {1}));
        assertChanges("counter", transaction -> transaction.changeKeyCount(0, 1, 1));
        assertChanges("map", transaction -> transaction.swapDatabases(0, 1));
        assertChanges("id", StoreTransaction::allocateCollectionId);
    }

    private void assertChanges(String name, Consumer<StoreTransaction> change) throws IOException {
        try (StoreResources resources = StoreResources.small();
                GroupStore store = GroupStore.open(resources, temp.resolve(name), new StoreOptions(true))) {
            store.advance(new AppliedPosition(1, 1, 1));
            String before = store.digest().hex();
            StoreTransaction transaction = store.begin();
            change.accept(transaction);
            transaction.commit(new AppliedPosition(1, 2, 1));

            assertNotEquals(before, store.digest().hex(), name);
        }
    }
}
