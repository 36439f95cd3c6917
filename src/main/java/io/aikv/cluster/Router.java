package io.aikv.cluster;

import io.aikv.raft.GroupReplica;
import java.util.List;

/** Says who serves a slot: the map gives the group, the leader table the node. Any thread; no blocking, no allocation on the local path. */
public interface Router {
    /**
     * @param slot 0 to 16383
     * @param readonlySession whether the session said READONLY and the command only reads
     */
    Route route(int slot, boolean readonlySession);

    /** The groups this node leads now, in the order of their first slot: where keyless data commands run. */
    List<GroupReplica> led();

    /** All groups this node hosts. */
    List<GroupReplica> hosted();

    /** Calls {@code retry} soon after the leader table or the map changed, or after {@code timeoutMillis} at the latest. */
    void onChange(long timeoutMillis, Runnable retry);
}
