package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Intersection, union and difference of sets. The rows of all sets are in one order, so each result comes in that order
 * and needs no memory of its own: one open row for each set.
 */
public final class SetAlgebra {
    /** Looking a member up costs about as much as walking over so many. */
    private static final int LOOKUP_COST = 16;

    /**
     * A set that takes part.
     *
     * @param set null if there is no such key: the empty set
     */
    public record Source(byte[] key, @Nullable CollectionHeader set) {
        long count() {
            return set == null ? 0 : set.count();
        }
    }

    private SetAlgebra() {}

    /** The member of a row. */
    public static byte[] member(byte[] sub) {
        return SetMembers.memberOf(sub);
    }

    /** Adds the member of a row to a set that is written anew, and has no such member yet. One row, no read. */
    public static void append(CollectionWriter set, byte[] sub) {
        Sets.append(set, sub);
    }

    /**
     * Every member that all sets have. Cost: all rows of the smallest set, and for each of the others a look-up for each of
     * these, or all its rows if that is less.
     *
     * @param sources one or more
     * @return rows for {@link #member} and {@link #append}, to be closed
     */
    public static Elements<byte[]> intersection(ReadContext context, List<Source> sources) {
        List<Source> bySize = new ArrayList<>(sources);
        bySize.sort(Comparator.comparingLong(Source::count));
        return filter(context, bySize.get(0), bySize.subList(1, bySize.size()), true);
    }

    /**
     * Every member of the first set that none of the others has. Cost: all rows of the first set, and for each of the others
     * a look-up for each of these, or all its rows if that is less.
     *
     * @param sources one or more
     * @return as {@link #intersection}
     */
    public static Elements<byte[]> difference(ReadContext context, List<Source> sources) {
        List<Source> others = new ArrayList<>();
        for (Source other : sources.subList(1, sources.size())) {
            if (other.set() != null) {
                others.add(other);
            }
        }
        return filter(context, sources.get(0), others, false);
    }

    /**
     * Every member of any set, once. Cost: all rows of all sets.
     *
     * @return as {@link #intersection}
     */
    public static Elements<byte[]> union(ReadContext context, List<Source> sources) {
        return new Union(context, sources);
    }

    /** Members of {@code first} that are in all of the others, or in none of them. */
    private static Elements<byte[]> filter(ReadContext context, Source first, List<Source> others, boolean wanted) {
        CollectionHeader set = first.set();
        if (set == null || (wanted && others.stream().anyMatch(other -> other.set() == null))) {
            return Elements.of(List.of());
        }
        return new Filter(context, first.key(), set, others, wanted);
    }

    private static final class Filter implements Elements<byte[]> {
        private final SetMembers members;
        private final List<Membership> memberships = new ArrayList<>();
        private final boolean wanted;

        Filter(ReadContext context, byte[] key, CollectionHeader set, List<Source> others, boolean wanted) {
            this.wanted = wanted;
            this.members = SetMembers.of(context, key, set);
            try {
                for (Source other : others) {
                    memberships.add(new Membership(context, other, set.count()));
                }
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        @Override
        public byte @Nullable [] next() {
            while (members.next()) {
                byte[] sub = members.sub();
                boolean passes = true;
                for (int i = 0; passes && i < memberships.size(); i++) {
                    passes = memberships.get(i).has(sub) == wanted;
                }
                if (passes) {
                    return sub;
                }
            }
            return null;
        }

        @Override
        public void close() {
            members.close();
            memberships.forEach(Membership::close);
        }
    }

    private static final class Union implements Elements<byte[]> {
        private final List<Head> open = new ArrayList<>();
        private final PriorityQueue<Head> heads = new PriorityQueue<>((a, b) -> Bytes.compare(a.sub, b.sub));
        private byte[] last = Bytes.EMPTY;

        Union(ReadContext context, List<Source> sources) {
            try {
                for (Source source : sources) {
                    if (source.set() != null) {
                        Head head = new Head(SetMembers.of(context, source.key(), source.set()));
                        open.add(head);
                        if (head.advance()) {
                            heads.add(head);
                        }
                    }
                }
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        @Override
        public byte @Nullable [] next() {
            while (!heads.isEmpty()) {
                Head head = heads.remove();
                byte[] sub = head.sub;
                if (head.advance()) {
                    heads.add(head);
                }
                if (Bytes.compare(last, sub) != 0) {
                    last = sub;
                    return sub;
                }
            }
            return null;
        }

        @Override
        public void close() {
            open.forEach(head -> head.members.close());
        }
    }

    /** One set of a union and its next member. */
    private static final class Head {
        private final SetMembers members;
        private byte[] sub = Bytes.EMPTY;

        Head(SetMembers members) {
            this.members = members;
        }

        boolean advance() {
            boolean found = members.next();
            if (found) {
                sub = members.sub();
            }
            return found;
        }
    }

    /** Answers whether a set has members that are asked for in ascending order. */
    private static final class Membership {
        private final ReadContext context;
        private final byte[] key;
        private final CollectionRows place;
        private final @Nullable Cursor rows;
        private byte @Nullable [] current;
        private boolean started;

        /** @param questions how many members will be asked for */
        Membership(ReadContext context, Source source, long questions) {
            this.context = context;
            this.key = source.key();
            this.place = source.set() == null
                    ? CollectionRows.stored(Collections.NO_ID)
                    : source.set().rows();
            boolean walks = source.count() / LOOKUP_COST < questions;
            this.rows = walks ? context.rows(key, place, SetMembers.TAG, Bytes.EMPTY, null) : null;
        }

        boolean has(byte[] sub) {
            if (rows == null) {
                context.willRead(sub.length);
                return context.row(key, place, SetMembers.TAG, sub) != null;
            }
            if (!started) {
                started = true;
                advance(rows);
            }
            while (current != null && Bytes.compare(current, sub) < 0) {
                advance(rows);
            }
            return current != null && Bytes.compare(current, sub) == 0;
        }

        private void advance(Cursor cursor) {
            if (cursor.next()) {
                context.willRead(cursor.key().length);
                current = KeyLayout.sub(cursor.key());
            } else {
                current = null;
            }
        }

        void close() {
            if (rows != null) {
                rows.close();
            }
        }
    }
}
