package io.aikv.server.session;

import io.aikv.raft.GroupReplica;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How far a connection has written: per group the index in the log of its last write. As many as there are groups that it
 * wrote to on this node. Confined to the session's event loop.
 */
public final class WrittenPositions {
    /** The last write of a connection to one group. */
    public record Position(GroupReplica group, long index) {}

    private GroupReplica[] groups = new GroupReplica[1];
    private long[] indexes = new long[1];
    private int count;

    /** Where the last write was noted: the next one most often belongs there, too. */
    private int latest;

    /** Notes a write. Allocates only when a group is written to for the first time. */
    void add(GroupReplica group, long index) {
        if (count == 0 || groups[latest] != group) {
            latest = place(group);
        }
        indexes[latest] = Math.max(indexes[latest], index);
    }

    private int place(GroupReplica group) {
        for (int i = 0; i < count; i++) {
            if (groups[i] == group) {
                return i;
            }
        }
        if (count == groups.length) {
            groups = Arrays.copyOf(groups, 2 * count);
            indexes = Arrays.copyOf(indexes, 2 * count);
        }
        groups[count] = group;
        return count++;
    }

    List<Position> all() {
        List<Position> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(new Position(groups[i], indexes[i]));
        }
        return all;
    }
}
