package io.aikv.data;

import io.aikv.base.Slots;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;

/** Moving and copying whole keys of any type. The caller has checked that source and destination differ. */
public final class Keyspace {
    private Keyspace() {}

    /**
     * Gives a present key another name, replacing what had it. O(1) within a slot; otherwise a copy of the rows, because
     * the slot is part of their keys.
     *
     * @param record of {@code from}
     */
    public static void rename(WriteContext context, byte[] from, KeyRecord record, byte[] to) {
        context.remove(to);
        if (Slots.of(from) == Slots.of(to)) {
            context.detach(from);
            context.put(to, record);
        } else {
            copyTo(context, from, record, context, to);
            context.remove(from);
        }
    }

    /** Copies a present key with its expiry, replacing what the destination held. Cost: all rows of the value. */
    public static void copy(WriteContext source, byte[] from, KeyRecord record, WriteContext destination, byte[] to) {
        destination.remove(to);
        copyTo(source, from, record, destination, to);
    }

    /** Moves a present key to another database, where it must be absent. Cost: all rows of the value. */
    public static void move(WriteContext source, byte[] key, KeyRecord record, WriteContext destination) {
        copy(source, key, record, destination, key);
        source.remove(key);
    }

    private static void copyTo(
            WriteContext source, byte[] from, KeyRecord record, WriteContext destination, byte[] to) {
        long id = Collections.idOf(record);
        if (id == Collections.NO_ID) {
            destination.put(to, record);
            return;
        }
        long newId = destination.newCollectionId();
        byte[] payload = record.payload();
        ByteBuffer.wrap(payload).putLong(0, newId);
        destination.put(to, record.withPayload(payload));
        // The overlay of the transaction holds the copy until the entry is written: memory as large as the value.
        try (Cursor rows = source.allRows(from, id)) {
            while (rows.next()) {
                byte[] row = rows.key();
                destination.putRow(to, newId, KeyLayout.tag(row), KeyLayout.sub(row), rows.value());
            }
        }
    }
}
