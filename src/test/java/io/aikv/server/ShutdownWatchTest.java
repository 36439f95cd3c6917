package io.aikv.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ShutdownWatchTest {
    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicInteger halts = new AtomicInteger();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void aThreadThatDoesNotEndIsNamedAndTheProcessEnded() throws InterruptedException {
        Thread stopping = new Thread(this::waitForEver);
        stopping.start();

        watch(stopping, Duration.ofSeconds(1)).join();

        assertEquals(1, halts.get());
        String text = printed.toString(UTF_8);
        assertTrue(text.startsWith("aikv-server: not stopped after 1 s, ends at once"), text);
        assertTrue(text.contains("ShutdownWatchTest.waitForEver"), text);
        never.countDown();
        stopping.join();
    }

    @Test
    void nothingIsSaidOfAThreadThatEnds() throws InterruptedException {
        Thread stopping = new Thread(this::waitForEver);
        stopping.start();
        Thread watch = watch(stopping, Duration.ofMinutes(5));

        never.countDown();
        watch.join();

        assertEquals(0, halts.get());
        assertEquals("", printed.toString(UTF_8));
    }

    private Thread watch(Thread stopping, Duration limit) {
        PrintStream err = new PrintStream(printed, true, UTF_8);
        return ShutdownWatch.over(stopping, limit, err, halts::incrementAndGet);
    }

    private void waitForEver() {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
