package io.aikv.base;

/** Numbers as Redis reads and writes them. */
public final class Numbers {
    private Numbers() {}

    /** Whether {@link #parseLong} would succeed. */
    public static boolean isLong(byte[] digits) {
        try {
            parseLong(digits);
            return true;
        } catch (CommandError e) {
            return false;
        }
    }

    /** A signed 64-bit decimal, otherwise {@code ERR value is not an integer or out of range}. */
    public static long parseLong(byte[] digits) {
        try {
            return Long.parseLong(Bytes.text(digits));
        } catch (NumberFormatException e) {
            throw Errors.notAnInteger();
        }
    }

    /** A double that is not NaN, otherwise {@code ERR value is not a valid float}. */
    public static double parseDouble(byte[] digits) {
        try {
            return Double.parseDouble(Bytes.text(digits));
        } catch (NumberFormatException e) {
            throw Errors.notAFloat();
        }
    }
}
