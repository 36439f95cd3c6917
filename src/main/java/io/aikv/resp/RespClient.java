package io.aikv.resp;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a RESP server: for peer links, the administration tool and tests. Requests are pipelined and answered in
 * order; what several threads send while the event loop is busy leaves in one write.
 *
 * <p>{@link #send} and {@link #close} may be called on any thread. Replies complete their futures, and pushes reach their
 * handler, on the connection's event loop, which must not be blocked. There is no reconnecting and no timeout per request:
 * callers use {@link CompletableFuture#orTimeout} and close the client, as the order of replies is lost otherwise.
 */
public final class RespClient implements AutoCloseable {
    /**
     * How to connect.
     *
     * @param connectTimeoutMillis for the TCP connection; the handshake has the same again
     * @param resp3 whether to send {@code HELLO 3}
     * @param user for AUTH; null with a password means the default user
     * @param password null for no AUTH
     * @param tls null for plain TCP
     * @param pendingMax most requests sent and not yet answered; further ones are refused
     * @param replyBytesMax largest reply; a larger one closes the connection
     * @param onPush gets RESP3 pushes, and every reply that no request waits for (RESP2 pub/sub messages)
     */
    public record Options(
            String host,
            int port,
            int connectTimeoutMillis,
            boolean resp3,
            @Nullable String user,
            @Nullable String password,
            @Nullable SslContext tls,
            int pendingMax,
            long replyBytesMax,
            Consumer<Reply> onPush) {
        public Options {
            Check.argument(connectTimeoutMillis > 0 && pendingMax > 0, "bad options for %s:%s", host, port);
        }

        /** RESP3, no authentication, 5 s, 65536 requests, 1 GB, pushes dropped. */
        public static Options of(String host, int port) {
            return new Options(host, port, 5000, true, null, null, null, 65536, 1L << 30, push -> {});
        }

        public Options withTimeout(int millis) {
            return new Options(host, port, millis, resp3, user, password, tls, pendingMax, replyBytesMax, onPush);
        }

        public Options withResp2() {
            return new Options(
                    host, port, connectTimeoutMillis, false, user, password, tls, pendingMax, replyBytesMax, onPush);
        }

        public Options withAuth(@Nullable String newUser, String newPassword) {
            return new Options(
                    host,
                    port,
                    connectTimeoutMillis,
                    resp3,
                    newUser,
                    newPassword,
                    tls,
                    pendingMax,
                    replyBytesMax,
                    onPush);
        }

        public Options withTls(SslContext context) {
            return new Options(
                    host,
                    port,
                    connectTimeoutMillis,
                    resp3,
                    user,
                    password,
                    context,
                    pendingMax,
                    replyBytesMax,
                    onPush);
        }

        public Options withLimits(int newPendingMax, long newReplyBytesMax) {
            return new Options(
                    host,
                    port,
                    connectTimeoutMillis,
                    resp3,
                    user,
                    password,
                    tls,
                    newPendingMax,
                    newReplyBytesMax,
                    onPush);
        }

        public Options withPush(Consumer<Reply> handler) {
            return new Options(
                    host, port, connectTimeoutMillis, resp3, user, password, tls, pendingMax, replyBytesMax, handler);
        }

        /** The password is left out. */
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** The server was reached and answered the handshake with an error, which the message ends with. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** A request; {@code reply} is null if none is expected. */
    private record Call(byte[][] args, @Nullable CompletableFuture<Reply> reply) {}

    /** Requests up to this many bytes together are written from one buffer. */
    private static final int BATCH_BYTES = 256 << 10;

    private final Options options;
    private final Channel channel;
    private final Queue<Call> outbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean draining = new AtomicBoolean();
    private final AtomicInteger pending = new AtomicInteger();

    /** Sent and unanswered; event loop only. */
    private final ArrayDeque<CompletableFuture<Reply>> waiting = new ArrayDeque<>();

    /** Why the connection ended; written on the event loop. */
    private volatile @Nullable IOException closed;

    private RespClient(Options options, Channel channel) {
        this.options = options;
        this.channel = channel;
    }

    // ---- connecting ----

    /**
     * Connects and shakes hands ({@code HELLO 3} and/or {@code AUTH}). Completes on the event loop, exceptionally with a
     * {@link RefusedException} if the server refuses, and with another {@link IOException} if it is not reached in time. Who
     * cancels the future gives the connection up, however far it has come.
     */
    public static CompletableFuture<RespClient> connect(EventLoopGroup group, Options options) {
        CompletableFuture<RespClient> result = new CompletableFuture<>();
        Bootstrap bootstrap = new Bootstrap()
                .group(group)
                .channel(socketType(group))
                .resolver(HostNames.SHARED)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, options.connectTimeoutMillis())
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        SslContext tls = options.tls();
                        if (tls != null) {
                            socket.pipeline().addLast(tls.newHandler(socket.alloc(), options.host(), options.port()));
                        }
                        RespClient client = new RespClient(options, socket);
                        socket.pipeline().addLast("replies", client.new Replies());
                    }
                });
        ChannelFuture begun = bootstrap.connect(options.host(), options.port());
        result.whenComplete((client, failure) -> {
            if (result.isCancelled()) {
                begun.channel().close();
            }
        });
        begun.addListener((ChannelFuture connected) -> {
            Replies replies = connected.channel().pipeline().get(Replies.class);
            if (connected.isSuccess() && replies != null) {
                replies.client().shakeHands(result);
            } else {
                result.completeExceptionally(new IOException("cannot connect to " + options, connected.cause()));
            }
        });
        return result;
    }

    private static Class<? extends SocketChannel> socketType(EventLoopGroup group) {
        boolean epoll = group instanceof IoEventLoopGroup loops && loops.isIoType(EpollIoHandler.class);
        return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    private void shakeHands(CompletableFuture<RespClient> result) {
        List<byte[]> command = handshake(options);
        if (command.isEmpty()) {
            result.complete(this);
            return;
        }
        var timeout = channel.eventLoop()
                .schedule(
                        () -> end(new IOException("no answer to the handshake from " + options)),
                        options.connectTimeoutMillis(),
                        TimeUnit.MILLISECONDS);
        send(command.toArray(new byte[0][])).whenComplete((reply, error) -> {
            timeout.cancel(false);
            if (reply instanceof Reply.Error refusal) {
                error = new RefusedException(options + " refused: " + refusal.line());
                close();
            }
            if (error != null) {
                result.completeExceptionally(error);
            } else {
                result.complete(this);
            }
        });
    }

    private static List<byte[]> handshake(Options options) {
        List<byte[]> command = new ArrayList<>();
        if (options.resp3()) {
            command.add(Bytes.utf8("HELLO"));
            command.add(Bytes.utf8("3"));
        }
        String password = options.password();
        if (password != null) {
            String user = options.user();
            command.add(Bytes.utf8("AUTH"));
            if (user != null || options.resp3()) {
                command.add(Bytes.utf8(user == null ? "default" : user));
            }
            command.add(Bytes.utf8(password));
        }
        return command;
    }

    // ---- sending ----

    /**
     * Sends one request. The future completes with the reply, an error reply included; exceptionally with an
     * {@link IOException} if the connection ends first (whether the request was executed is then unknown), or if too many
     * requests wait already (it was not sent).
     */
    public CompletableFuture<Reply> send(byte[]... args) {
        Check.argument(args.length > 0, "empty request");
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        if (pending.incrementAndGet() > options.pendingMax()) {
            pending.decrementAndGet();
            reply.completeExceptionally(new IOException("too many requests wait for " + options));
            return reply;
        }
        offer(new Call(args, reply));
        return reply;
    }

    /** Sends one request given as text. */
    public CompletableFuture<Reply> send(String... args) {
        byte[][] encoded = new byte[args.length][];
        for (int i = 0; i < args.length; i++) {
            encoded[i] = Bytes.utf8(args[i]);
        }
        return send(encoded);
    }

    /**
     * Sends a request that has no reply in the order of replies: SUBSCRIBE and its like, whose answers are pushes, or anything
     * after CLIENT REPLY OFF. Dropped if the connection is closed. Callers bound how many they send.
     */
    public void sendWithoutReply(byte[]... args) {
        Check.argument(args.length > 0, "empty request");
        offer(new Call(args, null));
    }

    private void offer(Call call) {
        outbox.add(call);
        if (draining.compareAndSet(false, true)) {
            try {
                channel.eventLoop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                draining.set(false);
                failOutbox(new IOException("the event loop of the connection to " + options + " has ended"));
            }
        }
    }

    /** On the event loop: writes all that has gathered, in batches, with one flush. */
    private void drain() {
        draining.set(false);
        IOException end = closed;
        if (end != null) {
            failOutbox(end);
            return;
        }
        ByteBuf batch = null;
        for (Call call = outbox.poll(); call != null; call = outbox.poll()) {
            if (call.reply() != null) {
                waiting.add(call.reply());
            }
            if (batch == null) {
                batch = channel.alloc().buffer();
            }
            ReplyWriter.writeRequest(call.args(), batch);
            if (batch.readableBytes() >= BATCH_BYTES) {
                channel.write(batch, channel.voidPromise());
                batch = null;
            }
        }
        if (batch != null) {
            channel.write(batch, channel.voidPromise());
        }
        channel.flush();
    }

    private void failOutbox(IOException reason) {
        for (Call call = outbox.poll(); call != null; call = outbox.poll()) {
            if (call.reply() != null) {
                fail(call.reply(), reason);
            }
        }
    }

    private void fail(CompletableFuture<Reply> reply, IOException reason) {
        pending.decrementAndGet();
        reply.completeExceptionally(reason);
    }

    // ---- state ----

    public boolean isOpen() {
        return closed == null && channel.isActive();
    }

    /** Requests not yet answered. */
    public int pending() {
        return pending.get();
    }

    /** The other side, for messages. */
    @Override
    public String toString() {
        return options.toString();
    }

    /** Closes the connection; requests that wait complete with an {@link IOException}. Does not wait. */
    @Override
    public void close() {
        try {
            channel.eventLoop().execute(() -> end(new IOException("connection to " + options + " was closed here")));
        } catch (RejectedExecutionException e) {
            channel.close();
        }
    }

    /** On the event loop: ends the connection; only the first reason counts. */
    private void end(IOException reason) {
        if (closed == null) {
            closed = reason;
            channel.close();
            for (CompletableFuture<Reply> reply = waiting.poll(); reply != null; reply = waiting.poll()) {
                fail(reply, reason);
            }
            failOutbox(reason);
        }
    }

    private void receive(Reply reply) {
        CompletableFuture<Reply> first = reply instanceof Reply.Push ? null : waiting.poll();
        if (first == null) {
            options.onPush().accept(reply);
        } else {
            pending.decrementAndGet();
            first.complete(reply);
        }
    }

    /** The receiving end of the pipeline. */
    private final class Replies extends ByteToMessageDecoder {
        private final ReplyDecoder decoder = new ReplyDecoder(options.replyBytesMax());

        RespClient client() {
            return RespClient.this;
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            try {
                for (Reply reply = decoder.next(in); reply != null && closed == null; reply = decoder.next(in)) {
                    receive(reply);
                }
            } catch (ProtocolError error) {
                in.skipBytes(in.readableBytes());
                end(new IOException("bad reply from " + options, error));
            }
        }

        @Override
        protected void handlerRemoved0(ChannelHandlerContext context) {
            end(new IOException("connection to " + options + " was closed"));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) throws Exception {
            super.channelInactive(context);
            end(new IOException("connection to " + options + " was closed by the other side"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end(new IOException("connection to " + options + " failed", cause));
        }
    }
}
