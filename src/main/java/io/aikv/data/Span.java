package io.aikv.data;

import io.aikv.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A range of a sorted set's rows by score: {@code from <= sub < to}. Not copied, not to be changed.
 *
 * @param to null for the end of the set
 */
public record Span(byte[] from, byte @Nullable [] to) {
    /** The whole set. */
    public static final Span ALL = new Span(Bytes.EMPTY, null);

    /** Nothing. */
    static final Span NONE = new Span(Bytes.EMPTY, Bytes.EMPTY);
}
