/**
 * The families whose commands concern the connection or the node: connection, CLIENT, COMMAND, CONFIG, INFO, SLOWLOG, LATENCY,
 * MEMORY, DEBUG and what Redis has for persistence and replication.
 *
 * <p>Threading: handlers run on the event loop of the connection that sent the command. May depend on everything below and on
 * {@code server.session} and {@code server.stats}.
 */
@NullMarked
package io.aikv.server.command;

import org.jspecify.annotations.NullMarked;
