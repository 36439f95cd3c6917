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
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket's end of a session: collects bytes, decodes requests while the session takes them, stops reading the socket when it
 * does not. Confined to the connection's event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private static final long LINGER_LOOK_MILLIS = 1_000;

    /** A client that still sends is heard out for so many looks, ... */
    private static final int LINGER_LOOKS_MAX = 60;

    /** ... and one that sends nothing and does not close, for so many. */
    private static final int LINGER_SILENT_LOOKS_MAX = 5;

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

    // While the client is heard out, see linger().
    private boolean lingering;
    private boolean heard;
    private int looks;
    private int silentLooks;

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
            heard = true;
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
            holds(held);
            if (held > 0) {
                server.evict();
            }
        }
        if (blocked || (held > 0 && server.memory().exhausted())) {
            pauseReading();
        }
    }

    private void holds(long bytes) {
        server.memory().addUnfinished(bytes - unfinishedBytes);
        unfinishedBytes = bytes;
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

    /** Gives back what an unfinished request holds, and answers it with an error behind the replies to those before it. */
    void refuseUnfinished() {
        if (stopped) {
            return;
        }
        ProtocolError error = ProtocolError.outOfMemory(server.memory().limitBytes());
        decoder.abandon(error);
        session.protocolError(error);
        ByteBuf bytes = cumulation;
        cumulation = null;
        if (bytes != null) {
            bytes.release();
        }
        holds(0);
    }

    /**
     * Closes the connection when the client has, or after some time; what it sends until then is dropped. Closed at once, a
     * connection on which bytes arrive is reset, and then the client never reads the reply that says why. To be called when
     * the last reply has been sent.
     */
    void linger() {
        if (inputEnded || !(channel instanceof DuplexChannel duplex)) {
            channel.close();
            return;
        }
        lingering = true;
        duplex.shutdownOutput();
        loop.feed(this);
        channel.config().setAutoRead(true);
        lookAgain();
    }

    private void lookAgain() {
        loop.loop.schedule(this::lookWhileLingering, LINGER_LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void lookWhileLingering() {
        silentLooks = heard ? 0 : silentLooks + 1;
        heard = false;
        looks++;
        if (silentLooks >= LINGER_SILENT_LOOKS_MAX || looks >= LINGER_LOOKS_MAX) {
            channel.close();
        } else if (channel.isOpen()) {
            lookAgain();
        }
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
            if (lingering) {
                channel.close();
            } else {
                endInput();
            }
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
        holds(0);
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
