package io.aikv.raft;

import io.aikv.data.DeniedCall;
import io.aikv.data.EventClass;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the bugs of an observer away from the replicated state. Apply thread only. */
final class SafeObserver implements EntryObserver {
    private static final Logger LOG = LoggerFactory.getLogger(SafeObserver.class);

    private final EntryObserver observer;

    SafeObserver(EntryObserver observer) {
        this.observer = observer;
    }

    @Override
    public void begins(long clientId) {
        try {
            observer.begins(clientId);
        } catch (RuntimeException e) {
            LOG.error("an observer of changes failed", e);
        }
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {
        try {
            observer.changed(database, eventClass, event, key);
        } catch (RuntimeException e) {
            LOG.error("an observer of changes failed", e);
        }
    }

    @Override
    public void flushed(int database) {
        try {
            observer.flushed(database);
        } catch (RuntimeException e) {
            LOG.error("an observer of changes failed", e);
        }
    }

    @Override
    public void modified(int database, byte[] key) {
        observer.modified(database, key);
    }

    @Override
    public void swapped(int a, int b, Keyspace keyspace) {
        try {
            observer.swapped(a, b, keyspace);
        } catch (RuntimeException e) {
            LOG.error("an observer of changes failed", e);
        }
    }

    @Override
    public void published(boolean sharded, byte[] channel, byte[] message) {
        try {
            observer.published(sharded, channel, message);
        } catch (RuntimeException e) {
            LOG.error("an observer of messages failed", e);
        }
    }

    @Override
    public void denied(DeniedCall call) {
        try {
            observer.denied(call);
        } catch (RuntimeException e) {
            LOG.error("an observer of refusals failed", e);
        }
    }

    @Override
    public void committed(long index, boolean leading) {
        try {
            observer.committed(index, leading);
        } catch (RuntimeException e) {
            LOG.error("an observer of entries failed, index={}", index, e);
        }
    }

    @Override
    public void replaced() {
        try {
            observer.replaced();
        } catch (RuntimeException e) {
            LOG.error("an observer of a store failed", e);
        }
    }
}
