package io.aikv.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.store.AppliedPosition;
import io.aikv.store.Cursor;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a list is dense and when it is sparse, and what is in its rows. */
final class ListWriterTest {
    private static final byte[] KEY = Bytes.utf8("list");

    @TempDir
    private Path directory;

    private final StoreResources resources = StoreResources.small();
    private GroupStore store;
    private long index;

    @BeforeEach
    void open() throws IOException {
        store = GroupStore.open(resources, directory, StoreOptions.defaults());
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    private void change(Consumer<ListWriter> change) {
        StoreTransaction transaction = store.begin();
        WriteContext context = new WriteContext(transaction, 0, 1, new SplittableRandom(1), EventSink.NONE);
        ListWriter list = ListWriter.open(context, KEY);
        change.accept(list);
        list.finish();
        transaction.commit(new AppliedPosition(1, ++index, 1));
    }

    private void fill(int count) {
        change(list -> {
            for (int i = 0; i < count; i++) {
                list.push(false, name(i));
            }
        });
    }

    private static byte[] name(int i) {
        return Bytes.utf8("e" + i);
    }

    private ReadContext reading() {
        return new ReadContext(store.reader(), 0, 1);
    }

    private CollectionHeader header() {
        CollectionHeader header = CollectionHeader.find(reading(), KEY, Type.LIST);
        assertNotNull(header);
        return header;
    }

    private boolean isSparse() {
        return ListShape.decode(header().extra()).sparse();
    }

    private int rows(byte tag) {
        int count = 0;
        try (Cursor rows = reading().rows(KEY, header().rows(), tag, Bytes.EMPTY, null)) {
            while (rows.next()) {
                count++;
            }
        }
        return count;
    }

    private List<String> elements() {
        ListReader list = Lists.find(reading(), KEY);
        assertNotNull(list);
        List<String> elements = new ArrayList<>();
        try (Elements<byte[]> range = list.range(0, list.count() - 1)) {
            byte[] element = range.next();
            while (element != null) {
                elements.add(new String(element, ISO_8859_1));
                element = range.next();
            }
        }
        return elements;
    }

    @Test
    void anInsertionNearAnEndKeepsTheListDense() {
        fill(2_000);

        change(list -> assertTrue(list.insert(name(ListWriter.SHIFTED_MAX), false, name(-1))));
        change(list -> assertTrue(list.insert(name(2_000 - ListWriter.SHIFTED_MAX), false, name(-2))));

        assertFalse(isSparse());
        assertEquals("e-1", elements().get(ListWriter.SHIFTED_MAX));
        assertEquals("e-2", elements().get(2_001 - ListWriter.SHIFTED_MAX));
        assertEquals(2_002, rows(Lists.ELEMENT));
        assertEquals(0, rows(Lists.INDEX));
    }

    @Test
    void anInsertionInTheMiddleOfALongListMakesItSparse() {
        fill(2_000);

        change(list -> assertTrue(list.insert(name(1_000), true, name(-1))));

        assertTrue(isSparse());
        assertEquals("e-1", elements().get(1_001));
        assertEquals(2_001, rows(Lists.ELEMENT));
        assertEquals(1, rows(Lists.EXCEPTION), "what is not dense");
        assertEquals(0, rows(Lists.INDEX), "no index of one row");
    }

    @Test
    void aSparseListThatBecomesShortIsDenseAgain() {
        fill(2_000);
        change(list -> assertTrue(list.insert(name(1_000), true, name(-1))));
        long id = header().rows().id();

        change(list -> list.trim(980, 980 + ListWriter.DENSE_AGAIN_MAX - 1));

        assertFalse(isSparse());
        assertTrue(header().rows().id() != id, "the old rows are garbage");
        assertEquals(ListWriter.DENSE_AGAIN_MAX, rows(Lists.ELEMENT));
        assertEquals("e980", elements().get(0));
        assertEquals("e-1", elements().get(21));
    }

    @Test
    void manyRemovedElementsAreClosedUp() {
        change(list -> {
            for (int i = 0; i < 2_000; i++) {
                list.push(false, i % 3 == 0 ? name(i) : Bytes.utf8("x"));
            }
        });

        change(list -> assertEquals(1_333, list.remove(Bytes.utf8("x"), Long.MAX_VALUE, false)));

        assertFalse(isSparse());
        assertEquals(667, rows(Lists.ELEMENT));
        assertEquals("e1998", elements().get(666));
    }

    @Test
    void fewRemovedElementsLeaveHoles() {
        change(list -> {
            for (int i = 0; i < 2_000; i++) {
                list.push(false, i % 500 == 300 ? Bytes.utf8("x") : name(i));
            }
        });

        change(list -> assertEquals(4, list.remove(Bytes.utf8("x"), Long.MAX_VALUE, false)));

        assertTrue(isSparse());
        assertEquals(1_996, rows(Lists.ELEMENT));
        ListReader list = Lists.find(reading(), KEY);
        assertNotNull(list);
        assertArrayEquals(name(301), list.element(300));
        assertArrayEquals(name(1_999), list.element(1_995));
    }

    @Test
    void anElementThatFillsTheOnlyHoleMakesTheListDense() {
        fill(2_000);
        change(list -> assertEquals(1, list.remove(name(1_000), 1, false)));
        assertTrue(isSparse());

        change(list -> assertTrue(list.insert(name(999), true, name(-1))));

        assertFalse(isSparse());
        assertEquals(0, rows(Lists.EXCEPTION));
        assertEquals("e-1", elements().get(1_000));
    }

    /** Holes and elements between positions, so many that there is an index, against a list in memory. */
    @Test
    void ranksAreRightAmongManyExceptions() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        List<String> model = new ArrayList<>();
        change(list -> {
            for (int i = 0; i < 20_000; i++) {
                String value = i > 5_000 && i < 15_000 && i % 5 == 0 ? "x" : "e" + i;
                model.add(value);
                list.push(false, Bytes.utf8(value));
            }
        });
        change(list -> assertEquals(1_999, list.remove(Bytes.utf8("x"), Long.MAX_VALUE, false)));
        model.removeIf("x"::equals);
        requireSame(model, random, seed);

        for (int round = 0; round < 20; round++) {
            change(list -> {
                for (int i = 0; i < 20; i++) {
                    int at = model.size() / 3 + random.nextInt(model.size() / 3);
                    if (random.nextInt(3) == 0) {
                        assertEquals(1, list.remove(Bytes.utf8(model.remove(at)), 1, false));
                    } else {
                        String value = "n" + model.size() + "-" + random.nextInt();
                        assertTrue(list.insert(Bytes.utf8(model.get(at)), true, Bytes.utf8(value)));
                        model.add(at + 1, value);
                    }
                }
            });
            int begin = random.nextInt(random.nextInt(4) == 0 ? 900 : 30);
            int end = random.nextInt(random.nextInt(4) == 0 ? 900 : 30);
            change(list -> list.trim(begin, list.count() - 1 - end));
            model.subList(0, begin).clear();
            model.subList(model.size() - end, model.size()).clear();
            requireSame(model, random, seed);
        }
        assertTrue(rows(Lists.INDEX) > 0, "an index");
    }

    private void requireSame(List<String> model, SplittableRandom random, long seed) {
        assertEquals(model, elements(), "with seed " + seed);
        ListReader list = Lists.find(reading(), KEY);
        assertNotNull(list);
        assertEquals(rows(Lists.EXCEPTION), ListShape.decode(header().extra()).exceptions());
        for (int i = 0; i < 200; i++) {
            int rank = random.nextInt(model.size());
            assertArrayEquals(Bytes.utf8(model.get(rank)), list.element(rank), "rank " + rank + " with seed " + seed);
        }
    }

    @Test
    void aTrimOfMostOfALongListIsNoRowOfTheEntry() {
        fill(20_000);
        StoreTransaction transaction = store.begin();
        WriteContext context = new WriteContext(transaction, 0, 1, new SplittableRandom(1), EventSink.NONE);
        ListWriter list = ListWriter.open(context, KEY);

        list.trim(9_000, 9_009);
        list.finish();
        transaction.commit(new AppliedPosition(1, ++index, 1));

        assertFalse(isSparse());
        assertEquals(10, rows(Lists.ELEMENT));
        assertEquals("e9000", elements().get(0));
    }
}
