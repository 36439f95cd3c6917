package io.aikv.script;

import io.aikv.base.Bytes;
import java.util.Arrays;

/**
 * Lua 5.1's patterns over bytes, with its errors. Here and not in Lua's own library because a pattern can take exponential
 * time, and a long one the stack of the process: steps are counted, and the depth is bounded.
 */
final class LuaPattern {
    static final int CAPTURES_MAX = 32;
    private static final int DEPTH_MAX = 200;
    private static final int NO_MATCH = -1;
    private static final int UNFINISHED = -1;
    private static final int POSITION = -2;

    /** Looking through so many bytes of a class is as good as a comparison. */
    private static final int CLASS_BYTES_PER_STEP = 4;

    private final byte[] source;
    private final byte[] pattern;
    private final long stepsMax;
    private final int[] captureStart = new int[CAPTURES_MAX];
    private final int[] captureLength = new int[CAPTURES_MAX];
    private int level;
    private int depth;
    private long steps;

    /** @param stepsMax how many comparisons may be made before the script has to end */
    LuaPattern(byte[] source, byte[] pattern, long stepsMax) {
        this.source = source;
        this.pattern = pattern;
        this.stepsMax = stepsMax;
    }

    /** Matches the pattern from {@code at} of the source on; answers the end of the match, or -1. */
    int match(int at, int patternStart) {
        level = 0;
        depth = 0;
        return step(at, patternStart);
    }

    /** Comparisons made so far. */
    long steps() {
        return steps;
    }

    /** How many captures the last match has, the whole of it where the pattern has none. */
    int captures(boolean wholeIfNone) {
        return level == 0 && wholeIfNone ? 1 : level;
    }

    /** Pushes a capture of the last match, which began at {@code start} and ended before {@code end}. */
    void push(LuaStack stack, int capture, int start, int end) {
        if (capture < level && captureLength[capture] == POSITION) {
            stack.push((double) captureStart[capture] + 1);
        } else {
            stack.push(capture(capture, start, end));
        }
    }

    /** What {@code %1} to {@code %9} of a replacement stand for; {@link #CAPTURES_MAX} is {@code %0}, the whole match. */
    byte[] replacement(int capture, int start, int end) {
        return capture == CAPTURES_MAX ? Arrays.copyOfRange(source, start, end) : capture(capture, start, end);
    }

    private byte[] capture(int capture, int start, int end) {
        if (capture >= level) {
            if (capture != 0) {
                throw LuaError.positioned("invalid capture index");
            }
            return Arrays.copyOfRange(source, start, end);
        }
        int length = captureLength[capture];
        if (length == UNFINISHED) {
            throw LuaError.positioned("unfinished capture");
        }
        if (length == POSITION) {
            return Bytes.utf8(Integer.toString(captureStart[capture] + 1));
        }
        return Arrays.copyOfRange(source, captureStart[capture], captureStart[capture] + length);
    }

    // ---- matching ----

    private void count() {
        count(1);
    }

    private void count(int more) {
        steps += more;
        if (steps > stepsMax) {
            throw LuaError.stop(Outcome.Stop.STEPS);
        }
    }

    private int step(int s, int p) {
        if (++depth > DEPTH_MAX) {
            throw LuaError.positioned("pattern too complex");
        }
        int result = run(s, p);
        depth--;
        return result;
    }

    private int run(int at, int from) {
        int s = at;
        int p = from;
        while (p < pattern.length) {
            count();
            switch (pattern[p]) {
                case '(':
                    return p + 1 < pattern.length && pattern[p + 1] == ')'
                            ? startCapture(s, p + 2, POSITION)
                            : startCapture(s, p + 1, UNFINISHED);
                case ')':
                    return endCapture(s, p + 1);
                case '$':
                    if (p + 1 == pattern.length) {
                        return s == source.length ? s : NO_MATCH;
                    }
                    break;
                case '%':
                    int after = special(s, p);
                    if (after != CONTINUE) {
                        if (after == NO_MATCH) {
                            return NO_MATCH;
                        }
                        s = after;
                        p += specialSize(p);
                        continue;
                    }
                    break;
                default:
                    break;
            }
            int end = classEnd(p);
            boolean one = s < source.length && single(source[s] & 0xff, p, end);
            int suffix = end < pattern.length ? pattern[end] : 0;
            switch (suffix) {
                case '?':
                    if (one) {
                        int result = step(s + 1, end + 1);
                        if (result != NO_MATCH) {
                            return result;
                        }
                    }
                    p = end + 1;
                    continue;
                case '*':
                    return maxExpand(s, p, end);
                case '+':
                    return one ? maxExpand(s + 1, p, end) : NO_MATCH;
                case '-':
                    return minExpand(s, p, end);
                default:
                    if (!one) {
                        return NO_MATCH;
                    }
                    s++;
                    p = end;
            }
        }
        return s;
    }

    private static final int CONTINUE = -2;

    /** What stands behind a percent sign and is no class: the position behind it, no match, or {@link #CONTINUE}. */
    private int special(int s, int p) {
        int next = p + 1 < pattern.length ? pattern[p + 1] : 0;
        if (next == 'b') {
            return balance(s, p + 2);
        } else if (next == 'f') {
            return frontier(s, p + 2);
        } else if (next >= '0' && next <= '9') {
            return backReference(s, next);
        }
        return CONTINUE;
    }

    private int specialSize(int p) {
        int next = pattern[p + 1];
        return next == 'b' ? 4 : next == 'f' ? classEnd(p + 2) - p : 2;
    }

