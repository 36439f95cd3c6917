package io.aikv.transport;

import org.jspecify.annotations.Nullable;

/** Who this node is to other nodes, and which of them may talk to it. Any thread; never blocks. */
public interface LinkIdentity {
    /** Stands for the id of a cluster that is not known yet. */
    String UNKNOWN = "-";

    /** This node's name. */
    String node();

    /** The cluster's id, or {@link #UNKNOWN} before the node has seen the first map. */
    String clusterId();

    /** What nodes of the same layout have in common before they know their cluster's id. */
    String realm();

    /** Why a node that says this of itself may not talk to this one, or null if it may. */
    @Nullable
    String refusal(String clusterId, String realm, String node);

    /** A node outside of any cluster, for tests of what lies below: talks to everybody. */
    static LinkIdentity of(String name) {
        return new LinkIdentity() {
            @Override
            public String node() {
                return name;
            }

            @Override
            public String clusterId() {
                return UNKNOWN;
            }

            @Override
            public String realm() {
                return UNKNOWN;
            }

            @Override
            public @Nullable String refusal(String clusterId, String realm, String node) {
                return null;
            }
        };
    }
}
