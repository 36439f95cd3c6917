package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The header of a long string, and its chunks: rows of {@value #CHUNK_SIZE} bytes each.
 *
 * <pre>
 * header   id(8) length(8), then nothing or a byte 1: there may be chunks of ones
 * row      C index(4)    -> bytes of that chunk; a missing row or end of a row stands for zeros
 * row      C index(4) ff -> nothing: a whole chunk of bytes 0xff, instead of the other row
 * </pre>
 *
 * <p>Chunks of ones are what BITOP NOT makes of holes: without them a single bit, set far behind, and its complement
 * would write half a gigabyte. Only whole chunks are of ones, so that a string that grows finds zeros behind its end.
 */
record LongString(long id, int length, boolean hasOnes) {
    static final byte CHUNK = 'C';
    static final int CHUNK_SIZE = 16 << 10;

    private static final int ID_AT = 0;
    private static final int LENGTH_AT = 8;
    private static final int ONES_AT = 16;
    private static final int CHUNKS_BY_POINT_READ = 4;
    private static final byte[] ONES = ones();

    private static byte[] ones() {
        byte[] ones = new byte[CHUNK_SIZE];
        Arrays.fill(ones, (byte) 0xff);
        return ones;
    }

    /** The header of a string for which {@link #isLong} holds. */
    static LongString of(KeyRecord record) {
        ByteBuffer payload = record.payloadBuffer();
        return new LongString(payload.getLong(ID_AT), (int) payload.getLong(LENGTH_AT), payload.remaining() > ONES_AT);
    }

    static boolean isLong(KeyRecord record) {
        return (record.flags() & Collections.HAS_ROWS) != 0;
    }

    /** As {@link #of}, without the other parts. */
    static int length(KeyRecord record) {
        return (int) record.payloadBuffer().getLong(LENGTH_AT);
    }

    LongString withLength(int newLength) {
        return new LongString(id, newLength, hasOnes);
    }

    /** The record of a string that was changed in place, or is too long for Redis to keep it otherwise. */
    KeyRecord record(long expireAtMillis) {
        return record(Type.STRING, expireAtMillis);
    }

    /** As {@link #record(long)} of a value of another type that is kept as strings are. */
    KeyRecord record(Type type, long expireAtMillis) {
        ByteBuffer payload = ByteBuffer.allocate(hasOnes ? ONES_AT + 1 : ONES_AT);
        payload.putLong(id).putLong(length);
        if (hasOnes) {
            payload.put((byte) 1);
        }
        return KeyRecord.of(type, Collections.HAS_ROWS | Strings.RAW, expireAtMillis, payload.array());
    }

    // ---- rows ----

    static byte[] sub(int index) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(index).array();
    }

    /** Which chunk a row is. */
    static int index(byte[] row) {
        return ByteBuffer.wrap(row).getInt(KeyLayout.ROW_PREFIX_SIZE);
    }

    /** The bytes of a chunk by its row, at most {@link #CHUNK_SIZE}; not to be changed. */
    static byte[] bytes(byte[] row, byte[] value) {
        return row.length > KeyLayout.ROW_PREFIX_SIZE + Integer.BYTES ? ONES : value;
    }

    /** The rows of the chunks from one on, up to another one (exclusive). To be closed. */
    Cursor chunks(ReadContext context, byte[] key, int from, int to) {
        return context.rows(key, id, CHUNK, sub(from), sub(to));
    }

    /** The bytes of a chunk, or null if it is a hole; not to be changed. One point read, or two. */
    byte @Nullable [] chunk(ReadContext context, byte[] key, int index) {
        byte[] bytes = context.row(key, id, CHUNK, sub(index));
        if (bytes == null && hasOnes && context.row(key, id, CHUNK, onesSub(index)) != null) {
            return ONES;
        }
        return bytes;
    }

    /** Writes a chunk, whatever it was. */
    void putChunk(WriteContext context, byte[] key, int index, byte[] bytes) {
        context.putRow(key, id, CHUNK, sub(index), bytes);
        if (hasOnes) {
            context.removeRow(key, id, CHUNK, onesSub(index));
        }
    }

    /** Writes a chunk of ones to a new string, all of which is within its length. */
    void putOnes(WriteContext context, byte[] key, int index) {
        context.putRow(key, id, CHUNK, onesSub(index), Bytes.EMPTY);
    }

    private static byte[] onesSub(int index) {
        return ByteBuffer.allocate(Integer.BYTES + 1)
                .putInt(index)
                .put((byte) 0xff)
                .array();
    }

    // ---- ranges of bytes ----

    /** Copies the bytes from {@code from} on into {@code wanted}, which holds zeros. Cost: the chunks touched. */
    void read(ReadContext context, byte[] key, int from, byte[] wanted) {
        if (wanted.length == 0) {
            return;
        }
        int first = from / CHUNK_SIZE;
        int last = (from + wanted.length - 1) / CHUNK_SIZE;
        if (last - first < CHUNKS_BY_POINT_READ) {
            for (int index = first; index <= last; index++) {
                byte[] chunk = chunk(context, key, index);
                if (chunk != null) {
                    copy(chunk, index * CHUNK_SIZE, wanted, from);
                }
            }
            return;
        }
        try (Cursor rows = chunks(context, key, first, last + 1)) {
            while (rows.next()) {
                copy(bytes(rows.key(), rows.value()), index(rows.key()) * CHUNK_SIZE, wanted, from);
            }
        }
    }

    /** Writes bytes over what is there; the header is the caller's. Cost: the chunks touched. */
    void write(WriteContext context, byte[] key, int offset, byte[] bytes) {
        int done = 0;
        while (done < bytes.length) {
            int index = (offset + done) / CHUNK_SIZE;
            int at = (offset + done) % CHUNK_SIZE;
            int count = Math.min(CHUNK_SIZE - at, bytes.length - done);
            byte[] old = count == CHUNK_SIZE ? null : chunk(context, key, index);
            int oldSize = old == null ? 0 : old.length;
            byte[] chunk = Arrays.copyOf(old == null ? Bytes.EMPTY : old, Math.max(oldSize, at + count));
            System.arraycopy(bytes, done, chunk, at, count);
            putChunk(context, key, index, chunk);
            done += count;
        }
    }

    /** Copies what a chunk (whose first byte stands at {@code chunkFrom}) and the wanted range have in common. */
    private static void copy(byte[] chunk, int chunkFrom, byte[] wanted, int wantedFrom) {
        int from = Math.max(chunkFrom, wantedFrom);
        int to = Math.min(chunkFrom + chunk.length, wantedFrom + wanted.length);
        if (from < to) {
            System.arraycopy(chunk, from - chunkFrom, wanted, from - wantedFrom, to - from);
        }
    }
}
