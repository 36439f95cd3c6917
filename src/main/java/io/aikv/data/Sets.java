package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.base.Numbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Sets of byte strings.
 *
 * <pre>
 * header extra   nothing, or 1: the set has been large
 * row            M hash(4) member -> nothing
 * </pre>
 *
 * {@code hash} is {@link io.aikv.store.KeyLayout#hash} of the member, so the rows of every set are in the same order, which
 * has nothing to do with the contents: an SSCAN cursor is a hash and names a position that any node understands, a random
 * hash finds a random member, and several sets are joined by walking them side by side.
 */
public final class Sets {
    /** Redis' {@code set-max-intset-entries}. */
    private static final int INTSET_MAX = 512;

    /** Redis' {@code set-max-listpack-entries}. */
    private static final int LISTPACK_MAX = 128;

    /** Redis' {@code set-max-listpack-value}, in bytes. */
    private static final int LISTPACK_VALUE_MAX = 64;

    /** A small set is scanned in one step, as Redis does, unless it has more bytes than this. */
    private static final int SCAN_WHOLE_BYTES_MAX = 1 << 16;

    private static final long HASH_LIMIT = 1L << 32;

    /** From so many members on a set is marked as one that has been large. */
    private static final int LARGE = 1024;

    private static final byte[] WAS_LARGE = {1};

    /**
     * A step of a scan.
     *
     * @param next where to go on, 0 at the end
     * @param members those that passed the filter
     */
    public record Page(long next, List<byte[]> members) {}

    private Sets() {}

    // ---- one member ----

    /** Whether a set has a member. One point read. */
    public static boolean contains(ReadContext context, byte[] key, CollectionHeader set, byte[] member) {
        context.willRead(SetMembers.HASH_SIZE + member.length);
        return context.row(key, set.rows(), SetMembers.TAG, SetMembers.sub(member)) != null;
    }

    /** Adds a member; returns whether it is new. One point read, one row. */
    public static boolean add(CollectionWriter set, byte[] member) {
        byte[] sub = SetMembers.sub(member);
        if (set.row(SetMembers.TAG, sub) != null) {
            return false;
        }
        append(set, sub);
        return true;
    }

    /** Adds a member that is not there, by its row. One row. */
    static void append(CollectionWriter set, byte[] sub) {
        set.put(SetMembers.TAG, sub, Bytes.EMPTY);
        set.addCount(1);
        if (set.count() == LARGE) {
            set.setExtra(WAS_LARGE);
        }
    }

    /** Removes a member; returns whether it was there. One point read, one row. */
    public static boolean remove(CollectionWriter set, byte[] member) {
        byte[] sub = SetMembers.sub(member);
        if (set.row(SetMembers.TAG, sub) == null) {
            return false;
        }
        set.remove(SetMembers.TAG, sub);
        set.addCount(-1);
        leaveRemains(set);
        return true;
    }

    /**
     * A set that was large and is now so small that choosing a member walks it is written under a new id, once: the walks
     * would go over all that was removed before.
     */
    private static void leaveRemains(CollectionWriter set) {
        if (set.extra().length > 0 && set.count() <= RandomMembers.SMALL && set.count() > 0) {
            keepOthers(set, set.header(), List.of());
        }
    }

    // ---- all members ----

    /** Every member, as many as the header says. Cost: all rows. */
    public static Elements<byte[]> elements(ReadContext context, byte[] key, CollectionHeader set) {
        return SetMembers.of(context, key, set).subs().map(SetMembers::memberOf);
    }

    /** Every member. Cost: all rows. */
    public static List<byte[]> members(ReadContext context, byte[] key, CollectionHeader set) {
        List<byte[]> all = new ArrayList<>();
        try (SetMembers members = SetMembers.of(context, key, set)) {
            while (members.next()) {
                all.add(members.member());
            }
        }
        return all;
    }

    /**
     * Visits about {@code count} members from a position on: at least that many if there are, and those that share the last
     * one's hash, which are never separated. So every member present throughout a scan is returned at least once. A set
     * that Redis would keep in one piece is visited whole.
     *
     * @param position 0 for the start, else the last page's {@code next}; any other number is a valid place too
     * @param count 1 or more
     */
    public static Page scan(
            ReadContext context,
            byte[] key,
            CollectionHeader set,
            long position,
            long count,
            Predicate<byte[]> filter) {
        List<byte[]> found = new ArrayList<>();
        if (position < 0 || position >= HASH_LIMIT) {
            return new Page(0, found);
        }
        boolean small = set.count() <= LISTPACK_MAX;
        long visited = 0;
        long bytes = 0;
        long last = -1;
        try (SetMembers members = SetMembers.from(context, key, set, (int) position)) {
            while (members.next()) {
                long at = members.hash();
                boolean enough = (visited >= count && !(small && bytes <= SCAN_WHOLE_BYTES_MAX))
                        || bytes > KeyScan.STEP_BYTES_MAX;
                if (enough && at != last) {
                    return new Page(at, found);
                }
                byte[] member = members.member();
                visited++;
                bytes += member.length;
                last = at;
                if (filter.test(member)) {
                    found.add(member);
                }
            }
        }
        return new Page(0, found);
    }

    // ---- taking out members by chance ----

    /**
     * Takes out up to {@code count} different members chosen by {@link ReadContext#random()} and returns them. The caller
     * calls {@link CollectionWriter#finish()}. Cost: see {@link RandomMembers#distinct}; the entry holds as many rows as
     * are taken or as are left, whichever is fewer, beside the members it returns.
     *
     * @param count 0 or more
     */
    public static List<byte[]> pop(CollectionWriter set, long count) {
        WriteContext context = set.context();
        CollectionHeader before = set.header();
        if (count >= set.count()) {
            List<byte[]> all = members(context, set.key(), before);
            set.addCount(-set.count());
            return all;
        }
        List<byte[]> chosen = RandomMembers.distinct(context, set.key(), before, count);
        if (chosen.size() > set.count() / 2) {
            keepOthers(set, before, chosen);
        } else {
            for (byte[] sub : chosen) {
                set.remove(SetMembers.TAG, sub);
            }
            set.addCount(-chosen.size());
            leaveRemains(set);
        }
        List<byte[]> members = new ArrayList<>(chosen.size());
        for (byte[] sub : chosen) {
            members.add(SetMembers.memberOf(sub));
        }
        return members;
    }

    /** Writes the members that stay under a new id. */
    private static void keepOthers(CollectionWriter set, CollectionHeader before, List<byte[]> chosen) {
        byte[][] gone = chosen.toArray(new byte[0][]);
        Arrays.sort(gone, Bytes::compare);
        int next = 0;
        set.startAnew();
        set.setExtra(Bytes.EMPTY);
        try (SetMembers members = SetMembers.of(set.context(), set.key(), before)) {
            while (members.next()) {
                byte[] sub = members.sub();
                if (next < gone.length && Arrays.equals(gone[next], sub)) {
                    next++;
                } else {
                    append(set, sub);
                }
            }
        }
    }

    // ---- what it looks like to clients ----

    /** What OBJECT ENCODING answers: the word Redis would use, by its default thresholds. Cost: at most 512 rows. */
    public static String encoding(ReadContext context, byte[] key, KeyRecord record) {
        CollectionHeader set = CollectionHeader.of(record);
        if (set.count() > INTSET_MAX) {
            return "hashtable";
        }
        boolean integers = true;
        boolean small = set.count() <= LISTPACK_MAX;
        try (SetMembers members = SetMembers.of(context, key, set)) {
            while ((integers || small) && members.next()) {
                byte[] member = members.member();
                integers &= Numbers.isLong(member);
                small &= member.length <= LISTPACK_VALUE_MAX;
            }
        }
        if (integers) {
            return "intset";
        }
        return small ? "listpack" : "hashtable";
    }
}
