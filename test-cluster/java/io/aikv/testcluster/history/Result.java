package io.aikv.testcluster.history;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a client learned from an operation: a reply (possibly nil), or nothing at all. Immutable. */
public final class Result {

    /** No reply was seen: any reply is possible. */
    public static final Result UNKNOWN = new Result(false, null);

    /** Redis' nil reply. */
    public static final Result NIL = new Result(true, null);

    private final boolean known;
    private final @Nullable String text;

    private Result(boolean known, @Nullable String text) {
        this.known = known;
        this.text = text;
    }

    /** The reply {@code text}; integers in decimal, errors as their text, null for nil. */
    public static Result of(@Nullable String text) {
        return text == null ? NIL : new Result(true, text);
    }

    /** Whether a reply was seen. */
    public boolean known() {
        return known;
    }

    /** The reply, or null for nil and for {@link #UNKNOWN}. */
    public @Nullable String text() {
        return text;
    }

    /** Whether a server that replied {@code reply} (null for nil) agrees with what the client saw. */
    public boolean permits(@Nullable String reply) {
        return !known || Objects.equals(text, reply);
    }

    /** Whether the client saw exactly {@code reply} (null for nil). */
    public boolean is(@Nullable String reply) {
        return known && Objects.equals(text, reply);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Result that && known == that.known && Objects.equals(text, that.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(known, text);
    }

    /** {@code ?} when unknown, {@code nil}, or the quoted text. */
    @Override
    public String toString() {
        if (!known) {
            return "?";
        }
        return text == null ? "nil" : HistoryText.quote(text);
    }
}
