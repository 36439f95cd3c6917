package io.aikv.data;

import java.nio.ByteBuffer;

/**
 * A consumer group of a stream, as its row says. Only {@link GroupEditor} changes one.
 *
 * <pre>
 * row G name -> id(8) lastId(16) entriesRead(8) pending(8) consumers(8) pendingFrom(16) pendingTo(16)
 * </pre>
 *
 * <p>Acknowledging removes rows from the front of the pending entries, as a queue does; {@code pendingFrom} keeps reads
 * from walking over what was removed: no pending entry is before it, and none behind {@code pendingTo}.
 */
public final class StreamGroup {
    /** Stands for a number of entries read that is not known. */
    public static final long UNKNOWN = -1;

    private static final int SIZE = 4 * Long.BYTES + 3 * StreamId.SIZE;

    final byte[] name;
    final long id;
    StreamId lastId;
    long entriesRead;
    long pendingCount;
    long consumerCount;
    StreamId pendingFrom = StreamId.MIN;
    StreamId pendingTo = StreamId.MIN;

    StreamGroup(byte[] name, long id, StreamId lastId, long entriesRead) {
        this.name = name;
        this.id = id;
        this.lastId = lastId;
        this.entriesRead = entriesRead;
    }

    static StreamGroup decode(byte[] name, byte[] row) {
        ByteBuffer bytes = ByteBuffer.wrap(row);
        StreamGroup group = new StreamGroup(name, bytes.getLong(), StreamId.decode(bytes), bytes.getLong());
        group.pendingCount = bytes.getLong();
        group.consumerCount = bytes.getLong();
        group.pendingFrom = StreamId.decode(bytes);
        group.pendingTo = StreamId.decode(bytes);
        return group;
    }

    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE).putLong(id);
        lastId.put(bytes).putLong(entriesRead).putLong(pendingCount).putLong(consumerCount);
        pendingFrom.put(bytes);
        return pendingTo.put(bytes).array();
    }

    /** Not to be changed. */
    public byte[] name() {
        return name;
    }

    /** The last entry that was delivered to one of its consumers. */
    public StreamId lastId() {
        return lastId;
    }

    /** How many entries were ever read, {@link #UNKNOWN} if that cannot be told. */
    public long entriesRead() {
        return entriesRead;
    }

    /** How many entries were delivered and not acknowledged. */
    public long pendingCount() {
        return pendingCount;
    }

    public long consumerCount() {
        return consumerCount;
    }
}
