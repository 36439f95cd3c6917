package io.aikv.raft.rpc;

import io.aikv.base.CommandError;
import io.aikv.transport.Doorkeeper;
import io.aikv.transport.Introduction;
import io.aikv.transport.PeerGate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes this node known to a peer, and the peer to this node, before anything is asked. */
final class OutboundGreeting extends ByteToMessageDecoder {
    private final Introduction introduction;
    private final long patienceMillis;
    private final Outcome outcome;
    private boolean settled;

    /** Why two nodes do not talk. */
    enum Kind {
        REFUSED,
        SILENT,
        LOST
    }

    record Failure(Kind kind, String reason) {}

    /** How it went; called once, on the event loop. */
    interface Outcome {
        /** @param failure null if the peer is who it should be; else the channel is being closed */
        void greeted(Channel channel, @Nullable Failure failure);
    }

    OutboundGreeting(PeerGate gate, String peer, long patienceMillis, Outcome outcome) {
        this.introduction = Introduction.connecting(gate, Greeting.PROTOCOL, peer);
        this.patienceMillis = patienceMillis;
        this.outcome = outcome;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        super.channelActive(context);
        send(context, new Greeting(Greeting.HELLO, introduction.hello(List.of())));
        context.executor()
                .schedule(() -> fail(context, Kind.SILENT, "it says nothing"), patienceMillis, TimeUnit.MILLISECONDS);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws IOException {
        Greeting message = settled ? null : Greeting.read(in);
        if (message == null) {
            return;
        }
        try {
            hear(context, message);
        } catch (CommandError refusal) {
            fail(context, Kind.REFUSED, refusal.line());
        }
    }

    private void hear(ChannelHandlerContext context, Greeting message) throws IOException {
        switch (message.code()) {
            case Greeting.CHALLENGE -> send(context, new Greeting(Greeting.PROOF, introduction.proof(message.parts())));
            case Greeting.WELCOME -> {
                introduction.welcomed(message.parts());
                settled = true;
                outcome.greeted(context.channel(), null);
                context.pipeline().remove(this); // Hands on what has come with it.
            }
            case Greeting.REFUSAL -> fail(context, Kind.REFUSED, message.reason());
            default -> throw new IOException("a message of unknown kind " + message.code() + " in the greeting");
        }
    }

    private static void send(ChannelHandlerContext context, Greeting message) {
        context.writeAndFlush(message.encode(context.alloc()), context.voidPromise());
    }

    private void fail(ChannelHandlerContext context, Kind kind, String reason) {
        if (!settled) {
            settled = true;
            context.close();
            outcome.greeted(context.channel(), new Failure(kind, reason));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        super.channelInactive(context);
        fail(context, Kind.LOST, "it closed the connection");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Kind kind = cause.getCause() instanceof SSLException ? Kind.REFUSED : Kind.LOST;
        fail(context, kind, Doorkeeper.reason(cause));
    }
}
