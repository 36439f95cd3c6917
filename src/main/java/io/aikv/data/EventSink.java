package io.aikv.data;

/**
 * Hears of every change of a key while an entry is applied, in order. On the leader it feeds keyspace notifications,
 * blocked clients and tracking, after the commit; elsewhere it is {@link #NONE}.
 */
public interface EventSink {
    EventSink NONE = (database, eventClass, event, key) -> {};

    /**
     * The changes that follow are those of one command.
     *
     * @param clientId the client of this node that sent it; 0 if that is not known
     */
    default void begins(long clientId) {}

    /**
     * @param database logical database
     * @param event Redis' name of the event: {@code set}, {@code del}, {@code lpush}
     */
    void changed(int database, EventClass eventClass, String event, byte[] key);

    /** Something stored under the key was written or removed, whether or not there is an event for it: for watchers. Often. */
    default void modified(int database, byte[] key) {}

    /** Every key of the database is gone: FLUSHDB, FLUSHALL. There are no events for each of them. */
    default void flushed(int database) {}

    /** Whether a key is there, as of this moment of the entry. Only to be asked while the entry is applied. */
    interface Keyspace {
        boolean exists(int database, byte[] key);
    }

    /**
     * Two databases have exchanged their contents; to most the same as {@link #flushed} of both.
     *
     * @param keyspace as it is after that
     */
    default void swapped(int a, int b, Keyspace keyspace) {
        flushed(a);
        flushed(b);
    }

    /**
     * A script published a message within the entry: it goes out once the entry is committed.
     *
     * @param sharded SPUBLISH: to the subscribers of a shard channel
     */
    default void published(boolean sharded, byte[] channel, byte[] message) {}

    /** A script was denied a call, which has changed nothing. */
    default void denied(DeniedCall call) {}
}
