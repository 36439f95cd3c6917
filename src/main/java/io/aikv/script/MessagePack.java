package io.aikv.script;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** cmsgpack: MessagePack as lua-cmsgpack 0.4.0 writes and reads it. */
final class MessagePack {
    /** A table nested deeper is packed as nil. */
    private static final int NESTING_MAX = 16;

    private static final int READ_DEPTH_MAX = 200;
    private static final int GUARD_BYTES = 64 << 10;

    private MessagePack() {}

    // ---- packing ----

    static int pack(LuaStack stack) {
        int count = stack.top();
        if (count == 0) {
            throw LuaError.argument(0, "pack", "MessagePack pack needs input.");
        }
        Packer packer = new Packer(stack);
        try {
            for (int i = 1; i <= count; i++) {
                packer.value(i, 0);
            }
        } finally {
            stack.state().addCost(packer.out.size() / 8);
        }
        stack.push(packer.out.toByteArray());
        return 1;
    }

    private static final class Packer {
        private final LuaStack stack;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private int guarded;

        Packer(LuaStack stack) {
            this.stack = stack;
        }

        private void value(int index, int level) {
            if (out.size() - guarded > GUARD_BYTES) {
                guarded = out.size();
                stack.guardMemory(2L * guarded);
            }
            switch (stack.type(index)) {
                case LuaStack.STRING -> string(stack.bytes(index));
                case LuaStack.BOOLEAN -> out.write(stack.truth(index) ? 0xc3 : 0xc2);
                case LuaStack.NUMBER -> number(stack.number(index));
                case LuaStack.TABLE -> {
                    if (level == NESTING_MAX) {
                        out.write(0xc0);
                    } else {
                        table(index, level);
                    }
                }
                default -> out.write(0xc0);
            }
        }

        private void write(int head, long value, int size) {
            out.write(head);
            for (int i = size - 1; i >= 0; i--) {
                out.write((int) (value >>> 8 * i));
            }
        }

        private void string(byte[] text) {
            if (text.length < 32) {
                out.write(0xa0 | text.length);
            } else if (text.length <= 0xff) {
                write(0xd9, text.length, 1);
            } else if (text.length <= 0xffff) {
                write(0xda, text.length, 2);
            } else {
                write(0xdb, text.length, 4);
            }
            out.writeBytes(text);
        }

        private void number(double value) {
            boolean whole = value >= -0x1p63 && value < 0x1p63 && value == (long) value;
            if (whole) {
                integer((long) value);
            } else if (value == (float) value) {
                write(0xca, Float.floatToIntBits((float) value), 4);
            } else {
                write(0xcb, Double.doubleToLongBits(value), 8);
            }
        }

        private void integer(long n) {
            if (n >= 0) {
                if (n <= 127) {
                    out.write((int) n);
                } else if (n <= 0xff) {
                    write(0xcc, n, 1);
                } else if (n <= 0xffff) {
                    write(0xcd, n, 2);
                } else if (n <= 0xffffffffL) {
                    write(0xce, n, 4);
                } else {
                    write(0xcf, n, 8);
                }
            } else if (n >= -32) {
                out.write((int) n);
            } else if (n >= Byte.MIN_VALUE) {
                write(0xd0, n, 1);
            } else if (n >= Short.MIN_VALUE) {
                write(0xd1, n, 2);
            } else if (n >= Integer.MIN_VALUE) {
                write(0xd2, n, 4);
            } else {
                write(0xd3, n, 8);
            }
        }

        private void table(int index, int level) {
            int top = stack.top();
            int count = stack.state().pushKeys(stack, index);
            int keys = stack.absolute(-1);
            boolean array = isArray(keys, count);
            head(array ? 0x90 : 0x80, array ? 0xdc : 0xde, count);
            for (int i = 1; i <= count; i++) {
                if (array) {
                    stack.getElement(index, i);
                } else {
                    stack.getElement(keys, i);
                    value(stack.absolute(-1), level + 1);
                    stack.getField(index);
                }
                value(stack.absolute(-1), level + 1);
                stack.pop(1);
            }
            stack.setTop(top);
        }

        private void head(int small, int large, int count) {
            if (count <= 15) {
                out.write(small | count);
            } else if (count <= 0xffff) {
                write(large, count, 2);
            } else {
                write(large + 1, count, 4);
            }
        }

        /** Whether the keys are 1 to {@code count}. */
        private boolean isArray(int keys, int count) {
            double max = 0;
            for (int i = 1; i <= count; i++) {
                stack.getElement(keys, i);
                boolean numeric = stack.type(-1) == LuaStack.NUMBER;
                double key = numeric ? stack.number(-1) : 0;
                stack.pop(1);
                if (!numeric || key <= 0 || key != (int) key) {
                    return false;
                }
                max = Math.max(max, key);
            }
            return max == count;
        }
    }

    // ---- unpacking ----

    static int unpack(LuaStack stack) {
        return unpack(stack, "unpack", 0, 0);
    }

