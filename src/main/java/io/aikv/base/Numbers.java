package io.aikv.base;

import com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Numbers in and out of bytes exactly as Redis 7.2 reads and prints them.
 *
 * <p>Stateless, callable on any thread. Returned arrays may be shared and must not be changed.
 */
public final class Numbers {
    private static final int CACHED = 1024;
    private static final byte[][] CACHE = new byte[CACHED][];
    private static final byte[] MIN_LONG = ascii(Long.toString(Long.MIN_VALUE));
    private static final byte[] INF = ascii("inf");
    private static final byte[] MINUS_INF = ascii("-inf");
    private static final byte[] NAN = ascii("nan");
    private static final byte[] MINUS_ZERO = ascii("-0");

    private static final double INTEGRAL_BOUND = 0x1p62;

    static {
        for (int i = 0; i < CACHED; i++) {
            CACHE[i] = encodeUncached(i);
        }
    }

    private Numbers() {}

    // ---- integers ----

    /**
     * Whether {@code text} is a signed 64-bit integer in its one canonical form: no plus sign, no leading zeros, no
     * spaces, no {@code -0}; what Redis' string2ll accepts.
     */
    public static boolean isLong(byte[] text) {
        return isLong(text, 0, text.length);
    }

    private static boolean isLong(byte[] text, int from, int to) {
        int at = from;
        boolean negative = at < to && text[at] == '-';
        if (negative) {
            at++;
        }
        int digits = to - at;
        if (digits == 0 || digits > 19) {
            return false;
        }
        if (text[at] == '0') {
            return digits == 1 && !negative;
        }
        for (int i = at; i < to; i++) {
            if (text[i] < '0' || text[i] > '9') {
                return false;
            }
        }
        if (digits < 19) {
            return true;
        }
        // Nineteen digits fit unless they are above the last ones of the smallest or the largest long.
        long magnitude = -negated(text, at, to);
        return magnitude > 0 || (negative && magnitude == Long.MIN_VALUE);
    }

    /** Parses what {@link #isLong} accepts. Throws {@code ERR value is not an integer or out of range}. */
    public static long parseLong(byte[] text) {
        return parseLong(text, Errors.NOT_AN_INTEGER);
    }

    /** Parses what {@link #isLong} accepts; throws a {@link CommandError} with {@code errorLine} for anything else. */
    public static long parseLong(byte[] text, String errorLine) {
        if (!isLong(text)) {
            throw new CommandError(errorLine);
        }
        boolean negative = text[0] == '-';
        long negated = negated(text, negative ? 1 : 0, text.length);
        return negative ? negated : -negated;
    }

