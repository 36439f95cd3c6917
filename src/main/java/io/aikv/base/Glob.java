package io.aikv.base;

/**
 * Redis' glob-style patterns, byte for byte: {@code *}, {@code ?}, {@code [abc]}, {@code [^abc]}, {@code [a-z]} and
 * {@code \} before a byte that stands for itself. An unterminated class ends with the pattern; the bytes in ranges compare
 * as signed, as C's char does on x86. An empty string matches the empty pattern only, not even {@code *} (KEYS and SCAN take
 * {@code *} for all keys before they come here).
 *
 * <p>Cost: at most pattern times string steps. Redis 7.0's "skip longer matches" means that once a {@code *} has tried every
 * position without success no earlier one needs to be tried again; so it is enough to remember the last one, and there is no
 * recursion.
 *
 * <p>Stateless, callable on any thread.
 */
public final class Glob {
    private Glob() {}

    /** Whether all of {@code string} matches {@code pattern}, case counting. */
    public static boolean matches(byte[] pattern, byte[] string) {
        return matches(pattern, string, false);
    }

    /** As {@link #matches}, with ASCII letters of either case being equal. */
    public static boolean matchesIgnoreCase(byte[] pattern, byte[] string) {
        return matches(pattern, string, true);
    }

    private static boolean matches(byte[] pattern, byte[] string, boolean ignoreCase) {
        int p = 0;
        int s = 0;
        int afterStar = -1;
        int starTries = 0;
        while (true) {
            if (p < pattern.length && s < string.length && pattern[p] == '*') {
                p = skipStars(pattern, p);
                if (p == pattern.length) {
                    return true;
                }
                afterStar = p;
                starTries = s;
                continue;
            }
            if (s == string.length) {
                // Stars at the end match nothing, but only if something was matched before them.
                int end = s > 0 ? skipStars(pattern, p) : p;
                if (end == pattern.length) {
                    return true;
                }
            } else if (p < pattern.length) {
                int next = matchOne(pattern, p, string[s], ignoreCase);
                if (next >= 0) {
                    p = next;
                    s++;
                    continue;
                }
            }
            if (afterStar < 0 || ++starTries >= string.length) {
                return false;
            }
            p = afterStar;
            s = starTries;
        }
    }

    private static int skipStars(byte[] pattern, int from) {
        int p = from;
        while (p < pattern.length && pattern[p] == '*') {
            p++;
        }
        return p;
    }

    /** Where the pattern goes on if its element at {@code p} (not a star) matches {@code b}, or -1. */
    private static int matchOne(byte[] pattern, int p, byte b, boolean ignoreCase) {
        switch (pattern[p]) {
            case '?':
                return p + 1;
            case '[':
                return matchClass(pattern, p + 1, b, ignoreCase);
            case '\\':
                int literal = p + 1 < pattern.length ? p + 1 : p;
                return equal(pattern[literal], b, ignoreCase) ? literal + 1 : -1;
            default:
                return equal(pattern[p], b, ignoreCase) ? p + 1 : -1;
        }
    }

    /** As {@link #matchOne} for a class; {@code from} is behind its bracket. */
    private static int matchClass(byte[] pattern, int from, byte b, boolean ignoreCase) {
        int p = from;
        boolean negated = p < pattern.length && pattern[p] == '^';
        if (negated) {
            p++;
        }
        boolean found = false;
        while (p < pattern.length && pattern[p] != ']') {
            int left = pattern.length - p;
            if (pattern[p] == '\\' && left >= 2) {
                // An escaped byte keeps its case even when case is ignored, as in Redis.
                found |= pattern[p + 1] == b;
                p += 2;
            } else if (left >= 3 && pattern[p + 1] == '-') {
                found |= inRange(pattern[p], pattern[p + 2], b, ignoreCase);
                p += 3;
            } else {
                found |= equal(pattern[p], b, ignoreCase);
                p++;
            }
        }
        if (found == negated) {
            return -1;
        }
        return p < pattern.length ? p + 1 : p;
    }

    private static boolean inRange(byte first, byte last, byte b, boolean ignoreCase) {
        byte low = first <= last ? first : last;
        byte high = first <= last ? last : first;
        return ignoreCase ? lower(b) >= lower(low) && lower(b) <= lower(high) : b >= low && b <= high;
    }

    private static boolean equal(byte a, byte b, boolean ignoreCase) {
        return a == b || (ignoreCase && lower(a) == lower(b));
    }

    private static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }
}
