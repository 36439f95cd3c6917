package io.aikv.script;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a compiled function for what Lua 5.1.5 cannot run safely: a function with fixed parameters and "..." writes
 * as many slots beyond the stack that it made sure of as fixed parameters are missing (CVE-2014-5461); the stack has five to
 * spare. And makes its tail calls ordinary ones.
 */
final class Bytecode {
    private static final int HEADER_SIZE = 12;
    private static final int SPARE_SLOTS = 5;
    private static final int IS_VARARG = 2;
    private static final int OPCODES = 0x3f;
    private static final int CALL = 28;
    private static final int TAIL_CALL = 29;

    private final ByteBuffer in;

    private Bytecode(ByteBuffer in) {
        this.in = in;
    }

    /** Null, or why the function that was dumped must not run. Changes the dump. */
    static @Nullable String problem(@Nullable ByteBuffer dump) {
        if (dump == null) {
            return null; // Not a function in Lua.
        }
        ByteBuffer in = dump.duplicate().order(ByteOrder.nativeOrder());
        in.position(HEADER_SIZE);
        return new Bytecode(in).isSafe()
                ? null
                : "a function with \"...\" may have at most " + SPARE_SLOTS + " parameters before it";
    }

    private boolean isSafe() {
        skipString();
        skip(4 + 4 + 1);
        int parameters = in.get() & 0xff;
        int varargs = in.get() & 0xff;
        skip(1);
        replaceTailCalls(in.getInt());
        skipConstants();
        boolean safe = (varargs & IS_VARARG) == 0 || parameters <= SPARE_SLOTS;
        for (int i = in.getInt(); i > 0; i--) {
            safe &= isSafe();
        }
        skip(4L * in.getInt());
        for (int i = in.getInt(); i > 0; i--) {
            skipString();
            skip(8);
        }
        for (int i = in.getInt(); i > 0; i--) {
            skipString();
        }
        return safe;
    }

    /**
     * Makes {@code return f()} an ordinary call: Lua would forget the line that it stands in, which errors of functions in Lua
     * need where Redis has functions in C. What is behind the call returns its results as they are.
     */
    private void replaceTailCalls(int instructions) {
        for (int i = 0; i < instructions; i++) {
            int instruction = in.getInt();
            if ((instruction & OPCODES) == TAIL_CALL) {
                in.putInt(in.position() - 4, instruction & ~OPCODES | CALL);
            }
        }
    }

    private void skipConstants() {
        for (int i = in.getInt(); i > 0; i--) {
            switch (in.get()) {
                case LuaStack.NIL -> {}
                case LuaStack.BOOLEAN -> skip(1);
                case LuaStack.NUMBER -> skip(8);
                case LuaStack.STRING -> skipString();
                default -> throw new IllegalStateException("an unknown constant in a compiled script");
            }
        }
    }

    private void skipString() {
        skip(in.getLong());
    }

    private void skip(long bytes) {
        in.position(Math.toIntExact(in.position() + bytes));
    }
}
