package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import java.util.List;
import java.util.UUID;

/**
 * Who a node says it is when a peer link opens, and whether two nodes may talk: same protocol, same cluster. A node that
 * has no map yet does not know its cluster's id; it must then come from a layout with the same names.
 *
 * <pre>
 * PEER.HELLO version cluster-id|- meta-uuid node host client-port raft-port peer-port
 * *4 version cluster-id|- node map-epoch
 * </pre>
 */
final class PeerIdentity {
    static final int VERSION = 1;
    private static final String UNKNOWN = "-";
    private static final int HELLO_ARGS = 9;

    private final String node;
    private final UUID metaUuid;
    private final CurrentMap map;
    private final Endpoint endpoint;

    PeerIdentity(String node, UUID metaUuid, CurrentMap map, Endpoint endpoint) {
        this.node = node;
        this.metaUuid = metaUuid;
        this.map = map;
        this.endpoint = endpoint;
    }

    /** What the other side said. */
    record Hello(String node, Endpoint endpoint) {}

    String node() {
        return node;
    }

    private String clusterId() {
        ClusterMap current = map.get();
        return current == null ? UNKNOWN : current.clusterId();
    }

    byte[][] hello() {
        return args(
                "PEER.HELLO",
                VERSION,
                clusterId(),
                metaUuid,
                node,
                endpoint.host(),
                endpoint.clientPort(),
                endpoint.raftPort(),
                endpoint.peerPort());
    }

    /** Checks a peer's greeting. @throws CommandError that says why it may not talk to this node */
    Hello check(byte[][] hello) {
        if (hello.length != HELLO_ARGS || !Bytes.equalsIgnoreCase(hello[0], "PEER.HELLO")) {
            throw new CommandError("NOHELLO a peer link begins with PEER.HELLO");
        }
        requireVersion(Bytes.text(hello[1]));
        requireCluster(Bytes.text(hello[2]));
        if (!metaUuid.toString().equals(Bytes.text(hello[3]))) {
            throw new CommandError("FOREIGN node " + Bytes.text(hello[4])
                    + " was started with a layout whose names differ from those of this cluster");
        }
        try {
            return new Hello(
                    Bytes.text(hello[4]),
                    new Endpoint(Bytes.text(hello[5]), number(hello[6]), number(hello[7]), number(hello[8])));
        } catch (IllegalArgumentException e) {
            throw new CommandError("NOHELLO bad address: " + e.getMessage());
        }
    }

    Reply welcome() {
        return Reply.array(
                Reply.integer(VERSION), Reply.text(clusterId()), Reply.text(node), Reply.integer(map.epoch()));
    }

    /** Checks the answer to {@link #hello()}. @throws CommandError that says why this is not {@code expectedNode} */
    void checkWelcome(Reply reply, String expectedNode) {
        if (reply instanceof Reply.Error refusal) {
            throw new CommandError(refusal.line());
        }
        if (!(reply instanceof Reply.Array array) || array.items().size() < 4) {
            throw new CommandError("NOHELLO that is not a peer port");
        }
        List<Reply> items = array.items();
        requireVersion(items.get(0) instanceof Reply.Int version ? Long.toString(version.value()) : "?");
        requireCluster(PeerReplies.text(items.get(1)));
        String name = PeerReplies.text(items.get(2));
        if (!name.equals(expectedNode)) {
            throw new CommandError("WRONGNODE node " + name + " answers where " + expectedNode + " was expected");
        }
    }

    private static void requireVersion(String version) {
        if (!version.equals(Integer.toString(VERSION))) {
            throw new CommandError("VERSION the peer protocol " + version + " is not understood here");
        }
    }

    private void requireCluster(String other) {
        String own = clusterId();
        if (!own.equals(UNKNOWN) && !other.equals(UNKNOWN) && !own.equals(other)) {
            throw new CommandError("FOREIGN node " + node + " belongs to cluster " + own + ", not to " + other);
        }
    }

    private static int number(byte[] digits) {
        return Integer.parseInt(Bytes.text(digits));
    }

    /** The arguments of a request, as UTF-8 text. */
    static byte[][] args(Object... words) {
        byte[][] args = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            args[i] = Bytes.utf8(words[i].toString());
        }
        return args;
    }
}
