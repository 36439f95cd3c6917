package io.aikv.data;

import io.aikv.store.Cursor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a string between two offsets, one part at a time as they are stored: ascending, and what lies between two
 * parts, before the first one or behind the last one is zeros. Announces what it reads. To be closed.
 *
 * <pre>{@code
 * try (StringParts parts = StringParts.of(context, key, record, from, to)) {
 *     while (parts.next()) { use(parts.array(), parts.start(), parts.size()); }   // the bytes from parts.offset() on
 * }
 * }</pre>
 */
final class StringParts implements AutoCloseable {
    private final ReadContext context;
    private final int from;
    private final int to;
    private final @Nullable Cursor chunks;
    private byte[] array;
    private int start;
    private int offset;
    private int size;
    private boolean done;

    private StringParts(ReadContext context, int from, int to, @Nullable Cursor chunks, ByteBuffer inline) {
        this.context = context;
        this.from = from;
        this.to = to;
        this.chunks = chunks;
        this.array = inline.array();
        this.start = inline.arrayOffset() + from;
    }

    /** @param from first byte, at most {@code to}, which is the one behind the last; both within the value */
    static StringParts of(ReadContext context, byte[] key, KeyRecord record, int from, int to) {
        if (!LongString.isLong(record)) {
            return new StringParts(context, from, to, null, record.payloadBuffer());
        }
        int size = LongString.CHUNK_SIZE;
        Cursor chunks = LongString.of(record).chunks(context, key, from / size, (to + size - 1) / size);
        return new StringParts(context, from, to, chunks, ByteBuffer.allocate(0));
    }

    /** Moves to the next part, which has at least one byte; false if there is none. */
    boolean next() {
        if (chunks == null) {
            boolean first = !done && from < to;
            done = true;
            offset = from;
            size = to - from;
            return first;
        }
        while (chunks.next()) {
            byte[] bytes = LongString.bytes(chunks.key(), chunks.value());
            context.willRead(bytes.length);
            int chunkFrom = LongString.index(chunks.key()) * LongString.CHUNK_SIZE;
            offset = Math.max(from, chunkFrom);
            size = Math.min(to, chunkFrom + bytes.length) - offset;
            if (size > 0) {
                array = bytes;
                start = offset - chunkFrom;
                return true;
            }
        }
        return false;
    }

    /** Where the part begins in the string. */
    int offset() {
        return offset;
    }

    /** What holds the part; not to be changed. */
    byte[] array() {
        return array;
    }

    /** Where the part begins in {@link #array()}. */
    int start() {
        return start;
    }

    /** How many bytes the part has. */
    int size() {
        return size;
    }

    @Override
    public void close() {
        if (chunks != null) {
            chunks.close();
        }
    }
}
