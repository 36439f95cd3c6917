/**
 * The data types' algorithms over the store, and the contexts a command runs in.
 *
 * <p>Threading: a context belongs to the thread that runs the command: an event loop or reader for reads, the group's
 * apply thread for writes. No clock, randomness, thread or lock here: time and seed come with the entry (invariant I2).
 * May depend on {@code store} and {@code base}.
 */
@NullMarked
package io.aikv.data;

import org.jspecify.annotations.NullMarked;
