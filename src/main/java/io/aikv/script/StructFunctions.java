package io.aikv.script;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** The struct library: packs and unpacks values by a format, with the sizes of a 64-bit machine. */
final class StructFunctions {
    private static final int INTEGER_SIZE_MAX = 32;
    private static final int ALIGNMENT_DEFAULT = 8;

    private final String name;
    private final byte[] format;
    private int at;
    private boolean little = true;
    private int alignment = 1;

    private StructFunctions(LuaStack stack, String name) {
        this.name = name;
        this.format = stack.requireBytes(1, name);
        stack.state().addCost(format.length / 4);
    }

    // ---- formats ----

    private boolean hasNext() {
        return at < format.length && format[at] != 0;
    }

    private long number(long otherwise) {
        if (at >= format.length || format[at] < '0' || format[at] > '9') {
            return otherwise;
        }
        long value = 0;
        while (at < format.length && format[at] >= '0' && format[at] <= '9') {
            int digit = format[at++] - '0';
            if (value > Integer.MAX_VALUE / 10 || value * 10 > Integer.MAX_VALUE - digit) {
                throw LuaError.positioned("integral size overflow");
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private int size(int option) {
        return switch (option) {
            case 'B', 'b', 'x' -> 1;
            case 'H', 'h' -> 2;
            case 'L', 'l', 'T', 'd' -> 8;
            case 'f' -> 4;
            case 'c' -> (int) number(1);
            case 'i', 'I' -> {
                int size = (int) number(4);
                if (size > INTEGER_SIZE_MAX) {
                    throw LuaError.positioned("integral size " + size + " is larger than limit of " + INTEGER_SIZE_MAX);
                }
                yield size;
            }
            default -> 0;
        };
    }

    private int padding(long position, int option, int size) {
        if (size == 0 || option == 'c') {
            return 0;
        }
        int to = Math.min(size, alignment);
        return to > 1 ? (int) (to - (position & (to - 1)) & (to - 1)) : 0;
    }

    private void control(int option) {
        switch (option) {
            case ' ' -> {}
            case '>' -> little = false;
            case '<' -> little = true;
            case '!' -> {
                int given = (int) number(ALIGNMENT_DEFAULT);
                if (given <= 0 || (given & given - 1) != 0) {
                    throw LuaError.positioned("alignment " + given + " is not a power of 2");
                }
                alignment = given;
            }
            default -> throw LuaError.argument(1, name, "invalid format option '" + (char) option + "'");
        }
    }

    private static boolean isInteger(int option) {
        return "bBhHlLTiI".indexOf(option) >= 0;
    }

    // ---- pack ----

    static int pack(LuaStack stack) {
        StructFunctions format = new StructFunctions(stack, "pack");
        stack.require(1);
        stack.pushNil(); // Redis' own buffer stands behind the arguments: one that is missing is nil.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int argument = 2;
        while (format.hasNext()) {
            int option = format.format[format.at++];
            int size = format.size(option);
            for (int i = format.padding(out.size(), option, size); i > 0; i--) {
                out.write(0);
            }
            if (isInteger(option)) {
                format.putInteger(out, stack.requireNumber(argument++, "pack"), size);
            } else if (option == 'x') {
                out.write(0);
            } else if (option == 'f') {
                format.put(out, Float.floatToRawIntBits((float) stack.requireNumber(argument++, "pack")), 4);
            } else if (option == 'd') {
                format.put(out, Double.doubleToRawLongBits(stack.requireNumber(argument++, "pack")), 8);
            } else if (option == 'c' || option == 's') {
                byte[] text = stack.requireBytes(argument++, "pack");
                int length = size == 0 ? text.length : size;
                if (text.length < length) {
                    throw LuaError.argument(argument, "pack", "string too short");
                }
                out.write(text, 0, length);
                if (option == 's') {
                    out.write(0);
                }
            } else {
                format.control(option);
            }
        }
        stack.state().addCost(out.size() / 64);
        stack.push(out.toByteArray());
        return 1;
    }

    private void putInteger(ByteArrayOutputStream out, double n, int size) {
        long value = n < 0 ? (long) n : unsigned(n);
        put(out, value, size);
    }

    /** As C converts a double to an unsigned long. */
    private static long unsigned(double n) {
        return n >= 0x1p63 ? (long) (n - 0x1p63) ^ Long.MIN_VALUE : (long) n;
    }

    private void put(ByteArrayOutputStream out, long value, int size) {
        for (int i = 0; i < size; i++) {
            int place = little ? i : size - 1 - i;
            out.write(place < 8 ? (int) (value >>> 8 * place) : 0);
        }
    }

    // ---- unpack ----

    static int unpack(LuaStack stack) {
        StructFunctions format = new StructFunctions(stack, "unpack");
        byte[] data = stack.requireBytes(2, "unpack");
        long position = stack.type(3) <= LuaStack.NIL ? 1 : (long) stack.requireNumber(3, "unpack");
        if (position == 0) {
            throw LuaError.argument(3, "unpack", "offset must be 1 or greater");
        } else if (position < 0) {
            throw LuaError.argument(2, "unpack", "data string too short");
        }
        position--;
        stack.setTop(0);
        int results = 0;
        while (format.hasNext()) {
            int option = format.format[format.at++];
            long size = format.size(option);
            position += format.padding(position, option, (int) size);
            requireData(data, position, size);
            stack.require(4);
            int from = (int) position;
            if (isInteger(option)) {
                stack.push(format.getInteger(data, from, (int) size, option >= 'a'));
                results++;
            } else if (option == 'f') {
                stack.push(Float.intBitsToFloat((int) format.get(data, from, 4)));
                results++;
            } else if (option == 'd') {
                stack.push(Double.longBitsToDouble(format.get(data, from, 8)));
                results++;
            } else if (option == 'c') {
                if (size == 0) {
                    if (results == 0 || !stack.isNumeric(-1)) {
                        throw LuaError.positioned("format 'c0' needs a previous size");
                    }
                    size = (long) stack.number(-1);
                    stack.pop(1);
                    results--;
                    requireData(data, position, size);
                }
                stack.push(Arrays.copyOfRange(data, from, (int) (from + size)));
                results++;
            } else if (option == 's') {
                size = format.terminated(data, from) + 1L;
                stack.push(Arrays.copyOfRange(data, from, (int) (from + size - 1)));
                results++;
            } else if (option != 'x') {
                format.control(option);
            }
            position += size;
        }
        stack.push((double) position + 1);
        return results + 1;
    }

    private static void requireData(byte[] data, long position, long size) {
        if (size < 0 || size > data.length || position > data.length - size) {
            throw LuaError.argument(2, "unpack", "data string too short");
        }
    }

    private int terminated(byte[] data, int from) {
        for (int i = from; i < data.length; i++) {
            if (data[i] == 0) {
                return i - from;
            }
        }
        throw LuaError.positioned("unfinished string in data");
    }

    private long get(byte[] data, int from, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            int place = little ? i : size - 1 - i;
            if (place < 8) {
                value |= (data[from + i] & 0xffL) << 8 * place;
            }
        }
        return value;
    }

    private double getInteger(byte[] data, int from, int size, boolean signed) {
        long value = get(data, from, size);
        if (signed) {
            int unused = 64 - 8 * Math.min(size, 8);
            return size == 0 ? 0 : (double) (value << unused >> unused);
        }
        return (double) (value >>> 1) * 2 + (value & 1);
    }

    // ---- size ----

    static int size(LuaStack stack) {
        StructFunctions format = new StructFunctions(stack, "size");
        long position = 0;
        while (format.hasNext()) {
            int option = format.format[format.at++];
            int size = format.size(option);
            position += format.padding(position, option, size);
            if (option == 's') {
                throw LuaError.argument(1, "size", "option 's' has no fixed size");
            } else if (option == 'c' && size == 0) {
                throw LuaError.argument(1, "size", "option 'c0' has no fixed size");
            }
            if (!Character.isLetterOrDigit(option)) {
                format.control(option);
            }
            position += size;
        }
        stack.push((double) position);
        return 1;
    }
}
