package io.aikv.cluster;

import io.aikv.base.ConfigError;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.Layout;
import io.aikv.topology.NodeInfo;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where this node reaches others: as its own configuration says; otherwise as they say themselves over a link that is open
 * now, as the map says, as the layout says, in this order. Any thread.
 */
final class AddressBook {
    private final CurrentMap map;
    private final @Nullable Layout layout;
    private final Map<String, Endpoint> reach;
    private final Function<String, @Nullable Endpoint> announced;

    AddressBook(
            CurrentMap map,
            @Nullable Layout layout,
            Map<String, Endpoint> reach,
            Function<String, @Nullable Endpoint> announced) {
        this.map = map;
        this.layout = layout;
        this.reach = reach;
        this.announced = announced;
    }

    /** All that are known, best first. */
    List<Endpoint> candidates(String node) {
        Endpoint configured = reach.get(node);
        if (configured != null) {
            return List.of(configured);
        }
        Set<Endpoint> candidates = new LinkedHashSet<>();
        Endpoint said = announced.apply(node);
        if (said != null) {
            candidates.add(said);
        }
        ClusterMap current = map.get();
        NodeInfo info = current == null ? null : current.node(node);
        if (info != null) {
            candidates.add(Endpoint.of(info));
        }
        Layout.Node first = layout == null ? null : layout.node(node);
        if (first != null) {
            candidates.add(Endpoint.of(first));
        }
        return List.copyOf(candidates);
    }

    /** The best one. @throws ConfigError if the node is unknown */
    Endpoint require(String node) {
        List<Endpoint> candidates = candidates(node);
        if (candidates.isEmpty()) {
            throw new ConfigError("the address of node " + node + " is not known: give the layout");
        }
        return candidates.get(0);
    }
}
