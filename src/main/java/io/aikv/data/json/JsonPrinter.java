package io.aikv.data.json;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Prints values as JSON text, as serde_json does: strings are UTF-8 with as few escapes as possible, doubles always have a point
 * or an exponent.
 */
public final class JsonPrinter {
    private static final byte[] NULL = Bytes.utf8("null");
    private static final byte[] TRUE = Bytes.utf8("true");
    private static final byte[] FALSE = Bytes.utf8("false");
    private static final byte[] HEX = Bytes.utf8("0123456789abcdef");
    private static final int CHARGED_BYTES = 1 << 10;

    private final JsonFormat format;
    private final JsonWork work;
    private byte[] out = new byte[128];
    private int size;
    private int charged;
    private int values;
    private int depth;
    private int depthMax;

    /** @param work charged for what is printed */
    public JsonPrinter(JsonFormat format, JsonWork work) {
        this.format = format;
        this.work = work;
    }

    /** The text of one value without anything between the tokens. */
    public static byte[] compact(JsonValue value, JsonWork work) {
        return new JsonPrinter(JsonFormat.COMPACT, work).value(value).bytes();
    }

    /**
     * The text of a whole document as it is stored.
     *
     * @throws CommandError {@code ERR JSON document exceeds the maximum size of ...}, {@code ERR recursion limit exceeded}
     */
    static byte[] document(JsonValue root, JsonWork work) {
        JsonPrinter printer = new JsonPrinter(JsonFormat.COMPACT, work).value(root);
        if (printer.depthMax > JsonText.DEPTH_MAX) {
            throw new CommandError("ERR recursion limit exceeded");
        }
        if (printer.size > JsonText.BYTES_MAX || printer.values > JsonText.VALUES_MAX) {
            throw new CommandError(JsonText.TOO_LARGE);
        }
        return printer.bytes();
    }

    /** What has been printed. */
    public byte[] bytes() {
        return Arrays.copyOf(out, size);
    }

    // ---- tokens ----

    /** Prints a value. */
    public JsonPrinter value(JsonValue value) {
        values++;
        if (value instanceof JsonValue.Text text) {
            string(text.value());
        } else if (value instanceof JsonValue.Whole whole) {
            raw(Numbers.encode(whole.value()));
        } else if (value instanceof JsonValue.Real real) {
            raw(Bytes.utf8(JsonNumbers.format(real.value())));
        } else if (value instanceof JsonValue.Unsigned unsigned) {
            raw(Bytes.utf8(Long.toUnsignedString(unsigned.bits())));
        } else if (value instanceof JsonValue.Literal literal) {
            raw(literal == JsonValue.Literal.NULL ? NULL : literal == JsonValue.Literal.TRUE ? TRUE : FALSE);
        } else if (value instanceof JsonValue.Array array) {
            list(array.items());
        } else if (value instanceof JsonValue.Members members) {
            begin('{');
            boolean isFirst = true;
            for (Map.Entry<String, JsonValue> member : members.byName().entrySet()) {
                name(member.getKey(), isFirst);
                value(member.getValue());
                isFirst = false;
            }
            end('}', isFirst);
        }
        return this;
    }

    /** Prints an array of values. */
    public JsonPrinter list(Iterable<JsonValue> items) {
        begin('[');
        boolean isFirst = true;
        for (JsonValue item : items) {
            next(isFirst);
            value(item);
            isFirst = false;
        }
        end(']', isFirst);
        return this;
    }

    /** Begins an array or object with this bracket. */
    public void begin(char bracket) {
        put(bracket);
        depth++;
        depthMax = Math.max(depthMax, depth);
    }

    /** Ends what {@link #begin} began. */
    public void end(char bracket, boolean isEmpty) {
        depth--;
        if (!isEmpty) {
            newLine();
        }
        put(bracket);
    }

    /** Prints what stands in front of a member's value. */
    public void name(String name, boolean isFirst) {
        next(isFirst);
        string(name);
        put(':');
        raw(format.space());
    }

    private void next(boolean isFirst) {
        if (!isFirst) {
            put(',');
        }
        newLine();
    }

    private void newLine() {
        raw(format.newline());
        if (format.indent().length > 0) {
            for (int i = 0; i < depth; i++) {
                raw(format.indent());
            }
        }
    }

    private void string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        reserve(bytes.length + 2);
        out[size++] = '"';
        for (byte b : bytes) {
            if (b == '"' || b == '\\') {
                put('\\');
                put((char) b);
            } else if (b >= 0 && b < ' ') {
                control(b);
            } else {
                reserve(1);
                out[size++] = b;
            }
        }
        put('"');
    }

    private void control(byte b) {
        put('\\');
        switch (b) {
            case '\b' -> put('b');
            case '\f' -> put('f');
            case '\n' -> put('n');
            case '\r' -> put('r');
            case '\t' -> put('t');
            default -> {
                put('u');
                put('0');
                put('0');
                put((char) HEX[b >> 4]);
                put((char) HEX[b & 15]);
            }
        }
    }

    // ---- bytes ----

    private void raw(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, out, size, bytes.length);
        size += bytes.length;
    }

    private void put(char ascii) {
        reserve(1);
        out[size++] = (byte) ascii;
    }

    /** Charges before it grows, so that what is printed never takes more memory than the command may. */
    private void reserve(int count) {
        long needed = (long) size + count;
        if (needed - charged >= CHARGED_BYTES) {
            work.chargeOutput((int) Math.min(needed - charged, Integer.MAX_VALUE));
            charged = (int) Math.min(needed, Integer.MAX_VALUE);
        }
        if (needed > out.length) {
            out = Arrays.copyOf(out, (int) Math.max(needed, Math.min(2L * out.length, Integer.MAX_VALUE - 16)));
        }
    }
}