    static int unpackOne(LuaStack stack) {
        return unpack(stack, "unpack_one", 1, stack.optionalInt(2, 0, "unpack_one"));
    }

    static int unpackLimit(LuaStack stack) {
        int limit = (int) (long) stack.requireNumber(2, "unpack_limit");
        return unpack(stack, "unpack_limit", limit, stack.optionalInt(3, 0, "unpack_limit"));
    }

    private static int unpack(LuaStack stack, String name, int limit, int offset) {
        byte[] input = stack.requireBytes(1, name);
        boolean all = limit == 0 && offset == 0;
        if (offset < 0 || limit < 0) {
            throw LuaError.positioned(
                    "Invalid request to unpack with offset of " + offset + " and limit of " + input.length + ".");
        } else if (offset > input.length) {
            throw LuaError.positioned("Start offset " + offset + " greater than input length " + input.length + ".");
        }
        stack.state().addCost(input.length / 4);
        stack.setTop(0);
        ByteBuffer in = ByteBuffer.wrap(input, offset, input.length - offset);
        Unpacker unpacker = new Unpacker(stack, in);
        int count = 0;
        while (in.hasRemaining() && (all || count < limit)) {
            unpacker.value(0);
            count++;
        }
        if (all) {
            return count;
        }
        stack.require(1);
        stack.push(in.hasRemaining() ? in.position() : -1);
        if (count > 0) {
            stack.insertBelow(count);
        }
        return count + 1;
    }

    private static final class Unpacker {
        private final LuaStack stack;
        private final ByteBuffer in;
        private int sinceGuard;

        Unpacker(LuaStack stack, ByteBuffer in) {
            this.stack = stack;
            this.in = in;
        }

        private static LuaError malformed() {
            return LuaError.positioned("Bad data format in input.");
        }

        private void need(long bytes) {
            if (in.remaining() < bytes) {
                throw LuaError.positioned("Missing bytes in input.");
            }
        }

        private long unsigned(int size) {
            need(size);
            long value = 0;
            for (int i = 0; i < size; i++) {
                value = value << 8 | in.get() & 0xff;
            }
            return value;
        }

        private long signed(int size) {
            return unsigned(size) << 64 - 8 * size >> 64 - 8 * size;
        }

        private void value(int depth) {
            if (depth > READ_DEPTH_MAX) {
                throw malformed();
            }
            if ((++sinceGuard & 0x3ff) == 0) {
                stack.guardMemory(0);
            }
            stack.require(4);
            int head = (int) unsigned(1);
            if (head < 0x80) {
                stack.push(head);
            } else if (head < 0x90) {
                map(head & 0xf, depth);
            } else if (head < 0xa0) {
                array(head & 0xf, depth);
            } else if (head < 0xc0) {
                string(head & 0x1f);
            } else if (head >= 0xe0) {
                stack.push((byte) head);
            } else {
                marked(head, depth);
            }
        }

        private void marked(int head, int depth) {
            switch (head) {
                case 0xc0 -> stack.pushNil();
                case 0xc2 -> stack.push(false);
                case 0xc3 -> stack.push(true);
                case 0xca -> stack.push(Float.intBitsToFloat((int) unsigned(4)));
                case 0xcb -> stack.push(Double.longBitsToDouble(unsigned(8)));
                case 0xcc -> stack.push((double) unsigned(1));
                case 0xcd -> stack.push((double) unsigned(2));
                case 0xce -> stack.push((double) unsigned(4));
                case 0xcf -> stack.push((double) unsigned(8)); // As cmsgpack: above 2^63 it is negative.
                case 0xd0 -> stack.push((double) signed(1));
                case 0xd1 -> stack.push((double) signed(2));
                case 0xd2 -> stack.push((double) signed(4));
                case 0xd3 -> stack.push((double) signed(8));
                case 0xd9 -> string(unsigned(1));
                case 0xda -> string(unsigned(2));
                case 0xdb -> string(unsigned(4));
                case 0xdc -> array(unsigned(2), depth);
                case 0xdd -> array(unsigned(4), depth);
                case 0xde -> map(unsigned(2), depth);
                case 0xdf -> map(unsigned(4), depth);
                default -> throw malformed();
            }
        }

        private void string(long size) {
            need(size);
            byte[] text = new byte[(int) size];
            in.get(text);
            stack.push(text);
        }

        private void array(long size, int depth) {
            stack.newTable(0, 0);
            for (int i = 1; i <= size; i++) {
                value(depth + 1);
                stack.setElement(-2, i);
            }
        }

        private void map(long size, int depth) {
            stack.newTable(0, 0);
            for (long i = 0; i < size; i++) {
                value(depth + 1);
                boolean usable = stack.type(-1) != LuaStack.NIL && !isNan();
                value(depth + 1);
                if (!usable) {
                    throw LuaError.positioned("table index is nil");
                }
                stack.setField(-3);
            }
        }

        private boolean isNan() {
            return stack.type(-1) == LuaStack.NUMBER && Double.isNaN(stack.number(-1));
        }
    }
}
