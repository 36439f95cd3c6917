package io.aikv.resp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.ArrayHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringRedisContent;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Multibulk requests read by netty-codec-redis without its aggregators: the cheapest way to use it, to be compared with
 * {@link RequestDecoder}. Knows no limits and no inline requests. Confined to one thread.
 */
final class CodecRequestReader extends ChannelInboundHandlerAdapter implements RequestReader {
    private final ArrayDeque<Request> requests = new ArrayDeque<>();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new RedisDecoder(64 << 10, FixedRedisMessagePool.INSTANCE), this);
    private byte[][] args = new byte[0][];
    private int argCount;
    private int filled;

    @Override
    public @Nullable Request next(ByteBuf in) {
        if (requests.isEmpty() && in.isReadable()) {
            channel.writeInbound(in.readRetainedSlice(in.readableBytes()));
        }
        return requests.poll();
    }

    @Override
    public void limits(RequestLimits limits) {}

    @Override
    public long bufferedBytes() {
        return filled;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof ArrayHeaderRedisMessage header) {
                args = new byte[(int) header.length()][];
                argCount = 0;
            } else if (message instanceof BulkStringHeaderRedisMessage header) {
                args[argCount] = new byte[header.bulkStringLength()];
                filled = 0;
            } else if (message instanceof BulkStringRedisContent content) {
                take(content.content());
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void take(ByteBuf content) {
        byte[] arg = args[argCount];
        int size = content.readableBytes();
        content.readBytes(arg, filled, size);
        filled += size;
        if (filled == arg.length && ++argCount == args.length) {
            requests.add(new Request(args, 0));
        }
    }
}
