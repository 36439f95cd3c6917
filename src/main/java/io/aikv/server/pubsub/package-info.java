/**
 * Publish and subscribe: who listens to which channel, pattern or shard channel on this node, the way of a message to them
 * and to the other nodes, and keyspace notifications.
 *
 * <p>Threading: what a session has subscribed to belongs to its event loop, as do the subscribers of a channel on one loop
 * ({@link io.aikv.server.pubsub.Topic}); messages come from any thread and reach a loop through its {@link
 * io.aikv.server.pubsub.LoopQueue}. May depend on {@code server.session} and {@code server.config}, not on the families.
 */
@NullMarked
package io.aikv.server.pubsub;

import org.jspecify.annotations.NullMarked;
