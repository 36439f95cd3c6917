package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a transaction remembers of neighbouring rows is what its cursors show. {@code -Daikv.seed=N} repeats a run. */
final class RowNeighboursProperty {
    private static final int COLLECTIONS = 3;
    private static final byte[] TAGS = {'R', 'S'};
    private static final int SUBS = 24;

    @TempDir
    private Path directory;

    private SplittableRandom random = new SplittableRandom();
    private StoreTransaction transaction;
    private int known;

    @Test
    void whatIsKnownIsWhatCursorsShow() throws IOException {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("RowNeighboursProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (StoreResources resources = StoreResources.small();
                GroupStore store = GroupStore.open(resources, directory.resolve("db"), StoreOptions.defaults())) {
            transaction = store.begin();
            long index = 0;
            for (int i = 0; i < 3_000; i++) {
                switch (random.nextInt(40)) {
                    case 0, 1 -> {
                        transaction.commit(new AppliedPosition(1, ++index, index));
                        transaction = store.begin();
                    }
                    case 2 -> transaction = store.begin();
                    case 3 -> deleteRange();
                    case 4 -> transaction.discardRows(0, 0, random.nextInt(COLLECTIONS));
                    default -> change();
                }
                look(10);
            }
        }
        assertTrue(known > 3_000, known + " gaps were known");
    }

    private void change() {
        byte[] row = row();
        if (random.nextInt(2) == 0) {
            transaction.delete(Space.ROWS, row);
        } else {
            transaction.put(Space.ROWS, row, new byte[] {(byte) random.nextInt(100)});
        }
    }

    private void deleteRange() {
        byte[] one = row();
        byte[] other = random.nextInt(4) == 0
                ? row()
                : KeyLayout.row(0, 0, KeyLayout.collectionId(one), (byte) 'T', new byte[0]);
        boolean ascending = Bytes.compare(one, other) < 0;
        transaction.deleteRange(Space.ROWS, ascending ? one : other, ascending ? other : one);
    }

    private byte[] row() {
        byte tag = TAGS[random.nextInt(8) == 0 ? 1 : 0];
        byte[] sub = {(byte) (1 + random.nextInt(SUBS))};
        return KeyLayout.row(0, 0, random.nextInt(COLLECTIONS), tag, sub);
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            byte[] position = row();
            Gap gap = transaction.knownGap(position);
            Gap truth = read(position);
            if (gap == null) {
                if (random.nextInt(3) == 0) {
                    transaction.noteGap(truth);
                }
                continue;
            }
            known++;
            assertArrayEquals(truth.row(), gap.row());
            assertArrayEquals(truth.value(), gap.value());
            assertArrayEquals(truth.next(), gap.next());
        }
    }

    private Gap read(byte[] position) {
        long id = KeyLayout.collectionId(position);
        byte tag = KeyLayout.tag(position);
        byte[] begin = KeyLayout.row(0, 0, id, tag, new byte[0]);
        byte[] end = KeyLayout.row(0, 0, id, (byte) (tag + 1), new byte[0]);
        byte[] row = begin;
        byte[] value = null;
        try (Cursor before = transaction.cursorDescending(Space.ROWS, begin, position)) {
            if (before.next()) {
                row = before.key();
                value = before.value();
            }
        }
        try (Cursor behind = transaction.cursor(Space.ROWS, position, end)) {
            return new Gap(row, value, behind.next() ? behind.key() : null);
        }
    }

    @Test
    void memoryIsBounded() {
        RowNeighbours neighbours = new RowNeighbours();
        for (int i = 0; i < 200_000; i++) {
            long id = i / 1_000;
            byte[] sub = ByteBuffer.allocate(60).putInt(i).array();
            byte[] next = ByteBuffer.allocate(60).putInt(i + 1).array();
            neighbours.note(new Gap(
                    KeyLayout.row(0, 0, id, (byte) 'R', sub), new byte[8], KeyLayout.row(0, 0, id, (byte) 'R', next)));
            assertTrue(neighbours.bytes() <= RowNeighbours.BYTES_MAX, neighbours.bytes() + " bytes");
        }

        assertTrue(neighbours.bytes() > RowNeighbours.BYTES_MAX / 2, neighbours.bytes() + " bytes");
    }
}
