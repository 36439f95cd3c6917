package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random entries against a model: puts, deletes, erased ranges, flushed and swapped databases, counters, cursors used
 * across writes, abandoned entries, frozen snapshots, flushes to disk, and restarts that lose what was not flushed.
 */
final class StoreTransactionProperty {
    private static final int DATABASES = 4;
    private static final int ROUNDS = 12;
    private static final int ENTRIES = 60;

    @TempDir
    Path temp;

    private final long seed = Long.getLong("aikv.seed", System.nanoTime());
    private SplittableRandom random = new SplittableRandom(seed);

    private GroupStore store;
    private StoreTransaction transaction;
    private StoreModel model;

    @Test
    @Timeout(120)
    void behavesAsTheModel() throws IOException {
        try (StoreResources resources = StoreResources.small()) {
            for (int round = 0; round < ROUNDS; round++) {
                random = new SplittableRandom(seed + round);
                try {
                    runRound(resources, temp.resolve("store" + round));
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError("-Daikv.seed=" + (seed + round) + ": " + e, e);
                }
            }
        }
    }

    private void runRound(StoreResources resources, Path directory) throws IOException {
        store = GroupStore.open(resources, directory, StoreOptions.defaults());
        model = new StoreModel();
        TreeMap<Long, StoreModel> history = new TreeMap<>(Map.of(-1L, model.copy()));
        try {
            for (long index = 0; index < ENTRIES; index++) {
                switch (random.nextInt(12)) {
                    case 0 -> store.flush();
                    case 1 -> store.startFlush();
                    case 2 -> store.reclaimGarbage(random.nextInt(1, 50));
                    case 3 -> {
                        store.close();
                        store = GroupStore.open(resources, directory, StoreOptions.defaults());
                        index = store.applied().index();
                        model = history.get(index).copy();
                        assertNull(model.difference(store.reader(), DATABASES));
                        index++;
                    }
                    default -> {}
                }
                runEntry(index, history);
            }
        } finally {
            store.close();
        }
    }

    private void runEntry(long index, TreeMap<Long, StoreModel> history) {
        StoreModel before = history.get(index - 1);
        transaction = store.begin();
        try (StoreSnapshot frozen = store.snapshot()) {
            int operations = random.nextInt(30);
            for (int i = 0; i < operations; i++) {
                operation();
            }
            assertNull(model.difference(transaction, DATABASES), "within the entry");
            assertNull(before.difference(store.reader(), DATABASES), "an uncommitted entry shows");
            if (random.nextInt(10) == 0) {
                model = before.copy();
                transaction = store.begin();
            }
            transaction.commit(new AppliedPosition(1, index, index));

            assertEquals(index - 1, frozen.position().index());
            assertNull(before.difference(frozen, DATABASES), "a frozen view moved");
        }
        assertNull(model.difference(store.reader(), DATABASES), "after the commit");
        assertTrue(store.earliestExpiryMillis() <= model.earliestExpiry(), "a hint would be overlooked");
        history.put(index, model.copy());
    }

