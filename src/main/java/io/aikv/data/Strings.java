package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * String values: short ones in the key's own row, long ones in rows of {@value #CHUNK_SIZE} bytes each, so that changing
 * or reading a part of a huge value touches that part only.
 *
 * <pre>
 * short   header | bytes                                       up to {@value #INLINE_MAX} bytes
 * long    header (HAS_ROWS) | id(8) length(8)                  once longer, until it is overwritten
 *         row C index(4) -> bytes of that chunk                a missing row or end of a row stands for zeros
 * </pre>
 *
 * <p>Two header flags remember what Redis' OBJECT ENCODING would: a value that was changed in place is {@code raw}, one
 * computed by INCRBYFLOAT never {@code int}, whatever they look like.
 */
public final class Strings {
    /**
     * The longest value in bytes: Redis' default of {@code proto-max-bulk-len}. A constant, because every replica must
     * come to the same answer whatever its configuration says.
     */
    public static final int SIZE_MAX = 512 << 20;

    static final int INLINE_MAX = 64 << 10;
    static final int CHUNK_SIZE = 16 << 10;

    private static final byte CHUNK = 'C';
    private static final int RAW = 0x40;
    private static final int TEXT = 0x80;
    private static final int EMBEDDED_MAX = 44;
    private static final int INTEGER_DIGITS_MAX = 20;
    private static final int LENGTH_AT = 8;
    private static final int CHUNKS_BY_POINT_READ = 4;

    private Strings() {}

    // ---- reading ----

    /**
     * The key's value, or null. One point read, or for a long value all its rows.
     *
     * @throws CommandError {@code WRONGTYPE ...}
     */
    public static byte @Nullable [] get(ReadContext context, byte[] key) {
        KeyRecord record = context.find(key, Type.STRING);
        return record == null ? null : value(context, key, record);
    }

    /** The whole value of a string's record. */
    public static byte[] value(ReadContext context, byte[] key, KeyRecord record) {
        if (isLong(record)) {
            return read(context, key, record, 0, length(record));
        }
        context.willRead(record.payloadSize());
        return record.payload();
    }

    /** In bytes; no read. */
    public static int length(KeyRecord record) {
        return isLong(record) ? (int) record.payloadBuffer().getLong(LENGTH_AT) : record.payloadSize();
    }

    /** The bytes from {@code from} (inclusive) to {@code to} (exclusive), both within the value. */
    public static byte[] read(ReadContext context, byte[] key, KeyRecord record, int from, int to) {
        context.willRead(to - from);
        byte[] bytes = new byte[to - from];
        if (!isLong(record)) {
            record.payloadBuffer().get(from, bytes);
            return bytes;
        }
        if (from == to) {
            return bytes;
        }
        long id = Collections.idOf(record);
        int first = from / CHUNK_SIZE;
        int last = (to - 1) / CHUNK_SIZE;
        if (last - first < CHUNKS_BY_POINT_READ) {
            for (int index = first; index <= last; index++) {
                byte[] chunk = context.row(key, id, CHUNK, sub(index));
                if (chunk != null) {
                    copy(chunk, index * CHUNK_SIZE, bytes, from);
                }
            }
            return bytes;
        }
        try (Cursor rows = context.rows(key, id, CHUNK, sub(first), sub(last + 1))) {
            while (rows.next()) {
                int index = ByteBuffer.wrap(KeyLayout.sub(rows.key())).getInt();
                copy(rows.value(), index * CHUNK_SIZE, bytes, from);
            }
        }
        return bytes;
    }

    /** Whether the record's value is exactly {@code wanted}. Reads a long value only if the lengths agree. */
    public static boolean isEqual(ReadContext context, byte[] key, KeyRecord record, byte[] wanted) {
        return length(record) == wanted.length && Arrays.equals(value(context, key, record), wanted);
    }

    /** The bytes of a value that should be a number; of one far too long for that, nothing, which is no number either. */
    public static byte[] number(KeyRecord record) {
        return isLong(record) ? Bytes.EMPTY : record.payload();
    }

    /** What DIGEST answers: XXH3 (64 bits) of the value in 16 lower-case hexadecimal digits. */
    public static String digest(byte[] value) {
        return HexFormat.of().toHexDigits(Xxh3.hash(value));
    }

    /** What OBJECT ENCODING answers: {@code int}, {@code embstr} or {@code raw}. */
    public static String encoding(KeyRecord record) {
        int size = record.payloadSize();
        if ((record.flags() & RAW) != 0 || isLong(record)) {
            return "raw";
        }
        if ((record.flags() & TEXT) == 0 && size <= INTEGER_DIGITS_MAX && Numbers.isLong(record.payload())) {
            return "int";
        }
        return size <= EMBEDDED_MAX ? "embstr" : "raw";
    }

    // ---- writing ----

    /** Sets the key to a string, whatever it held. {@code expireAtMillis} as in {@link KeyRecord}. */
    public static void set(WriteContext context, byte[] key, byte[] value, long expireAtMillis) {
        set(context, key, 0, value, expireAtMillis);
    }

    /** As {@link #set(WriteContext, byte[], byte[], long)} for the text of a computed number that is not an integer. */
    public static void setText(WriteContext context, byte[] key, byte[] value, long expireAtMillis) {
        set(context, key, TEXT, value, expireAtMillis);
    }

    private static void set(WriteContext context, byte[] key, int flags, byte[] value, long expireAtMillis) {
        put(context, key, Type.STRING, flags, value, expireAtMillis);
    }

    /** Sets the key to a value of another type that is kept as strings are; {@link #value} reads it. */
    static void put(WriteContext context, byte[] key, Type type, byte[] value, long expireAtMillis) {
        put(context, key, type, 0, value, expireAtMillis);
    }

    private static void put(WriteContext context, byte[] key, Type type, int flags, byte[] value, long expireAtMillis) {
        if (value.length <= INLINE_MAX) {
            context.put(key, KeyRecord.of(type, flags, expireAtMillis, value));
            return;
        }
        long id = context.newCollectionId();
        context.put(key, longRecord(type, id, value.length, expireAtMillis));
        write(context, key, id, 0, value);
    }

    /**
     * Overwrites a part of a value, which grows as needed; a gap is filled with zeros. The expiry stays. Cost: the
     * chunks touched.
     *
     * @param old the key's record, or null if the key is absent
     * @param offset 0 or more
     * @param bytes at least one; the caller has checked the length by {@link #requireLength}
     * @return the new length in bytes
     */
    public static int setRange(WriteContext context, byte[] key, @Nullable KeyRecord old, int offset, byte[] bytes) {
        int oldLength = old == null ? 0 : length(old);
        int newLength = Math.max(oldLength, offset + bytes.length);
        long expiry = old == null ? KeyRecord.NO_EXPIRY : old.expireAtMillis();
        long oldId = old == null ? Collections.NO_ID : Collections.idOf(old);
        if (oldId == Collections.NO_ID && newLength <= INLINE_MAX) {
            byte[] value = new byte[newLength];
            if (old != null) {
                old.payloadBuffer().get(value, 0, oldLength);
            }
            System.arraycopy(bytes, 0, value, offset, bytes.length);
            context.put(key, KeyRecord.of(Type.STRING, RAW, expiry, value));
            return newLength;
        }
        long id = oldId == Collections.NO_ID ? context.newCollectionId() : oldId;
        context.put(key, longRecord(Type.STRING, id, newLength, expiry));
        if (old != null && oldId == Collections.NO_ID) {
            write(context, key, id, 0, old.payload());
        }
        write(context, key, id, offset, bytes);
        return newLength;
    }

    /** Appends to a present value; an append of nothing still makes it {@code raw}, as in Redis. Returns the length. */
    public static int append(WriteContext context, byte[] key, KeyRecord old, byte[] bytes) {
        return setRange(context, key, old, length(old), bytes);
    }

    /**
     * Refuses lengths beyond {@link #SIZE_MAX}.
     *
     * @throws CommandError {@code ERR string exceeds maximum allowed size (proto-max-bulk-len)}
     */
    public static void requireLength(long offset, int added) {
        if (offset > SIZE_MAX - (long) added) {
            throw new CommandError(Errors.STRING_TOO_LONG);
        }
    }

    // ---- rows ----

    private static boolean isLong(KeyRecord record) {
        return (record.flags() & Collections.HAS_ROWS) != 0;
    }

    private static KeyRecord longRecord(Type type, long id, int length, long expireAtMillis) {
        byte[] payload = ByteBuffer.allocate(16).putLong(id).putLong(length).array();
        return KeyRecord.of(type, Collections.HAS_ROWS | RAW, expireAtMillis, payload);
    }

    private static void write(WriteContext context, byte[] key, long id, int offset, byte[] bytes) {
        int done = 0;
        while (done < bytes.length) {
            int index = (offset + done) / CHUNK_SIZE;
            int at = (offset + done) % CHUNK_SIZE;
            int count = Math.min(CHUNK_SIZE - at, bytes.length - done);
            byte[] sub = sub(index);
            byte[] old = count == CHUNK_SIZE ? null : context.row(key, id, CHUNK, sub);
            byte[] chunk = Arrays.copyOf(old == null ? Bytes.EMPTY : old, Math.max(length(old), at + count));
            System.arraycopy(bytes, done, chunk, at, count);
            context.putRow(key, id, CHUNK, sub, chunk);
            done += count;
        }
    }

    private static int length(byte @Nullable [] chunk) {
        return chunk == null ? 0 : chunk.length;
    }

    /** Copies what a chunk (whose first byte stands at {@code chunkFrom}) and the wanted range have in common. */
    private static void copy(byte[] chunk, int chunkFrom, byte[] wanted, int wantedFrom) {
        int from = Math.max(chunkFrom, wantedFrom);
        int to = Math.min(chunkFrom + chunk.length, wantedFrom + wanted.length);
        if (from < to) {
            System.arraycopy(chunk, from - chunkFrom, wanted, from - wantedFrom, to - from);
        }
    }

    private static byte[] sub(int index) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(index).array();
    }
}
