/**
 * What protects a connection, whatever travels on it: certificates and keys ({@link io.aikv.transport.Tls}), the secret that
 * the nodes of a cluster share ({@link io.aikv.transport.PeerSecret}), and who is let in before anything is known of it
 * ({@link io.aikv.transport.Doorkeeper}).
 *
 * <p>Threading: everything may be used on any thread. May depend on {@code base} and Netty.
 */
@NullMarked
package io.aikv.transport;

import org.jspecify.annotations.NullMarked;
