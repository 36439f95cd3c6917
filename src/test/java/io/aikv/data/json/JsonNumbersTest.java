package io.aikv.data.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Doubles are printed with the fewest digits that name them, in the shape of serde_json. */
final class JsonNumbersTest {
    @Test
    void theShapeFollowsTheExponent() {
        String[] texts = {
            "1.0",
            "0.1",
            "10.0",
            "123456.789",
            "1000000000000000.0",
            "1e16",
            "1.5e16",
            "0.00001",
            "1e-6",
            "1.5e-6",
            "2e-3",
            "0.002",
            "5e-324",
            "4.35",
            "2e23",
            "9007199254740992.0",
            "1.7976931348623157e308",
            "5.684341886080802e-14"
        };
        for (String text : texts) {
            String expected = text.equals("2e-3") ? "0.002" : text;
            assertEquals(expected, JsonNumbers.format(Double.parseDouble(text)), text);
            assertEquals("-" + expected, JsonNumbers.format(-Double.parseDouble(text)), text);
        }
        assertEquals(2.2250738585072012e-308, JsonNumbers.parse("2.2250738585072012e-308"));
        assertEquals("-0.0", JsonNumbers.format(-0.0));
        assertEquals("0.0", JsonNumbers.format(0));
    }

    @Test
    void everyDoubleReadsBackAndNoneHasMoreDigitsThanJavaNeeds() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            double value = switch (i % 3) {
                case 0 -> Double.longBitsToDouble(random.nextLong());
                case 1 -> random.nextInt(1_000_000) / 1_000.0;
                default -> Math.scalb(1.0, random.nextInt(2_000) - 1_000);
            };
            if (Double.isFinite(value)) {
                String text = JsonNumbers.format(value);
                assertEquals(value, Double.parseDouble(text), text + " with seed " + seed);
                assertEquals(value, JsonNumbers.parse(text), text + " with seed " + seed);
                assertTrue(digits(text) <= digits(Double.toString(value)), text + " " + value);
            }
        }
    }

    private static int digits(String text) {
        String significand = text.split("[eE]")[0].replaceAll("[-.]", "");
        return significand.replaceAll("^0+", "").replaceAll("0+$", "").length();
    }
}
