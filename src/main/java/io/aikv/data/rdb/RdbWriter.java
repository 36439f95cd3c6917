package io.aikv.data.rdb;

import io.aikv.base.Numbers;

/**
 * Writes a payload in the plain encodings that Redis 7.0 reads: the type first, then what belongs to it, at last
 * {@link #finish()}. Takes at most three times the payload's size in memory.
 */
public final class RdbWriter {
    static final String TOO_LARGE = "ERR the DUMP payload exceeds the maximum allowed size (proto-max-bulk-len)";

    /** Redis 7.0. */
    private static final int VERSION = 10;

    /** Redis 7.4, the first with deadlines of fields. */
    private static final int VERSION_FIELD_DEADLINES = 12;

    private static final int LENGTH_14 = 0x40;
    private static final int LENGTH_32 = 0x80;
    private static final int LENGTH_64 = 0x81;
    private static final int INT_8 = 0xc0;
    private static final int INT_16 = 0xc1;
    private static final int INT_32 = 0xc2;
    private static final int INTEGER_DIGITS_MAX = 11;

    private final ByteWriter out;
    private int version = VERSION;

    /**
     * A payload without anything in it.
     *
     * @param sizeMax bytes of the payload; more end with {@code ERR the DUMP payload exceeds the maximum allowed size
     *     (proto-max-bulk-len)}
     */
    public RdbWriter(int sizeMax) {
        out = new ByteWriter(sizeMax, TOO_LARGE);
    }

    // ---- types ----

    /** A string. */
    public void text(byte[] value) {
        out.put(RdbType.STRING);
        string(value);
    }

    /** A document of RedisJSON. */
    public void json(byte[] text) {
        out.put(RdbType.MODULE_2);
        count(JsonModule.ID);
        count(JsonModule.STRING);
        string(text);
        count(JsonModule.END);
    }

    /** A list follows: a {@link #count}, so many times {@link #listNode}. */
    public void beginList() {
        out.put(RdbType.LIST_QUICKLIST_2);
    }

    /** A set follows: a {@link #count}, its members. */
    public void beginSet() {
        out.put(RdbType.SET);
    }

    /** A hash follows: a {@link #count}, names and values in turn. */
    public void beginHash() {
        out.put(RdbType.HASH);
    }

    /**
     * A hash with deadlines follows: a {@link #count}, for each field {@link #deadline}, name and value. Only Redis 7.4 and
     * later read it.
     *
     * @param earliestMillis no deadline is before
     */
    public void beginHashWithDeadlines(long earliestMillis) {
        version = VERSION_FIELD_DEADLINES;
        out.put(RdbType.HASH_METADATA);
        millis(earliestMillis);
    }

    /** A sorted set follows: a {@link #count}, members and scores ({@link #score}) in turn, in any order. */
    public void beginSortedSet() {
        out.put(RdbType.ZSET_2);
    }

    /** A stream follows. */
    public void beginStream() {
        out.put(RdbType.STREAM_LISTPACKS_2);
    }

    // ---- parts ----

    /** Leaves room for a count that is not known yet; returns the place for {@link #setCount}. */
    public int reserveCount() {
        out.put(LENGTH_32);
        int place = out.size();
        out.putBig(0, 4);
        return place;
    }

    /** Fills in what {@link #reserveCount} left open. */
    public void setCount(int place, int count) {
        out.setBig(place, count, 4);
    }

    /** A number as lengths and counts are written; any long, as unsigned. */
    public void count(long count) {
        if (count >= 0 && count < 1 << 6) {
            out.put((int) count);
        } else if (count >= 0 && count < 1 << 14) {
            out.put(LENGTH_14 | (int) (count >> 8));
            out.put((int) count);
        } else if (count >= 0 && count < 1L << 32) {
            out.put(LENGTH_32);
            out.putBig(count, 4);
        } else {
            out.put(LENGTH_64);
            out.putBig(count, 8);
        }
    }

    /** A string with its length; short integers take less. */
    public void string(byte[] value) {
        if (value.length <= INTEGER_DIGITS_MAX && Numbers.isLong(value)) {
            long number = Numbers.parseLong(value);
            if (number == (int) number) {
                integer((int) number);
                return;
            }
        }
        count(value.length);
        out.put(value);
    }

    private void integer(int number) {
        if (number == (byte) number) {
            out.put(INT_8);
            out.put(number);
        } else if (number == (short) number) {
            out.put(INT_16);
            out.putLittle(number, 2);
        } else {
            out.put(INT_32);
            out.putLittle(number, 4);
        }
    }

    /** A node of a list. */
    public void listNode(ListpackWriter node) {
        count(RdbType.PACKED_NODE);
        listpack(node);
    }

    /** A listpack as a string. */
    public void listpack(ListpackWriter listpack) {
        ByteWriter bytes = listpack.finish();
        count(bytes.size());
        out.put(bytes);
    }

    /** A score in its eight bytes. */
    public void score(double score) {
        out.putLittle(Double.doubleToRawLongBits(score), 8);
    }

    /** An instant in milliseconds since the epoch. */
    public void millis(long millis) {
        out.putLittle(millis, 8);
    }

    /**
     * The deadline of a field.
     *
     * @param deadlineMillis no earlier than {@code earliestMillis}, or {@link RdbValue.Field#NEVER}
     */
    public void deadline(long deadlineMillis, long earliestMillis) {
        count(deadlineMillis == RdbValue.Field.NEVER ? 0 : deadlineMillis - earliestMillis + 1);
    }

    /** An id as two numbers. */
    public void id(long ms, long seq) {
        count(ms);
        count(seq);
    }

    /** An id in its sixteen bytes. */
    public void rawId(long ms, long seq) {
        out.putBig(ms, 8);
        out.putBig(seq, 8);
    }

    /** The key of a stream's node: an id as a string of sixteen bytes. */
    public void nodeKey(long ms, long seq) {
        count(16);
        rawId(ms, seq);
    }

    // ---- the end ----

    /** The payload with its version and checksum. */
    public byte[] finish() {
        out.putLittle(version, 2);
        out.putLittle(out.checksum(), 8);
        return out.toBytes();
    }
}
