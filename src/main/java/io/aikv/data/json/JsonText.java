package io.aikv.data.json;

import io.aikv.base.CommandError;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text (RFC 8259) in one pass. Its errors are those of serde_json, which RedisJSON passes on to its clients, for
 * example {@code expected value at line 1 column 1}; so are the rules for numbers: 64-bit integers with and without a sign
 * stay exact, everything else is a double.
 */
final class JsonText {
    /** The longest document in bytes, as it is stored. A constant: every replica must come to the same answer. */
    static final int BYTES_MAX = 32 << 20;
    /** The most values (elements, members and containers) of a document. */
    static final int VALUES_MAX = 1 << 20;
    /** How deep arrays and objects may nest: serde_json refuses the 128th. */
    static final int DEPTH_MAX = 127;

    static final String TOO_LARGE =
            "ERR JSON document exceeds the maximum size of " + BYTES_MAX + " bytes or " + VALUES_MAX + " values";

    private static final String EOF_VALUE = "EOF while parsing a value";
    private static final String EOF_LIST = "EOF while parsing a list";
    private static final String EOF_OBJECT = "EOF while parsing an object";
    private static final String EOF_STRING = "EOF while parsing a string";
    private static final String INVALID_NUMBER = "invalid number";
    private static final String INVALID_ESCAPE = "invalid escape";
    private static final String LONE_SURROGATE = "lone leading surrogate in hex escape";

    private final byte[] text;
    private final JsonWork work;
    private int at;
    private int values;

    private JsonText(byte[] text, JsonWork work) {
        this.text = text;
        this.work = work;
    }

    static boolean isUtf8(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                try {
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
                    return true;
                } catch (CharacterCodingException e) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * The value that {@code text} holds, which must be valid UTF-8.
     *
     * @throws CommandError serde_json's line for what is no JSON; {@code recursion limit exceeded at line L column C}; {@code
     *     ERR JSON document exceeds the maximum size of ...}
     */
    static JsonValue parse(byte[] text, JsonWork work) {
        if (text.length > BYTES_MAX) {
            throw new CommandError(TOO_LARGE);
        }
        work.chargeText(text.length);
        JsonText reader = new JsonText(text, work);
        JsonValue value = reader.value(0);
        reader.skipSpace();
        if (reader.at < text.length) {
            throw reader.errorHere("trailing characters");
        }
        return value;
    }

    // ---- values ----

    private JsonValue value(int depth) {
        if (++values > VALUES_MAX) {
            throw new CommandError(TOO_LARGE);
        }
        work.charge(1);
        skipSpace();
        switch (peek()) {
            case -1:
                throw errorHere(EOF_VALUE);
            case 'n':
                return ident("null", JsonValue.Literal.NULL);
            case 't':
                return ident("true", JsonValue.Literal.TRUE);
            case 'f':
                return ident("false", JsonValue.Literal.FALSE);
            case '"':
                at++;
                return new JsonValue.Text(string());
            case '[':
                return array(depth + 1);
            case '{':
                return object(depth + 1);
            default:
                if (peek() == '-' || isDigit(peek())) {
                    return number();
                }
                throw errorHere("expected value");
        }
    }

    private JsonValue ident(String word, JsonValue value) {
        at++;
        for (int i = 1; i < word.length(); i++) {
            if (at >= text.length) {
                throw errorAt(EOF_VALUE, at);
            }
            if (text[at++] != word.charAt(i)) {
                throw errorAt("expected ident", at);
            }
        }
        return value;
    }

    private JsonValue array(int depth) {
        enter(depth);
        JsonValue.Array array = new JsonValue.Array();
        while (true) {
            skipSpace();
            int next = peek();
            if (next == ']') {
                at++;
                return array;
            } else if (next < 0) {
                throw errorHere(EOF_LIST);
            } else if (!array.items().isEmpty()) {
                if (next != ',') {
                    throw errorHere("expected `,` or `]`");
                }
                at++;
                skipSpace();
                if (peek() == ']') {
                    throw errorHere("trailing comma");
                }
            }
            array.items().add(value(depth));
        }
    }

    private JsonValue object(int depth) {
        enter(depth);
        JsonValue.Members object = new JsonValue.Members();
        while (true) {
            skipSpace();
            int next = peek();
            if (next == '}') {
                at++;
                return object;
            } else if (next < 0) {
                throw errorHere(EOF_OBJECT);
            } else if (!object.byName().isEmpty()) {
                if (next != ',') {
                    throw errorHere("expected `,` or `}`");
                }
                at++;
                skipSpace();
            }
            String name = name();
            skipSpace();
            if (peek() != ':') {
                throw errorHere(peek() < 0 ? EOF_OBJECT : "expected `:`");
            }
            at++;
            object.byName().put(name, value(depth));
        }
    }

    private String name() {
        switch (peek()) {
            case '"':
                at++;
                return string();
            case '}':
                throw errorHere("trailing comma");
            case -1:
                throw errorHere(EOF_VALUE);
            default:
                throw errorHere("key must be a string");
        }
    }

    private void enter(int depth) {
        if (depth > DEPTH_MAX) {
            throw errorHere("recursion limit exceeded");
        }
        at++;
    }

    // ---- numbers ----

