package io.aikv.raft;

/** Why something was certainly not done. */
public enum Refusal {
    /** This node does not lead the group (any more): the leader hint names who may. */
    NOT_LEADER,
    /** This node was elected but has not applied an entry of its term yet, or leadership is being handed over. */
    NOT_READY,
    /** A bounded queue is full. */
    OVERLOADED,
    /** A key that it watches was modified. */
    TOUCHED,
    /** Larger than any limit allows. */
    TOO_LARGE,
    /** No majority answered in time (reads: the lease could not be confirmed). */
    NO_MAJORITY,
    /** The group stopped on this node: shutdown, or a failure while applying. */
    STOPPED
}
