package io.aikv.raft.rpc;

import org.apache.ratis.protocol.RaftPeer;

/** Says where a peer is reached at present, whatever address the log's configuration names. Thread-safe. */
@FunctionalInterface
public interface PeerLocator {
    /** The peer's present address, {@code host:port} or {@code [address]:port}. Never blocks. */
    String locate(RaftPeer peer);
}
