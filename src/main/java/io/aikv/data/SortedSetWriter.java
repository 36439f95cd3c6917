package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set while a command changes it: members at once, the header by {@link #finish()}. One member costs its two
 * rows and, beyond {@link RankIndex#UNCOUNTED} members, what the index costs.
 */
public final class SortedSetWriter {
    /** From so many members removed in a row, the index is mended once and not member by member. */
    private static final int RANGE_MIN = 16;

    /** One in so many changes looks whether it was the first member that moved or went. */
    private static final int EDGE_SOUGHT_MASK = 63;

    /** A set of more members is not written anew: that would take too long in an entry. */
    private static final int RENEWED_MAX = 1_024;

    /** A set is written anew once in so many changes, and two for each member. */
    private static final int RENEWED_AFTER = 64;

    private final CollectionWriter rows;

    private SortedSetWriter(CollectionWriter rows) {
        this.rows = rows;
    }

    /**
     * The sorted set at a key, empty if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static SortedSetWriter open(WriteContext context, byte[] key) {
        return new SortedSetWriter(CollectionWriter.open(context, key, Type.SORTED_SET));
    }

    /** The sorted set at a key, or null if there is none. As {@link #open} otherwise. */
    public static @Nullable SortedSetWriter openExisting(WriteContext context, byte[] key) {
        CollectionWriter rows = CollectionWriter.openExisting(context, key, Type.SORTED_SET);
        return rows == null ? null : new SortedSetWriter(rows);
    }

    /**
     * Puts a sorted set in the place of whatever the key holds, without an expiry; without members the key goes. Cost: its
     * rows.
     *
     * @param members each once, in any order
     */
    public static void replace(WriteContext context, byte[] key, List<ScoredMember> members) {
        CollectionWriter rows = CollectionWriter.replace(context, key, Type.SORTED_SET);
        SortedSetWriter set = new SortedSetWriter(rows);
        rows.addCount(members.size());
        for (ScoredMember entry : members) {
            SortedSets.noteSize(rows, entry.member().length);
        }
        for (ScoredMember entry : members) {
            set.putRows(entry);
        }
        if (!members.isEmpty()) {
            SortedSets.RANKS.build(rows);
        }
        rows.finish();
    }

    /** Whether Redis keeps a set of so many members as a skip list. */
    public static boolean isLarge(long count) {
        return count > SortedSets.LISTPACK_ENTRIES_MAX;
    }

    /**
     * The members as Redis has them after adding one after the other to a new set: the compact encoding, in which it begins,
     * has no minus zero.
     */
    public static List<ScoredMember> asIfAddedToSmallSet(List<ScoredMember> members) {
        List<ScoredMember> added = new ArrayList<>(members.size());
        boolean compact = true;
        for (ScoredMember entry : members) {
            compact &= !isLarge(added.size() + 1L) && entry.member().length <= SortedSets.LISTPACK_VALUE_MAX;
            added.add(compact && entry.score() == 0 ? new ScoredMember(entry.member(), 0) : entry);
        }
        return added;
    }

    public boolean isNew() {
        return rows.isNew();
    }

    public long count() {
        return rows.count();
    }

    /** The score of a member, or null if it is none. One point read. */
    public @Nullable Double score(byte[] member) {
        byte[] score = rows.row(SortedSets.MEMBERS, SortedSets.memberSub(member));
        return score == null ? null : SortedSets.decode(score, 0);
    }

    /** Adds a member that is not in the set. */
    public void insert(ScoredMember entry) {
        rows.addCount(1);
        SortedSets.noteSize(rows, entry.member().length);
        byte[] sub = putRows(entry);
        SortedSets.RANKS.inserted(rows, sub);
    }

    /** Gives a member another score; the two must not be equal. */
    public void update(ScoredMember entry, double oldScore) {
        Check.argument(entry.score() != oldScore, "score %s", oldScore);
        byte[] oldSub = SortedSets.scoreSub(new ScoredMember(entry.member(), oldScore));
        byte[] sub = putRows(entry);
        if (SortedSets.RANKS.moved(rows, oldSub, sub)) {
            rows.remove(SortedSets.SCORES, oldSub);
        } else {
            rows.addCount(1);
            SortedSets.RANKS.inserted(rows, sub);
            removeScore(oldSub);
        }
        moveEdges(oldSub, sub);
        renewNowAndThen();
    }

    /**
     * A score that changes again and again leaves the marks of its old rows behind. Where they lie before the first row the
     * edge leads past them: it follows the first member exactly, once that is known, which is looked for now and then.
     */
    private void moveEdges(byte[] oldSub, byte[] sub) {
        Edges edges = Edges.decode(rows.extra());
        if (rows.count() == 1) {
            rows.setExtra(edges.beginAt(sub).endBefore(LexRange.after(sub)).encode());
        } else if (Bytes.compare(oldSub, sub) < 0) {
            beginBehind(oldSub);
        }
    }

    /** After a row was removed: if it was the first, the set begins at the next. One seek then, and now and then another. */
    private void beginBehind(byte[] removed) {
        Edges edges = Edges.decode(rows.extra());
        boolean sought = (KeyLayout.hash(removed) & EDGE_SOUGHT_MASK) == 0;
        if (edges.begins(removed)) {
            // Where members are long the edge is only the beginning of the row.
            rows.setExtra(edges.beginAt(reader().firstFrom(edges.low())).encode());
        } else if (sought && reader().beginsAt(removed)) {
            rows.setExtra(edges.beginAt(reader().firstFrom(removed)).encode());
        }
    }

    /**
     * Every row that was removed leaves a mark until the store compacts, and a walk by rank steps over the marks between the
     * members; in a small set that changes all the time they are thousands to one. So a set that is not large is written anew
     * under another id, by chance about as often as its members have changed twice each: two rows per change.
     */
    private void renewNowAndThen() {
        int count = (int) Math.min(rows.count(), RENEWED_MAX + 1);
        boolean drawn = count <= RENEWED_MAX && rows.context().random().nextInt(RENEWED_AFTER + 2 * count) == 0;
        if (drawn && !rows.isPacked()) {
            renew();
        }
    }

    private void renew() {
        List<ScoredMember> members = new ArrayList<>();
        reader().forEach(Span.ALL, false, 0, Long.MAX_VALUE, members::add);
        for (ScoredMember entry : members) {
            rows.remove(SortedSets.MEMBERS, SortedSets.memberSub(entry.member()));
            rows.remove(SortedSets.SCORES, SortedSets.scoreSub(entry));
        }
        SortedSets.RANKS.clear(rows);
        rows.startAnew();
        rows.addCount(members.size());
        members.forEach(this::putRows);
        SortedSets.RANKS.build(rows);
        Edges edges = Edges.decode(rows.extra())
                .beginAt(SortedSets.scoreSub(members.get(0)))
                .endBefore(LexRange.after(SortedSets.scoreSub(members.get(members.size() - 1))));
        rows.setExtra(edges.encode());
    }

    /** Removes a member; returns whether it was in the set. */
    public boolean remove(byte[] member) {
        byte[] memberSub = SortedSets.memberSub(member);
        byte[] score = rows.row(SortedSets.MEMBERS, memberSub);
        if (score == null) {
            return false;
        }
        rows.remove(SortedSets.MEMBERS, memberSub);
        byte[] sub = SortedSets.scoreSub(new ScoredMember(member, SortedSets.decode(score, 0)));
        removeScore(sub);
        if (rows.count() > 0) {
            beginBehind(sub);
            renewNowAndThen();
        }
        return true;
    }

    /** Writes both rows of a member; returns where it stands by its score. */
    private byte[] putRows(ScoredMember entry) {
        // Redis' compact encoding keeps whole numbers as integers, which have no minus zero.
        boolean plainZero = entry.score() == 0 && SortedSets.isListpack(rows.extra());
        double score = plainZero ? 0 : entry.score();
        byte[] sub = SortedSets.scoreSub(entry);
        rows.put(SortedSets.MEMBERS, SortedSets.memberSub(entry.member()), SortedSets.encode(score));
        rows.put(SortedSets.SCORES, sub, SortedSets.scoreValue(score));
        rows.setExtra(Edges.decode(rows.extra()).include(sub).encode());
        return sub;
    }

    /** After a row was removed: the set begins behind it if nothing is before it. */
    private void beginAt(byte[] removed) {
        if (rows.count() > 0 && reader().beginsAt(removed)) {
            rows.setExtra(Edges.decode(rows.extra()).beginAt(removed).encode());
        }
    }

    private void removeScore(byte[] sub) {
        rows.remove(SortedSets.SCORES, sub);
        rows.addCount(-1);
        SortedSets.RANKS.removed(rows, sub);
    }

    /**
     * Removes members from an end of a span (its last if {@code reverse}), at most {@code limit}; returns them in that
     * order. Cost: their rows; if that is all of the set only what {@link #finish()} costs, and reading them.
     */
    public List<ScoredMember> removeFrom(Span span, boolean reverse, long offset, long limit) {
        List<ScoredMember> removed = new ArrayList<>();
        reader().forEach(span, reverse, offset, limit, removed::add);
        drop(removed);
        if (!removed.isEmpty() && rows.count() > 0) {
            byte[] last = SortedSets.scoreSub(removed.get(removed.size() - 1));
            if (!reverse && offset == 0 && span.from().length == 0) {
                rows.setExtra(Edges.decode(rows.extra()).beginAt(last).encode());
            } else if (!reverse) {
                beginAt(last);
            } else if (offset == 0 && span.to() == null) {
                rows.setExtra(Edges.decode(rows.extra()).endBefore(last).encode());
            }
        }
        return removed;
    }

    /** As {@link #removeFrom} in ascending order, without reading what is removed if that is all; returns how many. */
    public long removeAll(Span span, long offset, long limit) {
        if (offset == 0 && limit >= rows.count() && reader().countIn(span) == rows.count()) {
            long count = rows.count();
            rows.addCount(-count);
            return count;
        }
        return removeFrom(span, false, offset, limit).size();
    }

    private void drop(List<ScoredMember> members) {
        long before = rows.count();
        if (members.size() == before) {
            rows.addCount(-before);
            return;
        }
        boolean single = members.size() < RANGE_MIN;
        for (ScoredMember entry : members) {
            rows.remove(SortedSets.MEMBERS, SortedSets.memberSub(entry.member()));
            if (single) {
                removeScore(SortedSets.scoreSub(entry));
            } else {
                rows.remove(SortedSets.SCORES, SortedSets.scoreSub(entry));
            }
        }
        if (!single) {
            rows.addCount(-members.size());
            byte[] one = SortedSets.scoreSub(members.get(0));
            byte[] other = SortedSets.scoreSub(members.get(members.size() - 1));
            boolean ascending = Bytes.compare(one, other) < 0;
            SortedSets.RANKS.removedRange(
                    rows, ascending ? one : other, LexRange.after(ascending ? other : one), before);
        }
    }

    /** The set as it is now, to be read. */
    public SortedSetReader reader() {
        return new SortedSetReader(rows.context(), rows.key(), rows.header());
    }

    /** Writes the header if it changed; removes the key if no member is left. Returns whether the key is there. */
    public boolean finish() {
        return rows.finish();
    }
}
