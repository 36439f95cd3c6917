package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;

/**
 * Hashes: what their header says besides id and count, and the removal of fields that are due. {@link HashView} reads
 * them, {@link HashWriter} changes them, {@link HashField} draws their rows.
 *
 * <pre>
 * extra    nothing | flags(1) | flags(1) earliestDeadline(8)
 * </pre>
 *
 * <p>Flags remember what Redis' OBJECT ENCODING would: a hash that once was large, or once had a field with a deadline,
 * stays so. No field is due before {@code earliestDeadline}; that is a lower bound, which only the removal of due fields
 * makes exact again, so that changing a deadline needs no look at the others. For it the key has an expiry hint in the
 * store, beside the one for its own deadline.
 */
public final class Hashes {
    /** How many fields, and how long a name or a value, Redis' compact encoding holds by default. */
    static final int COMPACT_COUNT_MAX = 512;

    static final int COMPACT_SIZE_MAX = 64;

    static final int LARGE = 1;
    static final int EXPIRING = 2;

    /** Stands for "no field has a deadline". */
    static final long NEVER = Long.MAX_VALUE;

    private static final int EXTRA_OFFSET = 16;
    private static final int EXTRA_SIZE = 1 + Long.BYTES;

    private Hashes() {}

    // ---- the header's own part ----

    static int flags(byte[] extra) {
        return extra.length == 0 ? 0 : extra[0];
    }

    /** No field is due before: milliseconds since the epoch, or {@link #NEVER}. */
    static long earliest(byte[] extra) {
        return extra.length < EXTRA_SIZE ? NEVER : ByteBuffer.wrap(extra).getLong(1);
    }

    static byte[] extra(int flags, long earliest) {
        if (earliest != NEVER) {
            return ByteBuffer.allocate(EXTRA_SIZE)
                    .put((byte) flags)
                    .putLong(earliest)
                    .array();
        }
        return flags == 0 ? Bytes.EMPTY : new byte[] {(byte) flags};
    }

    /** As {@link #earliest}, of a record of any type; {@link KeyRecord#NO_EXPIRY} where no field has a deadline. */
    static long earliestDeadline(KeyRecord record) {
        if (record.type() != Type.HASH || record.payloadSize() < EXTRA_OFFSET + EXTRA_SIZE) {
            return KeyRecord.NO_EXPIRY;
        }
        return record.payloadBuffer().getLong(EXTRA_OFFSET + 1);
    }

    /** What OBJECT ENCODING answers: {@code listpack}, {@code listpackex} (Redis 7.4) or {@code hashtable}. */
    public static String encoding(KeyRecord record) {
        int flags = flags(CollectionHeader.of(record).extra());
        return (flags & LARGE) != 0 ? "hashtable" : (flags & EXPIRING) != 0 ? "listpackex" : "listpack";
    }

    /** Whether a row of the record's collection is a hash's row of a deadline, which follow those of fields. */
    static boolean isDeadline(KeyRecord record, byte[] rowKey) {
        return record.type() == Type.HASH && KeyLayout.tag(rowKey) == HashField.DEADLINE_ROW;
    }

    /** The field's value in its row, without its deadline. */
    static byte[] valueOf(byte[] row) {
        return HashField.valueOf(row);
    }

    // ---- fields that are due ----

    /**
     * Removes fields that are due, earliest first, and says so by the event {@code hexpired}; by {@code del} too if none is
     * left. Brings the header's earliest deadline up to date.
     *
     * @param record of the key, which is not due itself
     * @param limit how many fields to remove, at most
     * @return how many were removed; with {@code limit} there may be more, and then the earliest deadline is still due
     */
    static int removeDueFields(WriteContext context, byte[] key, KeyRecord record, int limit) {
        HashWriter hash = HashWriter.of(context, key, record);
        long earliest = NEVER;
        int removed = 0;
        try (Cursor deadlines = hash.deadlines()) {
            while (deadlines.next()) {
                byte[] sub = KeyLayout.sub(deadlines.key());
                long deadline = HashField.deadlineOf(sub);
                if (deadline > context.nowMillis() || removed == limit) {
                    earliest = deadline;
                    break;
                }
                hash.removeDue(sub);
                removed++;
            }
        }
        hash.setEarliest(earliest);
        hash.finish();
        return removed;
    }
}
