package io.aikv.testcluster.history;

import java.util.List;

/** What {@link LinearizabilityChecker} found. Immutable. */
public sealed interface Verdict {

    /**
     * Every key has an order that explains it.
     *
     * @param keys keys with at least one operation that is not certainly failed
     * @param operations operations checked, over all keys
     * @param configurations how many (ordered operations, state) pairs were tried: the cost of the check
     */
    record Linearizable(int keys, int operations, long configurations) implements Verdict {}

    /**
     * No order explains {@code key}. The history is cut right after the first reply that nothing explains, so every
     * operation named here began before that reply.
     *
     * @param key the first such key in alphabetical order; later keys were not checked
     * @param culprit the operation with that reply
     * @param order the longest order that was found, at times with operations of unknown fate in it
     * @param unordered completed operations that fit nowhere behind it
     * @param explanation the same for people, several lines
     */
    record Violation(String key, Entry culprit, List<Entry> order, List<Entry> unordered, String explanation)
            implements Verdict {}

    /**
     * Nothing is known about {@code keys}, because their search reached its bound; all other keys are linearizable.
     *
     * @param keys in alphabetical order
     * @param configurationsMax the bound
     */
    record GaveUp(List<String> keys, long configurationsMax) implements Verdict {}

    /**
     * Returns if the history is linearizable.
     *
     * @throws AssertionError with the explanation if it is not, or if the checker gave up
     */
    default void requireLinearizable() {
        if (this instanceof Violation violation) {
            throw new AssertionError(violation.explanation());
        }
        if (this instanceof GaveUp gaveUp) {
            throw new AssertionError("gave up after " + gaveUp.configurationsMax()
                    + " configurations: neither proved nor refuted for keys " + gaveUp.keys());
        }
    }
}
