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
 * Fields of a hash by chance (HRANDFIELD).
 *
 * <p>Of a small hash, or where much of it is wanted, a walk over all fields: each is exactly as likely as every other. A few
 * of a large one are picked where a random position finds them: a field is then as likely as the {@value #WINDOW} gaps
 * before it are wide on average, which hashing makes even to about a tenth.
 */
public final class HashSample {
    /** The most that {@link #repeated} picks. */
    public static final int REPEATED_MAX = 1 << 20;

    private static final int WALKED_COUNT_MAX = 1024;
    private static final int WINDOW = 100;
    private static final int TRIES_PER_FIELD = 20;
    private static final int INDEX_BITS = 20;

    private final HashView hash;
    private final boolean withValues;
    private final SplittableRandom random;
    private final long total;

    private HashSample(HashView hash, boolean withValues) {
        this.hash = hash;
        this.withValues = withValues;
        this.random = hash.context().random();
        this.total = hash.count();
    }

    /** One field, or null if there is none. */
    public static @Nullable HashField one(HashView hash) {
        List<HashField> picked = repeated(hash, 1, false);
        return picked.isEmpty() ? null : picked.get(0);
    }

    /** So many different fields, or all if there are no more, in no particular order. */
    public static List<HashField> distinct(HashView hash, long count, boolean withValues) {
        HashSample sample = new HashSample(hash, withValues);
        return sample.walks(count) ? sample.selectByWalk(count) : sample.selectByPosition((int) count);
    }

    /**
     * So many fields, each chosen from all, in the order they were chosen. Empty if there is none.
     *
     * @param count 0 to {@link #REPEATED_MAX}
     */
    public static List<HashField> repeated(HashView hash, int count, boolean withValues) {
        HashSample sample = new HashSample(hash, withValues);
        return sample.walks(count) ? sample.drawByWalk(count) : sample.drawByPosition(count);
    }

    /**
     * As {@link #distinct}, in the order of the hash, read while they are taken. Cost: all fields.
     *
     * @param count at most as many as there are
     */
    public static Elements<HashField> openDistinct(HashView hash, long count, boolean withValues) {
        return new Selection<>(
                hash.walk(0, withValues), hash.count(), count, hash.context().random());
    }

    private boolean walks(long count) {
        return total <= WALKED_COUNT_MAX || count >= total / WINDOW;
    }

    /** Selection sampling (Knuth, TAOCP 3.4.2, algorithm S): one pass, no field is looked at twice. */
    private List<HashField> selectByWalk(long count) {
        long needed = Math.min(count, total);
        List<HashField> selected = new ArrayList<>((int) needed);
        long left = total;
        try (HashView.Walk walk = hash.walk(0, withValues)) {
            HashField field = needed > 0 ? walk.next() : null;
            while (field != null && needed > 0) {
                if (needed >= left || random.nextLong(left) < needed) {
                    selected.add(field);
                    needed--;
                }
                left--;
                field = needed > 0 ? walk.next() : null;
            }
        }
        return selected;
    }

    private List<HashField> selectByPosition(int count) {
        List<HashField> selected = new ArrayList<>(count);
        Set<Bytes> names = new HashSet<>();
        for (int tries = count * TRIES_PER_FIELD; selected.size() < count; tries--) {
            if (tries == 0) {
                return selectByWalk(count);
            }
            HashField field = pick();
            if (field != null && names.add(Bytes.of(field.name()))) {
                selected.add(field);
            }
        }
        return selected;
    }

    /** Draws ordinal numbers, and finds their fields in one pass. */
    private List<HashField> drawByWalk(int count) {
        if (total == 0) {
            return List.of();
        }
        long[] draws = new long[count];
        for (int i = 0; i < count; i++) {
            draws[i] = random.nextLong(total) << INDEX_BITS | i;
        }
        Arrays.sort(draws);
        HashField[] drawn = new HashField[count];
        try (HashView.Walk walk = hash.walk(0, withValues)) {
            HashField field = count > 0 ? walk.next() : null;
            long ordinal = 0;
            for (int i = 0; i < count; i++) {
                HashField next = field;
                while (next != null && ordinal < draws[i] >>> INDEX_BITS) {
                    next = walk.next();
                    ordinal++;
                    field = next == null ? field : next;
                }
                if (field == null) {
                    return List.of();
                }
                drawn[(int) draws[i] & REPEATED_MAX - 1] = field;
            }
        }
        return Arrays.asList(drawn);
    }

    private List<HashField> drawByPosition(int count) {
        List<HashField> drawn = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            HashField field = pick();
            if (field != null) {
                drawn.add(field);
            }
        }
        return drawn;
    }

    /** The field at a random place behind a random position; beyond the end it goes on at the start. */
    private @Nullable HashField pick() {
        int left = random.nextInt(WINDOW);
        long position = random.nextLong(1L << 32);
        HashField field = null;
        for (int pass = 0; pass < 2 && left >= 0; pass++) {
            try (HashView.Walk walk = hash.walk(pass == 0 ? position : 0, withValues)) {
                HashField next = walk.next();
                while (next != null) {
                    field = next;
                    if (left-- == 0) {
                        return field;
                    }
                    next = walk.next();
                }
            }
        }
        return field;
    }
}
