package io.aikv.topology;

import io.aikv.base.Check;

/**
 * A node as the cluster map has it.
 *
 * @param name from the layout: unique, for people
 * @param id 40 hex digits, for clients; never changes
 * @param host what clients and nodes connect to: an address, or a name used as it is
 * @param clientPort RESP; 0 if only TLS is spoken to clients
 * @param raftPort Raft; shown to clients as the cluster bus port
 * @param peerPort links between nodes
 * @param tlsPort RESP by TLS; 0 if there is none
 */
public record NodeInfo(String name, String id, String host, int clientPort, int raftPort, int peerPort, int tlsPort) {
    public NodeInfo {
        Check.argument(!name.isEmpty(), "a node without a name");
        Check.argument(id.matches("[0-9a-f]{40}"), "bad id %s of node %s", id, name);
        Check.argument(!host.isEmpty(), "node %s without a host", name);
        if (tlsPort == 0 || clientPort != 0) {
            port(clientPort);
        }
        if (tlsPort != 0) {
            port(tlsPort);
        }
        port(raftPort);
        port(peerPort);
    }

    /** A node without a port for TLS. */
    public NodeInfo(String name, String id, String host, int clientPort, int raftPort, int peerPort) {
        this(name, id, host, clientPort, raftPort, peerPort, 0);
    }

    private static void port(int port) {
        Check.argument(port > 0 && port <= 65535, "bad port %s", port);
    }

    /** The port for a client that speaks TLS, or does not; the other one where there is none of that kind. */
    public int portFor(boolean tls) {
        return tls && tlsPort != 0 || clientPort == 0 ? tlsPort : clientPort;
    }

    /** {@code host:port} for a client that speaks TLS, or does not, as in MOVED. */
    public String address(boolean tls) {
        return host + ":" + portFor(tls);
    }
}
