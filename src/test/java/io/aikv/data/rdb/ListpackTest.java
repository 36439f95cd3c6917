package io.aikv.data.rdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ListpackTest {

    private static List<String> decode(byte[] listpack) {
        List<String> elements = new ArrayList<>();
        Listpack.forEach(listpack, element -> elements.add(new String(element, ISO_8859_1)));
        return elements;
    }

    @Test
    void theChecksumIsThatOfRedis() {
        byte[] digits = "123456789".getBytes(ISO_8859_1);
        assertEquals(0xe9c6d914c4b8d9caL, Crc64.of(digits, digits.length));
        byte[] text = ("This is a test of the emergency broadcast system.").getBytes(ISO_8859_1);
        assertEquals(bitwise(text), Crc64.of(text, text.length));
    }

    private static long bitwise(byte[] bytes) {
        long crc = 0;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? (crc >>> 1) ^ 0x95ac9329ac4bc9b5L : crc >>> 1;
            }
        }
        return crc;
    }

    @Test
    void integersComeBackAtEveryEdge() {
        ListpackWriter writer = new ListpackWriter(1 << 20);
        List<String> expected = new ArrayList<>();
        for (int bits = 0; bits < 64; bits++) {
            for (long around = -2; around <= 2; around++) {
                long value = (1L << bits) + around;
                writer.add(value);
                writer.add(Numbers.encode(-value));
                expected.add(Long.toString(value));
                expected.add(Long.toString(-value));
            }
        }
        assertEquals(expected, decode(writer.finish().toBytes()));
    }

    @Test
    void stringsComeBackAtEveryEdge() {
        ListpackWriter writer = new ListpackWriter(4 << 20);
        List<String> expected = new ArrayList<>();
        for (int size : new int[] {
            0, 1, 62, 63, 64, 124, 125, 126, 127, 4094, 4095, 4096, 16370, 16376, 16377, 16378, 16379, 16383, 16384,
            2097140, 2097146
        }) {
            writer.clear();
            String text = "x".repeat(size);
            writer.add(text.getBytes(ISO_8859_1));
            expected = List.of(text);
            assertEquals(expected, decode(writer.finish().toBytes()), () -> "size " + size);
        }
    }

    @Test
    void manyElementsAreNotCounted() {
        ListpackWriter writer = new ListpackWriter(4 << 20);
        for (int i = 0; i < 70_000; i++) {
            writer.add(i);
        }
        assertEquals(70_000, decode(writer.finish().toBytes()).size());
    }

    @Test
    void smallElementsAreWrittenAsRedisDoes() {
        ListpackWriter writer = new ListpackWriter(100);
        writer.add(1);
        writer.add("ab".getBytes(ISO_8859_1));
        writer.add(-1);
        byte[] expected = {17, 0, 0, 0, 3, 0, 1, 1, (byte) 0x82, 'a', 'b', 3, (byte) 0xdf, (byte) 0xff, 2, (byte) 0xff};
        expected[0] = (byte) expected.length;
        assertArrayEquals(expected, writer.finish().toBytes());
    }

    @Test
    void whatIsTooLargeIsRefused() {
        ListpackWriter writer = new ListpackWriter(100);
        CommandError refused = assertThrows(CommandError.class, () -> writer.add(new byte[100]));
        assertEquals("ERR the DUMP payload exceeds the maximum allowed size (proto-max-bulk-len)", refused.line());
    }

    @Test
    void compressedTextIsDecompressed() {
        byte[] in = {2, 'a', 'b', 'c', (byte) 0x20, 2, (byte) 0xe0, 1, 0};
        assertEquals("abcabccccccccccc", new String(Lzf.decompress(in, 16), ISO_8859_1));
        assertThrows(CommandError.class, () -> Lzf.decompress(in, 15));
        assertThrows(CommandError.class, () -> Lzf.decompress(in, 17));
    }
}
