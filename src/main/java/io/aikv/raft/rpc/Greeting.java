package io.aikv.raft.rpc;

import io.aikv.base.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages by which two nodes get to know each other ({@link io.aikv.transport.Introduction}), before the first frame:
 *
 * <pre>
 * preamble   "AiKvRaft" version(1)         by the side that connects, before its hello
 * message    size(2) code(1) (size(2) part)*
 * </pre>
 *
 * In place of any answer the side that is connected to may send a refusal, whose only part is a text in UTF-8, and closes.
 *
 * @param code one of the constants
 */
record Greeting(byte code, List<byte[]> parts) {
    static final byte HELLO = 1;
    static final byte CHALLENGE = 2;
    static final byte PROOF = 3;
    static final byte WELCOME = 4;
    static final byte REFUSAL = 5;

    static final String PROTOCOL = "raft";
    static final int VERSION = 2;

    private static final byte[] MAGIC = "AiKvRaft".getBytes(StandardCharsets.US_ASCII);
    static final int PREAMBLE_BYTES = MAGIC.length + 1;
    private static final int BYTES_MAX = 8192;

    static Greeting refusal(String reason) {
        return new Greeting(REFUSAL, List.of(Bytes.utf8(reason)));
    }

    /** Why the other side does not want to talk. */
    String reason() {
        return parts.isEmpty() ? "" : Bytes.text(parts.get(0));
    }

    static void writePreamble(ByteBuf out) {
        out.writeBytes(MAGIC).writeByte(VERSION);
    }

    /** Whether the next bytes are a preamble of this version; reads them. */
    static boolean readPreamble(ByteBuf in) {
        byte[] magic = new byte[MAGIC.length];
        in.readBytes(magic);
        return in.readByte() == VERSION && Arrays.equals(magic, MAGIC);
    }

    ByteBuf encode(ByteBufAllocator memory) {
        int size = 1;
        for (byte[] part : parts) {
            size += 2 + part.length;
        }
        ByteBuf out = memory.buffer(PREAMBLE_BYTES + 2 + size);
        if (code == HELLO) {
            writePreamble(out);
        }
        out.writeShort(size).writeByte(code);
        for (byte[] part : parts) {
            out.writeShort(part.length).writeBytes(part);
        }
        return out;
    }

    /** The next message, or null if it has not come as a whole. @throws IOException if there can be none */
    static @Nullable Greeting read(ByteBuf in) throws IOException {
        if (in.readableBytes() < 2) {
            return null;
        }
        int size = in.getUnsignedShort(in.readerIndex());
        if (size == 0 || size > BYTES_MAX) {
            throw new IOException("a message of " + size + " bytes in the greeting");
        }
        if (in.readableBytes() < 2 + size) {
            return null;
        }
        ByteBuf message = in.skipBytes(2).readSlice(size);
        byte code = message.readByte();
        List<byte[]> parts = new ArrayList<>();
        while (message.isReadable()) {
            int length = message.readableBytes() < 2 ? Integer.MAX_VALUE : message.readUnsignedShort();
            if (length > message.readableBytes()) {
                throw new IOException("a part that is longer than its message in the greeting");
            }
            byte[] part = new byte[length];
            message.readBytes(part);
            parts.add(part);
        }
        return new Greeting(code, parts);
    }
}
