package io.aikv.data;

import org.jspecify.annotations.Nullable;

/**
 * A type of BITFIELD: signed integers in two's complement of 1 to 64 bits, or unsigned ones of 1 to 63. Values are longs;
 * what does not fit is brought into range as {@link Overflow} says.
 */
public record BitField(boolean isSigned, int bits) {
    private static final int LONG_BITS = 64;

    /** What becomes of a value that does not fit. */
    public enum Overflow {
        /** The low bits stay. */
        WRAP,
        /** The nearest value that fits. */
        SAT,
        /** Nothing is written. */
        FAIL
    }

    /** The value of {@link #bits()} bits that were read. */
    public long decode(long read) {
        int unused = LONG_BITS - bits;
        return isSigned ? read << unused >> unused : read;
    }

    /** What to write for {@code value}; null if it does not fit and {@code overflow} is {@link Overflow#FAIL}. */
    public @Nullable Long fit(long value, Overflow overflow) {
        return isSigned ? add(value, 0, overflow) : addUnsigned(value, 0, overflow);
    }

    /** What to write for {@code value + increment}; null as for {@link #fit}. {@code value} fits. */
    public @Nullable Long plus(long value, long increment, Overflow overflow) {
        return isSigned ? add(value, increment, overflow) : addUnsigned(value, increment, overflow);
    }

    /**
     * As in Redis, where the distance to an end of the range wraps around: a value to be set that is below the range by very
     * much counts as above it.
     */
    private @Nullable Long add(long value, long increment, Overflow overflow) {
        boolean isWhole = bits == LONG_BITS;
        long max = isWhole ? Long.MAX_VALUE : (1L << (bits - 1)) - 1;
        long min = -max - 1;
        boolean isAbove = value > max || ((!isWhole || (value >= 0 && increment > 0)) && increment > max - value);
        boolean isBelow =
                !isAbove && (value < min || ((!isWhole || (value < 0 && increment < 0)) && increment < min - value));
        if (!isAbove && !isBelow) {
            return value + increment;
        }
        return switch (overflow) {
            case WRAP -> decode(value + increment);
            case SAT -> isAbove ? max : min;
            case FAIL -> null;
        };
    }

    /** A value to be set may be any long, which is then a large unsigned number: as in Redis, where -1 overflows upwards. */
    private @Nullable Long addUnsigned(long value, long increment, Overflow overflow) {
        long max = (1L << bits) - 1;
        boolean isAbove = Long.compareUnsigned(value, max) > 0 || (increment > 0 && increment > max - value);
        boolean isBelow = !isAbove && increment < 0 && increment < -value;
        long sum = value + increment;
        if (!isAbove && !isBelow) {
            return sum;
        }
        return switch (overflow) {
            case WRAP -> sum & max;
            case SAT -> isAbove ? max : 0;
            case FAIL -> null;
        };
    }
}
