package io.aikv.cluster;

import io.aikv.base.CommandError;
import io.aikv.base.ConfigError;
import io.aikv.cluster.PeerGreeting.Hello;
import io.aikv.resp.ProtocolError;
import io.aikv.resp.Reply;
import io.aikv.resp.ReplyWriter;
import io.aikv.resp.Request;
import io.aikv.resp.RequestDecoder;
import io.aikv.resp.RequestLimits;
import io.aikv.transport.Doorkeeper;
import io.aikv.transport.PeerGate;
import io.aikv.transport.Tls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peer port: RESP between the nodes of one cluster. A connection must introduce itself first ({@link PeerGreeting}) and
 * is closed if it belongs elsewhere; afterwards requests are answered in order, at most {@link #PENDING_MAX} at a time.
 */
final class PeerServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);
    private static final int PENDING_MAX = 4096;
    private static final RequestLimits LIMITS =
            new RequestLimits(64 << 20, 1 << 20, 64 << 10, 128 << 20, Long.MAX_VALUE, true);

    /** What a peer may send before it is known. */
    private static final RequestLimits GREETING_LIMITS = new RequestLimits(1024, 32, 1024, 64 << 10, 64 << 10, true);

    private final Channel channel;
    private final Doorkeeper door;

    private PeerServer(Channel channel, Doorkeeper door) {
        this.channel = channel;
        this.door = door;
    }

    /** Counts requests, for CLUSTER INFO. */
    record Traffic(AtomicLong received, AtomicLong sent) {}

    /** @throws ConfigError if the port cannot be bound */
    static PeerServer open(
            EventLoopGroup loops, String bind, int port, PeerGate gate, PeerService service, Traffic traffic) {
        Doorkeeper door =
                Doorkeeper.of("the peer port of node " + gate.identity().node());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        Tls tls = gate.security().tls();
                        if (tls != null) {
                            socket.pipeline().addLast(tls.acceptPeer(socket.alloc()));
                        }
                        socket.pipeline().addLast(new Session(gate, door, service, traffic));
                    }
                });
        ChannelFuture bound = bootstrap.bind(bind, port).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new ConfigError(
                    "the peer port " + bind + ":" + port + " cannot be bound: "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        return new PeerServer(bound.channel(), door);
    }

    /** Stops listening and closes every connection. */
    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        door.close();
    }

    /** One connection, confined to its event loop. */
    private static final class Session extends ByteToMessageDecoder {
        private final RequestDecoder decoder = new RequestDecoder(GREETING_LIMITS);
        private final ArrayDeque<Slot> slots = new ArrayDeque<>();
        private final PeerGreeting greeting;
        private final Doorkeeper door;
        private final PeerService service;
        private final Traffic traffic;
        private @Nullable Hello hello;
        private boolean refused;

        Session(PeerGate gate, Doorkeeper door, PeerService service, Traffic traffic) {
            this.greeting = PeerGreeting.accepting(gate);
            this.door = door;
            this.service = service;
            this.traffic = traffic;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) throws Exception {
            door.enter(context.channel());
            super.channelActive(context);
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            if (refused) {
                in.skipBytes(in.readableBytes());
                return;
            }
            try {
                for (Request request = decoder.next(in); request != null; request = decoder.next(in)) {
                    if (!receive(context, request.args())) {
                        in.skipBytes(in.readableBytes());
                        return;
                    }
                }
            } catch (ProtocolError error) {
                in.skipBytes(in.readableBytes());
                refused = true;
                if (hello == null) {
                    door.refuse(context.channel(), "NOHELLO " + error.getMessage());
                } else {
                    LOG.warn("peer link from={} broken: {}", context.channel().remoteAddress(), error.getMessage());
                    context.close();
                }
            }
        }

        /** Returns false if the connection is being closed. */
        private boolean receive(ChannelHandlerContext context, byte[][] args) {
            traffic.received().incrementAndGet();
            Hello known = hello;
            if (known == null) {
                return greet(context, args);
            }
            if (slots.size() >= PENDING_MAX) {
                LOG.warn("peer link from={} has {} unanswered requests: closing it", known.node(), slots.size());
                context.close();
                return false;
            }
            Slot slot = new Slot();
            slots.add(slot);
            try {
                service.handle(known.node(), args, reply -> answer(context, slot, reply));
            } catch (CommandError error) {
                slot.reply = Reply.error(error);
                flush(context);
            }
            return true;
        }

        /** Any thread: whoever answers must not be troubled by a node that is closing. */
        private void answer(ChannelHandlerContext context, Slot slot, Reply reply) {
            try {
                context.channel().eventLoop().execute(() -> {
                    slot.reply = reply;
                    flush(context);
                });
            } catch (RejectedExecutionException e) {
                LOG.debug("the node is closing");
            }
        }

        private boolean greet(ChannelHandlerContext context, byte[][] args) {
            try {
                Reply answer = greeting.answer(args);
                Hello known = greeting.known();
                if (known != null) {
                    hello = known;
                    decoder.limits(LIMITS);
                    door.pass(context.channel());
                    service.greeted(known);
                }
                write(context, answer);
                return true;
            } catch (CommandError error) {
                refused = true;
                door.refused(context.channel(), error.line());
                ByteBuf bytes = context.alloc().buffer();
                ReplyWriter.write(Reply.error(error), 2, bytes);
                context.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE);
                return false;
            }
        }

        private void flush(ChannelHandlerContext context) {
            ByteBuf bytes = null;
            while (!slots.isEmpty()) {
                Reply reply = slots.peek().reply;
                if (reply == null) {
                    break;
                }
                slots.remove();
                traffic.sent().incrementAndGet();
                if (bytes == null) {
                    bytes = context.alloc().buffer();
                }
                ReplyWriter.write(reply, 2, bytes);
            }
            if (bytes != null) {
                context.writeAndFlush(bytes, context.voidPromise());
            }
        }

        private static void write(ChannelHandlerContext context, Reply reply) {
            ByteBuf bytes = context.alloc().buffer();
            ReplyWriter.write(reply, 2, bytes);
            context.writeAndFlush(bytes, context.voidPromise());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) throws Exception {
            super.channelInactive(context);
            Hello known = hello;
            if (known != null) {
                service.left(known);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (hello == null) {
                door.refuse(context.channel(), Doorkeeper.reason(cause));
            } else {
                LOG.debug("peer link from={} failed", context.channel().remoteAddress(), cause);
                context.close();
            }
        }
    }

    /** The place of one reply in the order of its connection. */
    private static final class Slot {
        private @Nullable Reply reply;
    }
}
