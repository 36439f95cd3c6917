package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * String values: short ones in the key's own row, long ones in rows of their own, so that changing or reading a part of
 * a huge value touches that part only.
 *
 * <pre>
 * short   header | bytes                         up to {@value #INLINE_MAX} bytes
 * long    header (HAS_ROWS) | {@link LongString}       once longer, until it is overwritten
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

    /**
     * The longest value that is put into the memory of a replica as a whole; longer ones can be read in parts. A constant like
     * {@link #SIZE_MAX}.
     */
    public static final int WHOLE_MAX = 64 << 20;

    static final int INLINE_MAX = 64 << 10;

    private static final int PART_SIZE = 64 << 10;

    /** Header flag: was changed in place. */
    static final int RAW = 0x40;

    private static final int TEXT = 0x80;
    private static final int EMBEDDED_MAX = 44;
    private static final int INTEGER_DIGITS_MAX = 20;

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

    /**
     * The whole value of a string's record.
     *
     * @throws CommandError {@code ERR the value is longer than 67108864 bytes, more than this command may hold in memory; use
     *     GET, GETRANGE or SETRANGE}
     */
    public static byte[] value(ReadContext context, byte[] key, KeyRecord record) {
        if (LongString.isLong(record)) {
            return read(context, key, record, 0, length(record));
        }
        context.willRead(record.payloadSize());
        return record.payload();
    }

    /** In bytes; no read. */
    public static int length(KeyRecord record) {
        return LongString.isLong(record) ? LongString.length(record) : record.payloadSize();
    }

    /**
     * The bytes from {@code from} (inclusive) to {@code to} (exclusive), both within the value.
     *
     * @throws CommandError as {@link #value}
     */
    public static byte[] read(ReadContext context, byte[] key, KeyRecord record, int from, int to) {
        context.willRead(to - from);
        requireWhole(to - from);
        byte[] bytes = new byte[to - from];
        if (LongString.isLong(record)) {
            LongString.of(record).read(context, key, from, bytes);
        } else {
            record.payloadBuffer().get(from, bytes);
        }
        return bytes;
    }

    private static void requireWhole(int size) {
        if (size > WHOLE_MAX) {
            throw new CommandError("ERR the value is longer than " + WHOLE_MAX
                    + " bytes, more than this command may hold in memory; use GET, GETRANGE or SETRANGE");
        }
    }

    /** The bytes from {@code from} to {@code to}, both within the value, in parts that are read when they are asked for. */
    public static Elements<byte[]> parts(ReadContext context, byte[] key, KeyRecord record, int from, int to) {
        return new Elements<>() {
            private int at = from;

            @Override
            public byte @Nullable [] next() {
                if (at >= to) {
                    return null;
                }
                int end = Math.min(to, at - at % PART_SIZE + PART_SIZE);
                byte[] part = read(context, key, record, at, end);
                at = end;
                return part;
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
    }

    /** Whether the record's value is exactly {@code wanted}. Reads a long value, part by part, only if the lengths agree. */
    public static boolean isEqual(ReadContext context, byte[] key, KeyRecord record, byte[] wanted) {
        if (length(record) != wanted.length) {
            return false;
        }
        int at = 0;
        try (Elements<byte[]> parts = parts(context, key, record, 0, wanted.length)) {
            for (byte[] part = parts.next(); part != null; part = parts.next()) {
                if (!Arrays.equals(part, 0, part.length, wanted, at, at + part.length)) {
                    return false;
                }
                at += part.length;
            }
        }
        return true;
    }

    /** The bytes of a value that should be a number; of one far too long for that, nothing, which is no number either. */
    public static byte[] number(KeyRecord record) {
        return LongString.isLong(record) ? Bytes.EMPTY : record.payload();
    }

    /** What DIGEST answers: XXH3 (64 bits) of the value in 16 lower-case hexadecimal digits. */
    public static String digest(byte[] value) {
        return HexFormat.of().toHexDigits(Xxh3.hash(value));
    }

    /** What OBJECT ENCODING answers: {@code int}, {@code embstr} or {@code raw}. */
    public static String encoding(KeyRecord record) {
        int size = record.payloadSize();
        if ((record.flags() & RAW) != 0 || LongString.isLong(record)) {
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
    public static void put(WriteContext context, byte[] key, Type type, byte[] value, long expireAtMillis) {
        put(context, key, type, 0, value, expireAtMillis);
    }

    private static void put(WriteContext context, byte[] key, Type type, int flags, byte[] value, long expireAtMillis) {
        if (value.length <= INLINE_MAX) {
            context.put(key, KeyRecord.of(type, flags, expireAtMillis, value));
            return;
        }
        LongString string = new LongString(context.newCollectionId(), value.length, false);
        context.put(key, string.record(type, expireAtMillis));
        string.write(context, key, 0, value);
    }

    /**
     * As {@link #set(WriteContext, byte[], byte[], long)} for a value that Redis has made by changing bytes in place:
     * OBJECT ENCODING answers {@code raw}, whatever its size.
     */
    public static void setRaw(WriteContext context, byte[] key, byte[] value, long expireAtMillis) {
        set(context, key, RAW, value, expireAtMillis);
    }

    /** Makes a present value {@code raw} and leaves it as it is: what Redis does before it may change a value in place. */
    public static void makeRaw(WriteContext context, byte[] key, KeyRecord record) {
        if (!encoding(record).equals("raw")) {
            setRaw(context, key, record.payload(), record.expireAtMillis());
        }
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
        LongString oldRows = old == null || !LongString.isLong(old) ? null : LongString.of(old);
        if (oldRows == null && newLength <= INLINE_MAX) {
            byte[] value = new byte[newLength];
            if (old != null) {
                old.payloadBuffer().get(value, 0, oldLength);
            }
            System.arraycopy(bytes, 0, value, offset, bytes.length);
            context.put(key, KeyRecord.of(Type.STRING, RAW, expiry, value));
            return newLength;
        }
        LongString string = oldRows == null
                ? new LongString(context.newCollectionId(), newLength, false)
                : oldRows.withLength(newLength);
        if (oldRows == null || newLength != oldLength) {
            context.put(key, string.record(expiry));
        }
        if (old != null && oldRows == null) {
            string.write(context, key, 0, old.payload());
        }
        string.write(context, key, offset, bytes);
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
}
