/**
 * The node as clients see it: composition root, Netty server, sessions, dispatch, server-side families, metrics.
 *
 * <p>Threading: a session belongs to its event loop; whatever another thread has for it is handed over there. May depend
 * on everything below.
 */
@NullMarked
package io.aikv.server;

import org.jspecify.annotations.NullMarked;
