package io.aikv.script;

import io.aikv.base.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** cjson.decode: what lua-cjson accepts, with its errors. */
final class JsonDecoder {
    private static final int DEPTH_MAX = 200;

    /** Tokens by their names in messages. */
    private enum Token {
        T_OBJ_BEGIN,
        T_OBJ_END,
        T_ARR_BEGIN,
        T_ARR_END,
        T_STRING,
        T_NUMBER,
        T_BOOLEAN,
        T_NULL,
        T_COLON,
        T_COMMA,
        T_END,
        T_ERROR
    }

    private final LuaStack stack;
    private final byte[] text;
    private final int depthMax;
    private final boolean invalidNumbers;
    private int index;

    // The token that was read last.
    private Token token = Token.T_END;
    private int tokenIndex;
    private byte[] string = Bytes.EMPTY;
    private double number;
    private boolean bool;
    private String problem = "";

    private JsonDecoder(LuaStack stack) {
        this.stack = stack;
        this.text = stack.requireBytes(1, "decode");
        this.depthMax = (int) Math.min(DEPTH_MAX, stack.number(2));
        this.invalidNumbers = stack.truth(3);
    }

    /** {@code (text, depth, invalid numbers)}: the value. */
    static int run(LuaStack stack) {
        JsonDecoder decoder = new JsonDecoder(stack);
        stack.state().addCost(decoder.text.length / 4);
        stack.setTop(0);
        if (decoder.text.length >= 2 && (decoder.text[0] == 0 || decoder.text[1] == 0)) {
            throw LuaError.positioned("JSON parser does not support UTF-16 or UTF-32");
        }
        decoder.next();
        decoder.value(0);
        decoder.next();
        if (decoder.token != Token.T_END) {
            throw decoder.expected("the end");
        }
        return 1;
    }

    private LuaError expected(String what) {
        String found = token == Token.T_ERROR ? problem : token.name();
        return LuaError.positioned("Expected " + what + " but found " + found + " at character " + (tokenIndex + 1));
    }

    // ---- values ----

    private void value(int depth) {
        stack.require(4);
        switch (token) {
            case T_STRING -> stack.push(string);
            case T_NUMBER -> stack.push(number);
            case T_BOOLEAN -> stack.push(bool);
            case T_NULL -> stack.pushNull();
            case T_OBJ_BEGIN -> object(descend(depth));
            case T_ARR_BEGIN -> array(descend(depth));
            default -> throw expected("value");
        }
    }

    private int descend(int depth) {
        if (depth + 1 > depthMax) {
            throw LuaError.positioned(
                    "Found too many nested data structures (" + (depth + 1) + ") at character " + index);
        }
        return depth + 1;
    }

    private void object(int depth) {
        stack.newTable(0, 0);
        next();
        if (token == Token.T_OBJ_END) {
            return;
        }
        while (true) {
            if (token != Token.T_STRING) {
                throw expected("object key string");
            }
            stack.require(4);
            stack.push(string);
            next();
            if (token != Token.T_COLON) {
                throw expected("colon");
            }
            next();
            value(depth);
            stack.setField(-3);
            next();
            if (token == Token.T_OBJ_END) {
                return;
            }
            if (token != Token.T_COMMA) {
                throw expected("comma or object end");
            }
            next();
        }
    }

    private void array(int depth) {
        stack.newTable(0, 0);
        next();
        if (token == Token.T_ARR_END) {
            return;
        }
        for (int i = 1; ; i++) {
            value(depth);
            stack.setElement(-2, i);
            next();
            if (token == Token.T_ARR_END) {
                return;
            }
            if (token != Token.T_COMMA) {
                throw expected("comma or array end");
            }
            next();
            if ((i & 0x3ff) == 0) {
                stack.guardMemory(0);
            }
        }
    }

    // ---- tokens ----

    private int at(int position) {
        return position < text.length ? text[position] & 0xff : 0;
    }