    /** Minus the value of decimal digits: the negative range has room for the smallest long. */
    private static long negated(byte[] text, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 - (text[i] - '0');
        }
        return value;
    }

    /** The decimal digits of {@code value}. Allocates only the result, and nothing for 0 to 1023. */
    public static byte[] encode(long value) {
        return value >= 0 && value < CACHED ? CACHE[(int) value] : encodeUncached(value);
    }

    private static byte[] encodeUncached(long value) {
        if (value == Long.MIN_VALUE) {
            return MIN_LONG;
        }
        long rest = Math.abs(value);
        int sign = value < 0 ? 1 : 0;
        byte[] text = new byte[sign + digits(rest)];
        for (int i = text.length - 1; i >= sign; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        if (sign == 1) {
            text[0] = '-';
        }
        return text;
    }

    /** How many decimal digits {@code value} has; not negative. */
    public static int digits(long value) {
        Check.argument(value >= 0, "negative: %s", value);
        int count = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            count++;
        }
        return count;
    }

    // ---- doubles ----

    /**
     * Parses a double as Redis reads scores: decimal or hexadecimal, {@code inf} and {@code infinity} in any case. Throws
     * {@code ERR value is not a valid float} for NaN, spaces, trailing bytes, an overflow, and an underflow to zero.
     */
    public static double parseDouble(byte[] text) {
        return parseDouble(text, Errors.NOT_A_FLOAT);
    }

    /** As {@link #parseDouble(byte[])}, with the error line of the caller. */
    public static double parseDouble(byte[] text, String errorLine) {
        if (text.length <= 15 && isLong(text)) {
            return parseLong(text);
        }
        FloatText.Kind kind = FloatText.kind(text);
        if (kind == FloatText.Kind.NONE) {
            throw new CommandError(errorLine);
        }
        double value = value(text, kind);
        if (kind == FloatText.Kind.INFINITE) {
            return value;
        }
        if (Double.isInfinite(value) || (value == 0 && FloatText.hasNonZeroDigit(text, kind))) {
            throw new CommandError(errorLine);
        }
        return value;
    }

    /**
     * Parses the end of a range of scores as Redis does, by C's strtod without a look at its errors: as {@link
     * #parseDouble(byte[])}, but white space may go ahead, a zero byte ends the text, nothing at all is 0, and what is out
     * of range becomes an infinity or 0.
     *
     * @param from index of the first byte
     * @param errorLine for what is no number, and for NaN
     */
    public static double parseRangeEnd(byte[] text, int from, String errorLine) {
        int end = from;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        if (end == from) {
            return 0;
        }
        int start = from;
        while (start < end && (text[start] == ' ' || (text[start] >= '\t' && text[start] <= '\r'))) {
            start++;
        }
        byte[] number = Arrays.copyOfRange(text, start, end);
        FloatText.Kind kind = FloatText.kind(number);
        if (kind == FloatText.Kind.NONE) {
            throw new CommandError(errorLine);
        }
        return value(number, kind);
    }

    private static double value(byte[] text, FloatText.Kind kind) {
        if (kind == FloatText.Kind.INFINITE) {
            return FloatText.isNegative(text) ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        String plain = new String(text, StandardCharsets.ISO_8859_1);
        if (kind == FloatText.Kind.HEX && plain.indexOf('p') < 0 && plain.indexOf('P') < 0) {
            plain += "p0";
        }
        return Double.parseDouble(plain);
    }

    /**
     * A double as Redis prints scores since 7.2, in both protocols: an integer up to 2^62 as such, everything else with
     * the fewest digits that lead back to it, in the forms of Redis' {@code fpconv_dtoa}: {@code 0.1}, {@code 1e-9},
     * {@code 1.5e+300}; infinities are {@code inf} and {@code -inf}.
     */
    public static byte[] formatDouble(double value) {
        if (value == (long) value && Math.abs(value) <= INTEGRAL_BOUND) {
            return value == 0 && 1 / value < 0 ? MINUS_ZERO : encode((long) value);
        }
        if (Double.isNaN(value)) {
            return NAN;
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? INF : MINUS_INF;
        }
        BigDecimal shortest = new BigDecimal(DoubleToDecimal.toString(Math.abs(value))).stripTrailingZeros();
        String text = format(shortest.unscaledValue().toString(), -shortest.scale());
        return ascii(value < 0 ? "-" + text : text);
    }

    /** {@code digits} times ten to the power of {@code exponent}: emit_digits of fpconv. */
    private static String format(String digits, int exponent) {
        int count = digits.length();
        int scientific = exponent + count - 1;
        if (exponent >= 0 && Math.abs(scientific) < count + 7) {
            return digits + "0".repeat(exponent);
        }
        if (exponent < 0 && (exponent > -7 || Math.abs(scientific) < 4)) {
            int point = count + exponent;
            return point <= 0
                    ? "0." + "0".repeat(-point) + digits
                    : digits.substring(0, point) + "." + digits.substring(point);
        }
        String mantissa = count > 1 ? digits.charAt(0) + "." + digits.substring(1) : digits;
        return mantissa + "e" + (scientific < 0 ? "-" : "+") + Math.abs(scientific);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
