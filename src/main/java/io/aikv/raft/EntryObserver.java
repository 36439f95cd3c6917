package io.aikv.raft;

import io.aikv.data.EventSink;

/**
 * Hears of the key changes of a group's entries on this node: keyspace notifications, blocked clients, tracking. All calls
 * for one group come from its apply thread: only collect and hand over.
 */
public interface EntryObserver extends EventSink {
    EntryObserver NONE = new EntryObserver() {
        @Override
        public void changed(int database, io.aikv.data.EventClass eventClass, String event, byte[] key) {}

        @Override
        public void committed(long index, boolean leading) {}
    };

    /**
     * The changes reported since the last call are committed as entry {@code index}; replies follow.
     *
     * @param leading whether this node proposed the entry and answers its clients
     */
    void committed(long index, boolean leading);

    /** The store was opened or replaced: any key may have changed by entries that were not seen here. */
    default void replaced() {}
}
