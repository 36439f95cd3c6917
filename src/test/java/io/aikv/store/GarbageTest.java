package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Discarded collections: the digest forgets them at once, the disk in the background. */
final class GarbageTest {
    private static final byte TAG = 'M';
    private static final byte[] VALUE = new byte[8];

    @TempDir
    Path temp;

    private final StoreResources resources = StoreResources.small();
    private GroupStore store;
    private long index;

    @BeforeEach
    void open() throws IOException {
        store = GroupStore.open(resources, temp.resolve("store"), StoreOptions.defaults());
        index = store.applied().index();
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    private void commit(StoreTransaction transaction) {
        transaction.commit(new AppliedPosition(1, ++index, index));
    }

    /** A collection of {@code size} rows in slot 5, 50 000 rows to an entry. */
    private long collection(int size) {
        long id = 0;
        for (int first = 0; first < size; first += 50_000) {
            StoreTransaction transaction = store.begin();
            id = id == 0 ? transaction.allocateCollectionId() : id;
            for (int i = first; i < Math.min(size, first + 50_000); i++) {
                byte[] sub = ByteBuffer.allocate(4).putInt(i).array();
                transaction.put(Space.ROWS, KeyLayout.row(0, 5, id, TAG, sub), VALUE);
            }
            commit(transaction);
        }
        return id;
    }

    private void discard(long id) {
        StoreTransaction transaction = store.begin();
        transaction.discardRows(0, 5, id);
        commit(transaction);
    }

    private boolean hasRows(StoreReader reader, long id) {
        byte[] prefix = KeyLayout.collectionPrefix(0, 5, id);
        try (Cursor rows = reader.cursor(Space.ROWS, prefix, Bytes.prefixEnd(prefix))) {
            return rows.next();
        }
    }

    private int reclaimAll(int rowsMax) {
        int sum = 0;
        for (int removed = store.reclaimGarbage(rowsMax); removed > 0; removed = store.reclaimGarbage(rowsMax)) {
            sum += removed;
        }
        return sum;
    }

    @Test
    void aMillionRowsAreDiscardedAtOnceAndGoLater() {
        long large = collection(1_000_000);
        long kept = collection(10);
        String before = store.digest().hex();

        StoreTransaction transaction = store.begin();
        transaction.discardRows(0, 5, large);
        int written = count(transaction.overlay(Space.ROWS)) + count(transaction.overlay(Space.SYSTEM));
        commit(transaction);

        assertEquals(1, written);
        assertTrue(hasRows(store.reader(), large));
        StoreDigest discarded = store.digest();
        assertNotEquals(before, discarded.hex());
        assertTrue(reclaimAll(10_000) <= Garbage.POINT_DELETES_MAX + 2);
        assertFalse(hasRows(store.reader(), large));
        assertTrue(hasRows(store.reader(), kept));
        assertEquals(discarded, store.digest());
    }

    private static int count(Overlay overlay) {
        int count = overlay.erased().size();
        for (var ignored : overlay.rows()) {
            count++;
        }
        return count;
    }

    @Test
    void manySmallCollectionsGoInSteps() {
        long[] ids = new long[100];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = collection(10);
        }
        for (int i = 0; i < ids.length; i += 2) {
            discard(ids[i]);
        }

        int first = store.reclaimGarbage(20);
        int rest = reclaimAll(20);

        assertEquals(22, first);
        assertEquals(50 * 11 - 22, rest);
        for (int i = 0; i < ids.length; i++) {
            assertEquals(i % 2 == 1, hasRows(store.reader(), ids[i]));
        }
    }

    @Test
    void whatIsDiscardedBehindTheLastStepIsFoundToo() {
        long early = collection(5);
        long late = collection(5);
        discard(late);
        assertEquals(6, reclaimAll(100));

        discard(early);

        assertEquals(6, reclaimAll(100));
        assertFalse(hasRows(store.reader(), early));
    }

    @Test
    void aSnapshotKeepsWhatIsReclaimedAndACheckpointKeepsTheQueue() throws IOException {
        long id = collection(5_000);
        try (StoreSnapshot snapshot = store.snapshot()) {
            discard(id);
            store.checkpoint(temp.resolve("copy"));
            reclaimAll(100);

            assertTrue(hasRows(snapshot, id));
        }

        try (GroupStore copy = GroupStore.open(resources, temp.resolve("copy"), StoreOptions.defaults())) {
            assertTrue(hasRows(copy.reader(), id));
            assertEquals(store.digest(), copy.digest());
            assertTrue(copy.reclaimGarbage(1) > 0);
            assertEquals(store.digest(), copy.digest());
        }
    }

    @Test
    void reclaimingIsRepeatedAfterACrash() throws IOException {
        long id = collection(50);
        discard(id);
        store.flush();
        assertEquals(51, reclaimAll(100));

        store.close();
        open();

        assertTrue(hasRows(store.reader(), id));
        assertEquals(51, reclaimAll(100));
    }

    @Test
    void figuresSayWhatIsThere() {
        collection(10_000);
        assertTrue(store.figures().memtableBytes() > 10_000);
        store.flush();
        assertNotNull(store.digest());

        StoreFigures figures = store.figures();
        ResourceFigures shared = resources.figures();

        assertTrue(figures.liveTableBytes() > 10_000, figures.toString());
        assertEquals(0, figures.openSnapshots());
        assertTrue(shared.flushedBytes() > 10_000, shared.toString());
        assertTrue(shared.cacheMisses() > 0, shared.toString());
        assertTrue(shared.cacheUsage() <= shared.cacheCapacity(), shared.toString());
    }
}
