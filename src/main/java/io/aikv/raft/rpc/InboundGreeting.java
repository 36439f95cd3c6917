package io.aikv.raft.rpc;

import io.aikv.base.CommandError;
import io.aikv.transport.Doorkeeper;
import io.aikv.transport.Introduction;
import io.aikv.transport.PeerGate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.List;

/** Lets a connection in that proves to come from a node of this cluster, of this version, and closes any other. */
final class InboundGreeting extends ByteToMessageDecoder {
    private final Introduction introduction;
    private final Doorkeeper door;
    private boolean begun;
    private boolean refused;

    InboundGreeting(PeerGate gate, Doorkeeper door) {
        this.introduction = Introduction.accepting(gate, Greeting.PROTOCOL);
        this.door = door;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        door.enter(context.channel());
        super.channelActive(context);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws IOException {
        if (refused || !context.channel().isActive()) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (!begun) {
            if (in.readableBytes() < Greeting.PREAMBLE_BYTES) {
                return;
            }
            begun = Greeting.readPreamble(in);
            if (!begun) {
                throw new IOException("it is no node of AiKv of this version");
            }
        }
        Greeting message = Greeting.read(in);
        if (message == null) {
            return;
        }
        try {
            answer(context, message);
        } catch (CommandError refusal) {
            refused = true;
            door.refused(context.channel(), refusal.line());
            context.writeAndFlush(Greeting.refusal(refusal.line()).encode(context.alloc()))
                    .addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void answer(ChannelHandlerContext context, Greeting message) throws IOException {
        if (message.code() == Greeting.HELLO) {
            send(context, new Greeting(Greeting.CHALLENGE, introduction.challenge(message.parts())));
        } else if (message.code() == Greeting.PROOF) {
            send(context, new Greeting(Greeting.WELCOME, introduction.welcome(message.parts())));
            door.pass(context.channel());
            context.pipeline().remove(this); // Hands on what has come with it.
        } else {
            throw new IOException("a message of unknown kind " + message.code() + " in the greeting");
        }
    }

    private static void send(ChannelHandlerContext context, Greeting message) {
        context.writeAndFlush(message.encode(context.alloc()), context.voidPromise());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        door.refuse(context.channel(), Doorkeeper.reason(cause));
    }
}
