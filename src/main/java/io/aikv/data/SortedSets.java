package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * How sorted sets are kept: {@link SortedSetReader} and {@link SortedSetWriter} work on it.
 *
 * <pre>
 * M hash(4) member    -> score(8)              what a member's score is; the order of ZSCAN
 * S score(8) member   -> nothing, or 1 for -0  the order of ranks; minus zero stands as zero
 * R ...               -> the {@link RankIndex} of the S rows
 * header extra        -> {@link Edges}
 * </pre>
 *
 * Scores are eight bytes whose order is the order of the numbers: the sign bit flipped, of negative numbers all bits.
 */
public final class SortedSets {
    static final byte MEMBERS = 'M';
    static final byte SCORES = 'S';
    static final RankIndex RANKS = new RankIndex(SCORES, (byte) 'R', new RankIndex.Shape() {
        @Override
        public long rows(long count, byte[] extra) {
            return count;
        }

        @Override
        public long seed(byte[] extra) {
            return Edges.decode(extra).seed();
        }

        @Override
        public byte[] begin(byte[] extra) {
            return Edges.decode(extra).low();
        }
    });

    static final int SCORE_SIZE = Long.BYTES;
    private static final int HASH_SIZE = Integer.BYTES;

    static final int LISTPACK_ENTRIES_MAX = 128;
    static final int LISTPACK_VALUE_MAX = 64;
    private static final byte[] MINUS_ZERO = {1};

    private SortedSets() {}

    /** What OBJECT ENCODING answers: as Redis, a set that was large once stays a skip list. */
    public static String encoding(KeyRecord record) {
        return isListpack(CollectionHeader.of(record).extra()) ? "listpack" : "skiplist";
    }

    /** Whether Redis would keep a set with this part of the header in its compact encoding. */
    static boolean isListpack(byte[] extra) {
        return !Edges.decode(extra).skipList();
    }

    /** Remembers that a set of this size with this member is too large for Redis' compact encoding. */
    static void noteSize(CollectionWriter rows, int memberSize) {
        if (isListpack(rows.extra()) && (memberSize > LISTPACK_VALUE_MAX || rows.count() > LISTPACK_ENTRIES_MAX)) {
            long seed = rows.context().random().nextLong();
            rows.setExtra(Edges.decode(rows.extra()).asSkipList(seed).encode());
        }
    }

    // ---- rows ----

    static byte[] memberSub(byte[] member) {
        return ByteBuffer.allocate(HASH_SIZE + member.length)
                .putInt(KeyLayout.hash(member))
                .put(member)
                .array();
    }

    /** The member in a row of {@link #MEMBERS}, of a sorted set or a set. */
    static byte[] memberOfMemberRow(byte[] row) {
        return Arrays.copyOfRange(row, KeyLayout.ROW_PREFIX_SIZE + HASH_SIZE, row.length);
    }

    /** The hash in a row of {@link #MEMBERS}: 0 to 2^32 - 1. */
    static long hashOfMemberRow(byte[] row) {
        return ByteBuffer.wrap(row).getInt(KeyLayout.ROW_PREFIX_SIZE) & 0xffff_ffffL;
    }

    static byte[] memberPosition(long hash) {
        return ByteBuffer.allocate(HASH_SIZE).putInt((int) hash).array();
    }

    static byte[] scoreSub(ScoredMember entry) {
        return ByteBuffer.allocate(SCORE_SIZE + entry.member().length)
                .put(encodeOrdered(entry.score()))
                .put(entry.member())
                .array();
    }

    static byte[] scoreValue(double score) {
        return isMinusZero(score) ? MINUS_ZERO : Bytes.EMPTY;
    }

    /** The member and score in a row of {@link #SCORES}. */
    static ScoredMember entryOfScoreRow(byte[] row, byte[] value) {
        byte[] member = Arrays.copyOfRange(row, KeyLayout.ROW_PREFIX_SIZE + SCORE_SIZE, row.length);
        return new ScoredMember(member, value.length > 0 ? -0.0 : decode(row, KeyLayout.ROW_PREFIX_SIZE));
    }

    // ---- scores ----

    /** As {@link #encode}, except that minus zero is written as zero, to which it is equal. */
    static byte[] encodeOrdered(double score) {
        return encode(isMinusZero(score) ? 0.0 : score);
    }

    static byte[] encode(double score) {
        long bits = Double.doubleToRawLongBits(score);
        return ByteBuffer.allocate(SCORE_SIZE)
                .putLong(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE)
                .array();
    }

    static double decode(byte[] bytes, int offset) {
        long ordered = ByteBuffer.wrap(bytes).getLong(offset);
        return Double.longBitsToDouble(ordered < 0 ? ordered ^ Long.MIN_VALUE : ~ordered);
    }

    private static boolean isMinusZero(double score) {
        return score == 0 && 1 / score < 0;
    }
}
