package io.aikv.base;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * The 80-bit extended double that Redis on x86-64 computes INCRBYFLOAT and HINCRBYFLOAT with: a 64-bit significand,
 * rounded half to even after reading and after each operation. Java has no such type, and with doubles
 * {@code 3.0 + 0.1} would print differently than in Redis.
 *
 * <p>Immutable. Cost: some big-integer operations of the size of the exponents, about a microsecond for usual numbers.
 */
public final class LongDouble {
    /** Infinite or not a number: Redis refuses both as results, so they need no distinction. */
    private static final LongDouble NOT_FINITE = new LongDouble(BigInteger.ZERO, 0, false);

    private static final LongDouble ZERO = new LongDouble(BigInteger.ZERO, 0, true);

    private static final int SIGNIFICAND_BITS = 64;
    /** The smallest denormal is 2^-16445, the largest number just under 2^16384. */
    private static final int EXPONENT_MIN = -16445;

    private static final int EXPONENT_END = 16384;

    /** Texts of this size and longer are refused (Redis' MAX_LONG_DOUBLE_CHARS). */
    private static final int TEXT_BYTES_END = 5 * 1024;

    /** An exponent in a text beyond this overflows or underflows whatever the digits before it. */
    private static final int EXPONENT_TEXT_MAX = 1_000_000;

    private static final int FRACTION_DIGITS = 17;
    private static final BigInteger FRACTION_SCALE = BigInteger.TEN.pow(FRACTION_DIGITS);

    private final BigInteger significand;
    private final int exponent;
    private final boolean finite;

    /** The value is {@code significand * 2^exponent}. */
    private LongDouble(BigInteger significand, int exponent, boolean finite) {
        this.significand = significand;
        this.exponent = exponent;
        this.finite = finite;
    }

    /**
     * Parses as C's strtold does: decimal, hexadecimal, {@code inf} and {@code infinity}. Throws {@code ERR value is not a
     * valid float} for NaN, spaces, trailing bytes, 5120 bytes or more, an overflow, and an underflow to zero.
     */
    public static LongDouble parse(byte[] text) {
        return parse(text, Errors.NOT_A_FLOAT);
    }

    /** As {@link #parse(byte[])}, with the error line of the caller. */
    public static LongDouble parse(byte[] text, String errorLine) {
        FloatText.Kind kind = text.length < TEXT_BYTES_END ? FloatText.kind(text) : FloatText.Kind.NONE;
        if (kind == FloatText.Kind.NONE) {
            throw new CommandError(errorLine);
        }
        if (kind == FloatText.Kind.INFINITE) {
            return NOT_FINITE;
        }
        LongDouble value = parseDigits(text, kind == FloatText.Kind.HEX);
        boolean underflow = value.significand.signum() == 0 && FloatText.hasNonZeroDigit(text, kind);
        if (!value.finite || underflow) {
            throw new CommandError(errorLine);
        }
        return value;
    }

    private static LongDouble parseDigits(byte[] text, boolean hex) {
        String plain = new String(text, StandardCharsets.ISO_8859_1);
        int from = (FloatText.isSigned(text) ? 1 : 0) + (hex ? 2 : 0);
        int mark = Math.max(plain.indexOf(hex ? 'p' : 'e', from), plain.indexOf(hex ? 'P' : 'E', from));
        int end = mark < 0 ? plain.length() : mark;
        int point = plain.indexOf('.', from);
        int fraction = point < 0 ? 0 : end - point - 1;
        String digits =
                point < 0 ? plain.substring(from, end) : plain.substring(from, point) + plain.substring(point + 1, end);

        BigInteger number = new BigInteger(digits, hex ? 16 : 10);
        if (FloatText.isNegative(text)) {
            number = number.negate();
        }
        int power = (mark < 0 ? 0 : exponentOf(plain, mark + 1)) - fraction * (hex ? 4 : 1);
        return hex ? round(number, BigInteger.ONE, power) : ofDecimal(number, power);
    }

