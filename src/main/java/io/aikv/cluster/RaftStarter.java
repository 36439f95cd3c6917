package io.aikv.cluster;

import io.aikv.raft.EntryObserver;
import io.aikv.raft.RaftNode;
import io.aikv.transport.PeerGate;
import java.io.IOException;

/** Starts the node's Raft server: the server composes it, the cluster knows where it is reached and watches one group. */
@FunctionalInterface
public interface RaftStarter {
    /**
     * @param self where this node is reached; its Raft port is to be listened on
     * @param gate which nodes to talk to
     * @param meta must observe the group named {@link ClusterNode#META_GROUP}; all other groups are the server's
     * @throws IOException if the port cannot be bound or the directory not be read
     */
    RaftNode start(Endpoint self, PeerGate gate, EntryObserver meta) throws IOException;
}
