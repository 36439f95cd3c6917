package io.aikv.raft.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a connection in that begins as a node of this version does, and closes any other. */
final class Preamble extends ByteToMessageDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(Preamble.class);

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < Frame.PREAMBLE_BYTES) {
            return;
        }
        if (Frame.readPreamble(in)) {
            context.pipeline().remove(this); // Hands on what has come with it.
        } else {
            LOG.warn(
                    "{} connected to the Raft port {} and is no node of AiKv of this version: closed",
                    context.channel().remoteAddress(),
                    context.channel().localAddress());
            in.skipBytes(in.readableBytes());
            context.close();
        }
    }
}
