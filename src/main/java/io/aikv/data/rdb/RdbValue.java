package io.aikv.data.rdb;

import java.util.List;

/**
 * The value of a payload, whatever its encoding was: complete and consistent, or it is not made. Arrays are not copied and not
 * to be changed; no record is for use as a map key.
 */
public sealed interface RdbValue {
    /** A string. */
    record Text(byte[] bytes) implements RdbValue {}

    /** A document of RedisJSON, as the text that was saved: nothing has looked into it yet. */
    record Json(byte[] text) implements RdbValue {}

    /** A list: one element or more. */
    record Elements(List<byte[]> elements) implements RdbValue {}

    /** A set: one member or more, each once. */
    record Members(List<byte[]> members) implements RdbValue {}

    /** A hash: one field or more, each once. */
    record Fields(List<Field> fields) implements RdbValue {}

    /** A sorted set: one member or more, each once. */
    record Scores(List<Scored> members) implements RdbValue {}

    /** @param deadlineMillis milliseconds since the epoch, or {@link #NEVER} */
    record Field(byte[] name, byte[] value, long deadlineMillis) {
        public static final long NEVER = -1;
    }

    /** @param score not NaN */
    record Scored(byte[] member, double score) {}

    // ---- streams ----

    /**
     * A stream, which may be empty.
     *
     * @param entries ascending by id
     * @param lastId that of the last entry or greater
     * @param entriesAdded no fewer than there are
     */
    record Stream(List<Entry> entries, Id lastId, Id maxDeletedId, long entriesAdded, List<Group> groups)
            implements RdbValue {}

    /** The two halves of an id, both unsigned. */
    record Id(long ms, long seq) implements Comparable<Id> {
        static final Id ZERO = new Id(0, 0);

        @Override
        public int compareTo(Id other) {
            int byTime = Long.compareUnsigned(ms, other.ms);
            return byTime != 0 ? byTime : Long.compareUnsigned(seq, other.seq);
        }
    }

    /** @param fields fields and values in turn, at least one pair */
    record Entry(Id id, byte[][] fields) {}

    /**
     * A consumer group.
     *
     * @param entriesRead how many entries it has read, -1 if unknown, {@link #TO_ESTIMATE} where the payload does not say
     * @param pending ascending by id
     * @param consumers each name once
     */
    record Group(byte[] name, Id lastId, long entriesRead, List<Pending> pending, List<Consumer> consumers) {
        public static final long TO_ESTIMATE = -2;
    }

    /**
     * An entry that was delivered and not acknowledged.
     *
     * @param consumer index of its owner among the group's consumers
     */
    record Pending(Id id, long deliveryMillis, long deliveryCount, int consumer) {}

    /** @param activeMillis -1: never */
    record Consumer(byte[] name, long seenMillis, long activeMillis) {}
}
