package io.aikv.testcluster;

import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import io.aikv.topology.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Makes layouts for clusters on this machine, and writes them as files. */
final class Layouts {

    private static final String HOST = "127.0.0.1";

    private Layouts() {}

    /**
     * Nodes {@code n1, n2, ...} with ports still to be given, and groups {@code g1, g2, ...} of equal shares of the slots,
     * each on {@code replicas} nodes in a row, so that leaders spread.
     */
    static Layout even(int nodes, int groups, int replicas) {
        if (nodes < 1 || groups < 1 || replicas < 1 || replicas > nodes) {
            throw new IllegalArgumentException(nodes + " nodes, " + groups + " groups, " + replicas + " replicas");
        }
        List<Layout.Node> all = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            all.add(new Layout.Node("n" + (i + 1), HOST, 1, 1, 1));
        }
        List<Layout.Group> shares = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            SlotRange slots = new SlotRange(Slots.COUNT * i / groups, Slots.COUNT * (i + 1) / groups - 1);
            List<String> members = new ArrayList<>();
            for (int k = 0; k < replicas; k++) {
                members.add("n" + ((i + k) % nodes + 1));
            }
            shares.add(new Layout.Group("g" + (i + 1), List.of(slots), members));
        }
        int meta = Math.min(nodes, 3);
        return new Layout("even", all, shares, List.of("n1", "n2", "n3").subList(0, meta == 2 ? 1 : meta));
    }

    /** The same cluster on 127.0.0.1 at ports that are free. */
    static Layout onFreePorts(Layout layout) {
        return new Layout(
                layout.source(),
                layout.nodes().stream()
                        .map(node -> new Layout.Node(
                                node.name(), HOST, FreePorts.next(), FreePorts.next(), FreePorts.next()))
                        .toList(),
                layout.groups(),
                layout.metaReplicas());
    }

    /** The same cluster on 127.0.0.1 with the client ports {@code first}, {@code first + 1}, ... and those derived. */
    static Layout fromPort(Layout layout, int first) {
        List<Layout.Node> nodes = new ArrayList<>();
        for (Layout.Node node : layout.nodes()) {
            int port = first + nodes.size();
            nodes.add(new Layout.Node(
                    node.name(), HOST, port, port + Layout.RAFT_PORT_OFFSET, port + Layout.PEER_PORT_OFFSET));
        }
        return new Layout(layout.source(), nodes, layout.groups(), layout.metaReplicas());
    }

    /** As a layout file, which {@link Layout#parse} reads back. */
    static String toml(Layout layout) {
        StringBuilder text = new StringBuilder("# Written by the test cluster.\n");
        text.append("meta = ").append(list(layout.metaReplicas())).append('\n');
        for (Layout.Node node : layout.nodes()) {
            text.append("\n[[nodes]]\nname = \"").append(node.name()).append('"');
            text.append("\nhost = \"").append(node.host()).append('"');
            text.append("\nport = ").append(node.port());
            text.append("\nraft-port = ").append(node.raftPort());
            text.append("\npeer-port = ").append(node.peerPort()).append('\n');
        }
        for (Layout.Group group : layout.groups()) {
            text.append("\n[[groups]]\nname = \"").append(group.name()).append('"');
            text.append("\nslots = ")
                    .append(list(group.slots().stream().map(SlotRange::toString).toList()));
            text.append("\nreplicas = ").append(list(group.replicas())).append('\n');
        }
        return text.toString();
    }

    private static String list(List<String> items) {
        return items.stream().map(item -> '"' + item + '"').collect(Collectors.joining(", ", "[", "]"));
    }
}
