package io.aikv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecurity;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links to one peer whose surroundings misbehave. */
@Timeout(60)
final class PeerLinksTest {
    private static final UUID META = new UUID(1, 2);
    private static final ClusterOptions.Timing TIMING = new ClusterOptions.Timing(
            Duration.ofMillis(20),
            Duration.ofMillis(200),
            Duration.ofMillis(400),
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            Duration.ofSeconds(5));

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final AtomicBoolean deaf = new AtomicBoolean();
    private final BlockingQueue<String> left = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private static PeerIdentity identity(String node) {
        return new PeerIdentity(node, META, new CurrentMap(), new Endpoint("127.0.0.1", 1, 2, 3));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private PeerServer server(int port) {
        PeerService service = new PeerService() {
            @Override
            public void greeted(PeerGreeting.Hello hello) {}

            @Override
            public void left(PeerGreeting.Hello hello) {
                left.add(hello.node());
            }

            @Override
            public void handle(String peer, byte[][] args, Consumer<Reply> reply) throws CommandError {
                if (!deaf.get()) {
                    reply.accept(new Gossip(0, List.of()).reply());
                }
            }
        };
        return PeerServer.open(
                loops,
                "127.0.0.1",
                port,
                new PeerGate(identity("n2"), PeerSecurity.NONE),
                service,
                new PeerServer.Traffic(new AtomicLong(), new AtomicLong()));
    }

    private PeerLinks links(EventLoopGroup group, int port, Runnable onLook) {
        PeerLinks links = new PeerLinks(
                group,
                identity("n1"),
                PeerSecurity.NONE,
                TIMING,
                Clock.SYSTEM,
                node -> {
                    onLook.run();
                    return List.of(new Endpoint("127.0.0.1", 1, 2, port));
                },
                () -> new Gossip(0, List.of()),
                (node, reply) -> {},
                () -> {});
        links.link(Set.of("n1", "n2"));
        links.start();
        return links;
    }

    private static Reply ask(PeerLinks links) throws Exception {
        while (true) {
            try {
                return links.send("n2", PeerLink.Lane.READ, Duration.ofSeconds(20), "PEER.TEST")
                        .get(20, TimeUnit.SECONDS);
            } catch (ExecutionException notLinked) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aLinkComesUpThoughItsAddressCouldNotBeLookedUpAtFirst() throws Exception {
        AtomicLong looks = new AtomicLong();
        int port = freePort();
        try (PeerServer server = server(port);
                PeerLinks links = links(loops, port, () -> {
                    if (looks.incrementAndGet() <= 8) {
                        throw new IllegalStateException("not now");
                    }
                })) {
            assertTrue(ask(links) instanceof Reply.Array);
        }
    }

    /** Packets may be dropped on the way: only a new connection finds out, on every lane. */
    @Test
    void aPeerThatHasFailedIsConnectedToAnewOnEveryLane() throws Exception {
        int port = freePort();
        try (PeerServer server = server(port);
                PeerLinks links = links(loops, port, () -> {})) {
            ask(links);

            deaf.set(true);

            for (int lane = 0; lane < PeerLink.Lane.values().length; lane++) {
                assertEquals("n1", left.poll(30, TimeUnit.SECONDS));
            }
            deaf.set(false);
            assertTrue(ask(links) instanceof Reply.Array);
        }
    }

    @Test
    void closingEndsConnectionsThatAreNotGreetedYet() throws Exception {
        for (int round = 0; round < 20; round++) {
            EventLoopGroup own = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            List<Socket> accepted = new ArrayList<>();
            try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
                PeerLinks links = links(own, silent.getLocalPort(), () -> {});
                for (int lane = 0; lane < PeerLink.Lane.values().length; lane++) {
                    accepted.add(silent.accept());
                }

                links.close();
                own.shutdownGracefully(0, 1, TimeUnit.SECONDS);

                for (Socket socket : accepted) {
                    socket.setSoTimeout(30_000);
                    socket.getInputStream().readAllBytes(); // The hello, or nothing; then the end.
                }
            } finally {
                for (Socket socket : accepted) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void whoAsksAfterTheEndIsToldSo() throws Exception {
        EventLoopGroup own = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        PeerLinks links = links(own, freePort(), () -> {});
        links.close();
        own.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();

        assertTrue(links.send("n2", PeerLink.Lane.READ, Duration.ofSeconds(1), "PEER.TEST")
                .isCompletedExceptionally());
        links.spread();
    }
}
