package io.aikv.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** {@code -Daikv.seed=N} repeats a run. */
final class VarintProperty {
    private static final int ROUNDS = 20_000;

    private SplittableRandom random() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("VarintProperty seed " + seed);
        return new SplittableRandom(seed);
    }

    /** As many of 1 bit as of 31 bits. */
    private static int number(SplittableRandom random) {
        return random.nextInt() >>> (1 + random.nextInt(31));
    }

    @Test
    void everyNumberComesBackFromArraysAndBuffers() {
        SplittableRandom random = random();
        for (int round = 0; round < ROUNDS; round++) {
            roundTrip(number(random), random.nextInt(4), random.nextInt(4));
        }
    }

    @Test
    void theLimitsOfEverySizeComeBack() {
        int[] firstOfSize = {0, 1 << 7, 1 << 14, 1 << 21, 1 << 28};
        for (int i = 0; i < firstOfSize.length; i++) {
            int first = firstOfSize[i];
            int last = i + 1 < firstOfSize.length ? firstOfSize[i + 1] - 1 : Integer.MAX_VALUE;
            assertEquals(i + 1, Varint.size(first));
            assertEquals(i + 1, Varint.size(last));
            roundTrip(first, 0, 0);
            roundTrip(last, 0, 0);
        }
        assertEquals(Varint.SIZE_MAX, Varint.size(Integer.MAX_VALUE));
    }

    private static void roundTrip(int value, int before, int behind) {
        int size = Varint.size(value);
        byte[] bytes = new byte[before + size + behind];
        Arrays.fill(bytes, (byte) 0xff);

        assertEquals(before + size, Varint.write(bytes, before, value));

        assertEquals(value, Varint.read(bytes, before));
        assertEquals(before + size, Varint.end(bytes, before));
        ByteBuffer buffer = ByteBuffer.wrap(bytes, before, size + behind);
        assertEquals(value, Varint.read(buffer));
        assertEquals(before + size, buffer.position());
        ByteBuffer written = ByteBuffer.allocate(size);
        Varint.write(written, value);
        assertEquals(0, written.remaining());
        assertEquals(ByteBuffer.wrap(bytes, before, size), written.flip());
    }

    @Test
    void aNumberThatIsCutOffIsRefused() {
        SplittableRandom random = random();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = new byte[Varint.SIZE_MAX];
            int size = Varint.write(bytes, 0, number(random));
            byte[] shorter = Arrays.copyOf(bytes, random.nextInt(size));

            refused("a number that is cut off", shorter);
        }
    }

    @Test
    void whatIsNoIntThatIsNotNegativeIsRefused() {
        for (String bytes : new String[] {"8080808008", "ffffffff0f", "ffffffff7f", "ffffffffff01", "808080808000"}) {
            refused("a number beyond 2147483647", HexFormat.of().parseHex(bytes));
        }
        byte[] largest = HexFormat.of().parseHex("ffffffff07");
        assertEquals(Integer.MAX_VALUE, Varint.read(largest, 0));
        assertEquals(Integer.MAX_VALUE, Varint.read(ByteBuffer.wrap(largest)));
    }

    private static void refused(String words, byte[] bytes) {
        assertEquals(
                words,
                assertThrows(IllegalArgumentException.class, () -> Varint.read(bytes, 0))
                        .getMessage());
        assertEquals(
                words,
                assertThrows(IllegalArgumentException.class, () -> Varint.read(ByteBuffer.wrap(bytes)))
                        .getMessage());
    }
}
