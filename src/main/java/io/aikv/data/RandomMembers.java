package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses members of a set by {@link ReadContext#random()}.
 *
 * <p>A small set, or a choice of a large part of a set, is decided by walking all rows: every member is then equally
 * likely. A few of many are found by seeking to a random hash and taking one of the next {@link #WINDOW} rows: hashes are
 * not spread evenly, and the window makes up for most of that (a member's chance differs from the fair one by about a
 * quarter, as a standard deviation).
 */
public final class RandomMembers {
    /** Up to so many members a set is walked. */
    static final int SMALL = 128;

    /** Among how many rows behind a random place one is taken. */
    private static final int WINDOW = 16;

    /** A choice of more than one in so many members walks the set: a draw reads about half a window. */
    private static final int FEW = 8;

    /** Draws that found nothing new before the set is walked instead: many members may share one hash. */
    private static final int IDLE_DRAWS_MAX = 64;

    private RandomMembers() {}

    /** One member, or null if there are no rows. Cost: a seek and about eight rows; up to 128 rows of a small set. */
    public static byte @Nullable [] one(ReadContext context, byte[] key, CollectionHeader set) {
        byte[] sub = draw(context, key, set);
        return sub == null ? null : SetMembers.memberOf(sub);
    }

    /**
     * As many different members. Cost: a seek and about eight rows for each, or all rows of the set if that is less.
     *
     * @param count 0 or more
     */
    public static List<byte[]> distinctMembers(ReadContext context, byte[] key, CollectionHeader set, long count) {
        List<byte[]> members = distinct(context, key, set, count);
        members.replaceAll(SetMembers::memberOf);
        return members;
    }

    /**
     * As {@link #distinctMembers}, in the order of the set, read while they are taken. Cost: all rows of the set.
     *
     * @param count at most as many as there are
     */
    public static Elements<byte[]> openDistinct(ReadContext context, byte[] key, CollectionHeader set, long count) {
        return new Selection<>(Sets.elements(context, key, set), set.count(), count, context.random());
    }

    /** As {@link #distinctMembers}, as the parts of row keys behind the tag. */
    static List<byte[]> distinct(ReadContext context, byte[] key, CollectionHeader set, long count) {
        if (set.count() <= SMALL || count > set.count() / FEW) {
            return selected(context, key, set, count);
        }
        Set<Bytes> seen = new HashSet<>();
        List<byte[]> chosen = new ArrayList<>((int) count);
        int idle = 0;
        while (chosen.size() < count) {
            byte[] sub = draw(context, key, set);
            if (sub != null && seen.add(Bytes.of(sub))) {
                chosen.add(sub);
                idle = 0;
            } else if (++idle > IDLE_DRAWS_MAX) {
                return selected(context, key, set, count);
            }
        }
        return chosen;
    }

    /**
     * As many members, each chosen anew: one may come several times. Cost: as {@link #distinctMembers}.
     *
     * @param count 0 or more
     */
    public static List<byte[]> repeated(ReadContext context, byte[] key, CollectionHeader set, int count) {
        if (set.count() <= SMALL || count > set.count() / FEW) {
            return byRank(context, key, set, count);
        }
        List<byte[]> chosen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] member = one(context, key, set);
            if (member != null) {
                chosen.add(member);
            }
        }
        return chosen;
    }

    // ---- by chance ----

    private static byte @Nullable [] draw(ReadContext context, byte[] key, CollectionHeader set) {
        SplittableRandom random = context.random();
        boolean small = set.count() <= SMALL;
        int hash = small ? 0 : random.nextInt();
        int left = random.nextInt(small ? (int) Math.max(1, set.count()) : WINDOW);
        try (SetMembers members = SetMembers.from(context, key, set, hash)) {
            while (members.next()) {
                if (left-- == 0) {
                    return members.sub();
                }
            }
        }
        // The end of the set: the window goes on at its start.
        try (SetMembers members = SetMembers.of(context, key, set)) {
            while (members.next()) {
                if (left-- == 0) {
                    return members.sub();
                }
            }
        }
        return null;
    }

    /** Walks the set and takes each row with the probability that is left for it (Knuth, 3.4.2, algorithm S). */
    private static List<byte[]> selected(ReadContext context, byte[] key, CollectionHeader set, long count) {
        SplittableRandom random = context.random();
        List<byte[]> chosen = new ArrayList<>();
        long left = set.count();
        long needed = Math.min(count, left);
        try (SetMembers members = SetMembers.of(context, key, set)) {
            while (needed > 0 && members.next()) {
                if (random.nextLong(Math.max(1, left)) < needed) {
                    chosen.add(members.sub());
                    needed--;
                }
                left--;
            }
        }
        return chosen;
    }

    /** Draws ranks, walks the set once, and puts what stands there in the order of the draws. */
    private static List<byte[]> byRank(ReadContext context, byte[] key, CollectionHeader set, int count) {
        SplittableRandom random = context.random();
        long[] ranks = new long[count];
        for (int i = 0; i < count; i++) {
            ranks[i] = random.nextLong(set.count());
        }
        Arrays.sort(ranks);
        List<byte[]> chosen = new ArrayList<>(count);
        long rank = -1;
        try (SetMembers members = SetMembers.of(context, key, set)) {
            for (int i = 0; i < count; i++) {
                boolean found = true;
                while (rank < ranks[i] && found) {
                    found = members.next();
                    rank++;
                }
                if (!found) {
                    break;
                }
                chosen.add(members.member());
            }
        }
        for (int i = chosen.size() - 1; i > 0; i--) {
            java.util.Collections.swap(chosen, i, random.nextInt(i + 1));
        }
        return chosen;
    }
}
