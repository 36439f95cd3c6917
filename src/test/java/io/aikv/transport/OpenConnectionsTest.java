package io.aikv.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class OpenConnectionsTest {
    /** Never closes, as TLS does not while it has something to say to one who does not read. */
    private static final class Stubborn extends ChannelOutboundHandlerAdapter {
        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) {}
    }

    @Test
    void allAreClosedAndWhoComesLaterToo() {
        OpenConnections connections = new OpenConnections(10_000);
        EmbeddedChannel open = new EmbeddedChannel();
        EmbeddedChannel gone = new EmbeddedChannel();
        EmbeddedChannel late = new EmbeddedChannel();
        connections.add(open);
        connections.add(gone);
        gone.close();
        assertEquals(1, connections.count());

        connections.close();
        connections.add(late);

        assertFalse(open.isOpen());
        assertFalse(late.isOpen());
        assertEquals(0, connections.count());
    }

    @Test
    void whatDoesNotCloseInOrderIsCut() throws Exception {
        OpenConnections connections = new OpenConnections(100);
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
        try {
            Channel listener = new ServerBootstrap()
                    .group(loops)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(new Stubborn());
                            connections.add(channel);
                            accepted.add(channel);
                        }
                    })
                    .bind(InetAddress.getLoopbackAddress(), 0)
                    .sync()
                    .channel();
            InetSocketAddress address = (InetSocketAddress) listener.localAddress();
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                assertTrue(accepted.take().isOpen());

                connections.close();

                client.setSoTimeout(30_000);
                assertEquals(-1, client.getInputStream().read());
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
