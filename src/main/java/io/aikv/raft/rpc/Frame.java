package io.aikv.raft.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * What travels between two nodes once they know each other ({@link Greeting}): requests one way and answers the other, in any
 * order.
 *
 * <pre>
 * frame      size(4) code(1) call(8) body      size counts what follows it
 * </pre>
 *
 * {@code code} is that of a {@link RaftRpc}, {@link #REPLY} or {@link #FAILURE}; {@code call} is chosen by who asks and comes
 * back with the answer; the body is a protobuf message of Ratis, that of a failure a text in UTF-8.
 *
 * @param body the frame's bytes behind its head, in memory of their own
 */
record Frame(byte code, long call, ByteString body) {
    static final byte REPLY = 16;
    static final byte FAILURE = 17;

    private static final int SIZE_BYTES = 4;
    private static final int HEAD_BYTES = 9;

    /** Cuts what arrives into frames, and closes a connection whose next frame would be too large before it is read. */
    static ChannelHandler decoder(int bodyBytesMax) {
        return new LengthFieldBasedFrameDecoder(
                SIZE_BYTES + HEAD_BYTES + bodyBytesMax, 0, SIZE_BYTES, 0, SIZE_BYTES, true);
    }

    /** Reads a frame without its size; the buffer is the caller's to release. */
    static Frame read(ByteBuf in) throws IOException {
        if (in.readableBytes() < HEAD_BYTES) {
            throw new IOException("a frame of " + in.readableBytes() + " bytes");
        }
        byte code = in.readByte();
        long call = in.readLong();
        return new Frame(code, call, UnsafeByteOperations.unsafeWrap(ByteBufUtil.getBytes(in)));
    }

    /** The message in the body. Its byte strings are parts of the body, not copies. */
    <M extends MessageLite> M parse(Parser<M> parser) throws IOException {
        CodedInputStream in = body.newCodedInput();
        in.enableAliasing(true);
        return parser.parseFrom(in);
    }

    static ByteBuf write(ByteBufAllocator memory, byte code, long call, MessageLite message) throws IOException {
        int size = message.getSerializedSize();
        ByteBuf out = head(memory, code, call, size);
        try {
            CodedOutputStream body = CodedOutputStream.newInstance(out.nioBuffer(out.writerIndex(), size));
            message.writeTo(body);
            body.flush();
            return out.writerIndex(out.writerIndex() + size);
        } catch (IOException | RuntimeException e) {
            out.release();
            throw e;
        }
    }

    static ByteBuf failure(ByteBufAllocator memory, long call, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        return head(memory, FAILURE, call, body.length).writeBytes(body);
    }

    private static ByteBuf head(ByteBufAllocator memory, byte code, long call, int bodyBytes) {
        return memory.ioBuffer(SIZE_BYTES + HEAD_BYTES + bodyBytes)
                .writeInt(HEAD_BYTES + bodyBytes)
                .writeByte(code)
                .writeLong(call);
    }
}
