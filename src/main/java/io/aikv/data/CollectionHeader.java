package io.aikv.data;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the row of a collection's key says about it: under which id its rows are found, how many elements it has, and what
 * its type needs besides.
 *
 * <pre>
 * payload   id(8) count(8) extra
 * </pre>
 *
 * @param id of its rows, never {@link Collections#NO_ID}
 * @param count of elements, 1 or more (a stream may have none)
 * @param extra the type's own part of the header; not copied, not to be changed
 */
public record CollectionHeader(long id, long count, byte[] extra) {
    private static final int FIXED_SIZE = 16;

    /** Reads the header of a collection. */
    public static CollectionHeader of(KeyRecord record) {
        ByteBuffer payload = record.payloadBuffer();
        long id = payload.getLong();
        long count = payload.getLong();
        byte[] extra = new byte[payload.remaining()];
        payload.get(extra);
        return new CollectionHeader(id, count, extra);
    }

    /**
     * The header of the collection at a key, or null if there is no such key. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static @Nullable CollectionHeader find(ReadContext context, byte[] key, Type type) {
        KeyRecord record = context.find(key, type);
        return record == null ? null : of(record);
    }

    /** The number of elements of a collection's record, without reading the rest. */
    public static long countOf(KeyRecord record) {
        return record.payloadBuffer().getLong(Long.BYTES);
    }

    /** The record that holds this header. */
    public KeyRecord record(Type type, long expireAtMillis) {
        byte[] payload = ByteBuffer.allocate(FIXED_SIZE + extra.length)
                .putLong(id)
                .putLong(count)
                .put(extra)
                .array();
        return KeyRecord.of(type, Collections.HAS_ROWS, expireAtMillis, payload);
    }
}
