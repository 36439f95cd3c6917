package io.aikv.topology;

import io.aikv.base.Check;

/**
 * A node as the cluster map has it.
 *
 * @param name from the layout: unique, for people
 * @param id 40 hex digits, for clients; never changes
 * @param host what clients and nodes connect to: an address, or a name used as it is
 * @param clientPort RESP
 * @param raftPort Raft; shown to clients as the cluster bus port
 * @param peerPort links between nodes
 */
public record NodeInfo(String name, String id, String host, int clientPort, int raftPort, int peerPort) {
    public NodeInfo {
        Check.argument(!name.isEmpty(), "a node without a name");
        Check.argument(id.matches("[0-9a-f]{40}"), "bad id %s of node %s", id, name);
        Check.argument(!host.isEmpty(), "node %s without a host", name);
        port(clientPort);
        port(raftPort);
        port(peerPort);
    }

    private static void port(int port) {
        Check.argument(port > 0 && port <= 65535, "bad port %s", port);
    }

    /** {@code host:port} for clients, as in MOVED. */
    public String address() {
        return host + ":" + clientPort;
    }
}
