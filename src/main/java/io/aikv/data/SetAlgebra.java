package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
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

    /** The member of a row that a sink was given. */
    public static byte[] member(byte[] sub) {
        return SetMembers.memberOf(sub);
    }

    /** Adds what a sink was given to a set that is written anew, and has no such member yet. One row, no read. */
    public static void append(CollectionWriter set, byte[] sub) {
        Sets.append(set, sub);
    }

    /**
     * Gives every member that all sets have to {@code sink}, until that answers false. Cost: all rows of the smallest set,
     * and for each of the others a look-up for each of these, or all its rows if that is less.
     *
     * @param sources one or more
     */
    public static void intersect(ReadContext context, List<Source> sources, Predicate<byte[]> sink) {
        List<Source> bySize = new ArrayList<>(sources);
        bySize.sort(Comparator.comparingLong(Source::count));
        filter(context, bySize.get(0), bySize.subList(1, bySize.size()), true, sink);
    }

    /**
     * Gives every member of the first set that none of the others has to {@code sink}. Cost: all rows of the first set, and
     * for each of the others a look-up for each of these, or all its rows if that is less.
     *
     * @param sources one or more
     */
    public static void subtract(ReadContext context, List<Source> sources, Predicate<byte[]> sink) {
        List<Source> others = new ArrayList<>();
        for (Source other : sources.subList(1, sources.size())) {
            if (other.set() != null) {
                others.add(other);
            }
        }
        filter(context, sources.get(0), others, false, sink);
    }

    /** Members of {@code first} that are in all of the others, or in none of them. */
    private static void filter(
            ReadContext context, Source first, List<Source> others, boolean wanted, Predicate<byte[]> sink) {
        CollectionHeader set = first.set();
        if (set == null || (wanted && others.stream().anyMatch(other -> other.set() == null))) {
            return;
        }
        List<Membership> memberships = new ArrayList<>();
        try (SetMembers members = SetMembers.of(context, first.key(), set)) {
            for (Source other : others) {
                memberships.add(new Membership(context, other, set.count()));
            }
            while (members.next()) {
                byte[] sub = members.sub();
                boolean passes = true;
                for (int i = 0; passes && i < memberships.size(); i++) {
                    passes = memberships.get(i).has(sub) == wanted;
                }
                if (passes && !sink.test(sub)) {
                    return;
                }
            }
        } finally {
            memberships.forEach(Membership::close);
        }
    }

    /** Gives every member of any set to {@code sink}, once. Cost: all rows of all sets. */
    public static void unite(ReadContext context, List<Source> sources, Predicate<byte[]> sink) {
        List<Head> open = new ArrayList<>();
        try {
            PriorityQueue<Head> heads = new PriorityQueue<>((a, b) -> Bytes.compare(a.sub, b.sub));
            for (Source source : sources) {
                if (source.set() != null) {
                    Head head = new Head(SetMembers.of(context, source.key(), source.set()));
                    open.add(head);
                    if (head.advance()) {
                        heads.add(head);
                    }
                }
            }
            byte[] last = Bytes.EMPTY;
            while (!heads.isEmpty()) {
                Head head = heads.remove();
                if (Bytes.compare(last, head.sub) != 0) {
                    last = head.sub;
                    if (!sink.test(last)) {
                        return;
                    }
                }
                if (head.advance()) {
                    heads.add(head);
                }
            }
        } finally {
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
        private final long id;
        private final @Nullable Cursor rows;
        private byte @Nullable [] current;
        private boolean started;

        /** @param questions how many members will be asked for */
        Membership(ReadContext context, Source source, long questions) {
            this.context = context;
            this.key = source.key();
            this.id = source.set() == null ? Collections.NO_ID : source.set().id();
            boolean walks = source.count() / LOOKUP_COST < questions;
            this.rows = walks ? context.rows(key, id, SetMembers.TAG, Bytes.EMPTY, null) : null;
        }

        boolean has(byte[] sub) {
            if (rows == null) {
                context.willRead(sub.length);
                return context.row(key, id, SetMembers.TAG, sub) != null;
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
