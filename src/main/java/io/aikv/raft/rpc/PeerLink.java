package io.aikv.raft.rpc;

import io.aikv.raft.rpc.OutboundGreeting.Kind;
import io.aikv.transport.Tls;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.TimeoutIOException;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.util.IOUtils;
import org.apache.ratis.util.NetUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's side of the messages to one peer: a connection that is opened when there is something to ask, shared by all
 * groups, and the questions that wait for answers. Everything happens on one event loop, except {@link #ask}.
 */
final class PeerLink {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

    /** After an attempt to connect failed, questions fail at once for so long. */
    private static final long PAUSE_NANOS = 50_000_000L;

    /** A node that says nothing for longer, perhaps because it is stopping, is tried again. */
    private static final long GREETING_MILLIS_MAX = 2_000;

    private static final long LOOK_MILLIS = 250;

    private final RaftPeer peer;
    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final TransportOptions options;
    /** Where names of hosts are looked up. */
    private final Executor blocking;

    // On the loop only.
    private final Map<Long, Question<?>> questions = new LinkedHashMap<>();
    private @Nullable Channel channel;
    /** Being connected, or not yet known to be the peer. */
    private @Nullable Channel unfinished;

    private boolean connecting;
    /** How often the connection was dropped: an attempt that began before may lead to where the peer was. */
    private int resets;
    /** What {@link #resets} was when the connecting began. */
    private int attempt;

    private boolean looking;
    private boolean closed;
    private long lastCall;
    private long connectAgainNanos = System.nanoTime();
    private long lastHeardNanos;

    /** Why the peer, or this node, did not want to talk last; empty once they do. */
    private String lastRefusal = "";

    /** What becomes of a question: exactly one of the two is there. Called on the loop. */
    interface Answer<R> {
        void onAnswer(@Nullable R reply, @Nullable IOException failure);
    }

    private record Question<R extends MessageLite>(
            RaftRpc<?, R> rpc, MessageLite request, long deadlineNanos, Answer<R> answer) {
        void settle(Frame frame) {
            R reply;
            try {
                if (frame.code() != Frame.REPLY) {
                    fail(new IOException(frame.body().toStringUtf8()));
                    return;
                }
                reply = frame.parse(rpc.replies());
            } catch (IOException
                    | RuntimeException
                    | Error e) { // Whoever asked must hear of it, even of too little memory.
                fail(IOUtils.asIOException(e));
                return;
            }
            tell(reply, null);
        }

        void fail(IOException failure) {
            tell(null, failure);
        }

        /** The bug of one who asked must not leave the others without their answers. */
        private void tell(@Nullable R reply, @Nullable IOException failure) {
            try {
                answer.onAnswer(reply, failure);
            } catch (RuntimeException | Error e) {
                LOG.error("{}: the answer was not taken", rpc.name(), e);
            }
        }
    }

    PeerLink(RaftPeer peer, EventLoop loop, Bootstrap bootstrap, TransportOptions options, Executor blocking) {
        this.peer = peer;
        this.loop = loop;
        this.options = options;
        this.blocking = blocking;
        this.bootstrap = bootstrap.clone(loop).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel opened) {
                Tls tls = options.gate().security().tls();
                if (tls != null) {
                    opened.pipeline().addLast(tls.connectPeer(opened.alloc()));
                }
                long patienceMillis =
                        Math.min(GREETING_MILLIS_MAX, options.requestMax().toMillis());
                opened.pipeline()
                        .addLast(new OutboundGreeting(
                                options.gate(), peer.getId().toString(), patienceMillis, PeerLink.this::greeted));
            }
        });
    }

    /** The loop on which everything here happens. */
    EventLoop loop() {
        return loop;
    }

    /** Asks the peer, connecting to it if need be. On the loop. The answer may come before this returns. */
    <R extends MessageLite> void call(RaftRpc<?, R> rpc, MessageLite request, Answer<R> answer) {
        long now = System.nanoTime();
        if (closed || channel == null && !connecting && now - connectAgainNanos < 0) {
            answer.onAnswer(null, new IOException("no connection to " + peer.getId()));
            return;
        }
        long call = ++lastCall;
        long patience = options.requestMax().toNanos() * rpc.patience();
        Question<R> question = new Question<>(rpc, request, now + patience, answer);
        questions.put(call, question);
        look();
        if (channel != null) {
            write(channel, call, question);
            channel.flush();
        } else if (!connecting) {
            connect();
        }
    }

    /** Asks the peer and waits. On any thread but the loop. */
    <R extends MessageLite> R ask(RaftRpc<?, R> rpc, MessageLite request) throws IOException {
        CompletableFuture<R> future = new CompletableFuture<>();
        try {
            loop.execute(() -> call(rpc, request, (reply, failure) -> {
                if (reply != null) {
                    future.complete(reply);
                } else {
                    future.completeExceptionally(Objects.requireNonNull(failure));
                }
            }));
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw IOUtils.toInterruptedIOException("waiting for " + peer.getId(), e);
        } catch (ExecutionException e) {
            throw IOUtils.toIOException(e);
        } catch (RejectedExecutionException e) {
            throw new IOException("this node is closing", e);
        }
    }

    /** Drops the connection: what waits fails, the next question opens one to the peer's present address. Any thread. */
    void reset() {
        onLoop(() -> {
            resets++;
            connectAgainNanos = System.nanoTime();
            dropUnfinished();
            disconnect("dropped");
        });
    }

    /** Drops the connection for ever. Any thread. */
    void close() {
        onLoop(() -> {
            closed = true;
            dropUnfinished();
            disconnect("closed");
            failAll("this node is closing");
        });
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the loop has ended", e);
        }
    }

    // ---- connecting ----

    private void connect() {
        connecting = true;
        String address = options.locator().locate(peer);
        attempt = resets;
        try {
            blocking.execute(() -> lookUp(address));
        } catch (RejectedExecutionException e) {
            notConnected(address, reason(e));
        }
    }

    /** Not on the loop: a name server may be away. */
    private void lookUp(String address) {
        try {
            InetSocketAddress found = NetUtils.createSocketAddr(address);
            if (found.isUnresolved()) {
                throw new IllegalArgumentException("the host is not known"); // Else Netty asks again, on the loop.
            }
            onLoop(() -> connect(found));
        } catch (RuntimeException e) {
            onLoop(() -> notConnected(address, reason(e)));
        }
    }

    private void connect(InetSocketAddress address) {
        if (closed || attempt != resets) {
            notConnectedOrAgain(address.toString(), IOException::new, "dropped");
            return;
        }
        ChannelFuture begun = bootstrap.connect(address);
        unfinished = begun.channel();
        begun.addListener((ChannelFuture ended) -> {
            if (!ended.isSuccess()) {
                unfinished = null;
                ended.channel().close();
                notConnectedOrAgain(address.toString(), IOException::new, reason(ended.cause()));
            }
        });
    }

    private void dropUnfinished() {
        Channel dropped = unfinished;
        unfinished = null;
        if (dropped != null) {
            dropped.close();
        }
    }

    private void greeted(Channel opened, OutboundGreeting.@Nullable Failure failure) {
        unfinished = null;
        if (failure == null && !closed && attempt == resets) {
            lastRefusal = "";
            opened.pipeline().addLast(Frame.decoder(options.messageBytesMax()), new Replies());
            connected(opened);
            return;
        }
        opened.close();
        String reason = failure == null ? "closed" : failure.reason();
        if (failure != null && failure.kind() == Kind.REFUSED && !reason.equals(lastRefusal)) {
            lastRefusal = reason;
            LOG.warn("node={} peer={} at {}: {}", options.node(), peer.getId(), opened.remoteAddress(), reason);
        }
        boolean silent = failure != null && failure.kind() == Kind.SILENT;
        notConnectedOrAgain(
                String.valueOf(opened.remoteAddress()), silent ? TimeoutIOException::new : IOException::new, reason);
    }

    private void connected(Channel opened) {
        LOG.debug("node={} peer={} connected to {}", options.node(), peer.getId(), opened.remoteAddress());
        connecting = false;
        channel = opened;
        lastHeardNanos = System.nanoTime();
        opened.closeFuture().addListener(gone -> disconnected(opened));
        for (Map.Entry<Long, Question<?>> waiting : List.copyOf(questions.entrySet())) {
            write(opened, waiting.getKey(), waiting.getValue());
        }
        opened.flush();
    }

    /** After a {@link #reset} what was being connected to may be the wrong address. */
    private void notConnectedOrAgain(String address, Function<String, IOException> failure, String reason) {
        if (closed || attempt == resets) {
            notConnected(address, failure, reason);
        } else {
            connect();
        }
    }

    private static String reason(@Nullable Throwable cause) {
        return cause == null ? "closed" : String.valueOf(cause.getMessage());
    }

    private void notConnected(String address, String reason) {
        notConnected(address, IOException::new, reason);
    }

    private void notConnected(String address, Function<String, IOException> failure, String reason) {
        connecting = false;
        connectAgainNanos = System.nanoTime() + PAUSE_NANOS;
        failAll(failure, "cannot connect to " + peer.getId() + " at " + address + ": " + reason);
    }

    private void disconnect(String reason) {
        Channel open = channel;
        if (open != null) {
            channel = null;
            open.close();
            failAll("connection to " + peer.getId() + " " + reason);
        }
    }

    private void disconnected(Channel gone) {
        if (channel == gone) {
            disconnect("lost");
        }
    }

    // ---- questions and answers ----

    private void write(Channel to, long call, Question<?> question) {
        try {
            ByteBuf frame = Frame.write(to.alloc(), question.rpc().code(), call, question.request());
            to.write(frame, to.voidPromise());
        } catch (IOException | RuntimeException | Error e) {
            questions.remove(call);
            question.fail(IOUtils.asIOException(e));
        }
    }

    private void failAll(String reason) {
        failAll(IOException::new, reason);
    }

    private void failAll(Function<String, IOException> failure, String reason) {
        List<Question<?>> failed = new ArrayList<>(questions.values());
        questions.clear();
        for (Question<?> question : failed) {
            question.fail(failure.apply(reason));
        }
    }

    /** As long as something waits, looks for what has waited too long. */
    private void look() {
        if (!looking) {
            looking = true;
            loop.schedule(this::expire, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void expire() {
        looking = false;
        long now = System.nanoTime();
        List<Question<?>> expired = new ArrayList<>();
        for (Iterator<Question<?>> each = questions.values().iterator(); each.hasNext(); ) {
            Question<?> question = each.next();
            if (now - question.deadlineNanos() >= 0) {
                expired.add(question);
                each.remove();
            }
        }
        for (Question<?> question : expired) {
            question.fail(
                    new TimeoutIOException("no answer to " + question.rpc().name() + " from " + peer.getId()));
        }
        if (!expired.isEmpty() && now - lastHeardNanos > options.requestMax().toNanos()) {
            disconnect("silent"); // A cut that neither side was told of: only a new connection ends it.
        }
        if (!questions.isEmpty()) {
            look();
        }
    }

    private final class Replies extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf in) throws IOException {
            Frame frame = Frame.read(in);
            lastHeardNanos = System.nanoTime();
            Question<?> question = questions.remove(frame.call());
            if (question != null) {
                question.settle(frame);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warn("node={} peer={} connection failed: {}", options.node(), peer.getId(), cause.toString());
            context.close();
        }
    }
}