    private int frontier(int s, int p) {
        if (p >= pattern.length || pattern[p] != '[') {
            throw LuaError.positioned("missing '[' after '%f' in pattern");
        }
        int end = classEnd(p);
        int previous = s == 0 ? 0 : source[s - 1] & 0xff;
        int current = s < source.length ? source[s] & 0xff : 0;
        return !set(previous, p, end - 1) && set(current, p, end - 1) ? s : NO_MATCH;
    }

    private int balance(int at, int p) {
        if (p + 1 >= pattern.length) {
            throw LuaError.positioned("unbalanced pattern");
        }
        if (at >= source.length || source[at] != pattern[p]) {
            return NO_MATCH;
        }
        int open = 1;
        for (int s = at + 1; s < source.length; s++) {
            count();
            if (source[s] == pattern[p + 1]) {
                if (--open == 0) {
                    return s + 1;
                }
            } else if (source[s] == pattern[p]) {
                open++;
            }
        }
        return NO_MATCH;
    }

    private int backReference(int s, int digit) {
        int capture = digit - '1';
        if (capture < 0 || capture >= level || captureLength[capture] == UNFINISHED) {
            throw LuaError.positioned("invalid capture index");
        }
        int length = Math.max(0, captureLength[capture]);
        count(1 + length / 8);
        boolean same = source.length - s >= length
                && Arrays.equals(source, captureStart[capture], captureStart[capture] + length, source, s, s + length);
        return same ? s + length : NO_MATCH;
    }

    private int maxExpand(int s, int p, int end) {
        int i = 0;
        while (s + i < source.length && single(source[s + i] & 0xff, p, end)) {
            i++;
            count();
        }
        for (; i >= 0; i--) {
            int result = step(s + i, end + 1);
            if (result != NO_MATCH) {
                return result;
            }
        }
        return NO_MATCH;
    }

    private int minExpand(int at, int p, int end) {
        int s = at;
        while (true) {
            int result = step(s, end + 1);
            if (result != NO_MATCH) {
                return result;
            }
            if (s >= source.length || !single(source[s] & 0xff, p, end)) {
                return NO_MATCH;
            }
            s++;
        }
    }

    private int startCapture(int s, int p, int what) {
        if (level >= CAPTURES_MAX) {
            throw LuaError.positioned("too many captures");
        }
        captureStart[level] = s;
        captureLength[level] = what;
        level++;
        int result = step(s, p);
        if (result == NO_MATCH) {
            level--;
        }
        return result;
    }

    private int endCapture(int s, int p) {
        int open = level - 1;
        while (open >= 0 && captureLength[open] != UNFINISHED) {
            open--;
        }
        if (open < 0) {
            throw LuaError.positioned("invalid pattern capture");
        }
        captureLength[open] = s - captureStart[open];
        int result = step(s, p);
        if (result == NO_MATCH) {
            captureLength[open] = UNFINISHED;
        }
        return result;
    }

    // ---- classes ----

    private int classEnd(int at) {
        int p = at;
        int first = pattern[p++];
        if (first == '%') {
            if (p >= pattern.length) {
                throw LuaError.positioned("malformed pattern (ends with '%')");
            }
            return p + 1;
        }
        if (first != '[') {
            return p;
        }
        int begin = p;
        if (p < pattern.length && pattern[p] == '^') {
            p++;
        }
        do {
            if (p >= pattern.length) {
                throw LuaError.positioned("malformed pattern (missing ']')");
            }
            if (pattern[p++] == '%') {
                p++;
            }
            if (p > pattern.length) {
                throw LuaError.positioned("malformed pattern (missing ']')");
            }
        } while (p >= pattern.length || pattern[p] != ']');
        count((p - begin) / CLASS_BYTES_PER_STEP);
        return p + 1;
    }

    private boolean single(int c, int p, int end) {
        return switch (pattern[p]) {
            case '.' -> true;
            case '%' -> ofClass(c, pattern[p + 1] & 0xff);
            case '[' -> set(c, p, end - 1);
            default -> (pattern[p] & 0xff) == c;
        };
    }

    private boolean set(int c, int at, int end) {
        count((end - at) / CLASS_BYTES_PER_STEP);
        int p = at;
        boolean positive = true;
        if (pattern[p + 1] == '^') {
            positive = false;
            p++;
        }
        while (++p < end) {
            if (pattern[p] == '%') {
                p++;
                if (ofClass(c, pattern[p] & 0xff)) {
                    return positive;
                }
            } else if (pattern[p + 1] == '-' && p + 2 < end) {
                p += 2;
                if ((pattern[p - 2] & 0xff) <= c && c <= (pattern[p] & 0xff)) {
                    return positive;
                }
            } else if ((pattern[p] & 0xff) == c) {
                return positive;
            }
        }
        return !positive;
    }

    private static boolean ofClass(int c, int letter) {
        int lower = letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
        boolean result;
        switch (lower) {
            case 'a' -> result = isAlpha(c);
            case 'c' -> result = c < 32 || c == 127;
            case 'd' -> result = isDigit(c);
            case 'l' -> result = c >= 'a' && c <= 'z';
            case 'p' -> result = c > 32 && c < 127 && !isAlpha(c) && !isDigit(c);
            case 's' -> result = c == ' ' || c >= 9 && c <= 13;
            case 'u' -> result = c >= 'A' && c <= 'Z';
            case 'w' -> result = isAlpha(c) || isDigit(c);
            case 'x' -> result = isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
            case 'z' -> result = c == 0;
            default -> {
                return letter == c;
            }
        }
        return (letter != lower) != result;
    }

    private static boolean isAlpha(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
