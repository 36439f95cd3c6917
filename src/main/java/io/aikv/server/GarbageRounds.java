package io.aikv.server;

import io.aikv.raft.GroupReplica;
import io.aikv.store.StoreFailure;
import java.util.Collection;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees the rows of removed and overwritten collections, a bounded number in each round, so that the foreground hardly
 * notices. Each replica does it for itself: nothing refers to those rows any more, so no log is needed. Runs on a
 * background thread.
 */
final class GarbageRounds implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageRounds.class);

    /** In one round and group. */
    private static final int ROWS_MAX = 20_000;

    private static final int ROWS_AT_ONCE = 1_000;

    private final Supplier<Collection<GroupReplica>> groups;

    GarbageRounds(Supplier<Collection<GroupReplica>> groups) {
        this.groups = groups;
    }

    @Override
    public void run() {
        for (GroupReplica group : groups.get()) {
            try {
                reclaim(group);
            } catch (StoreFailure e) {
                if (!e.isClosed()) {
                    LOG.error("group={} garbage cannot be reclaimed", group.name(), e);
                }
            } catch (RuntimeException e) {
                LOG.debug("group={} is not open: {}", group.name(), e.getMessage());
            }
        }
    }

    private static void reclaim(GroupReplica group) {
        int left = ROWS_MAX;
        while (left > 0) {
            int rows = group.store().reclaimGarbage(ROWS_AT_ONCE);
            if (rows == 0) {
                return;
            }
            left -= rows;
        }
    }
}
