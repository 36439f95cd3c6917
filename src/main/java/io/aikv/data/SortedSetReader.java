package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.Elements;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A sorted set as one command reads it. What it returns is read from the rows, not from the header. */
public final class SortedSetReader {
    /** From so many rows to be passed over, the index is asked where to begin. */
    private static final int SHORT_WALK = 64;

    private final ReadContext context;
    private final byte[] key;
    private final CollectionHeader header;

    SortedSetReader(ReadContext context, byte[] key, CollectionHeader header) {
        this.context = context;
        this.key = key;
        this.header = header;
    }

    /**
     * The sorted set at a key, or null if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static @Nullable SortedSetReader find(ReadContext context, byte[] key) {
        CollectionHeader header = CollectionHeader.find(context, key, Type.SORTED_SET);
        return header == null ? null : new SortedSetReader(context, key, header);
    }

    /** The number of members, 1 or more. */
    public long count() {
        return header.count();
    }

    // ---- one member ----

    /** The score of a member, or null if it is none. One point read. */
    public @Nullable Double score(byte[] member) {
        context.willRead(member.length + SortedSets.SCORE_SIZE);
        byte[] score = context.row(key, header.rows(), SortedSets.MEMBERS, SortedSets.memberSub(member));
        return score == null ? null : SortedSets.decode(score, 0);
    }

    /** How many members stand before this one. Cost: see {@link RankIndex}. */
    public long rank(ScoredMember entry) {
        return SortedSets.RANKS.rankOf(context, key, header, SortedSets.scoreSub(entry));
    }

    /** The member of a rank, or null if there are not so many. Cost: see {@link RankIndex}. */
    public @Nullable ScoredMember at(long rank) {
        try (Cursor rows = SortedSets.RANKS.rowsFrom(context, key, header, rank)) {
            return rows.next() ? SortedSets.entryOfScoreRow(rows.key(), rows.value()) : null;
        }
    }

    // ---- ranges ----

    /** Where a range of scores lies. No cost. */
    public Span span(ScoreRange range) {
        return range.span();
    }

    /**
     * Where a range of members lies. Two seeks where all scores are equal. Where they are not, Redis leaves the result open;
     * then it is what its compact encoding finds, at the cost of all rows: from the first (in reverse: the last) member that
     * is in the range as far as they are in it.
     */
    public Span span(LexRange range, boolean reverse) {
        byte[] first = edge(false);
        byte[] last = edge(true);
        if (first == null || last == null || range.isEmpty()) {
            return Span.NONE;
        }
        byte[] score = Arrays.copyOf(first, SortedSets.SCORE_SIZE);
        if (Bytes.startsWith(last, score)) {
            return range.span(score);
        }
        if (!range.reaches(member(last)) || !range.staysBelow(member(first))) {
            return Span.NONE;
        }
        return reverse ? mixedDescending(range) : mixedAscending(range);
    }

    private byte @Nullable [] edge(boolean last) {
        try (Cursor rows = cursor(Span.ALL, last)) {
            return rows.next() ? KeyLayout.sub(rows.key()) : null;
        }
    }

    private static byte[] member(byte[] scoreSub) {
        return Arrays.copyOfRange(scoreSub, SortedSets.SCORE_SIZE, scoreSub.length);
    }

    private Span mixedAscending(LexRange range) {
        byte[] from = null;
        try (Cursor rows = cursor(Span.ALL, false)) {
            while (rows.next()) {
                announce(rows);
                byte[] sub = KeyLayout.sub(rows.key());
                if (from == null && range.reaches(member(sub))) {
                    from = sub;
                }
                if (from != null && !range.staysBelow(member(sub))) {
                    return new Span(from, sub);
                }
            }
        }
        return from == null ? Span.NONE : new Span(from, null);
    }

    private Span mixedDescending(LexRange range) {
        byte[] to = null;
        try (Cursor rows = cursor(Span.ALL, true)) {
            while (rows.next()) {
                announce(rows);
                byte[] sub = KeyLayout.sub(rows.key());
                if (to == null && range.staysBelow(member(sub))) {
                    to = LexRange.after(sub);
                }
                if (to != null && !range.reaches(member(sub))) {
                    return new Span(LexRange.after(sub), to);
                }
            }
        }
        return to == null ? Span.NONE : new Span(Bytes.EMPTY, to);
    }

    /** How many members lie in a span. Cost: two ranks. */
    public long countIn(Span span) {
        long from = span.from().length == 0 ? 0 : SortedSets.RANKS.rankOf(context, key, header, span.from());
        byte[] end = span.to();
        long to = end == null ? header.count() : SortedSets.RANKS.rankOf(context, key, header, end);
        return Math.max(0, to - from);
    }

    /**
     * The members in a span in order, or in reverse, but for the first {@code offset} of these and at most {@code limit}.
     * Cost: what is taken, and two ranks where {@code offset} is not small.
     *
     * @param offset not negative
     * @param limit not negative
     */
    public Elements<ScoredMember> elements(Span span, boolean reverse, long offset, long limit) {
        if (limit == 0) {
            return Elements.of(List.of());
        }
        Cursor rows = rowsOf(span, reverse, offset);
        return new Elements<>() {
            private long left = limit;

            @Override
            public @Nullable ScoredMember next() {
                if (left == 0 || !rows.next() || (reverse ? isBefore(rows, span.from()) : isBehind(rows, span.to()))) {
                    left = 0;
                    return null;
                }
                left--;
                announce(rows);
                return SortedSets.entryOfScoreRow(rows.key(), rows.value());
            }

            @Override
            public void close() {
                rows.close();
            }
        };
    }

