package io.aikv.raft;

import io.aikv.base.Check;
import io.aikv.store.StoreOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A group as a node opens it.
 *
 * @param name in the layout: {@code g1}
 * @param uuid the same on every node and for ever: it names the directories
 * @param replicas the members at the start; later the log knows better
 */
public record GroupSpec(String name, UUID uuid, List<Replica> replicas, StoreOptions storeOptions) {
    /** A member: the node's name, and where its Raft port is reached from here. */
    public record Replica(String node, String host, int port) {}

    public GroupSpec {
        Check.argument(!name.isEmpty() && !replicas.isEmpty(), "a group without name or replicas: %s", name);
        Set<String> nodes = new HashSet<>();
        for (Replica replica : replicas) {
            Check.argument(nodes.add(replica.node()), "node %s twice in group %s", replica.node(), name);
        }
        replicas = List.copyOf(replicas);
    }
}
