package io.aikv.cluster;

import io.aikv.base.Check;
import io.aikv.topology.Layout;
import io.aikv.topology.NodeInfo;

/**
 * Where a node is reached, as it announces it.
 *
 * @param host an address, or a name used as it is
 * @param clientPort RESP; 0 if only TLS is spoken to clients
 * @param raftPort Raft
 * @param peerPort links between nodes
 * @param tlsPort RESP by TLS; 0 if there is none
 */
public record Endpoint(String host, int clientPort, int raftPort, int peerPort, int tlsPort) {
    public Endpoint {
        Check.argument(!host.isEmpty() && host.indexOf(' ') < 0, "bad host '%s'", host);
    }

    /** A node without a port for TLS. */
    public Endpoint(String host, int clientPort, int raftPort, int peerPort) {
        this(host, clientPort, raftPort, peerPort, 0);
    }

    public static Endpoint of(NodeInfo node) {
        return new Endpoint(node.host(), node.clientPort(), node.raftPort(), node.peerPort(), node.tlsPort());
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
        String tls = tlsPort == 0 ? "" : " tls=" + tlsPort;
        return host + " client=" + clientPort + tls + " raft=" + raftPort + " peer=" + peerPort;
    }
}
