package io.aikv.data;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The id of a stream's entry: a time in milliseconds and a sequence number within it, both unsigned 64-bit integers.
 * Ordered by time, then by sequence; the bytes are ordered the same way.
 */
public record StreamId(long ms, long seq) implements Comparable<StreamId> {
    public static final StreamId MIN = new StreamId(0, 0);
    public static final StreamId MAX = new StreamId(-1, -1);

    /** Bytes of an encoded id. */
    static final int SIZE = 16;

    private static final int TEXT_SIZE_MAX = 127;

    /** What {@link #parseIncomplete} reads: {@code seq} is null where the text is {@code ms-*}. */
    public record Incomplete(long ms, @Nullable Long seq) {}

    static StreamId decode(ByteBuffer bytes) {
        return new StreamId(bytes.getLong(), bytes.getLong());
    }

    /** The id that ends a row's key. */
    static StreamId atEnd(byte[] row) {
        ByteBuffer bytes = ByteBuffer.wrap(row);
        return new StreamId(bytes.getLong(row.length - SIZE), bytes.getLong(row.length - Long.BYTES));
    }

    byte[] bytes() {
        return ByteBuffer.allocate(SIZE).putLong(ms).putLong(seq).array();
    }

    ByteBuffer put(ByteBuffer out) {
        return out.putLong(ms).putLong(seq);
    }

    /** The next greater id, or null for {@link #MAX}. */
    public @Nullable StreamId next() {
        if (seq != -1) {
            return new StreamId(ms, seq + 1);
        }
        return ms == -1 ? null : new StreamId(ms + 1, 0);
    }

    /** The next smaller id, or null for {@link #MIN}. */
    public @Nullable StreamId previous() {
        if (seq != 0) {
            return new StreamId(ms, seq - 1);
        }
        return ms == 0 ? null : new StreamId(ms - 1, -1);
    }

    public boolean isBefore(StreamId other) {
        return compareTo(other) < 0;
    }

    public boolean isAfter(StreamId other) {
        return compareTo(other) > 0;
    }

    static StreamId min(StreamId a, StreamId b) {
        return a.isBefore(b) ? a : b;
    }

    static StreamId max(StreamId a, StreamId b) {
        return a.isBefore(b) ? b : a;
    }

    @Override
    public int compareTo(StreamId other) {
        int order = Long.compareUnsigned(ms, other.ms);
        return order != 0 ? order : Long.compareUnsigned(seq, other.seq);
    }

    /** {@code ms-seq} in decimal digits. */
    @Override
    public String toString() {
        return Long.toUnsignedString(ms) + "-" + Long.toUnsignedString(seq);
    }

    // ---- reading text ----

    /** Reads {@code ms} or {@code ms-seq} as Redis does; null if it is neither. {@code missingSeq} completes the first. */
    public static @Nullable StreamId parse(byte[] text, long missingSeq) {
        Incomplete id = parse(text, missingSeq, false);
        return id == null || id.seq == null ? null : new StreamId(id.ms, id.seq);
    }

    /** As {@link #parse(byte[], long)} with 0 for what is missing, and {@code ms-*} is allowed. */
    public static @Nullable Incomplete parseIncomplete(byte[] text) {
        return parse(text, 0, true);
    }

    private static @Nullable Incomplete parse(byte[] text, long missingSeq, boolean starAllowed) {
        if (text.length > TEXT_SIZE_MAX) {
            return null;
        }
        int end = 0;
        int dash = -1;
        while (end < text.length && text[end] != 0) {
            if (text[end] == '-' && dash < 0) {
                dash = end;
            }
            end++;
        }
        Long ms = unsigned(text, 0, dash < 0 ? end : dash);
        if (ms == null) {
            return null;
        }
        if (dash < 0) {
            return new Incomplete(ms, missingSeq);
        }
        if (starAllowed && end == dash + 2 && text[dash + 1] == '*') {
            return new Incomplete(ms, null);
        }
        Long seq = unsigned(text, dash + 1, end);
        return seq == null ? null : new Incomplete(ms, seq);
    }

    /**
     * An unsigned number as Redis' string2ull reads it, which falls back to C's strtoull: spaces and a plus sign may stand
     * ahead, and zeros; a minus sign only where string2ll would not see a number, and then it wraps around.
     */
    private static @Nullable Long unsigned(byte[] text, int from, int to) {
        int at = from;
        while (at < to && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) {
            at++;
        }
        boolean negative = at < to && text[at] == '-';
        int digits = negative || (at < to && text[at] == '+') ? at + 1 : at;
        if (digits == to) {
            return null;
        }
        long value = 0;
        for (int i = digits; i < to; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9 || Long.compareUnsigned(value, Long.divideUnsigned(-1 - digit, 10)) > 0) {
                return null;
            }
            value = value * 10 + digit;
        }
        boolean plainNegative = negative && at == from && text[digits] != '0' && value - 1 >= 0;
        return plainNegative ? null : Long.valueOf(negative ? -value : value);
    }
}
