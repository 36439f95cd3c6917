package io.aikv.data;

import java.util.Arrays;

/** Ranks of a list, as runs of neighbours: 16 bytes for a run, however long. Filled in ascending or descending order. */
final class RankRuns {
    private static final int INITIAL = 8;

    private final boolean descending;
    private long[] starts = new long[INITIAL];
    private long[] ends = new long[INITIAL];
    private int size;
    private long total;

    RankRuns(boolean descending) {
        this.descending = descending;
    }

    /** Adds a rank beyond all that were added before. */
    void add(long rank) {
        total++;
        if (size > 0 && !descending && ends[size - 1] == rank) {
            ends[size - 1]++;
        } else if (size > 0 && descending && starts[size - 1] == rank + 1) {
            starts[size - 1]--;
        } else {
            if (size == starts.length) {
                starts = Arrays.copyOf(starts, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
            }
            starts[size] = rank;
            ends[size] = rank + 1;
            size++;
        }
    }

    /** How many ranks there are. */
    long total() {
        return total;
    }

    /** How many runs there are. */
    int size() {
        return size;
    }

    /** The first rank of a run; runs are counted from 0 in ascending order, whatever the order they were added in. */
    long start(int run) {
        return starts[descending ? size - 1 - run : run];
    }

    /** The rank behind a run. */
    long end(int run) {
        return ends[descending ? size - 1 - run : run];
    }
}
