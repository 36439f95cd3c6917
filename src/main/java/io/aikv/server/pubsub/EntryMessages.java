package io.aikv.server.pubsub;

import io.aikv.data.EventClass;
import io.aikv.raft.EntryObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * What the entries of one group have to tell subscribers: keyspace events, and messages that scripts publish. Gathered while an
 * entry is applied, published once it is committed, by the node that proposed it; so each goes out once. Apply thread of
 * the group only.
 */
public final class EntryMessages implements EntryObserver {
    private final PubSub pubsub;
    private final Notifications notifications;
    private final List<Runnable> pending = new ArrayList<>();

    public EntryMessages(PubSub pubsub, Notifications notifications) {
        this.pubsub = pubsub;
        this.notifications = notifications;
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {
        if (notifications.wants(eventClass)) {
            pending.add(() -> notifications.happened(database, eventClass, event, key));
        }
    }

    @Override
    public void published(boolean sharded, byte[] channel, byte[] message) {
        pending.add(() -> {
            if (sharded) {
                pubsub.publishSharded(channel, message);
            } else {
                pubsub.publish(channel, message);
            }
        });
    }

    @Override
    public void committed(long index, boolean leading) {
        if (pending.isEmpty()) {
            return;
        }
        if (leading) {
            pending.forEach(Runnable::run);
        }
        pending.clear();
    }
}
