package io.aikv.data;

import java.nio.ByteBuffer;

/**
 * A consumer of a group, as its row says. Only {@link GroupEditor} changes one.
 *
 * <pre>
 * row C groupId(8) name          -> id(8) seenMillis(8) activeMillis(8) pending(8)
 * row N groupId(8) consumerId(8) -> name
 * </pre>
 */
public final class StreamConsumer {
    /** Stands for "never" in {@link #activeMillis()}. */
    public static final long NEVER = -1;

    final byte[] name;
    final long id;
    long seenMillis;
    long activeMillis = NEVER;
    long pendingCount;

    StreamConsumer(byte[] name, long id, long seenMillis) {
        this.name = name;
        this.id = id;
        this.seenMillis = seenMillis;
    }

    static StreamConsumer decode(byte[] name, byte[] row) {
        ByteBuffer bytes = ByteBuffer.wrap(row);
        StreamConsumer consumer = new StreamConsumer(name, bytes.getLong(), bytes.getLong());
        consumer.activeMillis = bytes.getLong();
        consumer.pendingCount = bytes.getLong();
        return consumer;
    }

    byte[] encode() {
        return ByteBuffer.allocate(4 * Long.BYTES)
                .putLong(id)
                .putLong(seenMillis)
                .putLong(activeMillis)
                .putLong(pendingCount)
                .array();
    }

    /** Not to be changed. */
    public byte[] name() {
        return name;
    }

    /** When it last asked for something, in milliseconds since the epoch. */
    public long seenMillis() {
        return seenMillis;
    }

    /** When it last got something, in milliseconds since the epoch, or {@link #NEVER}. */
    public long activeMillis() {
        return activeMillis;
    }

    /** How many entries were delivered to it and not acknowledged. */
    public long pendingCount() {
        return pendingCount;
    }
}
