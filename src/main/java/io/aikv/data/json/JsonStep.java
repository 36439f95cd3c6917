package io.aikv.data.json;

import java.util.List;

/** One step of a compiled path: from a value to some of those within it. */
sealed interface JsonStep {
    /** Members by name, in the order asked for. */
    record Names(List<String> names) implements JsonStep {}

    /** Elements by index, in the order asked for; a negative one counts from the end, and stops at the first element. */
    record Indexes(List<Long> indexes) implements JsonStep {}

    /** Every {@code step}-th element from {@code start} (inclusive) to {@code end} (exclusive); both as in {@link Indexes}. */
    record Slice(long start, long end, long step) implements JsonStep {}

    /** Every element or member. */
    record All() implements JsonStep {}

    /** The value itself and everything within it, each before what it holds ({@code ..}). */
    record Descend() implements JsonStep {}

    /** The elements or members of which a condition holds; a scalar stays if it does. */
    record Filter(JsonFilter condition) implements JsonStep {}

    /** Whether the step leads to one value at most: what JSON.SET can create. */
    static boolean isStatic(JsonStep step) {
        return (step instanceof Names names && names.names().size() == 1)
                || (step instanceof Indexes indexes && indexes.indexes().size() == 1);
    }

    /** Where an index stands in an array of {@code size} elements; {@code size} itself if behind them. */
    static int position(long index, int size) {
        return (int) (index >= 0 ? Math.min(index, size) : Math.max(index + size, 0));
    }
}
