package io.aikv.raft;

import io.aikv.data.DeniedCall;
import io.aikv.data.EventClass;
import java.util.List;

/**
 * Tells several observers of the same group, in their order, of all but {@link #modified}, which is for watchers alone; the bugs
 * of one are kept away from the others. Apply thread only.
 */
public final class EntryObservers implements EntryObserver {
    private final List<EntryObserver> all;

    public EntryObservers(List<? extends EntryObserver> all) {
        this.all = all.stream().<EntryObserver>map(SafeObserver::new).toList();
    }

    @Override
    public void begins(long clientId) {
        for (EntryObserver each : all) {
            each.begins(clientId);
        }
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {
        for (EntryObserver each : all) {
            each.changed(database, eventClass, event, key);
        }
    }

    @Override
    public void flushed(int database) {
        for (EntryObserver each : all) {
            each.flushed(database);
        }
    }

    @Override
    public void swapped(int a, int b, Keyspace keyspace) {
        for (EntryObserver each : all) {
            each.swapped(a, b, keyspace);
        }
    }

    @Override
    public void published(boolean sharded, byte[] channel, byte[] message) {
        for (EntryObserver each : all) {
            each.published(sharded, channel, message);
        }
    }

    @Override
    public void denied(DeniedCall call) {
        for (EntryObserver each : all) {
            each.denied(call);
        }
    }

    @Override
    public void committed(long index, boolean leading) {
        for (EntryObserver each : all) {
            each.committed(index, leading);
        }
    }

    @Override
    public void replaced() {
        for (EntryObserver each : all) {
            each.replaced();
        }
    }
}
