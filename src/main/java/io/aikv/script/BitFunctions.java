package io.aikv.script;

import java.util.Locale;
import java.util.function.IntBinaryOperator;

/** LuaBitOp: operations on 32 bits; numbers are taken modulo 2^32, results are signed. */
final class BitFunctions {
    /** 2^52 + 2^51: added to a double it leaves the rounded integer in the low bits. */
    private static final double MAGIC = 6755399441055744.0;

    private static final int TOHEX_STEPS = 10;

    private BitFunctions() {}

    private static int bits(LuaStack stack, int index, String name) {
        return (int) Double.doubleToRawLongBits(stack.requireNumber(index, name) + MAGIC);
    }

    private static int result(LuaStack stack, int bits) {
        stack.push(bits);
        return 1;
    }

    static int tobit(LuaStack stack) {
        return result(stack, bits(stack, 1, "tobit"));
    }

    static int bnot(LuaStack stack) {
        return result(stack, ~bits(stack, 1, "bnot"));
    }

    static int bswap(LuaStack stack) {
        return result(stack, Integer.reverseBytes(bits(stack, 1, "bswap")));
    }

    /** band, bor, bxor: of one number or more. */
    static int fold(LuaStack stack, String name, IntBinaryOperator operator) {
        int bits = bits(stack, 1, name);
        for (int i = stack.top(); i > 1; i--) {
            bits = operator.applyAsInt(bits, bits(stack, i, name));
        }
        return result(stack, bits);
    }

    /** Shifts and rotations, by the low five bits of the second number. */
    static int shift(LuaStack stack, String name, IntBinaryOperator operator) {
        int bits = bits(stack, 1, name);
        return result(stack, operator.applyAsInt(bits, bits(stack, 2, name) & 31));
    }

    /** {@code tohex(x, n)}: n digits, 8 by default, in upper case if n is negative. */
    static int tohex(LuaStack stack) {
        int bits = bits(stack, 1, "tohex");
        stack.state().addCost(TOHEX_STEPS);
        int digits = stack.type(2) < 0 ? 8 : bits(stack, 2, "tohex");
        boolean upper = digits < 0;
        int count = digits == Integer.MIN_VALUE ? 8 : Math.min(8, Math.abs(digits));
        String all = String.format(Locale.ROOT, upper ? "%08X" : "%08x", bits);
        stack.pushAscii(all.substring(8 - count));
        return 1;
    }
}
