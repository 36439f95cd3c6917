package io.aikv.base;

/** The grammar of floating point numbers as C's strtod reads them, for {@link Numbers} and {@link LongDouble}. */
final class FloatText {
    /** What a text is. */
    enum Kind {
        NONE,
        DECIMAL,
        HEX,
        INFINITE
    }

    private FloatText() {}

    /**
     * Classifies the whole of {@code text}: an optional sign, then decimal digits with an optional point and exponent,
     * or {@code 0x} with hexadecimal digits and an optional binary exponent, or {@code inf}/{@code infinity} in any case.
     * NaN, surrounding spaces and trailing bytes make it {@link Kind#NONE}.
     */
    static Kind kind(byte[] text) {
        int at = isSigned(text) ? 1 : 0;
        int left = text.length - at;
        if (left == 0) {
            return Kind.NONE;
        }
        if (letter(text[at]) == 'i') {
            return matches(text, at, "inf") || matches(text, at, "infinity") ? Kind.INFINITE : Kind.NONE;
        }
        if (left > 2 && text[at] == '0' && letter(text[at + 1]) == 'x') {
            return endsAfterNumber(text, at + 2, 16, 'p') ? Kind.HEX : Kind.NONE;
        }
        return endsAfterNumber(text, at, 10, 'e') ? Kind.DECIMAL : Kind.NONE;
    }

    static boolean isSigned(byte[] text) {
        return text.length > 0 && (text[0] == '-' || text[0] == '+');
    }

    static boolean isNegative(byte[] text) {
        return text.length > 0 && text[0] == '-';
    }

    /** Whether the significand of a {@link Kind#DECIMAL} or {@link Kind#HEX} text has a digit other than 0. */
    static boolean hasNonZeroDigit(byte[] text, Kind kind) {
        int radix = kind == Kind.HEX ? 16 : 10;
        int at = (isSigned(text) ? 1 : 0) + (kind == Kind.HEX ? 2 : 0);
        for (; at < text.length; at++) {
            int digit = Character.digit(text[at], radix);
            if (digit > 0) {
                return true;
            }
            if (digit < 0 && text[at] != '.') {
                return false;
            }
        }
        return false;
    }

    private static boolean endsAfterNumber(byte[] text, int from, int radix, char exponentMark) {
        int at = skipDigits(text, from, radix);
        int digits = at - from;
        if (at < text.length && text[at] == '.') {
            int end = skipDigits(text, at + 1, radix);
            digits += end - at - 1;
            at = end;
        }
        if (digits == 0) {
            return false;
        }
        if (at < text.length && letter(text[at]) == exponentMark) {
            at++;
            if (at < text.length && (text[at] == '-' || text[at] == '+')) {
                at++;
            }
            int end = skipDigits(text, at, 10);
            return end > at && end == text.length;
        }
        return at == text.length;
    }

    private static int skipDigits(byte[] text, int from, int radix) {
        int at = from;
        while (at < text.length && text[at] > 0 && Character.digit(text[at], radix) >= 0) {
            at++;
        }
        return at;
    }

    private static boolean matches(byte[] text, int from, String word) {
        if (text.length - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (letter(text[from + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The lower case of an ASCII letter; meaningless but harmless for other bytes. */
    private static int letter(byte b) {
        return b | 0x20;
    }
}