    private static int exponentOf(String text, int from) {
        boolean negative = text.charAt(from) == '-';
        int value = 0;
        for (int i = from; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit >= 0 && digit <= 9 && value < EXPONENT_TEXT_MAX) {
                value = value * 10 + digit;
            }
        }
        return negative ? -value : value;
    }

    /** {@code number * 10^power}; decides by the number of digits first, so that no power of ten gets out of hand. */
    private static LongDouble ofDecimal(BigInteger number, int power) {
        if (number.signum() == 0) {
            return ZERO;
        }
        double magnitude = number.bitLength() * Math.log10(2) + power;
        if (magnitude > 5000) {
            return NOT_FINITE;
        }
        if (magnitude < -5000) {
            return ZERO;
        }
        return power >= 0
                ? round(number.multiply(BigInteger.TEN.pow(power)), BigInteger.ONE, 0)
                : round(number, BigInteger.TEN.pow(-power), 0);
    }

    /** {@code numerator / denominator * 2^power}, rounded half to even to the nearest number of the type. */
    private static LongDouble round(BigInteger numerator, BigInteger denominator, int power) {
        if (numerator.signum() == 0) {
            return ZERO;
        }
        BigInteger size = numerator.abs();
        long lengths = (long) size.bitLength() - denominator.bitLength();
        if (lengths + power > EXPONENT_END + 1) {
            return NOT_FINITE;
        }
        if (lengths + power < EXPONENT_MIN - 2) {
            return ZERO;
        }
        // The quotient lies between 2^(lengths-1) and 2^(lengths+1): try the smaller size first.
        int exponent = Math.max((int) lengths - SIGNIFICAND_BITS + power, EXPONENT_MIN);
        BigInteger[] parts = divide(size, denominator, power - exponent);
        if (parts[0].bitLength() > SIGNIFICAND_BITS) {
            exponent++;
            parts = divide(size, denominator, power - exponent);
        }
        BigInteger significand = parts[0];
        int half = parts[1].shiftLeft(1).compareTo(parts[2]);
        if (half > 0 || (half == 0 && significand.testBit(0))) {
            significand = significand.add(BigInteger.ONE);
        }
        if (significand.bitLength() + exponent > EXPONENT_END) {
            return NOT_FINITE;
        }
        return new LongDouble(numerator.signum() < 0 ? significand.negate() : significand, exponent, true);
    }

    /** Quotient, remainder and divisor of {@code numerator * 2^shift / denominator}. */
    private static BigInteger[] divide(BigInteger numerator, BigInteger denominator, int shift) {
        BigInteger dividend = shift > 0 ? numerator.shiftLeft(shift) : numerator;
        BigInteger divisor = shift < 0 ? denominator.shiftLeft(-shift) : denominator;
        BigInteger[] parts = dividend.divideAndRemainder(divisor);
        return new BigInteger[] {parts[0], parts[1], divisor};
    }

    /** The rounded sum; not finite if it overflows or either is not finite. */
    public LongDouble plus(LongDouble other) {
        if (!finite || !other.finite) {
            return NOT_FINITE;
        }
        int common = Math.min(exponent, other.exponent);
        BigInteger sum =
                significand.shiftLeft(exponent - common).add(other.significand.shiftLeft(other.exponent - common));
        return round(sum, BigInteger.ONE, common);
    }

    /** False for infinities and NaN, which Redis answers with {@code ERR increment would produce NaN or Infinity}. */
    public boolean isFinite() {
        return finite;
    }

    /**
     * The text Redis stores and replies: at most 17 digits after the point, never an exponent, no trailing zeros
     * ({@code %.17Lf} trimmed). Only of a finite number.
     */
    public byte[] format() {
        Check.state(finite, "not a finite number");
        if (significand.signum() == 0) {
            return Numbers.encode(0);
        }
        // At full significand an exponent is often negative although the number is an integer.
        BigInteger scaled = significand.abs().multiply(FRACTION_SCALE);
        if (exponent >= 0) {
            scaled = scaled.shiftLeft(exponent);
        } else {
            BigInteger[] parts = divide(scaled, BigInteger.ONE, exponent);
            int half = parts[1].shiftLeft(1).compareTo(parts[2]);
            scaled = half > 0 || (half == 0 && parts[0].testBit(0)) ? parts[0].add(BigInteger.ONE) : parts[0];
        }
        if (scaled.signum() == 0) {
            return Numbers.encode(0);
        }
        String digits = scaled.toString();
        if (digits.length() <= FRACTION_DIGITS) {
            digits = "0".repeat(FRACTION_DIGITS + 1 - digits.length()) + digits;
        }
        int point = digits.length() - FRACTION_DIGITS;
        int end = digits.length();
        while (end > point && digits.charAt(end - 1) == '0') {
            end--;
        }
        String text = (significand.signum() < 0 ? "-" : "") + digits.substring(0, point);
        if (end > point) {
            text += "." + digits.substring(point, end);
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The formatted number, for messages and tests. */
    @Override
    public String toString() {
        return finite ? Bytes.text(format()) : "not finite";
    }
}
