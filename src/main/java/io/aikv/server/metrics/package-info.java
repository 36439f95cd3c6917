/**
 * What a node counts and how it is shown: the table of metrics, the one registry, and the HTTP server for Prometheus and
 * for health checks.
 *
 * <p>Threading: counting is done by any thread without locks; reading by the server's own two threads, which only read. May
 * depend on {@code raft}, {@code store} and {@code base} for the figures it shows, not on the rest of {@code server}.
 */
@NullMarked
package io.aikv.server.metrics;

import org.jspecify.annotations.NullMarked;
