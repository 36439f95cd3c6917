/**
 * The Redis serialization protocol: replies as values, the RESP2/RESP3 writer, the request decoder and a client.
 *
 * <p>Threading: values are immutable; a decoder or writer belongs to one connection's event loop. May depend on
 * {@code base} and Netty.
 */
@NullMarked
package io.aikv.resp;

import org.jspecify.annotations.NullMarked;
