package io.aikv.script;

import io.aikv.base.Bytes;
import java.io.ByteArrayOutputStream;

/** string.find, match, gmatch and gsub over {@link LuaPattern}; see there why. */
final class StringFunctions {
    /** Comparisons that are one step of the script's. */
    private static final int MATCHES_PER_STEP = 4;

    /** Bytes of a result, put together one by one, that are one step. */
    private static final int OUT_BYTES_PER_STEP = 16;

    private static final int GUARD_BYTES = 1 << 20;

    private static final long MATCHES_MAX = 20_000_000;
    private static final byte[] SPECIALS = Bytes.utf8("^$*+?.([%-");

    private StringFunctions() {}

    static int find(LuaStack stack) {
        return find(stack, true);
    }

    static int match(LuaStack stack) {
        return find(stack, false);
    }

    private static int find(LuaStack stack, boolean find) {
        String name = find ? "find" : "match";
        byte[] source = stack.requireBytes(1, name);
        byte[] pattern = stack.requireBytes(2, name);
        int init = start(stack.optionalInt(3, 1, name), source.length) - 1;
        init = Math.max(0, Math.min(init, source.length));
        boolean plain = find && (stack.truth(4) || !hasSpecials(pattern));
        LuaPattern matcher = new LuaPattern(source, pattern, MATCHES_MAX);
        stack.setTop(0);
        try {
            if (plain) {
                int at = indexOf(stack, source, pattern, init);
                if (at < 0) {
                    stack.pushNil();
                    return 1;
                }
                stack.push((double) at + 1);
                stack.push((double) at + pattern.length);
                return 2;
            }
            boolean anchored = pattern.length > 0 && pattern[0] == '^';
            for (int s = init; s <= source.length; s++) {
                int end = matcher.match(s, anchored ? 1 : 0);
                if (end >= 0) {
                    return pushMatch(stack, matcher, find, s, end);
                }
                if (anchored) {
                    break;
                }
            }
            stack.pushNil();
            return 1;
        } finally {
            stack.state().addCost(matcher.steps() / MATCHES_PER_STEP);
        }
    }

    private static int pushMatch(LuaStack stack, LuaPattern matcher, boolean find, int start, int end) {
        int pushed = 0;
        if (find) {
            stack.push((double) start + 1);
            stack.push((double) end);
            pushed = 2;
        }
        int captures = matcher.captures(!find);
        stack.require(captures + 4);
        for (int i = 0; i < captures; i++) {
            matcher.push(stack, i, start, end);
        }
        return pushed + captures;
    }

    private static int start(int position, int length) {
        return position >= 0 ? position : Math.max(0, length + position + 1);
    }

