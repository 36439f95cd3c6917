package io.aikv.resp;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reply as a value, independent of the protocol version it is written in: one handler serves RESP2, RESP3,
 * transactions, scripts and the comparison of replicas. {@link ReplyWriter} turns it into bytes and, for RESP2, maps the
 * RESP3 types down exactly as Redis does (a map to a flat array, a double to a bulk string, ...).
 *
 * <p>Records that hold {@code byte[]} do not copy it; it must not change afterwards.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">RESP specification</a>
 */
public sealed interface Reply {
    Reply OK = new Simple("OK");
    Reply PONG = new Simple("PONG");
    Reply QUEUED = new Simple("QUEUED");
    /** An absent bulk string: {@code $-1} in RESP2, {@code _} in RESP3. */
    Reply NULL = new Null(false);
    /** An absent array: {@code *-1} in RESP2, {@code _} in RESP3. */
    Reply NULL_ARRAY = new Null(true);

    Reply EMPTY_ARRAY = new Array(List.of());
    Reply ZERO = new Int(0);
    Reply ONE = new Int(1);

    /** {@code +text}; ASCII without CR or LF. */
    record Simple(String text) implements Reply {}

    /** {@code -line}; the line starts with the code. CR and LF are written as spaces. */
    record Error(String line) implements Reply {
        /** The first word of the line. */
        public String code() {
            int space = line.indexOf(' ');
            return space < 0 ? line : line.substring(0, space);
        }
    }

    /** {@code :value}. */
    record Int(long value) implements Reply {}

    /** {@code $}: a byte string. Equal by content. */
    record Bulk(byte[] value) implements Reply {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bulk bulk && Arrays.equals(value, bulk.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return "Bulk[" + Bytes.text(value) + "]";
        }
    }

    /** Nothing: {@code $-1}, or {@code *-1} where RESP2 has an array; {@code _} in RESP3. */
    record Null(boolean array) implements Reply {}

    /** {@code *}. */
    record Array(List<Reply> items) implements Reply {}

    /** {@code ~} in RESP3, an array in RESP2. */
    record Set(List<Reply> items) implements Reply {}

    /** {@code %} in RESP3; in RESP2 a flat array. {@code pairs} alternates keys and values: its size is even. */
    record Map(List<Reply> pairs) implements Reply {}

    /**
     * A list of pairs: in RESP3 an array of arrays of two, in RESP2 one flat array (HRANDFIELD WITHVALUES, ZRANGE
     * WITHSCORES).
     */
    record Pairs(List<Reply> items) implements Reply {
        /** Every item is a {@link Pair}. */
        public Pairs {}
    }

    /** One of {@link Pairs}, and only there: in RESP2 it has no head of its own. */
    record Pair(Reply first, Reply second) implements Reply {}

    /**
     * {@code %} in RESP3; in RESP2 an array of arrays of a key and its value (XREAD). {@code pairs} alternates keys and
     * values: its size is even.
     */
    record MapOrPairs(List<Reply> pairs) implements Reply {}

    /** {@code ,} in RESP3; in RESP2 a bulk string in Redis' formatting of doubles. */
    record Double(double value) implements Reply {}

    /** {@code ,} in RESP3, a bulk string in RESP2: a double whose digits the command has chosen (GEOPOS). */
    record Decimal(String digits) implements Reply {}

    /** {@code #t} or {@code #f} in RESP3; {@code :1} or {@code :0} in RESP2. */
    record Bool(boolean value) implements Reply {}

    /** {@code (} in RESP3; a bulk string in RESP2. Decimal digits with an optional minus sign. */
    record BigNumber(String digits) implements Reply {}

    /** {@code =} in RESP3 with a three-letter format ({@code txt}, {@code mkd}); a bulk string in RESP2. */
    record Verbatim(String format, byte[] value) implements Reply {}

    /** {@code >} in RESP3: out-of-band data; an array in RESP2 (pub/sub). */
    record Push(List<Reply> items) implements Reply {}

    /** {@code |} in RESP3: data about the reply that follows it in a {@link Sequence}; nothing in RESP2. */
    record Attribute(List<Reply> pairs) implements Reply {}

    /** Several values in a row, of which the last is the reply: an attribute or a push goes ahead of it. */
    record Sequence(List<Reply> parts) implements Reply {}

    /** Two replies, of which the client's protocol chooses one: where a module answers RESP3 in another shape. */
    record ByProtocol(Reply resp2, Reply resp3) implements Reply {}

    /** What a {@link Streamed} reply is. */
    enum Form {
        ARRAY,
        SET,
        /** Its elements are {@link Pair}s of a key and a value. */
        MAP,
        /** Its elements are {@link Pair}s. */
        PAIRS,
        /** A bulk string: its elements are {@link Bulk}s, the parts of it. May be an element of another one. */
        STRING
    }

    /**
     * A reply whose elements are read while they are sent. Only where the caller asked for it: it holds a cursor, and
     * whoever has it must close {@code elements}.
     *
     * @param count how many elements there are, exactly; a pair is one; of a STRING, how many bytes
     */
    record Streamed(Form form, long count, Elements<Reply> elements) implements Reply {}

    /** No reply at all (CLIENT REPLY OFF, a subscription whose answers were pushed). */
    record None() implements Reply {}

    Reply NONE = new None();

    static Reply integer(long value) {
        return value == 0 ? ZERO : value == 1 ? ONE : new Int(value);
    }

    static Reply bulk(byte[] value) {
        return new Bulk(value);
    }

    /** A bulk string, or {@link #NULL} if {@code value} is null. */
    static Reply bulkOrNull(byte @Nullable [] value) {
        return value == null ? NULL : new Bulk(value);
    }

    /** A bulk string of the UTF-8 bytes of {@code text}. */
    static Reply text(String text) {
        return new Bulk(Bytes.utf8(text));
    }

    static Reply simple(String text) {
        return new Simple(text);
    }

    static Reply error(String line) {
        return new Error(line);
    }

    static Reply error(CommandError error) {
        return new Error(error.line());
    }

    static Reply array(List<Reply> items) {
        return new Array(items);
    }

    static Reply array(Reply... items) {
        return new Array(List.of(items));
    }

    static Reply map(Reply... pairs) {
        return new Map(List.of(pairs));
    }

    /** Static, because an interface with constants of its own subtypes must not have default methods (JLS 12.4.1). */
    static boolean isError(Reply reply) {
        return reply instanceof Error;
    }
}
