package io.aikv.raft;

import org.jspecify.annotations.Nullable;

/** Hears who leads which group. Called on one background thread of the node, in order per group. */
public interface LeaderListener {
    /**
     * @param group the group's name
     * @param node who leads it, or null if nobody is known to
     * @param term the term of that leader; grows
     */
    void leaderChanged(String group, @Nullable String node, long term);
}
