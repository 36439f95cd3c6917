package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A string while a command reads and changes single bits of it, in any order: keeps the chunks of a long one that it has
 * seen, and writes those that changed at the end. Nothing is written before {@link #finish}, so a command may still fail.
 * Made and used within one command.
 */
public final class StringEditor {
    /** How many chunks of a long string a command may touch inside an entry, which keeps them in memory. */
    public static final int CHUNKS_MAX = 1024;

    private static final byte[] HOLE = Bytes.EMPTY;
    private static final int BYTE_BITS = 8;

    private final ReadContext context;
    private final byte[] key;
    private final @Nullable KeyRecord record;
    private final @Nullable LongString rows;
    private final int length;

    /** Inside an entry: then what is touched is bounded. */
    private final boolean isInEntry;

    /** Of a value that stays short: all of it. Null for one with chunks. */
    private final byte @Nullable [] whole;

    private final Map<Integer, byte[]> chunks = new TreeMap<>();
    private final TreeSet<Integer> changed = new TreeSet<>();

    private StringEditor(ReadContext context, byte[] key, @Nullable KeyRecord record, int length) {
        this.context = context;
        this.key = key;
        this.record = record;
        this.rows = record != null && LongString.isLong(record) ? LongString.of(record) : null;
        this.length = length;
        this.isInEntry = context instanceof WriteContext;
        byte[] inline = record == null || rows != null ? Bytes.EMPTY : record.payload();
        if (rows == null && length <= Strings.INLINE_MAX) {
            whole = Arrays.copyOf(inline, length);
        } else {
            whole = null;
            int size = LongString.CHUNK_SIZE;
            for (int from = 0; from < inline.length; from += size) {
                chunks.put(from / size, Arrays.copyOfRange(inline, from, Math.min(inline.length, from + size)));
                changed.add(from / size);
            }
        }
    }

    /** For reading only; {@code record} is null if the key is absent. Announces what it reads. */
    public static StringEditor reading(ReadContext context, byte[] key, @Nullable KeyRecord record) {
        if (record != null && !LongString.isLong(record)) {
            context.willRead(record.payloadSize());
        }
        return new StringEditor(context, key, record, record == null ? 0 : Strings.length(record));
    }

    /**
     * For changing a value.
     *
     * @param record null if the key is absent
     * @param length how long the value is to be, at least as long as it is
     */
    public static StringEditor writing(WriteContext context, byte[] key, @Nullable KeyRecord record, int length) {
        return new StringEditor(context, key, record, length);
    }

    // ---- bits ----

    /**
     * {@code count} bits from a bit on, the first one the most significant; what lies behind the end is zeros.
     *
     * @param offset of the first bit; bit 0 is the most significant one of the first byte
     * @param count 1 to 64
     * @throws CommandError {@code ERR too many parts of a long value in one command}: inside an entry, beyond {@link
     *     #CHUNKS_MAX} chunks
     */
    public long bits(long offset, int count) {
        int from = (int) (offset / BYTE_BITS);
        int to = (int) ((offset + count - 1) / BYTE_BITS);
        // Up to nine bytes: the first one's leading bits and the last one's trailing bits are cut off.
        long value = byteAt(from) & (0xffL >>> (offset % BYTE_BITS));
        int trailing = (int) (BYTE_BITS - 1 - (offset + count - 1) % BYTE_BITS);
        for (int at = from + 1; at < to; at++) {
            value = (value << BYTE_BITS) | byteAt(at);
        }
        return from == to ? value >>> trailing : (value << (BYTE_BITS - trailing)) | (byteAt(to) >>> trailing);
    }

    /** Sets bits as {@link #bits} reads them, to the low ones of {@code value}; they must be within the length. */
    public void setBits(long offset, int count, long value) {
        long rest = value;
        long end = offset + count;
        while (end > offset) {
            int at = (int) ((end - 1) / BYTE_BITS);
            long first = Math.max(offset, (long) at * BYTE_BITS);
            int width = (int) (end - first);
            int shift = (int) ((at + 1L) * BYTE_BITS - end);
            int mask = ((1 << width) - 1) << shift;
            setByte(at, (byte) ((byteAt(at) & ~mask) | ((int) (rest << shift) & mask)));
            rest >>>= width;
            end = first;
        }
    }

    /** Unsigned; 0 behind the end. */
    private int byteAt(int offset) {
        if (whole != null) {
            return offset < whole.length ? whole[offset] & 0xff : 0;
        }
        byte[] chunk = chunk(offset / LongString.CHUNK_SIZE);
        int at = offset % LongString.CHUNK_SIZE;
        return at < chunk.length ? chunk[at] & 0xff : 0;
    }

    private void setByte(int offset, byte value) {
        if (whole != null) {
            whole[offset] = value;
            return;
        }
        int index = offset / LongString.CHUNK_SIZE;
        int at = offset % LongString.CHUNK_SIZE;
        byte[] chunk = chunk(index);
        if (changed.add(index) || chunk.length <= at) {
            chunk = Arrays.copyOf(chunk, Math.max(chunk.length, at + 1));
            chunks.put(index, chunk);
        }
        chunk[at] = value;
    }

    private byte[] chunk(int index) {
        byte[] known = chunks.get(index);
        if (known != null) {
            return known;
        }
        if (chunks.size() >= CHUNKS_MAX) {
            if (isInEntry) {
                throw new CommandError("ERR too many parts of a long value in one command");
            }
            chunks.clear();
        }
        context.willRead(LongString.CHUNK_SIZE);
        byte[] read = rows == null ? null : rows.chunk(context, key, index);
        byte[] chunk = read == null ? HOLE : read;
        chunks.put(index, chunk);
        return chunk;
    }

    // ---- the end ----

    /**
     * Writes what has changed: the value has its new length, is {@code raw} from now on as in Redis, and keeps its expiry.
     * Writes nothing if none of this is new.
     *
     * @param context the one the editor was made with
     * @param bitsChanged whether any bit was set to what it was not
     */
    public void finish(WriteContext context, boolean bitsChanged) {
        long expiry = record == null ? KeyRecord.NO_EXPIRY : record.expireAtMillis();
        boolean isLonger = record == null || length != Strings.length(record);
        if (whole != null) {
            if (isLonger || bitsChanged) {
                Strings.setRaw(context, key, whole, expiry);
            } else if (record != null) {
                Strings.makeRaw(context, key, record);
            }
            return;
        }
        LongString string =
                rows == null ? new LongString(context.newCollectionId(), length, false) : rows.withLength(length);
        if (rows == null || isLonger) {
            context.put(key, string.record(expiry));
        }
        for (Map.Entry<Integer, byte[]> chunk : chunks.entrySet()) {
            if (changed.contains(chunk.getKey())) {
                string.putChunk(context, key, chunk.getKey(), chunk.getValue());
            }
        }
    }
}
