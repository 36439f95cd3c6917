package io.aikv.server;

import io.aikv.data.EventClass;
import io.aikv.raft.EntryObserver;
import io.aikv.server.session.ServerCounters;

/**
 * Counts, for {@code expired_keys}, what the entries of one group that this node proposed removed because it was due; so
 * the nodes' counts add up to the cluster's. Apply thread of the group only.
 */
final class ExpiryCount implements EntryObserver {
    private final ServerCounters counters;
    private long pending;

    ExpiryCount(ServerCounters counters) {
        this.counters = counters;
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {
        if (eventClass == EventClass.EXPIRED) {
            pending++;
        }
    }

    @Override
    public void committed(long index, boolean leading) {
        if (pending > 0) {
            if (leading) {
                counters.keysExpired(pending);
            }
            pending = 0;
        }
    }
}
