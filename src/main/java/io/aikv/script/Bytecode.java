package io.aikv.script;

import io.aikv.base.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Makes a compiled function of Lua 5.1.5 one that may run here, as a new dump:
 *
 * <ul>
 *   <li>Before strings are concatenated or compared, a function of the prelude's is called with them: one instruction may
 *       otherwise take gigabytes, or compare megabytes. What is compared with a constant that is no long string needs none:
 *       only two strings are compared at length, and no further than the shorter of them.
 *   <li>{@code return f()} becomes an ordinary call: Lua would forget the line that it stands in, which errors of functions in
 *       Lua need where Redis has functions in C. What is behind the call returns its results as they are.
 *   <li>A function with fixed parameters and "..." writes as many slots beyond the stack that it made sure of as fixed
 *       parameters are missing (CVE-2014-5461); the stack has five to spare. More are refused.
 * </ul>
 */
final class Bytecode {
    /** The globals that are called before {@code ..} and before {@code <}: no script can name them by an identifier. */
    static final String CONCAT_GUARD = " concat";

    static final String COMPARE_GUARD = " compare";

    private static final int HEADER_SIZE = 12;
    private static final int SPARE_SLOTS = 5;
    private static final int IS_VARARG = 2;
    private static final int REGISTERS_MAX = 250;
    private static final int CONSTANT = 0x100;

    private static final int MOVE = 0;
    private static final int LOADK = 1;
    private static final int LOADBOOL = 2;
    private static final int GETGLOBAL = 5;
    private static final int CONCAT = 21;
    private static final int JMP = 22;
    private static final int LT = 24;
    private static final int LE = 25;
    private static final int CALL = 28;
    private static final int TAIL_CALL = 29;
    private static final int FORLOOP = 31;
    private static final int FORPREP = 32;
    private static final int SETLIST = 34;
    private static final int OPCODES = 0x3f;
    private static final int JUMP_BIAS = 131071;

    /** As far as any jump reaches. */
    private static final int INSTRUCTIONS_MAX = 131071;

    private static final int CONSTANTS_MAX = 262_000;

    /** How many operands a call of the guard of {@code ..} is given. */
    private static final int OPERANDS = 8;

    /** The registers that a call of a guard takes: itself, whether it is the first, the operands. */
    private static final int GUARD_REGISTERS = 2 + OPERANDS;

    /** Up to this size a string is compared within one step; the prelude's CHEAP_BYTES. */
    private static final int CHEAP_BYTES = 1024;

    private final ByteBuffer in;
    private final Output out = new Output();
    private @Nullable String problem;

    private Bytecode(ByteBuffer in) {
        this.in = in;
    }

    /** A dump that may be loaded, or why there is none. Exactly one of them is null. */
    record Result(byte @Nullable [] dump, @Nullable String problem) {}