    /** Visits what {@link #elements} gives. */
    public void forEach(Span span, boolean reverse, long offset, long limit, Consumer<ScoredMember> visitor) {
        try (Elements<ScoredMember> elements = elements(span, reverse, offset, limit)) {
            ScoredMember member = elements.next();
            while (member != null) {
                visitor.accept(member);
                member = elements.next();
            }
        }
    }

    /** Visits the members in a span in order, as long as the visitor says true. Cost: what is visited. */
    public void forEachWhile(Span span, Predicate<ScoredMember> visitor) {
        try (Cursor rows = cursor(span, false)) {
            while (rows.next()) {
                announce(rows);
                if (!visitor.test(SortedSets.entryOfScoreRow(rows.key(), rows.value()))) {
                    return;
                }
            }
        }
    }

    private static boolean isBefore(Cursor rows, byte[] from) {
        return from.length > 0 && compareSub(rows.key(), from) < 0;
    }

    private static boolean isBehind(Cursor rows, byte @Nullable [] to) {
        return to != null && compareSub(rows.key(), to) >= 0;
    }

    private static int compareSub(byte[] row, byte[] sub) {
        return Arrays.compareUnsigned(row, KeyLayout.ROW_PREFIX_SIZE, row.length, sub, 0, sub.length);
    }

    /** A cursor before the row at {@code offset} of a span; it may go on behind the span. */
    private Cursor rowsOf(Span span, boolean reverse, long offset) {
        if (offset <= SHORT_WALK) {
            return skip(cursor(span, reverse), offset);
        }
        if (offset >= header.count()) {
            return cursor(Span.NONE, reverse);
        }
        if (!reverse) {
            long first = span.from().length == 0 ? 0 : SortedSets.RANKS.rankOf(context, key, header, span.from());
            return SortedSets.RANKS.rowsFrom(context, key, header, first + offset);
        }
        byte[] end = span.to();
        long behind = end == null ? header.count() : SortedSets.RANKS.rankOf(context, key, header, end);
        return behind - 1 < offset
                ? cursor(Span.NONE, true)
                : SortedSets.RANKS.rowsDescendingFrom(context, key, header, behind - 1 - offset);
    }

    private Cursor skip(Cursor rows, long count) {
        try {
            for (long left = count; left > 0 && rows.next(); left--) {
                announce(rows);
            }
            return rows;
        } catch (RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    private Cursor cursor(Span span, boolean reverse) {
        Span part = Edges.decode(header.extra()).clamp(span);
        return reverse
                ? context.rowsDescending(key, header.rows(), SortedSets.SCORES, part.from(), part.to())
                : context.rows(key, header.rows(), SortedSets.SCORES, part.from(), part.to());
    }

    private void announce(Cursor rows) {
        context.willRead(rows.key().length + rows.value().length);
    }

    /** Whether there is no row before {@code sub}. One seek. */
    boolean beginsAt(byte[] sub) {
        try (Cursor rows = cursor(new Span(Bytes.EMPTY, sub), true)) {
            return !rows.next();
        }
    }

    /** The first row at {@code sub} or behind it; there must be one. One seek. */
    byte[] firstFrom(byte[] sub) {
        try (Cursor rows = cursor(new Span(sub, null), false)) {
            boolean found = rows.next();
            Check.invariant(found, "a sorted set of %s members ends before its last", header.count());
            return KeyLayout.sub(rows.key());
        }
    }

    // ---- scanning ----

    /**
     * Some members and where to go on.
     *
     * @param next position of the next page, 0 if there is none
     */
    public record Page(long next, List<ScoredMember> members) {}

    /**
     * One step of ZSCAN: about {@code count} members from a position on, those that fit the filter. The position is a hash
     * of members: it holds whatever changes and wherever the set is read. What Redis would keep compact comes as one page.
     *
     * @param position 0, or {@link Page#next()}
     */
    public Page scan(long position, long count, Predicate<byte[]> filter) {
        if (position < 0 || position > 0xffff_ffffL) {
            return new Page(0, List.of());
        }
        List<ScoredMember> members = new ArrayList<>();
        long seen = 0;
        long bytes = 0;
        long lastHash = -1;
        boolean whole = SortedSets.isListpack(header.extra());
        try (Cursor rows =
                context.rows(key, header.rows(), SortedSets.MEMBERS, SortedSets.memberPosition(position), null)) {
            while (rows.next()) {
                announce(rows);
                long hash = SortedSets.hashOfMemberRow(rows.key());
                boolean enough = (!whole && seen >= count) || bytes > KeyScan.STEP_BYTES_MAX;
                if (enough && hash != lastHash) {
                    return new Page(hash, members);
                }
                seen++;
                bytes += rows.key().length;
                lastHash = hash;
                byte[] member = SortedSets.memberOfMemberRow(rows.key());
                if (filter.test(member)) {
                    members.add(new ScoredMember(member, SortedSets.decode(rows.value(), 0)));
                }
            }
        }
        return new Page(0, members);
    }
}
