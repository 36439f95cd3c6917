package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.base.Numbers;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.HexFormat;

/** What OBJECT, MEMORY USAGE and DEBUG say about a key of any type. Reads only. */
public final class KeyInspection {
    private static final int SHARED_INTEGERS = 10_000;
    private static final long SHARED = Integer.MAX_VALUE;

    /** Index and filter space, restart points and the like: what a row costs beside its bytes, roughly. */
    private static final int ROW_OVERHEAD = 16;

    private static final long DIGEST_PRIME = 0x9E3779B185EBCA87L;

    private KeyInspection() {}

    /** What OBJECT ENCODING answers: the word Redis would use for such a value. */
    public static String encoding(ReadContext context, byte[] key, KeyRecord record) {
        return switch (record.type()) {
            case STRING -> Strings.encoding(record);
            case LIST -> Lists.encoding(context, key, record);
            case HASH -> Hashes.encoding(record);
            case SET -> Sets.encoding(context, key, record);
            case SORTED_SET -> SortedSets.encoding(record);
            case STREAM -> "stream";
            case JSON -> "raw";
        };
    }

    /** What OBJECT REFCOUNT answers: Redis shares the integers 0 to 9999. */
    public static long referenceCount(KeyRecord record) {
        boolean isInteger =
                record.type() == Type.STRING && Strings.encoding(record).equals("int");
        if (!isInteger) {
            return 1;
        }
        long value = Numbers.parseLong(record.payload());
        return value >= 0 && value < SHARED_INTEGERS ? SHARED : 1;
    }

    /** Bytes the key, its header and its rows take in the store before compression. Cost: all rows. */
    public static long memoryUsage(ReadContext context, byte[] key, KeyRecord record) {
        long bytes = context.keyRow(key).length + (long) record.row().length + ROW_OVERHEAD;
        long id = Collections.idOf(record);
        if (id == Collections.NO_ID) {
            return bytes;
        }
        try (Cursor rows = context.allRows(key, id)) {
            while (rows.next()) {
                bytes += rows.key().length + (long) rows.value().length + ROW_OVERHEAD;
            }
        }
        return bytes;
    }

    /** Bytes of the value alone. Cost: all rows. */
    public static long serializedSize(ReadContext context, byte[] key, KeyRecord record) {
        long bytes = record.payloadSize();
        long id = Collections.idOf(record);
        if (id == Collections.NO_ID) {
            return bytes;
        }
        try (Cursor rows = context.allRows(key, id)) {
            while (rows.next()) {
                bytes += rows.key().length - KeyLayout.ROW_PREFIX_SIZE + (long) rows.value().length;
            }
        }
        return bytes;
    }

    /**
     * A digest of type and value in 40 hexadecimal digits: equal values have equal ones, whatever their history. The
     * expiry does not count. Cost: all rows.
     */
    public static byte[] digest(ReadContext context, byte[] key, KeyRecord record) {
        long digest = record.type().code();
        if (record.type() == Type.STRING || record.type() == Type.JSON) {
            try (Elements<byte[]> parts = Strings.parts(context, key, record, 0, Strings.length(record))) {
                for (byte[] part = parts.next(); part != null; part = parts.next()) {
                    digest = mix(digest, part);
                }
            }
        } else {
            CollectionRows place = CollectionHeader.of(record).rows();
            // Where a list's elements stand depends on its history, their order does not.
            boolean named = record.type() != Type.LIST;
            try (Cursor rows = context.rows(key, place, contentTag(record.type()), Bytes.EMPTY, null)) {
                while (rows.next()) {
                    digest = named ? mix(digest, KeyLayout.sub(rows.key())) : digest;
                    digest = mix(digest, record.type() == Type.HASH ? Hashes.valueOf(rows.value()) : rows.value());
                }
            }
        }
        HexFormat hex = HexFormat.of();
        long second = digest * DIGEST_PRIME;
        return Bytes.utf8(
                hex.toHexDigits(digest) + hex.toHexDigits(second) + hex.toHexDigits((int) (second >>> 32 ^ digest)));
    }

    /** The kind of rows that are the value; others follow from them (deadlines, ranks) or from its history (groups). */
    private static byte contentTag(Type type) {
        return switch (type) {
            case HASH -> HashField.ROW;
            case LIST -> Lists.ELEMENT;
            case SET -> SetMembers.TAG;
            case SORTED_SET -> SortedSets.MEMBERS;
            case STREAM -> StreamRows.ENTRY;
            case STRING, JSON -> throw new IllegalArgumentException("a " + type + " is no collection");
        };
    }

    private static long mix(long digest, byte[] bytes) {
        return (Long.rotateLeft(digest, 23) ^ Xxh3.hash(bytes)) * DIGEST_PRIME;
    }
}
