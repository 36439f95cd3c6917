package io.aikv.data.json;

import com.fasterxml.jackson.core.io.NumberInput;
import com.fasterxml.jackson.core.io.NumberOutput;
import io.aikv.base.CommandError;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Numbers of JSON documents: how doubles are printed, and arithmetic on them. The digits are the fewest that name the
 * double, and not those of {@link Double#toString}, which differ between versions of Java: replicas must agree.
 */
final class JsonNumbers {
    private static final double DIGITS_SAFE_BOUND = 1e15;
    private static final double[] TENS = new double[16];

    static {
        TENS[0] = 1;
        for (int i = 1; i < TENS.length; i++) {
            TENS[i] = TENS[i - 1] * 10;
        }
    }

    private JsonNumbers() {}

    // ---- text ----

    /** The double nearest to a decimal of the form that JSON has; infinite beyond the range. */
    static double parse(String decimal) {
        // The library's fast parser answers wrong for this one text, on purpose.
        if (decimal.equals(NumberInput.NASTY_SMALL_DOUBLE)) {
            return Double.parseDouble(decimal);
        }
        try {
            return NumberInput.parseDouble(decimal, true);
        } catch (NumberFormatException e) {
            // It may have bounds of its own; Java's has none.
            return Double.parseDouble(decimal);
        }
    }

    /** A finite double: {@code 1.0}, {@code 0.25}, {@code 1e20}, {@code 1.5e-7}; a plain form from 1e-5 to below 1e16. */
    static String format(double value) {
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = -shortest.scale();
        // The value is 0.DIGITS times ten to the power of point.
        int point = digits.length() + exponent;
        StringBuilder text = new StringBuilder(26);
        if (value < 0) {
            text.append('-');
        }
        if (exponent >= 0 && point <= 16) {
            text.append(digits).append("0".repeat(exponent)).append(".0");
        } else if (point > 0 && point <= 16) {
            text.append(digits, 0, point).append('.').append(digits, point, digits.length());
        } else if (point > -5 && point <= 0) {
            text.append("0.").append("0".repeat(-point)).append(digits);
        } else {
            text.append(digits.charAt(0));
            if (digits.length() > 1) {
                text.append('.').append(digits, 1, digits.length());
            }
            text.append('e').append(point - 1);
        }
        return text.toString();
    }

    /** The decimal of fewest digits that reads back as {@code value} (positive), without trailing zeros. */
    private static BigDecimal shortest(double value) {
        for (int scale = 0; scale < TENS.length; scale++) {
            // At most 15 digits that read back are the only such ones. A quotient of two exact doubles is rounded as
            // reading is.
            double scaled = Math.rint(value * TENS[scale]);
            if (scaled >= DIGITS_SAFE_BOUND) {
                break;
            }
            if (scaled / TENS[scale] == value) {
                return BigDecimal.valueOf((long) scaled, scale).stripTrailingZeros();
            }
        }
        // Schubfach's digits are the shortest of at least two, as Java's specification has it.
        BigDecimal decimal = new BigDecimal(NumberOutput.toString(value, true)).stripTrailingZeros();
        return decimal.precision() == 2 ? oneDigit(value, decimal) : decimal;
    }

    /** The nearest decimal of one digit if one reads back as {@code value}, otherwise the one of two digits. */
    private static BigDecimal oneDigit(double value, BigDecimal decimal) {
        BigDecimal best = null;
        BigDecimal exact = new BigDecimal(value);
        for (RoundingMode mode : new RoundingMode[] {RoundingMode.DOWN, RoundingMode.UP}) {
            BigDecimal rounded = decimal.round(new MathContext(1, mode));
            if (rounded.doubleValue() == value && (best == null || isNearer(rounded, best, exact))) {
                best = rounded;
            }
        }
        return best == null ? decimal : best.stripTrailingZeros();
    }

    private static boolean isNearer(BigDecimal a, BigDecimal b, BigDecimal exact) {
        return a.subtract(exact).abs().compareTo(b.subtract(exact).abs()) < 0;
    }

    // ---- arithmetic ----

    /**
     * The sum of two numbers. Integers of 64 bits stay integers.
     *
     * @throws CommandError {@code ERR numeric overflow} beyond 64 bits, {@code result is not a number} beyond doubles
     */
    static JsonValue add(JsonValue a, JsonValue b) {
        if (a instanceof JsonValue.Whole left && b instanceof JsonValue.Whole right) {
            long sum = left.value() + right.value();
            if (((left.value() ^ sum) & (right.value() ^ sum)) < 0) {
                throw overflow();
            }
            return new JsonValue.Whole(sum);
        }
        return finite(JsonValue.toDouble(a) + JsonValue.toDouble(b));
    }

    /** The product of two numbers; as {@link #add}. */
    static JsonValue multiply(JsonValue a, JsonValue b) {
        if (a instanceof JsonValue.Whole left && b instanceof JsonValue.Whole right) {
            long high = Math.multiplyHigh(left.value(), right.value());
            long low = left.value() * right.value();
            if (high != low >> 63) {
                throw overflow();
            }
            return new JsonValue.Whole(low);
        }
        return finite(JsonValue.toDouble(a) * JsonValue.toDouble(b));
    }

    private static JsonValue finite(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new CommandError("result is not a number");
        }
        return new JsonValue.Real(value);
    }

    private static CommandError overflow() {
        return new CommandError("ERR numeric overflow");
    }
}
