package io.aikv.store;

import io.aikv.base.Bytes;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Entries whose effects follow from seed, index and the state before: what a log would replay. Keys are strings or
 * collections with rows, some with an expiry; databases are swapped and flushed now and then.
 */
final class RandomEntries {
    private static final int DATABASES = 3;
    private static final byte STRING = 's';
    private static final byte COLLECTION = 'c';

    private RandomEntries() {}

    static void apply(StoreTransaction transaction, long seed, long index) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + index);
        int operations = random.nextInt(1, 12);
        for (int i = 0; i < operations; i++) {
            int database = random.nextInt(DATABASES);
            byte[] user = Bytes.utf8("key:" + random.nextInt(500));
            switch (random.nextInt(20)) {
                case 0 -> transaction.swapDatabases(database, random.nextInt(DATABASES));
                case 1 -> {
                    if (random.nextInt(20) == 0) {
                        transaction.flushDatabase(database);
                    }
                }
                case 2, 3, 4, 5 -> remove(transaction, database, user);
                case 6, 7, 8, 9 -> putCollection(transaction, database, user, random.nextInt(40));
                default -> {
                    remove(transaction, database, user);
                    byte[] value = new byte[random.nextInt(1, 200)];
                    random.nextBytes(value);
                    value[0] = STRING;
                    put(transaction, database, user, value);
                    if (random.nextInt(3) == 0) {
                        int physical = transaction.physicalDatabase(database);
                        transaction.put(Space.EXPIRY, KeyLayout.expiry(index + 100, physical, user), new byte[0]);
                    }
                }
            }
        }
        for (byte[] hint : transaction.dueHints(index, 4)) {
            transaction.delete(Space.EXPIRY, hint);
            remove(
                    transaction,
                    transaction.logicalDatabase(KeyLayout.expiryDatabase(hint)),
                    KeyLayout.expiryUserKey(hint));
        }
        transaction.commit(new AppliedPosition(1, index, index));
    }

    private static void put(StoreTransaction transaction, int database, byte[] user, byte[] value) {
        byte[] key = KeyLayout.key(transaction.physicalDatabase(database), user);
        transaction.put(Space.KEYS, key, value);
        transaction.changeKeyCount(database, KeyLayout.slot(key), 1);
    }

    private static void putCollection(StoreTransaction transaction, int database, byte[] user, int size) {
        remove(transaction, database, user);
        long id = transaction.allocateCollectionId();
        int physical = transaction.physicalDatabase(database);
        int slot = KeyLayout.slot(KeyLayout.key(physical, user));
        for (int i = 0; i < size; i++) {
            byte[] sub = ByteBuffer.allocate(4).putInt(i).array();
            transaction.put(Space.ROWS, KeyLayout.row(physical, slot, id, (byte) 'F', sub), sub);
        }
        put(
                transaction,
                database,
                user,
                ByteBuffer.allocate(9).put(COLLECTION).putLong(id).array());
    }

    private static void remove(StoreTransaction transaction, int database, byte[] user) {
        byte[] key = KeyLayout.key(transaction.physicalDatabase(database), user);
        byte[] old = transaction.get(Space.KEYS, key);
        if (old == null) {
            return;
        }
        if (old[0] == COLLECTION) {
            transaction.discardRows(
                    database, KeyLayout.slot(key), ByteBuffer.wrap(old).getLong(1));
        }
        transaction.delete(Space.KEYS, key);
        transaction.changeKeyCount(database, KeyLayout.slot(key), -1);
    }
}
