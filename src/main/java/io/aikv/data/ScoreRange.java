package io.aikv.data;

import io.aikv.base.Bytes;

/**
 * Scores from {@code min} to {@code max}; empty where these cross.
 *
 * @param minExclusive whether {@code min} itself is not in the range
 * @param maxExclusive whether {@code max} itself is not in the range
 */
public record ScoreRange(double min, boolean minExclusive, double max, boolean maxExclusive) {

    /** Where the range lies among the rows by score. */
    Span span() {
        byte[] low = SortedSets.encodeOrdered(min);
        byte[] high = SortedSets.encodeOrdered(max);
        // No score is all 0xff, so that each has an end.
        return new Span(minExclusive ? end(low) : low, maxExclusive ? high : end(high));
    }

    private static byte[] end(byte[] score) {
        byte[] end = Bytes.prefixEnd(score);
        return end == null ? score : end;
    }
}
