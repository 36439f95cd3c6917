/**
 * The cluster: the meta group and its map, bootstrap from a layout, routing, failover, peer links, CLUSTER commands.
 *
 * <p>Threading: the current map and the leader table are immutable snapshots behind volatile fields; changes arrive on
 * apply and background threads. May depend on {@code raft}, {@code topology} and {@code resp}.
 */
@NullMarked
package io.aikv.cluster;

import org.jspecify.annotations.NullMarked;
