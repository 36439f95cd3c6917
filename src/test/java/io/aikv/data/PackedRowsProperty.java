package io.aikv.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.store.AppliedPosition;
import io.aikv.store.Cursor;
import io.aikv.store.GroupStore;
import io.aikv.store.KeyLayout;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random writes, reads and walks on packed rows do what they do on rows in the store, also while the rows move there in the
 * middle of a walk. {@code -Daikv.seed=N} repeats a run.
 */
final class PackedRowsProperty {
    private static final byte[] PACKED = Bytes.utf8("packed");
    private static final byte[] STORED = Bytes.utf8("stored");
    private static final byte[] TAGS = {'A', 'B', 'C', (byte) 0xfe};
    private static final int ROUNDS = 150;

    @TempDir
    private Path directory;

    private final StoreResources resources = StoreResources.small();
    private GroupStore store;
    private long index;
    private SplittableRandom random = new SplittableRandom();

    @BeforeEach
    void open() throws IOException {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("PackedRowsProperty seed " + seed);
        random = new SplittableRandom(seed);
        store = GroupStore.open(resources, directory, StoreOptions.defaults());
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    // ---- both at once ----

    @RepeatedTest(4)
    void packedRowsAreAsThoseInTheStore() {
        Packing bounds = new Packing(1 + random.nextInt(60), 100 + random.nextInt(1_500), 200);
        for (int round = 0; round < ROUNDS; round++) {
            StoreTransaction transaction = store.begin();
            CollectionWriter packed = open(transaction, PACKED, bounds);
            CollectionWriter stored = open(transaction, STORED, Packing.NONE);
            if (random.nextInt(12) == 0) {
                packed.startAnew();
                stored.startAnew();
            }
            for (int steps = random.nextInt(30); steps > 0; steps--) {
                step(packed, stored);
            }
            packed.addCount(1 - packed.count());
            stored.addCount(1 - stored.count());
            packed.finish();
            stored.finish();
            transaction.commit(new AppliedPosition(1, ++index, 1));
            requireSameAfterwards();
        }
    }

    private static CollectionWriter open(StoreTransaction transaction, byte[] key, Packing bounds) {
        return CollectionWriter.open(
                new WriteContext(transaction, 0, 1, new SplittableRandom(1), EventSink.NONE, bounds), key, Type.LIST);
    }

    private void step(CollectionWriter packed, CollectionWriter stored) {
        if (random.nextInt(4) == 0) {
            walk(packed, stored);
        } else {
            write(packed, stored);
        }
    }

    private void write(CollectionWriter packed, CollectionWriter stored) {
        byte tag = anyTag();
        byte[] sub = anySub();
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                packed.remove(tag, sub);
                stored.remove(tag, sub);
            }
            case 3 -> {
                byte[] to = random.nextInt(4) == 0 ? null : anySub();
                packed.removeRange(tag, sub, to);
                stored.removeRange(tag, sub, to);
            }
            default -> {
                byte[] value = anyBytes(random.nextInt(20) == 0 ? 250 : 30);
                packed.put(tag, sub, value);
                stored.put(tag, sub, value);
            }
        }
        byte[] other = anySub();
        assertArrayEquals(stored.row(tag, other), packed.row(tag, other));
        assertArrayEquals(stored.row(tag, sub), packed.row(tag, sub));
    }

    /** Two cursors side by side, with writes and seeks in between. */
    private void walk(CollectionWriter packed, CollectionWriter stored) {
        byte tag = anyTag();
        byte[] from = random.nextBoolean() ? Bytes.EMPTY : anySub();
        byte[] to = random.nextBoolean() ? null : anySub();
        boolean descending = random.nextBoolean();
        boolean seeks = to == null || Bytes.compare(from, to) < 0;
        try (Cursor one = descending ? stored.rowsDescending(tag, from, to) : stored.rows(tag, from, to);
                Cursor other = descending ? packed.rowsDescending(tag, from, to) : packed.rows(tag, from, to)) {
            boolean found = true;
            while (found) {
                byte[] target = anySub();
                boolean inRange = Bytes.compare(target, from) >= 0 && (to == null || Bytes.compare(target, to) < 0);
                if (seeks && inRange && random.nextInt(10) == 0) {
                    found = one.seek(stored.position(tag, target));
                    assertEquals(found, other.seek(packed.position(tag, target)));
                } else {
                    found = one.next();
                    assertEquals(found, other.next());
                }
                if (found) {
                    requireSameRow(one, other);
                    if (random.nextInt(3) == 0) {
                        write(packed, stored);
                    }
                }
            }
        }
    }

    private static void requireSameRow(Cursor one, Cursor other) {
        assertEquals(KeyLayout.tag(one.key()), KeyLayout.tag(other.key()));
        assertArrayEquals(KeyLayout.sub(one.key()), KeyLayout.sub(other.key()));
        assertArrayEquals(one.value(), other.value());
    }

    private void requireSameAfterwards() {
        ReadContext context = new ReadContext(store.reader(), 0, 1);
        CollectionHeader packed = header(context, PACKED);
        CollectionHeader stored = header(context, STORED);
        for (byte tag : TAGS) {
            for (boolean descending : new boolean[] {false, true}) {
                try (Cursor one = cursor(context, STORED, stored, tag, descending);
                        Cursor other = cursor(context, PACKED, packed, tag, descending)) {
                    boolean found = true;
                    while (found) {
                        found = one.next();
                        assertEquals(found, other.next());
                        if (found) {
                            requireSameRow(one, other);
                        }
                    }
                }
            }
        }
    }

    private static Cursor cursor(
            ReadContext context, byte[] key, CollectionHeader header, byte tag, boolean descending) {
        return descending
                ? context.rowsDescending(key, header.rows(), tag, Bytes.EMPTY, null)
                : context.rows(key, header.rows(), tag, Bytes.EMPTY, null);
    }

    private static CollectionHeader header(ReadContext context, byte[] key) {
        CollectionHeader header = CollectionHeader.find(context, key, Type.LIST);
        assertNotNull(header);
        return header;
    }

    // ---- the block itself ----

    @RepeatedTest(4)
    void aRecordHoldsWhatWasPutIntoIt() {
        Packing bounds = new Packing(300, 100_000, 40_000);
        TreeMap<Bytes, byte[]> model = new TreeMap<>();
        PackedRows rows = PackedRows.empty();
        byte[] extra = anyBytes(random.nextInt(200));
        for (int i = 0; i < 2_000; i++) {
            byte tag = anyTag();
            byte[] sub = anySub();
            Bytes key = Bytes.of(Bytes.concat(new byte[] {tag}, sub));
            if (random.nextInt(3) == 0) {
                rows.remove(tag, sub);
                model.remove(key);
            } else {
                byte[] value = anyBytes(random.nextInt(50) == 0 ? 20_000 : 40);
                if (rows.put(tag, sub, value, bounds)) {
                    model.put(key, value);
                }
            }
            if (i % 50 == 0) {
                KeyRecord record = new CollectionHeader(CollectionRows.packed(rows), model.size(), extra)
                        .record(Type.SET, random.nextBoolean() ? 77 : KeyRecord.NO_EXPIRY);
                CollectionHeader read = CollectionHeader.of(KeyRecord.decode(record.row()));
                assertArrayEquals(extra, read.extra());
                assertEquals(model.size(), read.count());
                assertEquals(model.size(), CollectionHeader.countOf(record));
                rows = requireRows(model, read.rows().packed());
            }
        }
    }

    private static PackedRows requireRows(TreeMap<Bytes, byte[]> model, @Nullable PackedRows rows) {
        assertNotNull(rows);
        assertEquals(model.size(), rows.count());
        StringBuilder found = new StringBuilder();
        rows.forEach((tag, sub, value) -> found.append((char) (tag & 0xff))
                .append(new String(sub, ISO_8859_1))
                .append('=')
                .append(new String(value, ISO_8859_1))
                .append('|'));
        StringBuilder expected = new StringBuilder();
        for (Map.Entry<Bytes, byte[]> row : model.entrySet()) {
            expected.append(new String(row.getKey().array(), ISO_8859_1))
                    .append('=')
                    .append(new String(row.getValue(), ISO_8859_1))
                    .append('|');
        }
        assertEquals(expected.toString(), found.toString());
        return rows;
    }

    @Test
    void aRowThatPassesABoundChangesNothing() {
        Packing bounds = new Packing(2, 20, 12);
        PackedRows rows = PackedRows.empty();
        byte[] ten = new byte[8];

        assertFalse(rows.put((byte) 'A', Bytes.EMPTY, new byte[10], bounds), "a row of 13 bytes");
        assertFalse(rows.isChanged());
        assertTrue(rows.put((byte) 'A', Bytes.EMPTY, ten, bounds));
        assertFalse(rows.put((byte) 'B', Bytes.EMPTY, ten, bounds), "22 bytes");
        assertTrue(rows.put((byte) 'B', Bytes.EMPTY, Bytes.EMPTY, bounds));
        assertFalse(rows.put((byte) 'C', Bytes.EMPTY, Bytes.EMPTY, bounds), "three rows");
        assertEquals(2, rows.count());
        assertEquals(14, rows.size());
    }

    @Test
    void rowsThatNoRecordWillNameAreGarbage() {
        StoreTransaction transaction = store.begin();
        CollectionWriter rows = open(transaction, PACKED, new Packing(4, 100, 100));
        for (byte i = 0; i < 10; i++) {
            rows.put((byte) 'A', new byte[] {i}, Bytes.EMPTY);
            rows.addCount(1);
        }
        assertFalse(rows.isPacked());
        rows.startAnew();
        for (byte i = 0; i < 10; i++) {
            rows.put((byte) 'A', new byte[] {i}, Bytes.EMPTY);
            rows.addCount(1);
        }
        rows.addCount(-10);
        rows.finish();
        transaction.commit(new AppliedPosition(1, ++index, 1));

        assertEquals(2 + 20, store.reclaimGarbage(1_000));
    }

    // ---- choices ----

    private byte anyTag() {
        return TAGS[random.nextInt(TAGS.length)];
    }

    /** Of few letters, so that they meet; one begins another. */
    private byte[] anySub() {
        byte[] sub = new byte[random.nextInt(4)];
        for (int i = 0; i < sub.length; i++) {
            sub[i] = new byte[] {0, 1, 'a', (byte) 0x80, (byte) 0xff}[random.nextInt(5)];
        }
        return sub;
    }

    private byte[] anyBytes(int sizeMax) {
        byte[] bytes = new byte[random.nextInt(sizeMax + 1)];
        random.nextBytes(bytes);
        return bytes;
    }
}
