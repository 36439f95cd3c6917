package io.aikv.testcluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class RelayTest {

    private static final int SILENCE_MILLIS = 100;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final int port = FreePorts.next();
    private ServerSocket target;
    private Relay relay;

    @BeforeEach
    void start() throws IOException {
        target = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        relay = Relay.start(loops.next(), port, new InetSocketAddress("127.0.0.1", target.getLocalPort()));
    }

    @AfterEach
    void stop() throws IOException {
        relay.close();
        target.close();
        loops.shutdownGracefully();
    }

    @Test
    void bytesPassInBothDirections() throws IOException {
        try (Socket near = connect();
                Socket far = target.accept()) {
            near.getOutputStream().write(7);
            far.getOutputStream().write(8);

            assertEquals(7, far.getInputStream().read());
            assertEquals(8, near.getInputStream().read());
        }
    }

    @Test
    void muchMoreThanTheBuffersPassesUnchanged() throws IOException {
        byte[] sent = new byte[20 << 20];
        new Random(1).nextBytes(sent);
        try (Socket near = connect();
                Socket far = target.accept()) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(near, sent));

            assertArrayEquals(sent, far.getInputStream().readNBytes(sent.length));
            writing.join();
        }
    }

    @Test
    void theEndOfOneSideIsTheEndOfTheOther() throws IOException {
        try (Socket near = connect();
                Socket far = target.accept()) {
            near.getOutputStream().write(7);
            near.close();

            assertEquals(7, far.getInputStream().read());
            assertEquals(-1, far.getInputStream().read());
        }
    }

    @Test
    void whatIsSentDuringACutArrivesWhenItHeals() throws IOException {
        try (Socket near = connect();
                Socket far = target.accept()) {
            near.getOutputStream().write(1);
            assertEquals(1, far.getInputStream().read());

            relay.cut();
            near.getOutputStream().write(2);
            far.getOutputStream().write(3);
            assertSilent(far);
            assertSilent(near);

            relay.heal();
            assertEquals(2, far.getInputStream().read());
            assertEquals(3, near.getInputStream().read());
        }
    }

    @Test
    void aConnectionOpenedDuringACutGetsNoAnswerUntilItHeals() throws IOException {
        relay.cut();
        try (Socket near = connect()) {
            near.getOutputStream().write(1);
            target.setSoTimeout(SILENCE_MILLIS);
            assertThrows(SocketTimeoutException.class, target::accept);

            relay.heal();
            target.setSoTimeout(0);
            try (Socket far = target.accept()) {
                assertEquals(1, far.getInputStream().read());
            }
        }
    }

    @Test
    void whenTheTargetDoesNotListenTheConnectionEnds() throws IOException {
        target.close();
        try (Socket near = connect()) {
            assertEquals(-1, readOrEnd(near.getInputStream()));
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A reset is an end too. */
    private static int readOrEnd(InputStream in) {
        try {
            return in.read();
        } catch (IOException reset) {
            return -1;
        }
    }

    private static void assertSilent(Socket socket) throws IOException {
        socket.setSoTimeout(SILENCE_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
        socket.setSoTimeout(0);
    }
}
