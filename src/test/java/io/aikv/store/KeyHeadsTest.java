package io.aikv.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class KeyHeadsTest {
    private static final long BUDGET = 1 << 20;

    private final AtomicLong budget = new AtomicLong(BUDGET);
    private final KeyHeads heads = new KeyHeads(budget);

    private static byte[] key(int i) {
        return KeyLayout.key(0, Bytes.utf8("key:" + i));
    }

    @Test
    void whatIsKnownIsWhatWasNotedLast() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Map<Integer, Integer> noted = new HashMap<>();
        int known = 0;
        for (int i = 0; i < 400_000; i++) {
            int key = random.nextInt(60_000);
            if (random.nextInt(100_000) == 0) {
                heads.clear();
                noted.clear();
            }
            int found = heads.find(key(key));
            if (found != KeyHeads.UNKNOWN) {
                known++;
                assertEquals(noted.get(key), found, "key " + key);
            }
            int head = random.nextInt(5) == 0 ? KeyHeads.ABSENT : random.nextInt(256);
            heads.note(key(key), head);
            noted.put(key, head);
        }
        assertTrue(known > 100_000, known + " were known");
    }

    @Test
    void aBudgetBoundsItAndIsGivenBack() {
        for (int i = 0; i < 200_000; i++) {
            heads.note(key(i), 1);
        }
        assertTrue(budget.get() >= 0, budget + " bytes left");
        long known = java.util.stream.IntStream.range(0, 200_000)
                .filter(i -> heads.find(key(i)) == 1)
                .count();
        assertTrue(known > BUDGET / 16 / 2, known + " are known");

        heads.close();

        assertEquals(BUDGET, budget.get());
        assertEquals(KeyHeads.UNKNOWN, heads.find(key(1)));
    }

    @Test
    void withoutABudgetNothingIsKnown() {
        KeyHeads none = new KeyHeads(new AtomicLong());

        none.note(key(1), 1);

        assertEquals(KeyHeads.UNKNOWN, none.find(key(1)));
    }

    /** vectors.h of the reference implementation: key 00 01 .. 0f, inputs of the same pattern. */
    @Test
    void hashesAsTheReferenceDoes() {
        assertEquals("a3817f04ba25a8e66df67214c7550293", hash(0));
        assertEquals("da87c1d86b99af44347659119b22fc45", hash(1));
    }

    private static String hash(int length) {
        SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        byte[] input = new byte[length];
        for (int i = 0; i < length; i++) {
            input[i] = (byte) i;
        }
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(Long.reverseBytes(hash.hash(input))) + hex.toHexDigits(Long.reverseBytes(hash.second()));
    }
}
