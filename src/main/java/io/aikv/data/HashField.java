package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One field of a hash as its row holds it. Immutable; wraps the row without copying.
 *
 * <pre>
 * F hash(4) name                -> 0 value | 1 deadline(8) value
 * X deadline(8) hash(4) name    -> nothing; only of fields that have a deadline
 * </pre>
 *
 * {@code hash} is {@link KeyLayout#hash} of the name: it makes the order of fields independent of their contents, so that an
 * HSCAN cursor names a position in the hash, and a random position finds a random field.
 */
public final class HashField {
    static final byte ROW = 'F';
    static final byte DEADLINE_ROW = 'X';

    /** The deadline and the hash, with which the keys of deadlines' rows begin. */
    static final int DEADLINE_PREFIX_SIZE = 12;

    /** The row of a field without value and deadline: stands in where neither is wanted. */
    static final byte[] NOTHING = {0};

    private static final byte WITHOUT_DEADLINE = 0;
    private static final byte WITH_DEADLINE = 1;
    private static final int HASH_SIZE = 4;
    private static final int DEADLINE_SIZE = 8;

    private final byte[] sub;
    private final byte[] row;

    private HashField(byte[] sub, byte[] row) {
        this.sub = sub;
        this.row = row;
    }

    /** Reads a row of fields: the part of its key behind the tag, and its value. */
    static HashField of(byte[] sub, byte[] row) {
        return new HashField(sub, row);
    }

    /** A copy of the field's name. */
    public byte[] name() {
        return Arrays.copyOfRange(sub, HASH_SIZE, sub.length);
    }

    /** A copy of the value. */
    public byte[] value() {
        return valueOf(row);
    }

    /** The value's bytes, without copying it. */
    public int valueSize() {
        return row.length - valueOffset(row);
    }

    /** When the field goes: milliseconds since the epoch, or {@link KeyRecord#NO_EXPIRY}. */
    public long deadlineMillis() {
        return row[0] == WITH_DEADLINE ? ByteBuffer.wrap(row).getLong(1) : KeyRecord.NO_EXPIRY;
    }

    public boolean hasDeadline() {
        return row[0] == WITH_DEADLINE;
    }

    /** The position of the field in its hash: 0 to 2^32 - 1. */
    long position() {
        return ByteBuffer.wrap(sub).getInt() & 0xffff_ffffL;
    }

    byte[] sub() {
        return sub;
    }

    static byte[] valueOf(byte[] row) {
        return Arrays.copyOfRange(row, valueOffset(row), row.length);
    }

    private static int valueOffset(byte[] row) {
        return row[0] == WITH_DEADLINE ? 1 + DEADLINE_SIZE : 1;
    }

    // ---- rows ----

    /** The key of a field's row behind the tag. */
    static byte[] sub(byte[] name) {
        return ByteBuffer.allocate(HASH_SIZE + name.length)
                .putInt(KeyLayout.hash(name))
                .put(name)
                .array();
    }

    /** Where fields of a position and behind it begin. */
    static byte[] positionSub(long position) {
        return ByteBuffer.allocate(HASH_SIZE).putInt((int) position).array();
    }

    /** The value of a field's row. */
    static byte[] row(byte[] value, long deadlineMillis) {
        if (deadlineMillis == KeyRecord.NO_EXPIRY) {
            byte[] row = new byte[1 + value.length];
            row[0] = WITHOUT_DEADLINE;
            System.arraycopy(value, 0, row, 1, value.length);
            return row;
        }
        return ByteBuffer.allocate(1 + DEADLINE_SIZE + value.length)
                .put(WITH_DEADLINE)
                .putLong(deadlineMillis)
                .put(value)
                .array();
    }

    /** The key of a deadline's row behind the tag. */
    static byte[] deadlineSub(long deadlineMillis, byte[] fieldSub) {
        return ByteBuffer.allocate(DEADLINE_SIZE + fieldSub.length)
                .putLong(deadlineMillis)
                .put(fieldSub)
                .array();
    }

    /** The deadline in the key of a deadline's row. */
    static long deadlineOf(byte[] deadlineSub) {
        return ByteBuffer.wrap(deadlineSub).getLong();
    }

    /** The key of the field's row in the key of its deadline's row. */
    static byte[] fieldSubOf(byte[] deadlineSub) {
        return Arrays.copyOfRange(deadlineSub, DEADLINE_SIZE, deadlineSub.length);
    }

    /** The name, for messages. */
    @Override
    public String toString() {
        return Bytes.text(name());
    }
}
