package io.aikv.data;

/** What BITOP does with several strings, bit by bit; a string that is shorter than the longest one has zeros behind it. */
public enum BitOperation {
    AND,
    OR,
    XOR,
    NOT,
    /** In the first string and in none of the others. */
    DIFF,
    /** Not in the first string but in one of the others. */
    DIFF1,
    /** In the first string and in one of the others. */
    ANDOR,
    /** In exactly one string. */
    ONE;

    /** Whether the first string has a part of its own, so that there must be others. */
    public boolean needsOthers() {
        return this == DIFF || this == DIFF1 || this == ANDOR;
    }

    /**
     * Takes one more string into account.
     *
     * @param result at first the words of the first string
     * @param other words that stand beside {@code result} for {@link #finish}; zeros at first
     * @param next the words of the next string; three arrays of one size, which is a multiple of eight
     */
    void add(byte[] result, byte[] other, byte[] next) {
        switch (this) {
            case AND -> combine(result, next, (a, b) -> a & b);
            case OR -> combine(result, next, (a, b) -> a | b);
            case XOR -> combine(result, next, (a, b) -> a ^ b);
            case DIFF, DIFF1, ANDOR -> combine(other, next, (a, b) -> a | b);
            case ONE -> addOne(result, other, next);
            case NOT -> throw new IllegalArgumentException("NOT takes one string");
        }
    }

    /** {@code seenTwice} collects what is in more than one string. */
    private static void addOne(byte[] result, byte[] seenTwice, byte[] next) {
        for (int at = 0; at < result.length; at += Long.BYTES) {
            long a = (long) Bitmaps.WORDS.get(result, at);
            long b = (long) Bitmaps.WORDS.get(next, at);
            long twice = (long) Bitmaps.WORDS.get(seenTwice, at) | (a & b);
            Bitmaps.WORDS.set(seenTwice, at, twice);
            Bitmaps.WORDS.set(result, at, a ^ b);
        }
    }

    /** Brings {@code result} to what the operation yields once every string was added. */
    void finish(byte[] result, byte[] other) {
        switch (this) {
            case AND, OR, XOR -> {}
            case NOT -> combine(result, other, (a, b) -> ~a);
            case DIFF, ONE -> combine(result, other, (a, b) -> a & ~b);
            case DIFF1 -> combine(result, other, (a, b) -> ~a & b);
            case ANDOR -> combine(result, other, (a, b) -> a & b);
        }
    }

    @FunctionalInterface
    private interface Words {
        long of(long a, long b);
    }

    private static void combine(byte[] a, byte[] b, Words words) {
        for (int at = 0; at < a.length; at += Long.BYTES) {
            Bitmaps.WORDS.set(a, at, words.of((long) Bitmaps.WORDS.get(a, at), (long) Bitmaps.WORDS.get(b, at)));
        }
    }
}
