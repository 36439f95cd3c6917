package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.topology.ClusterMap;
import io.aikv.transport.LinkIdentity;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who a node says it is when a link to another node opens, and whether two nodes may talk: they must belong to the same
 * cluster. A node that has no map yet does not know its cluster's id; it must then come from a layout with the same names.
 * Any thread.
 */
final class PeerIdentity implements LinkIdentity {
    private static final int ADDRESS_PARTS = 5;

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

    @Override
    public String node() {
        return node;
    }

    @Override
    public String clusterId() {
        ClusterMap current = map.get();
        return current == null ? UNKNOWN : current.clusterId();
    }

    @Override
    public String realm() {
        return metaUuid.toString();
    }

    @Override
    public @Nullable String refusal(String otherCluster, String otherRealm, String otherNode) {
        String own = clusterId();
        if (!own.equals(UNKNOWN) && !otherCluster.equals(UNKNOWN) && !own.equals(otherCluster)) {
            return "FOREIGN node " + node + " belongs to cluster " + own + ", not to " + otherCluster;
        }
        if (!realm().equals(otherRealm)) {
            return "FOREIGN node " + otherNode
                    + " was started with a layout whose names differ from those of this cluster";
        }
        return null;
    }

    // ---- addresses ----

    /** Where this node is reached, as it is told to others. */
    List<byte[]> address() {
        return List.of(args(
                endpoint.host(), endpoint.clientPort(), endpoint.raftPort(), endpoint.peerPort(), endpoint.tlsPort()));
    }

    /** Where another node says it is reached. @throws CommandError if that is no address */
    static Endpoint address(List<byte[]> parts) {
        if (parts.size() != ADDRESS_PARTS) {
            throw new CommandError("NOHELLO no address");
        }
        try {
            return new Endpoint(
                    Bytes.text(parts.get(0)), port(parts, 1), port(parts, 2), port(parts, 3), port(parts, 4));
        } catch (IllegalArgumentException e) {
            throw new CommandError("NOHELLO bad address: " + e.getMessage());
        }
    }

    private static int port(List<byte[]> parts, int index) {
        return Integer.parseInt(Bytes.text(parts.get(index)));
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
