package io.aikv.data;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The kinds of rows of a stream, and how they are keyed behind their tag. */
final class StreamRows {
    /** {@code E id}: {@link StreamEntry}. */
    static final byte ENTRY = 'E';
    /** {@code G name}: {@link StreamGroup}. */
    static final byte GROUP = 'G';
    /** {@code C groupId name}: {@link StreamConsumer}. */
    static final byte CONSUMER = 'C';
    /** {@code N groupId consumerId}: the consumer's name. */
    static final byte CONSUMER_NAME = 'N';
    /** {@code P groupId id}: {@link PendingEntry}. */
    static final byte PENDING = 'P';
    /** {@code Q groupId consumerId id}: a consumer's pending entries. */
    static final byte OWNED = 'Q';

    private StreamRows() {}

    static byte[] group(long groupId) {
        return ByteBuffer.allocate(Long.BYTES).putLong(groupId).array();
    }

    static byte[] consumer(long groupId, byte[] name) {
        return ByteBuffer.allocate(Long.BYTES + name.length)
                .putLong(groupId)
                .put(name)
                .array();
    }

    static byte[] consumer(long groupId, long consumerId) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(groupId)
                .putLong(consumerId)
                .array();
    }

    static byte[] pending(long groupId, StreamId id) {
        return id.put(ByteBuffer.allocate(Long.BYTES + StreamId.SIZE).putLong(groupId))
                .array();
    }

    static byte[] owned(long groupId, long consumerId, StreamId id) {
        return id.put(ByteBuffer.allocate(2 * Long.BYTES + StreamId.SIZE)
                        .putLong(groupId)
                        .putLong(consumerId))
                .array();
    }

    /** The place just behind {@code prefix id}: where a range up to and with {@code id} ends. */
    static byte[] behind(byte[] prefixAndId) {
        return Arrays.copyOf(prefixAndId, prefixAndId.length + 1);
    }
}
