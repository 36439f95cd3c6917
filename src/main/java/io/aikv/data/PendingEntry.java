package io.aikv.data;

import java.nio.ByteBuffer;

/**
 * An entry that was delivered to a consumer of a group and not acknowledged.
 *
 * <pre>
 * row P groupId(8) id(16)               -> consumerId(8) deliveryMillis(8) deliveryCount(8)
 * row Q groupId(8) consumerId(8) id(16) -> nothing: the same entries by consumer
 * </pre>
 *
 * @param deliveryMillis when it was last delivered, in milliseconds since the epoch
 * @param deliveryCount how often
 */
public record PendingEntry(StreamId id, long consumerId, long deliveryMillis, long deliveryCount) {

    static PendingEntry decode(StreamId id, byte[] row) {
        ByteBuffer bytes = ByteBuffer.wrap(row);
        return new PendingEntry(id, bytes.getLong(), bytes.getLong(), bytes.getLong());
    }

    byte[] encode() {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(consumerId)
                .putLong(deliveryMillis)
                .putLong(deliveryCount)
                .array();
    }
}
