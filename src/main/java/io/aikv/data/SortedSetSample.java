package io.aikv.data;

import io.aikv.base.Elements;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Members of a sorted set by chance, each as likely as any other. */
public final class SortedSetSample {
    /** From a third of the set on it is cheaper to read it in order than to look for each member. */
    private static final int READ_ALL_FROM = 3;

    private final SortedSetReader set;
    private final SplittableRandom random;

    /** Draws from {@code random}, which decides everything. */
    public SortedSetSample(SortedSetReader set, SplittableRandom random) {
        this.set = set;
        this.random = random;
    }

    /** So many members, the same one perhaps several times. Cost: a member by its rank for each, or a small set once. */
    public List<ScoredMember> repeating(int count) {
        List<ScoredMember> chosen = new ArrayList<>(Math.min(count, 1_000));
        List<ScoredMember> all = new ArrayList<>();
        if (set.count() <= RankIndex.UNCOUNTED) {
            set.forEach(Span.ALL, false, 0, Long.MAX_VALUE, all::add);
        }
        for (int i = 0; i < count; i++) {
            long rank = random.nextLong(set.count());
            ScoredMember entry = rank < all.size() ? all.get((int) rank) : set.at(rank);
            if (entry != null) {
                chosen.add(entry);
            }
        }
        return chosen;
    }

    /**
     * So many different members in order, read while they are taken. Cost: all rows.
     *
     * @param count at most as many as there are
     */
    public Elements<ScoredMember> openDistinct(long count) {
        return new Selection<>(set.elements(Span.ALL, false, 0, Long.MAX_VALUE), set.count(), count, random);
    }

    /**
     * So many different members, or all if there are not more. Cost: a member by its rank for each, at most all rows.
     */
    public List<ScoredMember> distinct(long count) {
        List<ScoredMember> chosen = new ArrayList<>();
        long size = set.count();
        if (count >= size) {
            set.forEach(Span.ALL, true, 0, Long.MAX_VALUE, chosen::add);
        } else if (count > size / READ_ALL_FROM) {
            long[] left = {size};
            set.forEach(Span.ALL, false, 0, size, entry -> {
                // Each that is left is taken with the chance that fills what is missing (Knuth's algorithm S).
                if (random.nextLong(left[0]) < count - chosen.size()) {
                    chosen.add(entry);
                }
                left[0]--;
            });
        } else {
            Set<Long> ranks = new HashSet<>();
            while (ranks.size() < count) {
                long rank = random.nextLong(size);
                ScoredMember entry = ranks.add(rank) ? set.at(rank) : null;
                if (entry != null) {
                    chosen.add(entry);
                }
            }
        }
        return chosen;
    }
}
