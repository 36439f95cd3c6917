/**
 * Connections: the Netty listener, sessions and their order of replies, dispatch of commands to groups, pauses and memory
 * limits.
 *
 * <p>Threading: a session and its calls belong to the event loop of their connection; what another thread has for them
 * goes through the loop's inbox ({@link io.aikv.server.session.LoopContext}). May depend on {@code server.stats} and
 * {@code server.config}, not on the families.
 */
@NullMarked
package io.aikv.server.session;

import org.jspecify.annotations.NullMarked;
