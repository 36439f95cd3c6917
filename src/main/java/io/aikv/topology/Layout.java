package io.aikv.topology;

import io.aikv.base.SlotRange;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layout file ({@code raft-groups/*.toml}): the nodes of a cluster and its groups, read once at the first start to
 * seed the cluster map. Checked when read: every slot has exactly one group, every replica is a node.
 *
 * @param source the file's name, for messages
 * @param nodes at least one, names and addresses distinct, in the order of the file
 * @param groups at least one, names distinct, in the order of the file
 * @param metaReplicas the nodes that replicate the cluster map, at least one
 */
public record Layout(String source, List<Node> nodes, List<Group> groups, List<String> metaReplicas) {
    /** The distance of a node's Raft port from its client port where the file gives none, as Redis' cluster bus. */
    public static final int RAFT_PORT_OFFSET = 10_000;

    /** The distance of a node's peer port from its client port where the file gives none. */
    public static final int PEER_PORT_OFFSET = 20_000;

    /** One server process. Ports are 1 to 65535; those the file leaves out are derived from {@code port}. */
    public record Node(String name, String host, int port, int raftPort, int peerPort) {}

    /**
     * One Raft group.
     *
     * @param slots in the order of the file; may be empty, for a group that will be given slots later
     * @param replicas names of nodes, the preferred leader first
     */
    public record Group(String name, List<SlotRange> slots, List<String> replicas) {
        public Group {
            slots = List.copyOf(slots);
            replicas = List.copyOf(replicas);
        }
    }

    public Layout {
        nodes = List.copyOf(nodes);
        groups = List.copyOf(groups);
        metaReplicas = List.copyOf(metaReplicas);
    }

    /** Reads and checks a file. @throws ConfigError with file, line and key if anything is wrong with it */
    public static Layout read(Path file) {
        return LayoutFile.read(file);
    }

    /** As {@link #read} for a text; {@code source} names it in messages. */
    public static Layout parse(String text, String source) {
        return LayoutFile.parse(text, source);
    }

    /** The node of this name, or null. */
    public @Nullable Node node(String name) {
        for (Node node : nodes) {
            if (node.name().equals(name)) {
                return node;
            }
        }
        return null;
    }

    public List<String> nodeNames() {
        return nodes.stream().map(Node::name).toList();
    }
}
