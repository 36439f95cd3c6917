package io.aikv.cluster;

import io.aikv.raft.LeaderListener;
import io.aikv.raft.RaftNode;
import io.aikv.raft.ReadIndexSource;
import java.io.IOException;

/** Starts the node's Raft server: the server composes it, the cluster knows where it is reached and what it listens to. */
@FunctionalInterface
public interface RaftStarter {
    /**
     * @param self where this node is reached; its Raft port is to be listened on
     * @throws IOException if the port cannot be bound or the directory not be read
     */
    RaftNode start(Endpoint self, ReadIndexSource readIndexes, LeaderListener leaders) throws IOException;
}
