package io.aikv.testcluster.benchmark;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** How long writes stand still: after the kill of a leader, and during a planned transfer. */
final class Availability {

    private static final Duration SETTLE = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestCluster cluster;

    Availability(TestCluster cluster) {
        this.cluster = cluster;
    }

    /** Milliseconds from kill -9 of a leader to the next write that is acknowledged, {@code count} times. */
    Figures failover(int count) {
        Figures figures = new Figures();
        for (int i = 0; i < count; i++) {
            String group = cluster.groups().get(i % cluster.groups().size());
            try (Writer writer = new Writer(cluster, group)) {
                TestNode leader = cluster.leader(group);
                writer.awaitWrites();
                long killed = System.nanoTime();
                cluster.kill(leader);
                figures.add(millis(writer.nextAcknowledged() - killed));
                System.out.printf(
                        "failover %d  %.0f ms%n", i + 1, figures.values().get(i));
                cluster.start(leader);
                cluster.awaitReady();
                cluster.awaitCaughtUp(leader, group);
            }
            Await.pass(SETTLE);
        }
        return figures;
    }

    /** Milliseconds of the longest gap between acknowledged writes around a planned transfer, {@code count} times. */
    Figures transfer(int count) {
        Figures figures = new Figures();
        for (int i = 0; i < count; i++) {
            String group = cluster.groups().get(i % cluster.groups().size());
            try (Writer writer = new Writer(cluster, group)) {
                TestNode target = cluster.follower(group);
                cluster.awaitCaughtUp(target, group);
                writer.awaitWrites();
                writer.longestGap.set(0);
                cluster.transferLeadership(group, target);
                writer.nextAcknowledged();
                figures.add(millis(writer.longestGap.get()));
                System.out.printf(
                        "transfer %d  %.0f ms%n", i + 1, figures.values().get(i));
            }
            Await.pass(SETTLE);
        }
        return figures;
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    /** Writes one key of a group, one write at a time, for as long as it is open. */
    private static final class Writer implements AutoCloseable {

        private static final int WARM_UP_WRITES = 50;
        private static final long NONE = Long.MIN_VALUE;

        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final AtomicLong writes = new AtomicLong();
        private final AtomicLong longestGap = new AtomicLong();
        private final Future<?> done;
        private volatile long watchFrom = Long.MAX_VALUE;
        private volatile long firstEnd = NONE;
        private volatile boolean stopped;

        Writer(TestCluster cluster, String group) {
            String key = cluster.keyOf(group, "availability-");
            done = thread.submit(() -> write(cluster, key));
        }

        private void write(TestCluster cluster, String key) {
            long previous = System.nanoTime();
            try (TestClient client = cluster.client().replyTimeout(Duration.ofSeconds(3))) {
                while (!stopped) {
                    long begin = System.nanoTime();
                    if (client.attempt("SET", key, "x") instanceof Outcome.Ok) {
                        long end = System.nanoTime();
                        longestGap.accumulateAndGet(end - previous, Math::max);
                        previous = end;
                        writes.incrementAndGet();
                        if (watchFrom != Long.MAX_VALUE && begin - watchFrom > 0 && firstEnd == NONE) {
                            firstEnd = end;
                        }
                    }
                }
            }
        }

        void awaitWrites() {
            long from = writes.get();
            Await.until(() -> writes.get() - from > WARM_UP_WRITES, PATIENCE, () -> "writes go on");
        }

        /** When the first write that begins from now on is acknowledged; waits for it. */
        long nextAcknowledged() {
            firstEnd = NONE;
            watchFrom = System.nanoTime();
            Await.until(() -> firstEnd != NONE, PATIENCE, () -> "writes go on");
            return firstEnd;
        }

        @Override
        public void close() {
            stopped = true;
            thread.shutdown();
            try {
                done.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("the writer failed", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
