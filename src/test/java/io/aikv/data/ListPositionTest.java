package io.aikv.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** That places in a list keep their order, and that there is always room between two of them. */
final class ListPositionTest {

    @Test
    void bytesAreInTheOrderOfPositions() {
        long[] positions = {Long.MIN_VALUE, -256, -255, -2, -1, 0, 1, 255, 256, Long.MAX_VALUE};

        for (int i = 0; i < positions.length; i++) {
            assertEquals(positions[i], ListPosition.decode(ListPosition.encode(positions[i])));
            if (i > 0) {
                byte[] before = ListPosition.encode(positions[i - 1]);
                assertTrue(Bytes.compare(before, ListPosition.encode(positions[i])) < 0, "at " + positions[i]);
            }
        }
    }

    @Test
    void aHoleIsFilledWithAPosition() {
        assertArrayEquals(ListPosition.encode(5), ListPosition.between(ListPosition.encode(4), ListPosition.encode(6)));
        assertArrayEquals(
                ListPosition.encode(-50), ListPosition.between(ListPosition.encode(-100), ListPosition.encode(0)));
    }

    @Test
    void thereIsRoomBeforeTheSmallestSuffix() {
        byte[] before = ListPosition.encode(7);
        byte[] after = Bytes.concat(before, new byte[] {0, 0, 1});

        byte[] between = ListPosition.between(before, after);

        assertArrayEquals(Bytes.concat(before, new byte[] {0, 0, 0, (byte) 0x80}), between);
    }

    @Test
    void thereIsRoomBehindTheGreatestSuffix() {
        byte[] before = Bytes.concat(ListPosition.encode(7), new byte[] {(byte) 0xff, (byte) 0xff});

        byte[] between = ListPosition.between(before, ListPosition.encode(8));

        assertArrayEquals(Bytes.concat(before, new byte[] {(byte) 0x80}), between);
    }

    @Test
    void whereverOneInsertsTheOrderHolds() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("ListPositionTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 40; round++) {
            List<byte[]> subs = new ArrayList<>(List.of(ListPosition.encode(-1), ListPosition.encode(0)));
            int place = 0;
            for (int i = 0; i < 300; i++) {
                place = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(subs.size() - 1);
                    case 1 -> Math.max(0, place - 1);
                    default -> place;
                };
                byte[] sub = ListPosition.between(subs.get(place), subs.get(place + 1));
                assertTrue(Bytes.compare(subs.get(place), sub) < 0, "above, seed " + seed);
                assertTrue(Bytes.compare(sub, subs.get(place + 1)) < 0, "below, seed " + seed);
                assertTrue(sub.length == 8 || sub[sub.length - 1] != 0, "there is room below, seed " + seed);
                subs.add(place + 1, sub);
            }
        }
    }

    @Test
    void manyInsertionsAtOnePlaceMakeShortSuffixes() {
        byte[] pivot = ListPosition.encode(0);
        byte[] before = ListPosition.encode(-1);
        byte[] after = ListPosition.encode(1);
        byte[] low = before;
        byte[] high = after;
        for (int i = 0; i < 1_000; i++) {
            low = ListPosition.between(low, pivot);
            high = ListPosition.between(pivot, high);
        }

        assertTrue(low.length < 48, low.length + " bytes before a pivot");
        assertTrue(high.length < 48, high.length + " bytes behind a pivot");
    }
}
