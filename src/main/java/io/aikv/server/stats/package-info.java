/**
 * What the server counts and remembers about its work: commands, errors, latency, slow log.
 *
 * <p>Threading: counters of commands are written by one event loop each and read by any thread; everything else may be used
 * from any thread. May depend on {@code base} and {@code command}.
 */
@NullMarked
package io.aikv.server.stats;

import org.jspecify.annotations.NullMarked;
