package io.aikv.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link RankIndex} against a sorted set in memory. {@code -Daikv.seed=N} repeats a run. */
final class RankIndexProperty {
    private static final byte ELEMENT = 'S';
    private static final byte INDEX = 'R';
    private static final byte[] KEY = Bytes.utf8("key");
    private static final byte[] OTHER = Bytes.utf8("other");
    private static final long SEED = 0x5eedL;
    private static final RankIndex RANKS = new RankIndex(ELEMENT, INDEX, new RankIndex.Shape() {
        @Override
        public long rows(long count, byte[] extra) {
            return count;
        }

        @Override
        public long seed(byte[] extra) {
            return SEED;
        }
    });

    @TempDir
    private Path directory;

    private final StoreResources resources = StoreResources.small();
    private final TreeSet<Bytes> model = new TreeSet<>();
    private GroupStore store;
    private SplittableRandom random;
    private long index;

    @BeforeEach
    void open() throws IOException {
        store = GroupStore.open(resources, directory, StoreOptions.defaults());
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("RankIndexProperty seed " + seed);
        random = new SplittableRandom(seed);
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    @RepeatedTest(3)
    void ranksAndRowsByRankAgreeWithASortedSet() {
        for (int round = 0; round < 40; round++) {
            int growth = random.nextInt(10);
            write(KEY, rows -> {
                int changes = random.nextInt(300);
                for (int i = 0; i < changes; i++) {
                    if (random.nextInt(10) < growth) {
                        insert(rows, newSub());
                    } else {
                        remove(rows, anySub());
                    }
                }
                if (random.nextInt(4) == 0) {
                    removeRange(rows, anySub(), random.nextInt(8) == 0 ? null : anySub());
                }
            });
            checkReads();
            if (round % 10 == 9) {
                checkSameIndexWhateverTheHistory();
            }
        }
    }

    @Test
    void manyRowsWithSeveralLevels() {
        for (int round = 0; round < 4; round++) {
            write(KEY, rows -> {
                for (int i = 0; i < 6_000; i++) {
                    insert(rows, newSub());
                }
            });
            checkReads();
        }
        checkSameIndexWhateverTheHistory();
        ReadContext context = new ReadContext(store.reader(), 0, 0);
        CollectionHeader header = CollectionHeader.find(context, KEY, Type.SORTED_SET);
        assertTrue(header != null && context.row(KEY, header.rows(), INDEX, new byte[] {8}) != null, "two levels");
    }

    @Test
    void fewRowsHaveNoIndex() {
        write(KEY, rows -> {
            while (rows.count() < RankIndex.UNCOUNTED) {
                insert(rows, newSub());
            }
        });
        assertTrue(indexRows(KEY).isEmpty());

        write(KEY, rows -> insert(rows, highSub()));
        assertFalse(indexRows(KEY).isEmpty());

        write(KEY, rows -> remove(rows, anySub()));
        assertTrue(indexRows(KEY).isEmpty());
    }

    /** Who chooses members knows the hash, but not the seed of a set. */
    @Test
    void craftedMembersDoNotAvoidBoundaries() {
        write(KEY, rows -> {
            SortedSetWriter set = SortedSetWriter.open(rows.context(), OTHER);
            for (int i = 0, added = 0; added < 6_000; i++) {
                ScoredMember member = new ScoredMember(Bytes.utf8("m" + i), 1);
                byte[] sub = SortedSets.scoreSub(member);
                if (RankIndex.height(0, sub) == 0 && RankIndex.height(SEED, sub) == 0) {
                    set.insert(member);
                    added++;
                }
            }
            set.finish();
        });

        assertTrue(
                indexRows(OTHER).size() > 6_000 / 64 / 2, () -> indexRows(OTHER).size() + " index rows");
    }

    @Test
    void everySetHasASeedOfItsOwn() {
        write(KEY, rows -> {
            for (byte[] key : List.of(OTHER, Bytes.utf8("third"))) {
                SortedSetWriter set = SortedSetWriter.open(rows.context(), key);
                for (int i = 0; i < 1_000; i++) {
                    set.insert(new ScoredMember(Bytes.utf8("m" + i), 1));
                }
                set.finish();
            }
        });

        assertFalse(indexRows(OTHER).equals(indexRows(Bytes.utf8("third"))));
    }

    // ---- moves ----

    @RepeatedTest(3)
    void aRowThatMovesIsCountedWhereItIs() {
        write(KEY, rows -> {
            for (int i = 0; i < 2_000; i++) {
                insert(rows, newSub());
            }
        });
        write(KEY, rows -> {
            for (int i = 0; i < 2_000; i++) {
                move(rows, anySub(), newSub());
            }
        });

        checkReads();
        checkSameIndexWhateverTheHistory();
    }

    private void move(CollectionWriter rows, byte[] from, byte[] to) {
        if (!model.contains(Bytes.of(from)) || !model.add(Bytes.of(to))) {
            return;
        }
        rows.put(ELEMENT, to, Bytes.EMPTY);
        if (RANKS.moved(rows, from, to)) {
            rows.remove(ELEMENT, from);
            model.remove(Bytes.of(from));
        } else {
            rows.addCount(1);
            RANKS.inserted(rows, to);
            remove(rows, from);
        }
    }

    // ---- writing to both ----

    private void write(byte[] key, Consumer<CollectionWriter> change) {
        StoreTransaction transaction = store.begin();
        WriteContext context = new WriteContext(transaction, 0, 0, new SplittableRandom(0), EventSink.NONE);
        CollectionWriter rows = CollectionWriter.open(context, key, Type.SORTED_SET);
        change.accept(rows);
        rows.finish();
        transaction.commit(new AppliedPosition(1, ++index, index));
    }

    private void insert(CollectionWriter rows, byte[] sub) {
        if (model.add(Bytes.of(sub))) {
            rows.put(ELEMENT, sub, Bytes.EMPTY);
            rows.addCount(1);
            RANKS.inserted(rows, sub);
        }
    }

    private void remove(CollectionWriter rows, byte[] sub) {
        if (model.remove(Bytes.of(sub))) {
            rows.remove(ELEMENT, sub);
            rows.addCount(-1);
            RANKS.removed(rows, sub);
        }
    }

    private void removeRange(CollectionWriter rows, byte[] from, byte[] to) {
        List<Bytes> range = new ArrayList<>();
        for (Bytes sub : model.tailSet(Bytes.of(from))) {
            if (to != null && sub.compareTo(Bytes.of(to)) >= 0) {
                break;
            }
            range.add(sub);
        }
        long before = rows.count();
        for (Bytes sub : range) {
            rows.remove(ELEMENT, sub.array());
        }
        model.removeAll(range);
        rows.addCount(-range.size());
        RANKS.removedRange(rows, from, to, before);
    }

    // ---- rows by chance ----

    private byte[] newSub() {
        if (random.nextInt(20) == 0) {
            return highSub();
        }
        byte[] sub = new byte[1 + random.nextInt(9)];
        random.nextBytes(sub);
        return sub;
    }

    /** A boundary, of the second level by preference. */
    private byte[] highSub() {
        byte[] best = {1};
        for (int i = 0; RankIndex.height(SEED, best) < (i < 200 ? 2 : 1); i++) {
            byte[] sub = new byte[5];
            random.nextBytes(sub);
            best = RankIndex.height(SEED, sub) > RankIndex.height(SEED, best) ? sub : best;
        }
        return best;
    }

    /** Mostly one that exists; boundaries more often than they are. */
    private byte[] anySub() {
        for (int i = 0; i < 5; i++) {
            Bytes found = model.ceiling(Bytes.of(newSub()));
            if (found != null && (i == 4 || random.nextBoolean() || RankIndex.height(SEED, found.array()) > 0)) {
                return found.array();
            }
        }
        return newSub();
    }

    // ---- checks ----

    private void checkReads() {
        List<Bytes> all = new ArrayList<>(model);
        ReadContext context = new ReadContext(store.reader(), 0, 0);
        CollectionHeader header = CollectionHeader.find(context, KEY, Type.SORTED_SET);
        if (header == null) {
            assertTrue(all.isEmpty());
            return;
        }
        assertEquals(all.size(), header.count());
        for (int i = 0; i < 30; i++) {
            byte[] sub = i % 2 == 0 ? newSub() : anySub();
            assertEquals(
                    model.headSet(Bytes.of(sub)).size(),
                    RANKS.rankOf(context, KEY, header, sub),
                    () -> HexFormat.of().formatHex(sub));
        }
        for (int i = 0; i < 30; i++) {
            int rank = i == 0 ? 0 : i == 1 ? all.size() - 1 : random.nextInt(all.size());
            assertArrayEquals(all.get(rank).array(), RANKS.subAt(context, KEY, header, rank));
            try (Cursor up = RANKS.rowsFrom(context, KEY, header, rank);
                    Cursor down = RANKS.rowsDescendingFrom(context, KEY, header, rank)) {
                for (int step = 0; step < 5; step++) {
                    assertStandsOn(all, rank + step, up);
                    assertStandsOn(all, rank - step, down);
                }
            }
        }
        assertNull(RANKS.subAt(context, KEY, header, all.size()));
    }

    private static void assertStandsOn(List<Bytes> all, int rank, Cursor rows) {
        boolean exists = rank >= 0 && rank < all.size();
        assertEquals(exists, rows.next());
        if (exists) {
            assertArrayEquals(all.get(rank).array(), KeyLayout.sub(rows.key()));
        }
    }

    private void checkSameIndexWhateverTheHistory() {
        List<String> grown = indexRows(KEY);

        write(OTHER, rows -> {
            for (Bytes sub : model) {
                rows.put(ELEMENT, sub.array(), Bytes.EMPTY);
            }
            rows.addCount(model.size());
            RANKS.build(rows);
        });
        assertEquals(grown, indexRows(OTHER), "built");

        List<Bytes> shuffled = new ArrayList<>(model);
        Collections.shuffle(shuffled, new Random(random.nextLong()));
        write(OTHER, rows -> rows.context().remove(OTHER));
        write(OTHER, rows -> {
            for (Bytes sub : shuffled) {
                rows.put(ELEMENT, sub.array(), Bytes.EMPTY);
                rows.addCount(1);
                RANKS.inserted(rows, sub.array());
            }
        });
        assertEquals(grown, indexRows(OTHER), "inserted in another order");
        write(OTHER, rows -> rows.addCount(-rows.count()));
    }

    private List<String> indexRows(byte[] key) {
        ReadContext context = new ReadContext(store.reader(), 0, 0);
        CollectionHeader header = CollectionHeader.find(context, key, Type.SORTED_SET);
        List<String> found = new ArrayList<>();
        if (header != null) {
            try (Cursor rows = context.rows(key, header.rows(), INDEX, Bytes.EMPTY, null)) {
                while (rows.next()) {
                    found.add(
                            HexFormat.of().formatHex(KeyLayout.sub(rows.key())) + "=" + Arrays.toString(rows.value()));
                }
            }
        }
        return found;
    }
}
