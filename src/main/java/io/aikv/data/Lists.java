package io.aikv.data;

import io.aikv.store.Cursor;
import org.jspecify.annotations.Nullable;

/**
 * Lists of byte strings. {@link ListReader} reads them, {@link ListWriter} changes them.
 *
 * <pre>
 * header extra   {@link ListShape}
 * row            E {@link ListPosition} -> element
 * row            X {@link ListPosition} -> an exception: 0 no element stands at this position, 1 one stands between two
 * row            I ...                  -> {@link RankIndex} over the exceptions
 * </pre>
 *
 * <p>A list begins dense: its elements stand at positions without a gap, so a rank is an addition. It stays dense under
 * everything done at its ends, and while a change in the middle moves few elements. Otherwise it becomes sparse: elements
 * that go leave holes, those that come are put between their neighbours, and a rank is the addition corrected by the
 * exceptions before it, which the index adds up. So what the first change in the middle costs has nothing to do with the size
 * of the list. It becomes dense again when it has no exceptions left, or is short, or written anew.
 */
public final class Lists {
    /** The kind of an element's row. */
    static final byte ELEMENT = 'E';

    /** The kind of an exception's row. */
    static final byte EXCEPTION = 'X';

    /** The kind of an index row. */
    static final byte INDEX = 'I';

    /** The value of an exception that is an empty position. */
    static final byte[] HOLE = {0};

    /** The value of an exception that is an element between two positions. */
    static final byte[] BETWEEN = {1};

    /** Adds up how many elements there are more (or fewer) than positions. */
    static final RankIndex OFFSETS = new RankIndex(EXCEPTION, INDEX, new RankIndex.Shape() {
        @Override
        public long rows(long count, byte[] extra) {
            return ListShape.decode(extra).exceptions();
        }

        @Override
        public long seed(byte[] extra) {
            return ListShape.decode(extra).seed();
        }

        @Override
        public long weight(byte[] value) {
            return value[0] == BETWEEN[0] ? 1 : -1;
        }
    });

    /** Redis' {@code list-max-listpack-size} of -2, in bytes. */
    private static final int LISTPACK_BYTES_MAX = 8192;

    /** What an element takes in a listpack beside its own bytes, roughly. */
    private static final int LISTPACK_OVERHEAD = 2;

    private Lists() {}

    /**
     * The list at a key, or null if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static @Nullable ListReader find(ReadContext context, byte[] key) {
        CollectionHeader header = CollectionHeader.find(context, key, Type.LIST);
        return header == null ? null : new ListReader(context, key, header);
    }

    /** What OBJECT ENCODING answers: the word Redis would use, by its default thresholds. Cost: at most 8 KiB of rows. */
    public static String encoding(ReadContext context, byte[] key, KeyRecord record) {
        CollectionHeader list = CollectionHeader.of(record);
        if (list.count() > LISTPACK_BYTES_MAX / LISTPACK_OVERHEAD) {
            return "quicklist";
        }
        long bytes = 0;
        try (Cursor rows = context.rows(key, list.rows(), ELEMENT, new byte[0], null)) {
            while (bytes <= LISTPACK_BYTES_MAX && rows.next()) {
                context.willRead(rows.key().length + rows.value().length);
                bytes += rows.value().length + LISTPACK_OVERHEAD;
            }
        }
        return bytes <= LISTPACK_BYTES_MAX ? "listpack" : "quicklist";
    }
}
