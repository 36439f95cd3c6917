package io.aikv.server.tracking;

import io.aikv.data.EventClass;
import io.aikv.raft.EntryObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntPredicate;

/**
 * Tells the clients of this node what the entries of one group change, whoever proposed them. Keys are gathered while an entry
 * is applied and looked up when it is committed: a client that hears of a change reads the new value. Apply thread of the
 * group only.
 */
public final class EntryInvalidations implements EntryObserver {
    /** A list that has grown beyond this is not kept. */
    private static final int KEYS_KEPT_MAX = 10_000;

    private final Tracking tracking;
    private final IntPredicate slots;
    private final Executor background;
    private List<ChangedKey> keys = new ArrayList<>();
    private long clientId;
    private boolean flushed;
    private long flushedBy;

    /** Something changed while nobody tracked anything. */
    private boolean unseen;

    /**
     * @param slots those of the group
     * @param background runs what may take long
     */
    public EntryInvalidations(Tracking tracking, IntPredicate slots, Executor background) {
        this.tracking = tracking;
        this.slots = slots;
        this.background = background;
    }

    @Override
    public void begins(long nextClientId) {
        clientId = nextClientId;
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {
        if (tracking.isActive()) {
            keys.add(new ChangedKey(key, clientId));
        } else {
            unseen = true;
        }
    }

    @Override
    public void flushed(int database) {
        flushed = true;
        flushedBy = clientId;
    }

    @Override
    public void committed(long index, boolean leading) {
        clientId = 0;
        if (unseen) {
            unseen = false;
            tracking.doubt(slots); // Does nothing, unless the first client came just now.
        }
        if (!keys.isEmpty()) {
            tracking.changed(keys);
            if (keys.size() > KEYS_KEPT_MAX) {
                keys = new ArrayList<>();
            } else {
                keys.clear();
            }
        }
        if (flushed) {
            flushed = false;
            if (tracking.isActive()) {
                tracking.flushed(flushedBy);
            }
        }
    }

    @Override
    public void replaced() {
        try {
            background.execute(() -> tracking.doubt(slots));
        } catch (RejectedExecutionException e) {
            flushed = false; // The node is closing, and with it every connection.
        }
    }
}