    private void next() {
        int c = at(index);
        while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            c = at(++index);
        }
        tokenIndex = index;
        switch (c) {
            case 0 -> token = Token.T_END;
            case '{' -> single(Token.T_OBJ_BEGIN);
            case '}' -> single(Token.T_OBJ_END);
            case '[' -> single(Token.T_ARR_BEGIN);
            case ']' -> single(Token.T_ARR_END);
            case ',' -> single(Token.T_COMMA);
            case ':' -> single(Token.T_COLON);
            case '"' -> string();
            default -> word(c);
        }
    }

    private void single(Token found) {
        token = found;
        index++;
    }

    private void error(String what) {
        token = Token.T_ERROR;
        tokenIndex = index;
        problem = what;
    }

    private void word(int c) {
        if (c == '-' || c >= '0' && c <= '9') {
            if (!invalidNumbers && isInvalidNumber()) {
                error("invalid number");
            } else {
                number();
            }
        } else if (startsWith("true") || startsWith("false")) {
            token = Token.T_BOOLEAN;
            bool = c == 't';
            index += bool ? 4 : 5;
        } else if (startsWith("null")) {
            token = Token.T_NULL;
            index += 4;
        } else if ((c == '+' || c == 'i' || c == 'I' || c == 'n' || c == 'N') && invalidNumbers && isInvalidNumber()) {
            number();
        } else {
            error("invalid token");
        }
    }

    private boolean startsWith(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (at(index + i) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String lower(int from, int length) {
        int end = Math.min(text.length, from + length);
        return from >= end
                ? ""
                : new String(text, from, end - from, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    }

    private boolean isInvalidNumber() {
        int i = index;
        if (at(i) == '+') {
            return true;
        }
        if (at(i) == '-') {
            i++;
        }
        if (at(i) == '0') {
            int second = at(i + 1);
            return (second | 0x20) == 'x' || second >= '0' && second <= '9';
        }
        if (at(i) <= '9') {
            return false;
        }
        String word = lower(i, 3);
        return word.equals("inf") || word.equals("nan");
    }

    /** As strtod reads it. */
    private void number() {
        int start = index;
        int i = index;
        boolean negative = at(i) == '-';
        if (negative || at(i) == '+') {
            i++;
        }
        String word = lower(i, 8);
        double value;
        if (word.startsWith("inf")) {
            value = Double.POSITIVE_INFINITY;
            i += word.equals("infinity") ? 8 : 3;
        } else if (word.startsWith("nan")) {
            value = Double.NaN;
            i += 3;
        } else if (word.startsWith("0x") && Character.digit(at(i + 2), 16) >= 0) {
            value = 0;
            for (i += 2; Character.digit(at(i), 16) >= 0; i++) {
                value = value * 16 + Character.digit(at(i), 16);
            }
        } else {
            int end = decimalEnd(i);
            if (end == i) {
                index = start;
                error("invalid number");
                return;
            }
            value = Double.parseDouble(new String(text, i, end - i, StandardCharsets.ISO_8859_1));
            i = end;
        }
        index = i;
        token = Token.T_NUMBER;
        number = negative ? -value : value;
    }

    private int decimalEnd(int from) {
        int i = digitsEnd(from);
        int digits = i - from;
        if (at(i) == '.') {
            int end = digitsEnd(i + 1);
            digits += end - i - 1;
            i = end;
        }
        if (digits == 0) {
            return from;
        }
        if ((at(i) | 0x20) == 'e') {
            int exponent = at(i + 1) == '+' || at(i + 1) == '-' ? i + 2 : i + 1;
            int end = digitsEnd(exponent);
            i = end > exponent ? end : i;
        }
        return i;
    }

    private int digitsEnd(int from) {
        int i = from;
        while (at(i) >= '0' && at(i) <= '9') {
            i++;
        }
        return i;
    }

    private void string() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        index++;
        for (int c = at(index); c != '"'; c = at(index)) {
            if (c == 0) {
                error("unexpected end of string");
                return;
            }
            if (c != '\\') {
                out.write(c);
                index++;
                continue;
            }
            int escaped = at(index + 1);
            if (escaped == 'u') {
                if (!unicode(out)) {
                    error("invalid unicode escape code");
                    return;
                }
                continue;
            }
            int plain = "\"\\/bfnrt".indexOf(escaped);
            if (plain < 0 || escaped == 0) {
                error("invalid escape code");
                return;
            }
            out.write("\"\\/\b\f\n\r\t".charAt(plain));
            index += 2;
        }
        index++;
        token = Token.T_STRING;
        string = out.toByteArray();
    }

    private boolean unicode(ByteArrayOutputStream out) {
        int code = hex(index + 2);
        int length = 6;
        if (code < 0) {
            return false;
        }
        if ((code & 0xF800) == 0xD800) {
            if ((code & 0x400) != 0 || at(index + 6) != '\\' || at(index + 7) != 'u') {
                return false;
            }
            int low = hex(index + 8);
            if (low < 0 || (low & 0xFC00) != 0xDC00) {
                return false;
            }
            code = ((code & 0x3FF) << 10 | low & 0x3FF) + 0x10000;
            length = 12;
        }
        out.writeBytes(Bytes.utf8(Character.toString(code)));
        index += length;
        return true;
    }

    private int hex(int from) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(at(from + i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
