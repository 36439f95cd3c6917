package io.aikv.server.command;

import io.aikv.data.ReadContext;
import io.aikv.raft.ReplicaStatus;
import io.aikv.store.StoreReader;
import java.io.IOException;
import java.util.SplittableRandom;

/** A replica of a data group on this node, as far as administration commands look into it. Any thread. */
public interface HostedGroup {
    /**
     * The whole replicated state in 40 hexadecimal digits: equal on all replicas at equal positions (invariant I9).
     *
     * @param appliedIndex the entry after which the state was read
     */
    record StateDigest(long appliedIndex, String hex) {}

    /** The group's name in the layout: {@code g1}. */
    String name();

    boolean leads();

    /** Some figures; cheap enough for every INFO. */
    ReplicaStatus status();

    /** The committed state of this replica. */
    StoreReader reader();

    /** The time a read should use, in milliseconds since the epoch. */
    long readTimeMillis();

    /** One database of that state, for a read that makes no choices. */
    default ReadContext context(int database) {
        return new ReadContext(reader(), database, readTimeMillis(), new SplittableRandom(0));
    }

    /** Reads every row: for a background thread. */
    StateDigest digest();

    /** Writes everything applied to disk outside the log; may take seconds. */
    void flush();

    /**
     * Writes everything to disk, closes the store and opens it again, as a restart does; may take seconds.
     *
     * @throws IOException if it cannot be opened again: the group then stops on this node
     */
    void reload() throws IOException;
}
