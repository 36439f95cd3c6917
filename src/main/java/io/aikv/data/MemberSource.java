package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Errors;
import io.aikv.store.Cursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set or a set as an operand of ZUNION, ZINTER and ZDIFF. Both keep a row {@code M hash(4) member} per member;
 * a set's is empty, and each of its members then has the score 1.
 */
final class MemberSource {
    private final ReadContext context;
    private final byte[] key;
    private final @Nullable CollectionHeader header;

    private MemberSource(ReadContext context, byte[] key, @Nullable CollectionHeader header) {
        this.context = context;
        this.key = key;
        this.header = header;
    }

    /**
     * What is at a key; empty if there is nothing. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    static MemberSource find(ReadContext context, byte[] key) {
        KeyRecord record = context.find(key);
        if (record == null) {
            return new MemberSource(context, key, null);
        }
        if (record.type() != Type.SORTED_SET && record.type() != Type.SET) {
            throw Errors.wrongType();
        }
        return new MemberSource(context, key, CollectionHeader.of(record));
    }

    /** How many members it has. */
    long count() {
        return header == null ? 0 : header.count();
    }

    /** Whether this is the same set under the same key. */
    boolean isSame(MemberSource other) {
        return header != null && other.header != null && Arrays.equals(key, other.key);
    }

    /** The score of a member, or null if it is none. One point read. */
    @Nullable
    Double score(byte[] member) {
        if (header == null) {
            return null;
        }
        context.willRead(member.length + SortedSets.SCORE_SIZE);
        byte[] value = context.row(key, header.rows(), SortedSets.MEMBERS, SortedSets.memberSub(member));
        return value == null ? null : scoreOf(value);
    }

    /** Visits the members, in no order that matters, as long as the visitor says true. */
    void forEach(Visitor visitor) {
        if (header == null) {
            return;
        }
        try (Cursor rows = context.rows(key, header.rows(), SortedSets.MEMBERS, Bytes.EMPTY, null)) {
            while (rows.next()) {
                context.willRead(rows.key().length + rows.value().length);
                if (!visitor.visit(SortedSets.memberOfMemberRow(rows.key()), scoreOf(rows.value()))) {
                    return;
                }
            }
        }
    }

    @FunctionalInterface
    interface Visitor {
        /** Returns whether to go on. */
        boolean visit(byte[] member, double score);
    }

    private static double scoreOf(byte[] value) {
        return value.length == 0 ? 1 : SortedSets.decode(value, 0);
    }
}