    private JsonValue number() {
        int start = at;
        boolean negative = text[at] == '-';
        if (negative) {
            at++;
        }
        if (at >= text.length) {
            throw errorAt(EOF_VALUE, at);
        }
        byte first = text[at++];
        if (!isDigit(first)) {
            throw errorAt(INVALID_NUMBER, at);
        }
        if (first == '0' && isDigit(peek())) {
            throw errorHere(INVALID_NUMBER);
        }
        int digitsFrom = at - 1;
        skipDigits();
        boolean isInteger = peek() != '.' && peek() != 'e' && peek() != 'E';
        if (isInteger) {
            JsonValue integer = integer(negative, digitsFrom, at);
            if (integer != null) {
                return integer;
            }
        } else {
            fraction();
        }
        double value = JsonNumbers.parse(new String(text, start, at - start, StandardCharsets.ISO_8859_1));
        if (Double.isInfinite(value)) {
            throw errorAt("number out of range", at);
        }
        return new JsonValue.Real(value);
    }

    private void fraction() {
        if (peek() == '.') {
            at++;
            if (!isDigit(peek())) {
                throw errorHere(peek() < 0 ? EOF_VALUE : INVALID_NUMBER);
            }
            skipDigits();
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            if (at >= text.length) {
                throw errorAt(EOF_VALUE, at);
            }
            if (!isDigit(text[at++])) {
                throw errorAt(INVALID_NUMBER, at);
            }
            skipDigits();
        }
    }

    /** The integer of these digits, or null if it needs a double: beyond 64 bits, and minus zero. */
    private @Nullable JsonValue integer(boolean negative, int from, int to) {
        if (to - from > 20) {
            return null;
        }
        long bits = 0;
        for (int i = from; i < to; i++) {
            int digit = text[i] - '0';
            // Beyond 64 bits without a sign: 18446744073709551615 is the largest.
            if (Long.compareUnsigned(bits, 1844674407370955161L) > 0 || (bits == 1844674407370955161L && digit > 5)) {
                return null;
            }
            bits = bits * 10 + digit;
        }
        if (negative) {
            return bits == 0 || (bits < 0 && bits != Long.MIN_VALUE) ? null : new JsonValue.Whole(-bits);
        }
        return bits >= 0 ? new JsonValue.Whole(bits) : new JsonValue.Unsigned(bits);
    }

    // ---- strings ----

    /** What stands up to the closing quote; the opening one has been passed. */
    private String string() {
        int start = at;
        while (at < text.length && text[at] != '"' && text[at] != '\\' && (text[at] < 0 || text[at] >= ' ')) {
            at++;
        }
        if (at < text.length && text[at] == '"') {
            return new String(text, start, at++ - start, StandardCharsets.UTF_8);
        }
        StringBuilder out = new StringBuilder();
        while (true) {
            out.append(new String(text, start, at - start, StandardCharsets.UTF_8));
            if (at >= text.length) {
                throw errorAt(EOF_STRING, at);
            }
            byte stop = text[at++];
            if (stop == '"') {
                return out.toString();
            } else if (stop != '\\') {
                throw errorAt("control character (\\u0000-\\u001F) found while parsing a string", at);
            }
            escape(out);
            start = at;
            while (at < text.length && text[at] != '"' && text[at] != '\\' && (text[at] < 0 || text[at] >= ' ')) {
                at++;
            }
        }
    }

    private void escape(StringBuilder out) {
        switch (nextOfString()) {
            case '"' -> out.append('"');
            case '\\' -> out.append('\\');
            case '/' -> out.append('/');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'u' -> unicode(out);
            default -> throw errorAt(INVALID_ESCAPE, at);
        }
    }

    private void unicode(StringBuilder out) {
        char first = hex();
        if (Character.isLowSurrogate(first)) {
            throw errorAt(LONE_SURROGATE, at);
        }
        out.append(first);
        if (Character.isHighSurrogate(first)) {
            if (nextOfString() != '\\' || nextOfString() != 'u') {
                throw errorAt("unexpected end of hex escape", at);
            }
            char second = hex();
            if (!Character.isLowSurrogate(second)) {
                throw errorAt(LONE_SURROGATE, at);
            }
            out.append(second);
        }
    }

    private char hex() {
        if (text.length - at < 4) {
            at = text.length;
            throw errorAt(EOF_STRING, at);
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = text[at] < 0 ? -1 : Character.digit(text[at], 16);
            at++;
            if (digit < 0) {
                throw errorAt(INVALID_ESCAPE, at);
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private byte nextOfString() {
        if (at >= text.length) {
            throw errorAt(EOF_STRING, at);
        }
        return text[at++];
    }

    // ---- bytes ----

    private int peek() {
        return at < text.length ? text[at] & 0xff : -1;
    }

    private void skipSpace() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
    }

    private void skipDigits() {
        while (at < text.length && isDigit(text[at])) {
            at++;
        }
    }

    private static boolean isDigit(int b) {
        return b >= '0' && b <= '9';
    }

    private CommandError errorHere(String message) {
        return errorAt(message, Math.min(text.length, at + 1));
    }

    /** An error whose column is the number of bytes of its line before {@code end}. */
    private CommandError errorAt(String message, int end) {
        int line = 1;
        int column = 0;
        for (int i = 0; i < end; i++) {
            column = text[i] == '\n' ? 0 : column + 1;
            line += text[i] == '\n' ? 1 : 0;
        }
        return new CommandError(message + " at line " + line + " column " + column);
    }
}
