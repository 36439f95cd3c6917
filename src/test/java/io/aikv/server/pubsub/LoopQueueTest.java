package io.aikv.server.pubsub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.Await;
import io.netty.channel.DefaultEventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a loop that does not keep up is given. */
final class LoopQueueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long MIB = 1 << 20;

    private record Numbered(int number, long bytes, List<Integer> delivered) implements Delivery {
        @Override
        public void deliver(LoopQueue queue) {
            delivered.add(number);
        }
    }

    @Test
    void whatIsBeyondTheBoundIsRefusedAndTheRestArrivesInOrder() throws InterruptedException {
        DefaultEventLoop loop = new DefaultEventLoop();
        CountDownLatch busy = new CountDownLatch(1);
        List<Integer> delivered = Collections.synchronizedList(new ArrayList<>());
        List<Integer> taken = new ArrayList<>();
        try {
            LoopQueue queue = new LoopQueue(loop);
            loop.execute(() -> await(busy));

            for (int i = 0; i < 100; i++) {
                if (queue.offer(new Numbered(i, MIB, delivered))) {
                    taken.add(i);
                }
            }

            assertTrue(taken.size() >= 60 && taken.size() < 64, () -> taken.size() + " were taken");
            assertFalse(queue.offer(new Numbered(100, MIB, delivered)));
            busy.countDown();
            Await.until(() -> delivered.size() == taken.size(), PATIENCE, delivered::toString);
            assertEquals(taken, delivered);
            assertTrue(queue.offer(new Numbered(101, 2 * LoopQueue.BYTES_MAX, delivered)), "one is never too long");
            Await.until(() -> delivered.contains(101), PATIENCE, delivered::toString);
            for (int i = 0; i < 10_000; i++) {
                assertTrue(queue.offer(new Numbered(1_000 + i, 1, delivered)));
            }
            Await.until(() -> delivered.contains(10_999), PATIENCE, () -> delivered.size() + " delivered");
            assertEquals(taken.size() + 1 + 10_000, delivered.size());
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
