package io.aikv.server.session;

import io.aikv.resp.ProtocolError;
import io.aikv.resp.Request;
import io.aikv.resp.RequestDecoder;
import io.aikv.resp.RequestLimits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket's end of a session: collects bytes, decodes requests while the session takes them, stops reading the socket when it
 * does not. Confined to the connection's event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final ServerContext server;
    private final LoopContext loop;
    private final Channel channel;
    private final RequestDecoder decoder;
    private final Session session;

    private RequestLimits limits;
    private @Nullable ByteBuf cumulation;
    private volatile long unfinishedBytes;

    /** Decoding, somewhere below on the stack. */
    private boolean decoding;

    /** The session did not take a request; bytes may be waiting in {@link #cumulation}. */
    private boolean blocked;

    private boolean stopped;

    /** The other side sends no more; what it has sent is still to be answered. */
    private boolean inputEnded;

    Connection(ServerContext server, LoopContext loop, Channel channel) {
        this.server = server;
        this.loop = loop;
        this.channel = channel;
        this.session = new Session(server, loop, this, channel);
        this.limits = server.tunables().requestLimits();
        this.decoder = new RequestDecoder(limits);
    }

    /** Bytes of an unfinished request, or of requests the session has not taken yet. */
    long unfinishedBytes() {
        return unfinishedBytes;
    }

    Session session() {
        return session;
    }

    // ---- bytes in ----

    @Override
    public void channelActive(ChannelHandlerContext context) {
        server.clients().add(session);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (stopped) {
            bytes.release();
            return;
        }
        ClientState state = session.state();
        state.netInBytes += bytes.readableBytes();
        state.lastInteractionMillis = server.clock().epochMillis();
        server.counters().netIn(bytes.readableBytes());
        loop.newBatch();
        ByteBuf before = cumulation;
        cumulation =
                before == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), before, bytes);
        decode();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        session.flush();
    }

    private void decode() {
        ByteBuf bytes = cumulation;
        if (decoding || bytes == null) {
            return;
        }
        decoding = true;
        try {
            boolean more = true;
            while (more && session.mayAccept()) {
                followLimits();
                Request request = decoder.next(bytes);
                if (request == null) {
                    more = false;
                } else {
                    session.accept(request.args(), request.heldBytes());
                }
            }
            blocked = more;
        } catch (ProtocolError error) {
            if (error.line() == null) {
                server.counters().queryLimitDisconnection();
            }
            LOG.debug("client={} protocol error: {}", session.address(), error.getMessage());
            bytes.skipBytes(bytes.readableBytes());
            session.protocolError(error);
        } finally {
            decoding = false;
        }
        keepRest(bytes);
    }

    private void followLimits() {
        RequestLimits wanted = server.tunables()
                .requestLimits()
                .withAuthenticated(server.gate().isLoggedIn(session.state()));
        if (wanted != limits && !wanted.equals(limits)) {
            limits = wanted;
            decoder.limits(wanted);
        }
    }

    private void keepRest(ByteBuf bytes) {
        if (stopped || !bytes.isReadable()) {
            bytes.release();
            cumulation = null;
        } else if (bytes.readerIndex() > bytes.capacity() / 2) {
            bytes.discardReadBytes();
        }
        long held = stopped ? 0 : blocked ? bytesHeld() : decoder.bufferedBytes();
        if (held != unfinishedBytes) {
            server.memory().addUnfinished(held - unfinishedBytes);
            unfinishedBytes = held;
            if (held > 0) {
                server.evict();
            }
        }
        if (blocked || (held > 0 && server.memory().exhausted())) {
            pauseReading();
        }
    }

    private long bytesHeld() {
        ByteBuf bytes = cumulation;
        return bytes == null ? 0 : bytes.readableBytes();
    }

    private void pauseReading() {
        if (channel.config().isAutoRead()) {
            channel.config().setAutoRead(false);
            loop.starve(this);
        }
    }

    /** Goes on with what is there, and with reading, if the session takes requests again. */
    void resume() {
        if (decoding || stopped || channel.config().isAutoRead()) {
            return;
        }
        if (blocked && session.mayAccept()) {
            blocked = false;
            decode();
        }
        if (!blocked && !stopped && !server.memory().exhausted()) {
            loop.feed(this);
            channel.config().setAutoRead(true);
            endInput();
        }
    }

    /** Nothing that arrives from now on is looked at. */
    void stopReading() {
        stopped = true;
    }

    // ---- events ----

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable()) {
            loop.newBatch();
            resume();
            session.flush();
            session.writableAgain();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            endInput();
        }
    }

    /** Tells the session once it has got every request. */
    private void endInput() {
        if (inputEnded && !blocked && !stopped) {
            session.inputEnded();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopped = true;
        ByteBuf bytes = cumulation;
        if (bytes != null && !decoding) {
            bytes.release();
            cumulation = null;
        }
        server.memory().addUnfinished(-unfinishedBytes);
        unfinishedBytes = 0;
        loop.feed(this);
        session.onClosed();
        server.clients().leave();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("client={} connection failed: {}", session.address(), cause.getMessage());
        } else {
            LOG.error("client={} closed after an unexpected error", session.address(), cause);
        }
        channel.close();
    }
}