    /** Little-endian or not, as the machine is. */
    private static final class Output extends ByteArrayOutputStream {
        void putInt(int value) {
            writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.nativeOrder())
                    .putInt(value)
                    .array());
        }

        void putLong(long value) {
            writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.nativeOrder())
                    .putLong(value)
                    .array());
        }
    }

    /** Reads the dump of a function as this machine's Lua writes it. */
    static Result rewrite(ByteBuffer dump) {
        Bytecode code = new Bytecode(dump.duplicate().order(ByteOrder.nativeOrder()));
        code.copy(HEADER_SIZE);
        code.function();
        return code.problem == null ? new Result(code.out.toByteArray(), null) : new Result(null, code.problem);
    }

    private void function() {
        copyString();
        copy(4 + 4 + 1);
        int parameters = in.get() & 0xff;
        int varargs = in.get() & 0xff;
        int registers = in.get() & 0xff;
        int[] code = new int[in.getInt()];
        for (int i = 0; i < code.length; i++) {
            code[i] = in.getInt();
        }
        if ((varargs & IS_VARARG) != 0 && parameters > SPARE_SLOTS) {
            problem = "a function with \"...\" may have at most " + SPARE_SLOTS + " parameters before it";
        }
        int constantsAt = in.position();
        boolean[] cheap = cheapConstants();
        int constants = cheap.length;
        Guards guards = new Guards(code, registers, cheap);
        if (guards.count > 0
                && (registers + GUARD_REGISTERS > REGISTERS_MAX
                        || guards.size() > INSTRUCTIONS_MAX
                        || constants > CONSTANTS_MAX)) {
            problem = "function or expression too complex";
        }
        in.position(constantsAt);
        out.write(parameters);
        out.write(varargs);
        out.write(guards.count > 0 ? Math.min(registers + GUARD_REGISTERS, REGISTERS_MAX) : registers);
        out.putInt(guards.size());
        guards.write();
        constants(guards.count > 0);
        int functions = copyInt();
        for (int i = 0; i < functions; i++) {
            function();
        }
        debugInformation(guards);
    }

    /** Reads the constants of a function: which of them cost one step to compare with, whatever the other operand is. */
    private boolean[] cheapConstants() {
        boolean[] cheap = new boolean[in.getInt()];
        for (int i = 0; i < cheap.length; i++) {
            byte type = in.get();
            long size = switch (type) {
                case LuaStack.NIL -> 0;
                case LuaStack.BOOLEAN -> 1;
                case LuaStack.NUMBER -> 8;
                case LuaStack.STRING -> in.getLong();
                default -> throw unknownConstant();
            };
            cheap[i] = type != LuaStack.STRING || size <= CHEAP_BYTES;
            in.position(in.position() + Math.toIntExact(size));
        }
        return cheap;
    }

    private static IllegalStateException unknownConstant() {
        return new IllegalStateException("an unknown constant in a compiled script");
    }

    private void constants(boolean withGuards) {
        int count = in.getInt();
        out.putInt(withGuards ? count + 2 : count);
        for (int i = 0; i < count; i++) {
            byte type = in.get();
            out.write(type);
            switch (type) {
                case LuaStack.NIL -> {}
                case LuaStack.BOOLEAN -> copy(1);
                case LuaStack.NUMBER -> copy(8);
                case LuaStack.STRING -> copyString();
                default -> throw unknownConstant();
            }
        }
        if (withGuards) {
            putString(CONCAT_GUARD);
            putString(COMPARE_GUARD);
        }
    }

    private void debugInformation(Guards guards) {
        int lines = in.getInt();
        out.putInt(lines == 0 ? 0 : guards.size());
        for (int i = 0; i < lines; i++) {
            int line = in.getInt();
            for (int j = guards.position[i]; j < guards.position[i + 1]; j++) {
                out.putInt(line);
            }
        }
        for (int i = copyInt(); i > 0; i--) {
            copyString();
            out.putInt(guards.position[in.getInt()]);
            out.putInt(guards.position[in.getInt()]);
        }
        for (int i = copyInt(); i > 0; i--) {
            copyString();
        }
    }

    // ---- bytes ----

    private void copy(int bytes) {
        byte[] copied = new byte[bytes];
        in.get(copied);
        out.writeBytes(copied);
    }

    private int copyInt() {
        int value = in.getInt();
        out.putInt(value);
        return value;
    }

    private void copyString() {
        long size = in.getLong();
        out.putLong(size);
        copy(Math.toIntExact(size));
    }

    private void putString(String text) {
        out.write(LuaStack.STRING);
        out.putLong(text.length() + 1L);
        out.writeBytes(Bytes.utf8(text));
        out.write(0);
    }

    // ---- instructions ----

    private static int op(int instruction) {
        return instruction & OPCODES;
    }

    private static int a(int instruction) {
        return instruction >>> 6 & 0xff;
    }

    private static int b(int instruction) {
        return instruction >>> 23;
    }

    private static int c(int instruction) {
        return instruction >>> 14 & 0x1ff;
    }

    private static int instruction(int op, int a, int b, int c) {
        return op | a << 6 | c << 14 | b << 23;
    }

    private static int wide(int op, int a, int value) {
        return op | a << 6 | value << 14;
    }

    /** The instructions of one function with calls of the guards before those that need one. */
    private final class Guards {
        private final int[] code;
        private final int registers;
        private final int constants;
        private final boolean[] cheap;
        /** Where each instruction goes, with what is called before it; and behind the last. */
        private final int[] position;

        private int count;

        Guards(int[] code, int registers, boolean[] cheap) {
            this.code = code;
            this.registers = registers;
            this.constants = cheap.length;
            this.cheap = cheap;
            this.position = new int[code.length + 1];
            for (int i = 0; i < code.length; i++) {
                int guard = isData(i) ? 0 : guardSize(code[i]);
                count += guard > 0 ? 1 : 0;
                position[i + 1] = position[i] + guard + 1;
            }
        }

        int size() {
            return position[code.length];
        }

        /** Whether what stands there is no instruction but the number that belongs to the one before. */
        private boolean isData(int i) {
            return i > 0 && op(code[i - 1]) == SETLIST && c(code[i - 1]) == 0 && !isData(i - 1);
        }

        private int guardSize(int instruction) {
            return switch (op(instruction)) {
                case LT, LE -> isCheap(b(instruction)) || isCheap(c(instruction)) ? 0 : 4;
                case CONCAT -> {
                    int operands = c(instruction) - b(instruction) + 1;
                    yield operands + 3 * ((operands + OPERANDS - 1) / OPERANDS);
                }
                default -> 0;
            };
        }

        void write() {
            for (int i = 0; i < code.length; i++) {
                int instruction = code[i];
                int op = isData(i) ? -1 : op(instruction);
                switch (op) {
                    case LT, LE -> beforeCompare(instruction);
                    case CONCAT -> beforeConcat(instruction);
                    case TAIL_CALL -> instruction = instruction & ~OPCODES | CALL;
                    case JMP, FORLOOP, FORPREP -> {
                        int target = i + 1 + (instruction >>> 14) - JUMP_BIAS;
                        int from = position[i + 1];
                        instruction = wide(op, a(instruction), position[target] - from + JUMP_BIAS);
                    }
                    default -> {}
                }
                out.putInt(instruction);
            }
        }

        private boolean isCheap(int operand) {
            return (operand & CONSTANT) != 0 && cheap[operand & ~CONSTANT];
        }

        private void beforeCompare(int instruction) {
            if (guardSize(instruction) == 0) {
                return;
            }
            out.putInt(wide(GETGLOBAL, registers, constants + 1));
            operand(registers + 1, b(instruction));
            operand(registers + 2, c(instruction));
            out.putInt(instruction(CALL, registers, 3, 1));
        }

        private void operand(int register, int value) {
            out.putInt(
                    (value & CONSTANT) != 0
                            ? wide(LOADK, register, value & ~CONSTANT)
                            : instruction(MOVE, register, value, 0));
        }

        private void beforeConcat(int instruction) {
            int last = c(instruction);
            for (int from = b(instruction); from <= last; from += OPERANDS) {
                int operands = Math.min(OPERANDS, last - from + 1);
                out.putInt(wide(GETGLOBAL, registers, constants));
                out.putInt(instruction(LOADBOOL, registers + 1, from == b(instruction) ? 1 : 0, 0));
                for (int i = 0; i < operands; i++) {
                    out.putInt(instruction(MOVE, registers + 2 + i, from + i, 0));
                }
                out.putInt(instruction(CALL, registers, operands + 2, 1));
            }
        }
    }
}
