package io.aikv.cluster;

import io.aikv.raft.GroupReplica;

/** Where a command on a slot is to be served, as far as this node knows. */
public sealed interface Route {
    /** Here: this node leads the slot's group. */
    record Leader(GroupReplica group) implements Route {}

    /** Here, as a replica: the session said READONLY and the command only reads. */
    record Replica(GroupReplica group) implements Route {}

    /** Elsewhere: {@code MOVED 3999 127.0.0.1:7002}, with the port for plain connections, and that for TLS. */
    record Moved(String errorLine, String tlsErrorLine) implements Route {
        /** The line for a client that speaks TLS, or does not. */
        public String errorLine(boolean tls) {
            return tls ? tlsErrorLine : errorLine;
        }
    }

    /** Nowhere right now: no leader is known. Worth waiting for a bounded time, then answering {@code errorLine}. */
    record Unknown(String errorLine) implements Route {}

    /** Nowhere: {@code CLUSTERDOWN Hash slot not served} and the like; waiting does not help. */
    record Refused(String errorLine) implements Route {}
}
