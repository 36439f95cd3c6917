/**
 * One group's state on disk: RocksDB, the transaction of one log entry, key layouts, cursors, counters, garbage,
 * checkpoints.
 *
 * <p>Threading: the apply thread of the group is the only writer; any thread may read committed state. May depend on
 * {@code base} and RocksDB, and is the only package that may.
 */
@NullMarked
package io.aikv.store;

import org.jspecify.annotations.NullMarked;
