package io.aikv.data;

import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.List;

/**
 * The longest common subsequence of two byte strings, as LCS answers it: of several longest ones, the one Redis finds.
 *
 * <p>Dynamic programming in two rows of lengths; for the way back one bit per cell says where Redis would go. That is a
 * thirty-second of Redis' table; the limit on its size is Redis' own.
 */
public final class CommonSubsequence {
    private static final int BYTES_PER_CELL_IN_REDIS = 4;

    /**
     * A run of equal bytes: {@code length} bytes from {@code aStart} in the first string and from {@code bStart} in the
     * second.
     */
    public record Match(int aStart, int bStart, int length) {}

    private final byte[] a;
    private final byte[] b;
    private final long[] backInA;
    private final int length;

    /**
     * @throws CommandError {@code ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len}
     */
    public CommonSubsequence(byte[] a, byte[] b) {
        long cells = (a.length + 1L) * (b.length + 1L);
        if (cells * BYTES_PER_CELL_IN_REDIS > Strings.SIZE_MAX) {
            throw new CommandError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
        }
        this.a = a;
        this.b = b;
        this.backInA = new long[(int) (cells + 63 >>> 6)];
        this.length = fill();
    }

    /** As long as reading how many bytes it takes to find one; nothing where the table is too large, and an error. */
    public static long workBytes(byte[] a, byte[] b) {
        long cells = (a.length + 1L) * (b.length + 1L);
        return cells * BYTES_PER_CELL_IN_REDIS > Strings.SIZE_MAX ? 0 : 2 * cells;
    }

    private int fill() {
        int[] above = new int[b.length + 1];
        int[] row = new int[b.length + 1];
        for (int i = 1; i <= a.length; i++) {
            for (int j = 1; j <= b.length; j++) {
                if (a[i - 1] == b[j - 1]) {
                    row[j] = above[j - 1] + 1;
                } else if (above[j] > row[j - 1]) {
                    row[j] = above[j];
                    int cell = i * (b.length + 1) + j;
                    backInA[cell >>> 6] |= 1L << cell;
                } else {
                    row[j] = row[j - 1];
                }
            }
            int[] next = above;
            above = row;
            row = next;
        }
        return above[b.length];
    }

    public int length() {
        return length;
    }

    /** The subsequence itself. */
    public byte[] bytes() {
        byte[] result = new byte[length];
        int end = length;
        for (Match match : matches()) {
            end -= match.length;
            System.arraycopy(a, match.aStart, result, end, match.length);
        }
        return result;
    }

    /** Its contiguous runs, the last one first. */
    public List<Match> matches() {
        List<Match> found = new ArrayList<>();
        int i = a.length;
        int j = b.length;
        int run = 0;
        while (i > 0 && j > 0) {
            if (a[i - 1] == b[j - 1]) {
                run++;
                i--;
                j--;
                continue;
            }
            if (run > 0) {
                found.add(new Match(i, j, run));
                run = 0;
            }
            int cell = i * (b.length + 1) + j;
            if ((backInA[cell >>> 6] >>> cell & 1) != 0) {
                i--;
            } else {
                j--;
            }
        }
        if (run > 0) {
            found.add(new Match(i, j, run));
        }
        return found;
    }
}
