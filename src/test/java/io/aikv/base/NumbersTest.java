package io.aikv.base;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values were observed with redis-server 7.0.15. */
final class NumbersTest {
    @Test
    void everyLongSurvivesTheRoundTrip() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            long value = random.nextLong() >> random.nextInt(64);

            byte[] text = Numbers.encode(value);

            assertArrayEquals(Bytes.utf8(Long.toString(value)), text);
            assertEquals(value, Numbers.parseLong(text));
        }
        for (long value : new long[] {0, 9, 10, 1023, 1024, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertEquals(value, Numbers.parseLong(Numbers.encode(value)));
            assertEquals(Long.toString(value), Bytes.text(Numbers.encode(value)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+1",
                "01",
                "-0",
                "-01",
                " 1",
                "1 ",
                "1.0",
                "0x1",
                "1e3",
                "9223372036854775808",
                "-9223372036854775809",
                "9999999999999999999",
                "18446744073709551616",
                "12345678901234567890123"
            })
    void otherFormsAreNoIntegers(String text) {
        assertFalse(Numbers.isLong(Bytes.utf8(text)));
        CommandError error = assertThrows(CommandError.class, () -> Numbers.parseLong(Bytes.utf8(text)));
        assertEquals("ERR value is not an integer or out of range", error.line());
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1",
        "3.0000000000000004, 3.0000000000000004",
        "1e16, 10000000000000000",
        "1e17, 100000000000000000",
        "123456789012345678, 123456789012345680",
        "4611686018427387904, 4611686018427387904",
        "4611686018427388928, 4611686018427389000",
        "1e21, 1e+21",
        "1.25e21, 1.25e+21",
        "123456789e14, 1.23456789e+22",
        "0.0001, 0.0001",
        "0.00001, 0.00001",
        "0.000001, 0.000001",
        "0.0000001, 1e-7",
        "0.00000125, 1.25e-6",
        "0.000125, 0.000125",
        "0.0012345678901234, 0.0012345678901234",
        "1.2345678901234e-7, 1.2345678901234e-7",
        "12345.678, 12345.678",
        "1.5e300, 1.5e+300",
        "-1.5e-300, -1.5e-300",
        "2e-5, 0.00002",
        "1e-310, 1e-310",
        "-2.5, -2.5",
        "-0, -0",
        "0x10, 16",
        "0x1p3, 8",
        "0x.8, 0.5",
        "+1, 1",
        ".5, 0.5",
        "5., 5",
        "1e+5, 100000",
        "inf, inf",
        "+InFinity, inf",
        "-INF, -inf"
    })
    void doublesAreReadAndPrintedAsScores(String text, String printed) {
        assertEquals(printed, Bytes.text(Numbers.formatDouble(Numbers.parseDouble(Bytes.utf8(text)))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "nan", "NaN", "nan(1)", "1e400", "-1e400", "1e-400", "0x", "0x1p", " 1", "1 ", ".", "1e", "infi",
                "1_0", "1f", "1d", "0x.p1", "--1", "1e5\0"
            })
    void otherTextsAreNoDoubles(String text) {
        CommandError error = assertThrows(CommandError.class, () -> Numbers.parseDouble(Bytes.utf8(text)));
        assertEquals("ERR value is not a valid float", error.line());
    }

    @Test
    void whatIsPrintedLeadsBackToEveryDouble() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                assertEquals(value, Numbers.parseDouble(Numbers.formatDouble(value)));
            }
        }
    }
}
