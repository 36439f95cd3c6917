package io.aikv.raft;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a snapshot is due and how much of the log stays behind it: by entries and by bytes, whichever comes first.
 * Ratis counts entries only; entries hold from a few bytes to megabytes, so a number of them bounds no disk.
 *
 * <p>Remembers how many bytes the log had at every {@value #MARKS}th part of what lies between two snapshots: its answers
 * are so exact. For one group; on its apply thread, or while that is shut out.
 */
final class LogRetention {
    /** Marks between two snapshots, at most: what is walked over after each entry, however little of the log is kept. */
    private static final int MARKS = 64;

    /** @param bytes of all entries up to and including this index, since the group was opened */
    private record Mark(long index, long bytes) {}

    private final RaftOptions.LogOptions options;
    private final long grainBytes;
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    private long bytes;
    private long purged;

    LogRetention(RaftOptions.LogOptions options) {
        this.options = options;
        this.grainBytes = Math.max(1, options.snapshotBytes() / MARKS);
        restart(-1);
    }

    /** The store was opened or replaced at this index; nothing is known of the sizes of the entries before. */
    void restart(long index) {
        marks.clear();
        marks.add(new Mark(index, bytes));
        purged = index;
    }

    /** An entry of so many bytes was applied. */
    void applied(long index, long entryBytes) {
        bytes += entryBytes;
        if (bytes - marks.getLast().bytes >= grainBytes) {
            marks.add(new Mark(index, bytes));
        }
    }

    /** Whether what lies between two indexes, the first of them on disk or a snapshot, is half of a snapshot's worth. */
    boolean isStep(long from, long to) {
        return to - from >= Math.max(1, options.snapshotEntries() / 2)
                || bytesUpTo(to) - bytesUpTo(from) >= Math.max(1, options.snapshotBytes() / 2);
    }

    /**
     * Up to where the log may be dropped once there is a snapshot at an index; at most that index. Grows from call to call.
     *
     * @return the index, or -1 if it is no higher than last time
     */
    long purge(long snapshotIndex) {
        long keptFrom = bytesUpTo(snapshotIndex) - options.keptBytes();
        long index = snapshotIndex - options.keptEntries();
        @Nullable Mark last = null;
        while (!marks.isEmpty() && marks.getFirst().bytes <= keptFrom) {
            last = marks.removeFirst();
        }
        if (last != null) {
            marks.addFirst(last);
            index = Math.max(index, Math.min(last.index, snapshotIndex));
        }
        if (index <= purged) {
            return -1;
        }
        purged = index;
        return index;
    }

    /** To the precision of the marks, never more than there were. */
    private long bytesUpTo(long index) {
        for (Iterator<Mark> newestFirst = marks.descendingIterator(); newestFirst.hasNext(); ) {
            Mark mark = newestFirst.next();
            if (mark.index <= index) {
                return mark.bytes;
            }
        }
        return marks.getFirst().bytes;
    }
}
