package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random writes with and without others that are taken back come to the same state. */
final class SavepointProperty {
    private static final int KEYS = 12;

    @TempDir
    private Path directory;

    @RepeatedTest(10)
    void whatWasTakenBackNeverWas() throws IOException {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("aikv.seed=" + seed);
        Random random = new Random(seed);
        try (StoreResources resources = StoreResources.small();
                GroupStore plain = GroupStore.open(resources, directory.resolve("a"), StoreOptions.defaults());
                GroupStore other = GroupStore.open(resources, directory.resolve("b"), StoreOptions.defaults())) {
            for (int entry = 1; entry <= 30; entry++) {
                long before = random.nextLong();
                long after = random.nextLong();
                StoreTransaction expected = plain.begin();
                write(expected, new Random(before));
                write(expected, new Random(after));
                expected.commit(new AppliedPosition(1, entry, entry));

                StoreTransaction transaction = other.begin();
                write(transaction, new Random(before));
                for (int i = random.nextInt(3); i >= 0; i--) {
                    transaction.setSavepoint();
                    write(transaction, random);
                    transaction.rollBack();
                }
                boolean kept = random.nextBoolean();
                if (kept) {
                    transaction.setSavepoint();
                }
                write(transaction, new Random(after));
                if (kept) {
                    transaction.releaseSavepoint();
                }
                transaction.commit(new AppliedPosition(1, entry, entry));

                assertEquals(plain.digest().hex(), other.digest().hex());
                for (int database = 0; database < 3; database++) {
                    assertEquals(
                            plain.reader().keyCount(database), other.reader().keyCount(database));
                }
                assertEquals(plain.earliestExpiryMillis(), other.earliestExpiryMillis());
            }
        }
    }

    private static void write(StoreTransaction transaction, Random random) {
        for (int i = random.nextInt(20); i > 0; i--) {
            int database = random.nextInt(3);
            int physical = transaction.physicalDatabase(database);
            byte[] name = Bytes.utf8("k" + random.nextInt(KEYS));
            byte[] key = KeyLayout.key(physical, 7, name);
            byte[] row = KeyLayout.row(physical, 7, 1 + random.nextInt(3), (byte) 'F', name);
            switch (random.nextInt(10)) {
                case 0, 1 -> {
                    if (transaction.get(Space.KEYS, key) == null) {
                        transaction.changeKeyCount(database, 7, 1);
                    }
                    transaction.put(Space.KEYS, key, new byte[] {(byte) random.nextInt(4)});
                }
                case 2 -> {
                    if (transaction.get(Space.KEYS, key) != null) {
                        transaction.changeKeyCount(database, 7, -1);
                        transaction.delete(Space.KEYS, key);
                    }
                }
                case 3, 4 -> transaction.put(Space.ROWS, row, new byte[random.nextInt(3)]);
                case 5 -> transaction.delete(Space.ROWS, row);
                case 6 -> {
                    byte[] from = KeyLayout.collectionPrefix(physical, 7, 1 + random.nextInt(3));
                    transaction.deleteRange(Space.ROWS, from, Bytes.prefixEnd(from));
                }
                case 7 ->
                    transaction.put(
                            Space.EXPIRY, KeyLayout.expiry(1000 + random.nextInt(1000), physical, name), new byte[0]);
                case 8 -> transaction.allocateCollectionId();
                default -> {
                    if (random.nextInt(4) == 0) {
                        transaction.flushDatabase(database);
                    } else if (random.nextInt(4) == 0) {
                        transaction.swapDatabases(0, 1);
                    }
                }
            }
        }
    }

    @Test
    void thereIsOneSavepointAtATime() throws IOException {
        try (StoreResources resources = StoreResources.small();
                GroupStore store = GroupStore.open(resources, directory.resolve("a"), StoreOptions.defaults())) {
            StoreTransaction transaction = store.begin();
            transaction.setSavepoint();

            assertThrows(IllegalStateException.class, transaction::setSavepoint);
            transaction.rollBack();
            assertThrows(IllegalStateException.class, transaction::rollBack);
            assertThrows(IllegalStateException.class, transaction::releaseSavepoint);
            transaction.setSavepoint();
            store.begin().setSavepoint();
        }
    }
}
