package io.aikv.topology;

import io.aikv.base.Check;
import io.aikv.base.SlotRange;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;

/**
 * A Raft group as the cluster map has it.
 *
 * @param name from the layout: unique
 * @param uuid the identity of the Raft group
 * @param replicas names of nodes, the preferred leader first; not empty, distinct
 * @param slots what it owns: sorted, disjoint, not adjacent; may be empty
 */
public record GroupInfo(String name, UUID uuid, List<String> replicas, List<SlotRange> slots) {
    public GroupInfo {
        replicas = List.copyOf(replicas);
        slots = List.copyOf(slots);
        Check.argument(!name.isEmpty(), "a group without a name");
        Check.argument(!replicas.isEmpty(), "group %s has no replicas", name);
        Check.argument(new HashSet<>(replicas).size() == replicas.size(), "group %s has a replica twice", name);
        for (int i = 1; i < slots.size(); i++) {
            Check.argument(
                    slots.get(i - 1).last() + 1 < slots.get(i).first(),
                    "group %s: ranges %s and %s are not in order, or touch",
                    name,
                    slots.get(i - 1),
                    slots.get(i));
        }
    }

    public boolean isReplica(String node) {
        return replicas.contains(node);
    }

    public int slotCount() {
        return slots.stream().mapToInt(SlotRange::count).sum();
    }
}
