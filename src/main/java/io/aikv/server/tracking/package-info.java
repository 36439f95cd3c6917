/**
 * Client-side caching: which keys the clients of this node have read with CLIENT TRACKING on, and the messages that tell them
 * when one changes.
 *
 * <p>Threading: reads register their keys on event loops and readers, entries invalidate them on the apply threads, so the
 * tables are concurrent; messages reach a client through the queue of its event loop. May depend on {@code server.session},
 * {@code server.pubsub} and {@code server.config}, not on the families.
 */
@NullMarked
package io.aikv.server.tracking;

import org.jspecify.annotations.NullMarked;
