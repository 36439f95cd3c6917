package io.aikv.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HostNamesTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        group.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS);
    }

    private Future<InetSocketAddress> resolve(HostNames names, String host) {
        EventLoop loop = group.next();
        return names.getResolver(loop).resolve(InetSocketAddress.createUnresolved(host, 7));
    }

    @Test
    void aNameServerThatIsAwayHoldsNoEventLoopUp() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        HostNames names = new HostNames(
                name -> {
                    try {
                        assertTrue(answers.await(30, TimeUnit.SECONDS));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return new InetAddress[] {InetAddress.getLoopbackAddress()};
                },
                threads);
        Future<InetSocketAddress> found =
                group.submit(() -> resolve(names, "far.example")).get();

        assertEquals("goes on", group.submit(() -> "goes on").get());
        assertFalse(found.isDone());
        answers.countDown();
        assertEquals(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7), found.get());
    }

    @Test
    void whatIsNoNameIsNotLookedUp() throws Exception {
        HostNames names = new HostNames(
                name -> {
                    throw new UnknownHostException("looked up: " + name);
                },
                threads);

        assertEquals(
                new InetSocketAddress("10.1.2.3", 7), resolve(names, "10.1.2.3").get());
        assertEquals(new InetSocketAddress("::1", 7), resolve(names, "::1").get());
    }

    @Test
    void aNameThatNobodyKnowsFailsAndSoDoesOneTooMany() throws Exception {
        HostNames unknown = new HostNames(
                name -> {
                    throw new UnknownHostException(name);
                },
                threads);
        HostNames full = new HostNames(name -> new InetAddress[0], task -> {
            throw new RejectedExecutionException();
        });

        assertInstanceOf(
                UnknownHostException.class,
                resolve(unknown, "nowhere.example").await().cause());
        assertInstanceOf(
                UnknownHostException.class, resolve(full, "far.example").await().cause());
    }
}
