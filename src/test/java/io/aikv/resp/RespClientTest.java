package io.aikv.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against a small server made of {@link RequestDecoder} and {@link ReplyWriter}. */
final class RespClientTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private Channel server;
    private int port;

    /** ECHO answers its argument, SUBSCRIBE a push, HANG nothing, DROP closes, BROKEN sends garbage, HELLO a map. */
    private static final class EchoServer extends ByteToMessageDecoder {
        private final RequestDecoder decoder = new RequestDecoder(RequestLimits.defaults());

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws ProtocolError {
            ByteBuf replies = context.alloc().buffer();
            for (Request request = decoder.next(in); request != null; request = decoder.next(in)) {
                answer(context, request, replies);
            }
            context.writeAndFlush(replies);
        }

        private static void answer(ChannelHandlerContext context, Request request, ByteBuf replies) {
            byte[][] args = request.args();
            switch (Bytes.text(args[0])) {
                case "ECHO" -> ReplyWriter.write(Reply.bulk(args[1]), 3, replies);
                case "SUBSCRIBE" -> ReplyWriter.write(new Reply.Push(List.of(Reply.bulk(args[1]))), 3, replies);
                case "HELLO" ->
                    ReplyWriter.write(
                            args.length == 2 || Bytes.text(args[4]).equals("secret")
                                    ? Reply.map(Reply.text("proto"), Reply.integer(3))
                                    : Reply.error("WRONGPASS invalid username-password pair or user is disabled."),
                            3,
                            replies);
                case "BROKEN" -> replies.writeBytes(Bytes.utf8("what?\r\n"));
                case "DROP" -> context.close();
                default -> {}
            }
        }
    }

    @BeforeEach
    void startServer() {
        server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        socket.pipeline().addLast(new EchoServer());
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
        port = ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** However far the connection has come: a server that accepts and never answers the handshake. */
    @Test
    void whoCancelsGivesTheConnectionUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<RespClient> connecting = RespClient.connect(
                    group,
                    RespClient.Options.of("127.0.0.1", silent.getLocalPort()).withTimeout(600_000));
            try (Socket accepted = silent.accept()) {
                accepted.setSoTimeout(30_000);
                assertTrue(accepted.getInputStream().read() > 0, "the handshake has begun");

                connecting.cancel(false);

                assertTrue(accepted.getInputStream().readAllBytes().length > 0, "the rest of it; then the end");
            }
        }
    }

    @AfterEach
    void stopServer() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private RespClient.Options options() {
        return RespClient.Options.of("127.0.0.1", port);
    }

    private RespClient connect(RespClient.Options options) throws Exception {
        return RespClient.connect(group, options).get(10, TimeUnit.SECONDS);
    }

    private static IOException failure(CompletableFuture<?> future) {
        ExecutionException error = assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS));
        return assertInstanceOf(IOException.class, error.getCause());
    }

    @Test
    void pipelinedRepliesComeInOrder() throws Exception {
        try (RespClient client = connect(options())) {
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                replies.add(client.send("ECHO", "value " + i));
            }
            for (int i = 0; i < replies.size(); i++) {
                assertEquals(Reply.text("value " + i), replies.get(i).get(10, TimeUnit.SECONDS));
            }
            assertEquals(0, client.pending());
        }
    }

    @Test
    void largeValuesPassBothWays() throws Exception {
        try (RespClient client = connect(options())) {
            byte[] value = new byte[5 << 20];
            value[value.length - 1] = 1;

            assertEquals(
                    Reply.bulk(value), client.send(Bytes.utf8("ECHO"), value).get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void pushesReachTheirHandlerBesideTheReplies() throws Exception {
        BlockingQueue<Reply> pushes = new LinkedBlockingQueue<>();
        try (RespClient client = connect(options().withPush(pushes::add))) {
            client.sendWithoutReply(Bytes.utf8("SUBSCRIBE"), Bytes.utf8("news"));

            assertEquals(Reply.text("x"), client.send("ECHO", "x").get(10, TimeUnit.SECONDS));
            assertEquals(new Reply.Push(List.of(Reply.text("news"))), pushes.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void theHandshakeAuthenticates() throws Exception {
        connect(options().withAuth(null, "secret")).close();

        IOException refused = failure(RespClient.connect(group, options().withAuth("u", "wrong")));

        assertTrue(refused.getMessage().contains("WRONGPASS"), refused.getMessage());
    }

    @Test
    void anUnansweredHandshakeTimesOut() {
        RespClient.Options options = options().withResp2().withAuth(null, "p").withTimeout(100);

        failure(RespClient.connect(group, options));
    }

    @Test
    void nobodyListeningFailsTheConnect() {
        server.close().syncUninterruptibly();

        failure(RespClient.connect(group, options()));
    }

    @Test
    void closingHereFailsWhatWaits() throws Exception {
        RespClient client = connect(options());
        CompletableFuture<Reply> hanging = client.send("HANG");

        client.close();

        failure(hanging);
        failure(client.send("ECHO", "late"));
        assertFalse(client.isOpen());
        assertEquals(0, client.pending());
    }

    @Test
    void closingThereFailsWhatWaits() throws Exception {
        RespClient client = connect(options());

        failure(client.send("DROP"));
        failure(client.send("ECHO", "late"));
    }

    @Test
    void garbageEndsTheConnection() throws Exception {
        RespClient client = connect(options());

        IOException error = failure(client.send("BROKEN"));

        assertInstanceOf(ProtocolError.class, error.getCause());
        failure(client.send("ECHO", "late"));
    }

    @Test
    void moreThanTheBoundIsRefused() throws Exception {
        try (RespClient client = connect(options().withLimits(2, 1 << 20))) {
            client.send("HANG");
            client.send("HANG");

            assertTrue(failure(client.send("ECHO", "x")).getMessage().contains("too many"));
        }
    }
}
