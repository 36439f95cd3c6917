package io.aikv.base;

/**
 * Consecutive slots, both ends included.
 *
 * @param first 0 to 16383
 * @param last {@code first} to 16383
 */
public record SlotRange(int first, int last) implements Comparable<SlotRange> {
    public SlotRange {
        Check.argument(first >= 0 && first <= last && last < Slots.COUNT, "bad slot range %s-%s", first, last);
    }

    public int count() {
        return last - first + 1;
    }

    public boolean contains(int slot) {
        return slot >= first && slot <= last;
    }

    @Override
    public int compareTo(SlotRange other) {
        return Integer.compare(first, other.first);
    }

    /** {@code 5} for a single slot, otherwise {@code 0-5460}, as in CLUSTER NODES. */
    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
