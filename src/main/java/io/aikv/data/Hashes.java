package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Hashes: what their header says besides id and count, and the removal of fields that are due. {@link HashView} reads
 * them, {@link HashWriter} changes them, {@link HashField} draws their rows.
 *
 * <pre>
 * extra    nothing | flags(1) | flags(1) earliestDeadline(8) hash(4)
 * </pre>
 *
 * <p>Flags remember what Redis' OBJECT ENCODING would: a hash that once was large, or once had a field with a deadline,
 * stays so. No row of a deadline stands before that of {@code earliestDeadline hash}; this is a lower bound, which only the
 * removal of due fields makes exact again, so that changing a deadline needs no look at the others. It is where that
 * removal begins, so that it need not walk over what it has removed before, which is many tombstones where many fields have
 * one deadline. For the earliest deadline the key has an expiry hint in the store, beside the one for its own.
 */
public final class Hashes {
    /** How many fields, and how long a name or a value, Redis' compact encoding holds by default. */
    static final int COMPACT_COUNT_MAX = 512;

    static final int COMPACT_SIZE_MAX = 64;

    static final int LARGE = 1;
    static final int EXPIRING = 2;

    /** Header flag of a packed hash: fields have deadlines, so the record calls for a hint. */
    static final int PACKED_DEADLINES = 0x40;

    /** Stands for "no field has a deadline". */
    static final long NEVER = Long.MAX_VALUE;

    private static final int EXTRA_SIZE = 1 + HashField.DEADLINE_PREFIX_SIZE;

    private Hashes() {}

    // ---- the header's own part ----

    static int flags(byte[] extra) {
        return extra.length == 0 ? 0 : extra[0];
    }

    /** No field is due before: milliseconds since the epoch, or {@link #NEVER}. */
    static long earliest(byte[] extra) {
        return extra.length < EXTRA_SIZE ? NEVER : ByteBuffer.wrap(extra).getLong(1);
    }

    /** Where rows of deadlines begin: the first bytes of their keys behind the tag. Only where there is an earliest one. */
    static byte[] firstDeadline(byte[] extra) {
        return Arrays.copyOfRange(extra, 1, EXTRA_SIZE);
    }

    /** @param firstDeadline as {@link #firstDeadline}, or empty if no field has a deadline */
    static byte[] extra(int flags, byte[] firstDeadline) {
        if (firstDeadline.length == 0) {
            return flags == 0 ? Bytes.EMPTY : new byte[] {(byte) flags};
        }
        return ByteBuffer.allocate(EXTRA_SIZE)
                .put((byte) flags)
                .put(firstDeadline)
                .array();
    }

    /** As {@link #earliest}, of a record of any type; {@link KeyRecord#NO_EXPIRY} where no field has a deadline. */
    static long earliestDeadline(KeyRecord record) {
        if (record.type() != Type.HASH || (record.flags() & (Collections.HAS_ROWS | PACKED_DEADLINES)) == 0) {
            return KeyRecord.NO_EXPIRY;
        }
        long millis = earliest(CollectionHeader.of(record).extra());
        return millis == NEVER ? KeyRecord.NO_EXPIRY : millis;
    }

    /** What OBJECT ENCODING answers: {@code listpack}, {@code listpackex} (Redis 7.4) or {@code hashtable}. */
    public static String encoding(KeyRecord record) {
        int flags = flags(CollectionHeader.of(record).extra());
        return (flags & LARGE) != 0 ? "hashtable" : (flags & EXPIRING) != 0 ? "listpackex" : "listpack";
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
        byte[] first = Bytes.EMPTY;
        int removed = 0;
        try (Cursor deadlines = hash.deadlines()) {
            while (deadlines.next()) {
                byte[] sub = KeyLayout.sub(deadlines.key());
                if (HashField.deadlineOf(sub) > context.nowMillis() || removed == limit) {
                    first = Arrays.copyOf(sub, HashField.DEADLINE_PREFIX_SIZE);
                    break;
                }
                hash.removeDue(sub);
                removed++;
            }
        }
        hash.setFirstDeadline(first);
        hash.finish();
        return removed;
    }
}
