/**
 * Who is in the cluster and which group serves which slot, as values: layout files, the cluster map with its JSON form,
 * the table of leaders, and what CLUSTER NODES, SLOTS, SHARDS and INFO say of them.
 *
 * <p>Threading: everything here is immutable. May depend on {@code base} and Jackson; it does no I/O but reading a
 * layout file, and never looks at a clock.
 */
@NullMarked
package io.aikv.topology;

import org.jspecify.annotations.NullMarked;
