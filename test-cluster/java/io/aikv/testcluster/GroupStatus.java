package io.aikv.testcluster;

import org.jspecify.annotations.Nullable;

/**
 * What one node says of its replica of one group, at one moment.
 *
 * @param group the group's name
 * @param leads whether the node leads it and has applied an entry of its own term
 * @param leader the name of the node it takes for the leader; null: none
 * @param term the Raft term
 * @param applied the index of the last entry applied
 * @param installs snapshots received from a leader since the group was opened
 */
public record GroupStatus(
        String group, boolean leads, @Nullable String leader, long term, long applied, long installs) {}
