package io.aikv.data;

import io.aikv.store.Cursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BITOP: several strings combined into one, a band of {@value #BAND_SIZE} bytes at a time. Bands in which no string has
 * anything are passed over, and chunks of zeros or ones cost next to nothing in the result.
 *
 * <p>Cost: all chunks of the sources, and as much memory as the result has chunks that are neither zeros nor ones: the
 * entry keeps its rows until it is written.
 */
public final class BitCombination {
    private static final int BAND_SIZE = 16 * LongString.CHUNK_SIZE;
    private static final int NOTHING = Integer.MAX_VALUE;

    private final WriteContext context;
    private final BitOperation operation;
    private final List<Source> sources;
    private final int length;

    private final byte[] result = new byte[BAND_SIZE];
    private final byte[] other = new byte[BAND_SIZE];
    private final byte[] next = new byte[BAND_SIZE];

    private BitCombination(WriteContext context, BitOperation operation, List<Source> sources, int length) {
        this.context = context;
        this.operation = operation;
        this.sources = sources;
        this.length = length;
    }

    /**
     * Combines the strings at {@code keys} (an absent one is empty; one for {@link BitOperation#NOT}) and sets {@code
     * destination}, which may be one of them, to the result, without an expiry; removes it if all of them are empty.
     *
     * @return the length of the result in bytes, that of the longest string
     * @throws io.aikv.base.CommandError {@code WRONGTYPE ...}, and nothing is done
     */
    public static int store(WriteContext context, BitOperation operation, List<byte[]> keys, byte[] destination) {
        List<Source> sources = new ArrayList<>(keys.size());
        int length = 0;
        for (byte[] key : keys) {
            Source source = new Source(context, key, context.find(key, Type.STRING));
            sources.add(source);
            length = Math.max(length, source.length);
        }
        if (length == 0) {
            if (context.remove(destination)) {
                context.changed(EventClass.GENERIC, "del", destination);
            }
            return 0;
        }
        new BitCombination(context, operation, sources, length).store(destination);
        context.changed(EventClass.STRING, "set", destination);
        return length;
    }

    private void store(byte[] destination) {
        if (length <= Strings.INLINE_MAX) {
            combine(0);
            Strings.setRaw(context, destination, Arrays.copyOf(result, length), KeyRecord.NO_EXPIRY);
            return;
        }
        LongString string = new LongString(context.newCollectionId(), length, false);
        boolean mayHaveOnes = false;
        for (int from = nextBand(0); from < length; from = nextBand(from + BAND_SIZE)) {
            combine(from);
            mayHaveOnes |= put(string, destination, from);
        }
        // Last: the old value's rows, which may be those of a source, go with it.
        LongString stored = new LongString(string.id(), length, mayHaveOnes);
        context.put(destination, stored.record(KeyRecord.NO_EXPIRY));
    }

    /** The first band from {@code from} on in which the result may have a bit. */
    private int nextBand(int from) {
        if (operation == BitOperation.NOT) {
            return from;
        }
        int first = NOTHING;
        for (Source source : sources) {
            first = Math.min(first, source.nextData(from));
        }
        return first == NOTHING ? NOTHING : first / BAND_SIZE * BAND_SIZE;
    }

    private void combine(int from) {
        if (!sources.get(0).load(from, result)) {
            Arrays.fill(result, (byte) 0);
        }
        Arrays.fill(other, (byte) 0);
        for (Source source : sources.subList(1, sources.size())) {
            if (source.load(from, next)) {
                operation.add(result, other, next);
            } else if (operation == BitOperation.AND) {
                Arrays.fill(result, (byte) 0);
            }
        }
        operation.finish(result, other);
    }

    /** Writes the chunks of a band; whether one of them is of ones. */
    private boolean put(LongString string, byte[] key, int from) {
        boolean anyOnes = false;
        int size = LongString.CHUNK_SIZE;
        for (int at = 0; at < BAND_SIZE && from + at < length; at += size) {
            int end = Math.min(at + size, length - from);
            int index = (from + at) / size;
            if (end - at == size && isAll(at, end, -1)) {
                string.putOnes(context, key, index);
                anyOnes = true;
            } else if (!isAll(at, end, 0)) {
                string.putChunk(context, key, index, Arrays.copyOfRange(result, at, end));
            }
        }
        return anyOnes;
    }

    private boolean isAll(int from, int to, long word) {
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            if ((long) Bitmaps.WORDS.get(result, at) != word) {
                return false;
            }
        }
        for (; at < to; at++) {
            if (result[at] != (byte) word) {
                return false;
            }
        }
        return true;
    }

    /** One of the strings. Has a cursor open only while it loads a band, however many strings there are. */
    private static final class Source {
        private final WriteContext context;
        private final byte[] key;
        private final @Nullable KeyRecord record;
        private final @Nullable LongString rows;
        private final int length;

        /** No chunk that was not loaded yet stands before this one. Of a short string always 0. */
        private int nextChunk;

        private Source(WriteContext context, byte[] key, @Nullable KeyRecord record) {
            this.context = context;
            this.key = key;
            this.record = record;
            this.rows = record != null && LongString.isLong(record) ? LongString.of(record) : null;
            this.length = record == null ? 0 : Strings.length(record);
        }

        /** Where its next byte that may not be zero stands, from {@code from} on. */
        private int nextData(int from) {
            if (rows == null) {
                return from < length ? from : NOTHING;
            }
            return nextChunk == NOTHING ? NOTHING : Math.max(from, nextChunk * LongString.CHUNK_SIZE);
        }

        /**
         * Fills {@code band} with the bytes from {@code from} on, zeros behind the end. False if all of them are zeros: then
         * the band is as it was.
         */
        private boolean load(int from, byte[] band) {
            int first = from / LongString.CHUNK_SIZE;
            int end = first + BAND_SIZE / LongString.CHUNK_SIZE;
            if (record == null || from >= length || nextChunk >= end) {
                return false;
            }
            Arrays.fill(band, (byte) 0);
            if (rows == null) {
                record.payloadBuffer().position(from).get(band, 0, Math.min(length - from, band.length));
                return true;
            }
            try (Cursor chunks = rows.chunks(context, key, first, NOTHING)) {
                while (chunks.next()) {
                    nextChunk = LongString.index(chunks.key());
                    if (nextChunk >= end) {
                        return true;
                    }
                    byte[] bytes = LongString.bytes(chunks.key(), chunks.value());
                    System.arraycopy(bytes, 0, band, (nextChunk - first) * LongString.CHUNK_SIZE, bytes.length);
                }
            }
            nextChunk = NOTHING;
            return true;
        }
    }
}
