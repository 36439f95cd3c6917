package io.aikv.resp;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one connection into requests. Confined to the connection's event loop.
 *
 * <p>The caller keeps the bytes that {@link #next} has not consumed and gives them, followed by newer ones, to the next call;
 * it may move them to another buffer in between.
 */
public interface RequestReader {
    /**
     * The next complete request, or null if more bytes are needed. To be called until it returns null. Consumes what it can by
     * moving the reader index of {@code in}; does not retain {@code in}.
     *
     * @throws ProtocolError if the stream is broken: it stays so, and every later call throws the same
     */
    @Nullable
    Request next(ByteBuf in) throws ProtocolError;

    /** Sets the limits for what {@link #next} reads from now on. */
    void limits(RequestLimits limits);

    /** Bytes received that are not yet part of a returned request, as of the last {@link #next} that returned null. */
    long bufferedBytes();
}
