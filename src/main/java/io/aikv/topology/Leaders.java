package io.aikv.topology;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which node is believed to lead each group: a hint, never a decision. Who asks the wrong node is told MOVED.
 *
 * @param byGroup group name to leader; a group without a known leader is absent
 */
public record Leaders(Map<String, Leader> byGroup) {
    /** @param term the Raft term in which {@code node} leads: a later one is the better hint */
    public record Leader(String node, long term) {}

    private static final Leaders NONE = new Leaders(Map.of());

    public Leaders {
        byGroup = Map.copyOf(byGroup);
    }

    public static Leaders none() {
        return NONE;
    }

    /** The leader's node name, or null if unknown. */
    public @Nullable String of(String group) {
        Leader leader = byGroup.get(group);
        return leader == null ? null : leader.node();
    }

    /** The term of the hint, or -1. */
    public long term(String group) {
        Leader leader = byGroup.get(group);
        return leader == null ? -1 : leader.term();
    }

    /** With a hint for a group; an older term than the known one changes nothing. */
    public Leaders with(String group, String node, long term) {
        Leader known = byGroup.get(group);
        Leader told = new Leader(node, term);
        if (told.equals(known) || (known != null && known.term() > term)) {
            return this;
        }
        Map<String, Leader> next = new TreeMap<>(byGroup);
        next.put(group, told);
        return new Leaders(next);
    }

    /** Without a leader for the group, unless one of a later term than {@code term} is known. */
    public Leaders without(String group, long term) {
        Leader known = byGroup.get(group);
        if (known == null || known.term() > term) {
            return this;
        }
        Map<String, Leader> next = new TreeMap<>(byGroup);
        next.remove(group);
        return new Leaders(next);
    }
}
