package io.aikv.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values were observed with redis-server 7.0.15 on x86-64 (SET, then INCRBYFLOAT). */
final class LongDoubleTest {
    private static LongDouble of(String text) {
        return LongDouble.parse(Bytes.utf8(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.1, 0.1",
        "3, 0.1, 3.1",
        "10.50, 0.1, 10.6",
        "5.0e3, 2.0e2, 5200",
        "1.5, -1.5, 0",
        "0, 3.0000000000000004, 3.0000000000000004",
        "0, 1e-310, 0",
        "0, -1e-4000, 0",
        "-0, -0, 0",
        "0, 123456789012345678, 123456789012345678",
        "0, 1e21, 1000000000000000000000",
        "0, 0x1p3, 8",
        "0, 0x.8, 0.5",
        "0, 0.00001, 0.00001"
    })
    void sumsPrintAsInRedis(String a, String b, String sum) {
        assertEquals(sum, of(a).plus(of(b)).toString());
    }

    @Test
    void largeNumbersPrintTheirBinaryValue() {
        String digits = of("1e400").toString();

        assertEquals(401, digits.length());
        assertEquals("1000000000000000000028188068", digits.substring(0, 28));
    }

    @Test
    void sumsThatOverflowAreNotFinite() {
        assertFalse(of("1e4932").plus(of("1e4932")).isFinite());
        assertFalse(of("inf").plus(of("1")).isFinite());
        assertFalse(of("1").plus(of("-inf")).isFinite());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "nan", "1e4933", "1e-4960", "1e999999999999", "1e-999999999999", "0x", "1 ", " 1", "1e"})
    void otherTextsAreNoNumbers(String text) {
        CommandError error = assertThrows(CommandError.class, () -> of(text));
        assertEquals("ERR value is not a valid float", error.line());
    }

    @Test
    void zeroWithAnyExponentIsZero() {
        assertEquals("0", of("0e999999999999").toString());
        assertEquals("0", of("0.000e-99999").toString());
    }

    @Test
    void textsOfFiveKilobytesAreRefused() {
        assertEquals("1", of("0".repeat(5118) + "1").toString());
        assertThrows(CommandError.class, () -> of("0".repeat(5119) + "1"));
    }
}
