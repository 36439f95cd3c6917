package io.aikv.testcluster;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A wire that can be cut: listens on a port of its own and passes every connection on to a target. While it is cut nothing
 * passes in either direction, no connection ends and new ones get no answer, as when packets are dropped. When it heals,
 * what was held arrives late, as TCP would deliver it.
 *
 * <p>All state belongs to one event loop; the methods may be called on any thread and return when it is done.
 */
final class Relay implements AutoCloseable {

    private final EventLoop loop;
    private final InetSocketAddress target;
    private final Channel listener;
    private final Set<Wire> wires = new HashSet<>();
    private boolean cut;

    private Relay(EventLoop loop, InetSocketAddress listenOn, InetSocketAddress target) {
        this.loop = loop;
        this.target = target;
        this.listener = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel near) {
                        Wire wire = new Wire(near);
                        wires.add(wire);
                        if (!cut) {
                            wire.connect();
                        }
                    }
                })
                .bind(listenOn)
                .syncUninterruptibly()
                .channel();
    }

    /** Starts one that listens on {@code port} of the loopback address. */
    static Relay start(EventLoop loop, int port, InetSocketAddress target) {
        return new Relay(loop, new InetSocketAddress("127.0.0.1", port), target);
    }

    /** Lets nothing pass until {@link #heal}. */
    void cut() {
        run(() -> {
            cut = true;
            wires.forEach(Wire::hold);
        });
    }

    void heal() {
        run(() -> {
            cut = false;
            List.copyOf(wires).forEach(Wire::release);
        });
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        run(() -> List.copyOf(wires).forEach(Wire::end));
    }

    private void run(Runnable task) {
        loop.submit(task).syncUninterruptibly();
    }

    /** One connection: the side of the one who connected, and the side of the target. */
    private final class Wire {

        private final Channel near;
        private @Nullable Channel far;
        private final List<Side> sides = new ArrayList<>();

        Wire(Channel near) {
            this.near = near;
        }

        void connect() {
            new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(target)
                    .addListener((ChannelFutureListener) connected -> {
                        if (connected.isSuccess() && near.isOpen()) {
                            join(connected.channel());
                        } else {
                            connected.channel().close();
                            end();
                        }
                    });
        }

        private void join(Channel connected) {
            far = connected;
            Side outbound = new Side(this, connected);
            Side inbound = new Side(this, near);
            sides.add(outbound);
            sides.add(inbound);
            near.pipeline().addLast(outbound);
            connected.pipeline().addLast(inbound);
            if (!cut) {
                near.config().setAutoRead(true);
                connected.config().setAutoRead(true);
            }
        }

        void hold() {
            near.config().setAutoRead(false);
            if (far != null) {
                far.config().setAutoRead(false);
            }
        }

        void release() {
            if (far == null) {
                connect();
                return;
            }
            sides.forEach(Side::deliver);
            near.config().setAutoRead(true);
            far.config().setAutoRead(true);
        }

        void end() {
            wires.remove(this);
            sides.forEach(Side::drop);
            near.close();
            if (far != null) {
                far.close();
            }
        }
    }

    /** Takes what arrives from one side and gives it to the other. */
    private final class Side extends ChannelInboundHandlerAdapter {

        private final Wire wire;
        private final Channel to;
        private final Queue<Object> held = new ArrayDeque<>();
        private boolean ended;

        Side(Wire wire, Channel to) {
            this.wire = wire;
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (cut) {
                held.add(message);
                return;
            }
            to.writeAndFlush(message);
            if (!to.isWritable()) {
                context.channel().config().setAutoRead(false);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            // This channel drained: the other side, which fills it, may read again.
            if (context.channel().isWritable() && !cut) {
                to.config().setAutoRead(true);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (cut) {
                ended = true;
            } else {
                to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> wire.end());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        private void deliver() {
            for (Object message = held.poll(); message != null; message = held.poll()) {
                to.writeAndFlush(message);
            }
            if (ended) {
                wire.end();
            }
        }

        private void drop() {
            for (Object message = held.poll(); message != null; message = held.poll()) {
                ReferenceCountUtil.release(message);
            }
        }
    }
}
