package io.aikv.data;

import io.aikv.base.Check;
import io.aikv.base.Varint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the record of a collection's key says about it: where its rows are, how many elements it has, and what its type needs
 * besides.
 *
 * <pre>
 * payload   id(8) count(8) extra                                            rows in the store: flag {@link Collections#HAS_ROWS}
 * payload   count(varint) rowCount(varint) extraSize(varint) extra rows     rows packed: see {@link PackedRows}
 * </pre>
 *
 * @param rows where they are
 * @param count of elements, 1 or more (a stream may have none)
 * @param extra the type's own part of the header; not copied, not to be changed
 */
public record CollectionHeader(CollectionRows rows, long count, byte[] extra) {
    private static final int FIXED_SIZE = 16;

    /** Reads the header of a collection. Packed rows are used in place. */
    public static CollectionHeader of(KeyRecord record) {
        ByteBuffer payload = record.payloadBuffer();
        if ((record.flags() & Collections.HAS_ROWS) != 0) {
            long id = payload.getLong();
            long count = payload.getLong();
            byte[] extra = new byte[payload.remaining()];
            payload.get(extra);
            return new CollectionHeader(CollectionRows.stored(id), count, extra);
        }
        int count = Varint.read(payload);
        int rowCount = Varint.read(payload);
        byte[] extra = new byte[Varint.read(payload)];
        payload.get(extra);
        PackedRows rows = PackedRows.of(payload.array(), payload.arrayOffset() + payload.position(), rowCount);
        return new CollectionHeader(CollectionRows.packed(rows), count, extra);
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
        ByteBuffer payload = record.payloadBuffer();
        return (record.flags() & Collections.HAS_ROWS) != 0 ? payload.getLong(Long.BYTES) : Varint.read(payload);
    }

    /** The record that holds this header, and the rows if they are packed. */
    public KeyRecord record(Type type, long expireAtMillis) {
        PackedRows packed = rows.packed();
        if (packed == null) {
            Check.invariant(rows.id() != Collections.NO_ID, "a %s without an id", type);
            byte[] payload = ByteBuffer.allocate(FIXED_SIZE + extra.length)
                    .putLong(rows.id())
                    .putLong(count)
                    .put(extra)
                    .array();
            return KeyRecord.of(type, Collections.HAS_ROWS, expireAtMillis, payload);
        }
        int headSize =
                Varint.size((int) count) + Varint.size(packed.count()) + Varint.size(extra.length) + extra.length;
        boolean due = type == Type.HASH && Hashes.earliest(extra) != Hashes.NEVER;
        int flags = due ? Hashes.PACKED_DEADLINES : 0;
        return KeyRecord.of(type, flags, expireAtMillis, headSize + packed.size(), (row, start) -> {
            int at = Varint.write(row, start, (int) count);
            at = Varint.write(row, at, packed.count());
            at = Varint.write(row, at, extra.length);
            System.arraycopy(extra, 0, row, at, extra.length);
            packed.copyTo(row, at + extra.length);
        });
    }
}
