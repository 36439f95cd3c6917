package io.aikv.cluster;

import io.aikv.base.Check;
import io.aikv.topology.Layout;
import io.aikv.topology.NodeInfo;

/**
 * Where a node is reached, as it announces it.
 *
 * @param host an address, or a name used as it is
 * @param clientPort RESP
 * @param raftPort Raft
 * @param peerPort links between nodes
 */
public record Endpoint(String host, int clientPort, int raftPort, int peerPort) {
    public Endpoint {
        Check.argument(!host.isEmpty() && host.indexOf(' ') < 0, "bad host '%s'", host);
    }

    public static Endpoint of(NodeInfo node) {
        return new Endpoint(node.host(), node.clientPort(), node.raftPort(), node.peerPort());
    }

    public static Endpoint of(Layout.Node node) {
        return new Endpoint(node.host(), node.port(), node.raftPort(), node.peerPort());
    }

    /** {@code host:port} of the Raft port. */
    public String raftAddress() {
        return host + ":" + raftPort;
    }

    @Override
    public String toString() {
        return host + " client=" + clientPort + " raft=" + raftPort + " peer=" + peerPort;
    }
}
