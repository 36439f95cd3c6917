package io.aikv.script;

import io.aikv.base.Bytes;
import java.io.ByteArrayOutputStream;

/** cjson.encode: JSON as lua-cjson writes it, with its errors. */
final class JsonEncoder {
    /** However deep a script wants to go: each level takes some of the thread's stack. */
    private static final int DEPTH_MAX = 200;

    private static final int GUARD_BYTES = 64 << 10;

    private final LuaStack stack;
    private final boolean convertSparse;
    private final double sparseRatio;
    private final double sparseSafe;
    private final int depthMax;
    private final String invalidNumbers;
    private final int precision;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int guarded;
    private long values;

    private JsonEncoder(LuaStack stack) {
        this.stack = stack;
        this.convertSparse = stack.truth(2);
        this.sparseRatio = stack.number(3);
        this.sparseSafe = stack.number(4);
        this.depthMax = (int) Math.min(DEPTH_MAX, stack.number(5));
        this.invalidNumbers = stack.text(6);
        this.precision = (int) stack.number(7);
    }

    /** {@code (value, convert, ratio, safe, depth, invalid numbers, precision)}: the text. */
    static int run(LuaStack stack) {
        JsonEncoder encoder = new JsonEncoder(stack);
        try {
            encoder.value(1, 0);
        } finally {
            stack.state().addCost(encoder.out.size() / 8 + encoder.values);
        }
        stack.push(encoder.out.toByteArray());
        return 1;
    }

    private void guard() {
        if (out.size() - guarded > GUARD_BYTES) {
            guarded = out.size();
            stack.guardMemory(2L * guarded);
        }
    }

    private void value(int index, int depth) {
        values++;
        guard();
        switch (stack.type(index)) {
            case LuaStack.STRING -> string(stack.bytes(index));
            case LuaStack.NUMBER -> number(stack.number(index));
            case LuaStack.BOOLEAN -> ascii(stack.truth(index) ? "true" : "false");
            case LuaStack.TABLE -> table(index, depth + 1);
            case LuaStack.NIL, LuaStack.LIGHT_USERDATA -> ascii("null");
            default -> throw failure(index, "type not supported");
        }
    }

    private LuaError failure(int index, String reason) {
        return LuaError.positioned("Cannot serialise " + stack.typeName(index) + ": " + reason);
    }

    private void ascii(String text) {
        out.writeBytes(Bytes.utf8(text));
    }

    private void number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            if (invalidNumbers.equals("off")) {
                throw LuaError.positioned("Cannot serialise number: must not be NaN or Inf");
            } else if (invalidNumbers.equals("null")) {
                ascii("null");
                return;
            }
        }
        stack.state().addCost(GeneralNumber.steps(value));
        ascii(GeneralNumber.text(value, precision));
    }

    private void string(byte[] text) {
        out.write('"');
        for (byte b : text) {
            guard();
            switch (b) {
                case '"' -> ascii("\\\"");
                case '\\' -> ascii("\\\\");
                case '/' -> ascii("\\/");
                case '\b' -> ascii("\\b");
                case '\f' -> ascii("\\f");
                case '\n' -> ascii("\\n");
                case '\r' -> ascii("\\r");
                case '\t' -> ascii("\\t");
                default -> {
                    if (b >= 0 && b < 32 || b == 127) {
                        ascii(String.format("\\u%04x", (int) b));
                    } else {
                        out.write(b);
                    }
                }
            }
        }
        out.write('"');
    }

    private void table(int index, int depth) {
        int top = stack.top();
        int count = stack.state().pushKeys(stack, index);
        int keys = stack.absolute(-1);
        double length = arrayLength(index, keys, count);
        if (depth > depthMax) {
            throw LuaError.positioned("Cannot serialise, excessive nesting (" + depth + ")");
        }
        if (length > 0) {
            array(index, (int) length, depth);
        } else {
            object(index, keys, count, depth);
        }
        stack.setTop(top);
    }

    /** The largest index if every key is one, else -1. As Redis' int it turns to the least there is behind the greatest. */
    private double arrayLength(int table, int keys, int count) {
        double max = 0;
        for (int i = 1; i <= count; i++) {
            stack.getElement(keys, i);
            boolean numeric = stack.type(-1) == LuaStack.NUMBER;
            double key = numeric ? stack.number(-1) : 0;
            stack.pop(1);
            if (!numeric || key < 1 || key != Math.floor(key)) {
                return -1;
            }
            if (key > max) {
                max = key > Integer.MAX_VALUE ? Integer.MIN_VALUE : key;
            }
        }
        if (sparseRatio > 0 && max > count * sparseRatio && max > sparseSafe) {
            if (!convertSparse) {
                throw failure(table, "excessively sparse array");
            }
            return -1;
        }
        return max < 0 ? -1 : max;
    }

    private void array(int table, int length, int depth) {
        out.write('[');
        for (int i = 1; i <= length; i++) {
            if (i > 1) {
                out.write(',');
            }
            stack.getElement(table, i);
            value(stack.absolute(-1), depth);
            stack.pop(1);
        }
        out.write(']');
    }

    private void object(int table, int keys, int count, int depth) {
        out.write('{');
        for (int i = 1; i <= count; i++) {
            if (i > 1) {
                out.write(',');
            }
            stack.getElement(keys, i);
            int key = stack.absolute(-1);
            if (stack.type(key) == LuaStack.NUMBER) {
                out.write('"');
                number(stack.number(key));
                out.write('"');
            } else if (stack.type(key) == LuaStack.STRING) {
                string(stack.bytes(key));
            } else {
                throw failure(key, "table key must be a number or string");
            }
            out.write(':');
            stack.getField(table);
            value(key, depth);
            stack.pop(1);
        }
        out.write('}');
    }
}
