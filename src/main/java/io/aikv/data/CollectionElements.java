package io.aikv.data;

import java.util.function.Consumer;

/** What lists, sets and sorted sets have in common: elements one after the other. */
public final class CollectionElements {
    private CollectionElements() {}

    /** Whether values of a type are such. */
    public static boolean hasElements(Type type) {
        return type == Type.LIST || type == Type.SET || type == Type.SORTED_SET;
    }

    /** How many a record of such a type has. No read. */
    public static long count(KeyRecord record) {
        return CollectionHeader.countOf(record);
    }

    /**
     * Visits elements in the order of a list or of ranks; those of a set in an order of its own.
     *
     * @param record of a type that {@link #hasElements}
     */
    public static void forEach(ReadContext context, byte[] key, KeyRecord record, Part part, Consumer<byte[]> visitor) {
        CollectionHeader header = CollectionHeader.of(record);
        switch (record.type()) {
            case LIST -> ofList(new ListReader(context, key, header), part, visitor);
            case SORTED_SET ->
                new SortedSetReader(context, key, header)
                        .forEach(
                                Span.ALL, part.reverse(), part.offset(), part.limit(), e -> visitor.accept(e.member()));
            case SET -> ofSet(context, key, header, part, visitor);
            case STRING, HASH, STREAM, JSON -> throw new IllegalArgumentException("a " + record.type());
        }
    }

    /**
     * Which elements are visited.
     *
     * @param reverse the last one first; has no meaning for sets
     * @param offset how many are passed over, not negative
     * @param limit how many are visited at most, not negative
     */
    public record Part(boolean reverse, long offset, long limit) {
        public static final Part ALL = new Part(false, 0, Long.MAX_VALUE);
    }

    private static void ofList(ListReader list, Part part, Consumer<byte[]> visitor) {
        if (part.offset() >= list.count()) {
            return;
        }
        long first = part.reverse() ? list.count() - 1 - part.offset() : part.offset();
        try (ListReader.Walk walk = part.reverse() ? list.walkBackFrom(first) : list.walkFrom(first)) {
            for (long left = part.limit(); left > 0 && walk.next(); left--) {
                visitor.accept(walk.value());
            }
        }
    }

    private static void ofSet(
            ReadContext context, byte[] key, CollectionHeader header, Part part, Consumer<byte[]> visitor) {
        long skipped = 0;
        long visited = 0;
        try (SetMembers members = SetMembers.of(context, key, header)) {
            while (visited < part.limit() && members.next()) {
                if (skipped < part.offset()) {
                    skipped++;
                } else {
                    visitor.accept(members.member());
                    visited++;
                }
            }
        }
    }
}