    private static boolean hasSpecials(byte[] pattern) {
        for (byte b : pattern) {
            for (byte special : SPECIALS) {
                if (b == special) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int indexOf(LuaStack stack, byte[] source, byte[] wanted, int from) {
        long compared = 0;
        for (int s = from; s <= source.length - wanted.length; s++) {
            int i = 0;
            while (i < wanted.length && source[s + i] == wanted[i]) {
                i++;
            }
            compared += i + 1;
            if (compared > MATCHES_MAX) {
                throw LuaError.stop(Outcome.Stop.STEPS);
            }
            if (i == wanted.length) {
                stack.state().addCost(compared / 16);
                return s;
            }
        }
        stack.state().addCost(compared / 16);
        return -1;
    }

    // ---- all matches ----

    /** Receives each match in order. */
    @FunctionalInterface
    private interface Each {
        void match(LuaPattern matcher, int start, int end);
    }

    private static int forEach(LuaStack stack, byte[] source, byte[] pattern, long max, boolean anchors, Each each) {
        LuaPattern matcher = new LuaPattern(source, pattern, MATCHES_MAX);
        boolean anchored = anchors && pattern.length > 0 && pattern[0] == '^';
        int found = 0;
        int s = 0;
        try {
            while (found < max && s <= source.length) {
                int end = matcher.match(s, anchored ? 1 : 0);
                if (end >= 0) {
                    found++;
                    each.match(matcher, s, end);
                }
                if (end > s) {
                    s = end;
                } else {
                    s++;
                }
                if (anchored) {
                    break;
                }
            }
        } finally {
            stack.state().addCost(matcher.steps() / MATCHES_PER_STEP);
        }
        return found;
    }

    /** gsub with a string: the result, and the number of replacements. */
    static int gsub(LuaStack stack) {
        byte[] source = stack.requireBytes(1, "gsub");
        byte[] pattern = stack.requireBytes(2, "gsub");
        byte[] replacement = stack.requireBytes(3, "gsub");
        long max = stack.type(4) <= LuaStack.NIL ? Long.MAX_VALUE : (long) stack.requireNumber(4, "gsub");
        ByteArrayOutputStream out = new ByteArrayOutputStream(source.length);
        int[] copied = {0};
        Guard guard = new Guard(stack);
        int found;
        try {
            found = forEach(stack, source, pattern, max, true, (matcher, start, end) -> {
                out.write(source, copied[0], start - copied[0]);
                replace(guard, out, matcher, replacement, start, end);
                copied[0] = end;
            });
        } finally {
            stack.state().addCost(out.size() / OUT_BYTES_PER_STEP);
        }
        out.write(source, copied[0], source.length - copied[0]);
        stack.setTop(0);
        stack.push(out.toByteArray());
        stack.push(found);
        return 2;
    }

    /** Looks at the memory once in a while. */
    private static final class Guard {
        private final LuaStack stack;
        private int guarded;

        Guard(LuaStack stack) {
            this.stack = stack;
        }

        void check(int size) {
            if (size - guarded > GUARD_BYTES) {
                guarded = size;
                stack.guardMemory(size);
            }
        }
    }

    private static void replace(
            Guard guard, ByteArrayOutputStream out, LuaPattern matcher, byte[] with, int start, int end) {
        for (int i = 0; i < with.length; i++) {
            guard.check(out.size());
            if (with[i] != '%') {
                out.write(with[i]);
                continue;
            }
            i++;
            int c = i < with.length ? with[i] : 0;
            if (c < '0' || c > '9') {
                out.write(c);
            } else {
                // %0 is the whole match; %1 too where there are no captures.
                int capture = c == '0' ? LuaPattern.CAPTURES_MAX : c - '1';
                out.writeBytes(matcher.replacement(capture, start, end));
            }
        }
    }

    /**
     * {@code matches(s, p, max, anchors, kind)}: a flat array of {@code start, end, number of captures, captures...} of every
     * match, its length, and the source as a string.
     */
    static int matches(LuaStack stack) {
        boolean anchors = stack.truth(4);
        String name = anchors ? "gsub" : "gmatch";
        byte[] source = stack.requireBytes(1, name);
        byte[] pattern = stack.requireBytes(2, name);
        String kind = stack.text(5);
        if (anchors && !kind.equals("table") && !kind.equals("function")) {
            throw LuaError.argument(3, name, "string/function/table expected");
        }
        if (stack.type(3) > LuaStack.NIL && !stack.isNumeric(3)) {
            throw LuaError.argument(4, name, "number expected, got " + stack.typeName(3)); // The fourth of gsub.
        }
        long max = stack.type(3) <= LuaStack.NIL ? Long.MAX_VALUE : (long) stack.number(3);
        stack.newTable(0, 0);
        int table = stack.absolute(-1);
        int[] size = {0};
        forEach(stack, source, pattern, max, anchors, (matcher, start, end) -> {
            int captures = matcher.captures(true);
            put(stack, table, ++size[0], start + 1);
            put(stack, table, ++size[0], end);
            put(stack, table, ++size[0], captures);
            for (int i = 0; i < captures; i++) {
                matcher.push(stack, i, start, end);
                stack.setElement(table, ++size[0]);
            }
            if ((size[0] & 0xfff) < captures + 3) {
                stack.guardMemory(0);
            }
        });
        stack.push(size[0]);
        stack.pushCopy(1);
        return 3;
    }

    private static void put(LuaStack stack, int table, int position, int value) {
        stack.push(value);
        stack.setElement(table, position);
    }
}