    private void operation() {
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> putKey();
            case 4, 5 -> removeKey();
            case 6 -> putRow();
            case 7 -> deleteRow();
            case 8 -> deleteRange();
            case 9 -> walk(Space.KEYS);
            case 10 -> walk(Space.ROWS);
            case 11 -> get();
            case 12 -> swap();
            case 13 -> flushDatabase();
            case 14 -> allocate();
            default -> expire();
        }
    }

    // ---- keys, counted and hinted as the data layer does it ----

    private byte[] userKey() {
        return Bytes.utf8("k" + random.nextInt(12));
    }

    private void putKey() {
        int database = random.nextInt(DATABASES);
        byte[] user = userKey();
        byte[] key = KeyLayout.key(transaction.physicalDatabase(database), user);
        byte[] value = new byte[random.nextInt(3)];
        random.nextBytes(value);
        if (transaction.get(Space.KEYS, key) == null) {
            transaction.changeKeyCount(database, KeyLayout.slot(key), 1);
        }
        transaction.put(Space.KEYS, key, value);
        model.rows(Space.KEYS).put(key, value);
        if (random.nextInt(3) == 0) {
            byte[] hint = KeyLayout.expiry(random.nextInt(100), transaction.physicalDatabase(database), user);
            transaction.put(Space.EXPIRY, hint, new byte[0]);
            model.rows(Space.EXPIRY).put(hint, new byte[0]);
        }
    }

    private void removeKey() {
        int database = random.nextInt(DATABASES);
        byte[] key = KeyLayout.key(model.physical(database), userKey());
        if (transaction.get(Space.KEYS, key) != null) {
            transaction.changeKeyCount(database, KeyLayout.slot(key), -1);
        }
        transaction.delete(Space.KEYS, key);
        model.rows(Space.KEYS).remove(key);
    }

    private void get() {
        int database = random.nextInt(DATABASES);
        byte[] user = userKey();
        byte[] key = KeyLayout.key(transaction.physicalDatabase(database), user);
        byte[] expected = model.rows(Space.KEYS).get(key);
        int head = expected == null ? StoreTransaction.ABSENT : expected.length == 0 ? 0 : expected[0] & 0xff;
        assertEquals(head, transaction.head(key));
        assertArrayEquals(expected, transaction.get(Space.KEYS, key));
        int slot = KeyLayout.slot(key);
        assertEquals(model.count(database, slot), transaction.keyCount(database, slot));
    }

    private void swap() {
        int a = random.nextInt(DATABASES);
        int b = random.nextInt(DATABASES);
        transaction.swapDatabases(a, b);
        model.swap(a, b);
        assertEquals(a, transaction.logicalDatabase(model.physical(a)));
    }

    private void flushDatabase() {
        int database = random.nextInt(DATABASES);
        boolean empty = model.count(database, -1) == 0;
        transaction.flushDatabase(database);
        if (!empty) {
            model.flush(database);
        }
    }

    private void allocate() {
        long id = transaction.allocateCollectionId();
        assertEquals(model.nextCollectionId++, id);
        if (random.nextBoolean()) {
            transaction.discardRows(random.nextInt(DATABASES), 0, id);
        }
    }

    private void expire() {
        long now = random.nextInt(100);
        int max = random.nextInt(1, 5);
        List<byte[]> expected = model.rows(Space.EXPIRY).keySet().stream()
                .filter(hint -> KeyLayout.expiryMillis(hint) <= now)
                .limit(max)
                .toList();

        List<byte[]> due = transaction.dueHints(now, max);

        assertEquals(expected.size(), due.size());
        for (int i = 0; i < due.size(); i++) {
            assertArrayEquals(expected.get(i), due.get(i));
            transaction.delete(Space.EXPIRY, due.get(i));
            model.rows(Space.EXPIRY).remove(due.get(i));
        }
    }

    // ---- raw rows, in databases that are never flushed ----

    private byte[] rowKey() {
        byte[] key = new byte[random.nextInt(1, 5)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (random.nextInt(4) * 80);
        }
        key[0] = (byte) (200 + random.nextInt(3));
        return key;
    }

    private void putRow() {
        byte[] key = rowKey();
        byte[] value = {(byte) random.nextInt(256)};
        transaction.put(Space.ROWS, key, value);
        model.rows(Space.ROWS).put(key, value);
    }

    private void deleteRow() {
        byte[] key = rowKey();
        transaction.delete(Space.ROWS, key);
        model.rows(Space.ROWS).remove(key);
    }

    private void deleteRange() {
        byte[] from = rowKey();
        byte[] to = random.nextInt(8) == 0 ? null : rowKey();
        transaction.deleteRange(Space.ROWS, from, to);
        model.deleteRange(Space.ROWS, from, to);
    }

    /** Walks a range while writing to it: the cursor must always show the next row there is. */
    private void walk(Space space) {
        byte[] from = space == Space.ROWS ? rowKey() : KeyLayout.databasePrefix(random.nextInt(DATABASES));
        byte[] to = random.nextInt(4) == 0 ? null : space == Space.ROWS ? rowKey() : new byte[] {3};
        boolean descending = random.nextBoolean();
        List<byte[]> seen = new ArrayList<>();
        try (Cursor rows =
                descending ? transaction.cursorDescending(space, from, to) : transaction.cursor(space, from, to)) {
            byte[] last = null;
            int steps = random.nextInt(40);
            for (int step = 0; step < steps; step++) {
                Map.Entry<byte[], byte[]> expected = step(space, from, to, descending, last);
                boolean found = rows.next();
                assertEquals(expected != null, found, "step " + step);
                if (expected == null) {
                    return;
                }
                assertArrayEquals(expected.getKey(), rows.key());
                assertArrayEquals(expected.getValue(), rows.value());
                last = expected.getKey();
                seen.add(last);
                if (random.nextInt(3) == 0) {
                    writeDuringWalk(space);
                    assertArrayEquals(last, rows.key());
                }
            }
        }
    }

    private void writeDuringWalk(Space space) {
        if (space == Space.KEYS) {
            if (random.nextBoolean()) {
                putKey();
            } else {
                removeKey();
            }
        } else {
            switch (random.nextInt(3)) {
                case 0 -> putRow();
                case 1 -> deleteRow();
                default -> deleteRange();
            }
        }
    }

    private Map.@Nullable Entry<byte[], byte[]> step(
            Space space, byte[] from, byte @Nullable [] to, boolean descending, byte @Nullable [] last) {
        NavigableMap<byte[], byte[]> range = model.range(space, from, to);
        if (descending) {
            range = range.descendingMap();
        }
        return last == null ? range.firstEntry() : range.higherEntry(last);
    }
}
