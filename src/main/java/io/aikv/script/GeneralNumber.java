package io.aikv.script;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as C prints them with {@code %.17g} and {@code %.14g}, digit by digit. */
final class GeneralNumber {
    private static final long EXACT_MAX = 100_000_000_000_000L;

    private static final int ROUNDED_STEPS = 20;
    private static final int LONG_STEPS = 200;

    private GeneralNumber() {}

    /** What printing a number costs a script: very large and very small ones have hundreds of digits to be rounded. */
    static int steps(double value) {
        double size = Math.abs(value);
        if (value == (long) value && size < EXACT_MAX) {
            return 1;
        }
        return size > 1e-20 && size < 1e20 ? ROUNDED_STEPS : LONG_STEPS;
    }

    /** @param digits significant digits, 1 to 17 */
    static String text(double value, int digits) {
        if (Double.isNaN(value)) {
            return Double.doubleToRawLongBits(value) < 0 ? "-nan" : "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        if (digits >= 14 && value == (long) value && Math.abs(value) < EXACT_MAX) {
            return Long.toString((long) value);
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        BigDecimal stripped = rounded.stripTrailingZeros();
        if (exponent >= -4 && exponent < digits) {
            return stripped.toPlainString();
        }
        String all = stripped.unscaledValue().abs().toString();
        String fraction = all.length() > 1 ? "." + all.substring(1) : "";
        String power = (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        return (value < 0 ? "-" : "") + all.charAt(0) + fraction + "e" + power;
    }
}
