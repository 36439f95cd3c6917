package io.aikv.raft.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.transport.Introduction;
import io.aikv.transport.PeerGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection to a Raft port, byte by byte: for what no node would do. */
final class RawNode implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;

    RawNode(InetSocketAddress address) throws IOException {
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    static byte[] bytes(byte code, List<byte[]> parts) {
        ByteBuf encoded = new Greeting(code, parts).encode(UnpooledByteBufAllocator.DEFAULT);
        try {
            return ByteBufUtil.getBytes(encoded);
        } finally {
            encoded.release();
        }
    }

    /** The next message of the greeting, or null if the other side has closed. */
    @Nullable
    Greeting receive() throws IOException {
        try {
            int size = in.readUnsignedShort();
            ByteBuffer message = ByteBuffer.allocate(2 + size).putShort((short) size);
            message.put(in.readNBytes(size));
            return Greeting.read(Unpooled.wrappedBuffer(message.array()));
        } catch (EOFException | SocketException closed) {
            return null;
        }
    }

    private Greeting require(byte code) throws IOException {
        Greeting message = Objects.requireNonNull(receive(), "closed");
        assertEquals(code, message.code(), message::reason);
        return message;
    }

    /** Goes through the greeting as a node does. */
    void greet(PeerGate gate, String other) throws IOException {
        Introduction introduction = Introduction.connecting(gate, Greeting.PROTOCOL, other);
        send(bytes(Greeting.HELLO, introduction.hello(List.of())));
        Greeting challenge = require(Greeting.CHALLENGE);
        send(bytes(Greeting.PROOF, introduction.proof(challenge.parts())));
        introduction.welcomed(require(Greeting.WELCOME).parts());
    }

    /** Waits until the other side closes, whatever it says before. */
    void awaitClosed() throws IOException {
        try {
            in.readAllBytes();
        } catch (SocketException reset) {
            assertEquals("Connection reset", reset.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
