package io.aikv.testcluster;

import io.aikv.resp.Reply;
import io.aikv.testcluster.history.Entry;
import io.aikv.testcluster.history.History;
import io.aikv.testcluster.history.LinearizabilityChecker;
import io.aikv.testcluster.history.Operation;
import io.aikv.testcluster.history.Verdict;
import io.aikv.testcluster.history.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that write and read the whole time, while a test breaks things; what they did and saw is recorded and must turn
 * out to be linearizable. Start one with {@link TestCluster#load}; every mix of {@link Workload} is in it. The second
 * client of each mix, the fourth and so on read from replicas.
 */
public final class Load implements AutoCloseable {

    private static final int KEYS_PER_MIX = 6;

    private final TestCluster cluster;
    private final long seed;
    private final History history = new History();
    private final ExecutorService threads;
    private final List<Future<?>> clients = new ArrayList<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger unknown = new AtomicInteger();
    private volatile boolean stopped;

    Load(TestCluster cluster, int count, long seed) {
        this.cluster = cluster;
        this.seed = seed;
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newFixedThreadPool(count, task -> {
            Thread thread = new Thread(task, "aikv-load-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        Workload.Mix[] mixes = Workload.Mix.values();
        for (int process = 0; process < count; process++) {
            int client = process;
            boolean readsReplicas = client / mixes.length % 2 == 1;
            clients.add(threads.submit(() -> run(client, mixes[client % mixes.length], readsReplicas)));
        }
    }

    private void run(int process, Workload.Mix mix, boolean readsReplicas) {
        Workload workload = new Workload(mix, seed, process, KEYS_PER_MIX);
        try (TestClient client = cluster.client()) {
            if (readsReplicas) {
                client.readFromReplicas(seed + process);
            }
            while (!stopped) {
                Workload.Step step = workload.next();
                Outcome outcome = client.perform(history, process, step);
                if (outcome instanceof Outcome.Ok ok) {
                    acknowledged.incrementAndGet();
                    if (step.operation().kind() == Operation.Kind.GET && !(ok.reply() instanceof Reply.Array)) {
                        workload.observe(step.key(), TestClient.text(ok.reply()));
                    }
                } else if (outcome instanceof Outcome.Unknown) {
                    unknown.incrementAndGet();
                }
            }
        }
    }

    /** Operations answered so far. */
    public int acknowledged() {
        return acknowledged.get();
    }

    /** Operations whose fate nobody knows, so far. */
    public int unknown() {
        return unknown.get();
    }

    /** Returns when {@code count} more operations have been answered. */
    public Load awaitProgress(int count) {
        int from = acknowledged.get();
        Await.until(
                () -> acknowledged.get() - from >= count,
                Duration.ofSeconds(30),
                () -> count + " operations answered; " + (acknowledged.get() - from) + " were, " + cluster.describe());
        return this;
    }

    /**
     * Ends the clients and proves that one order explains all they saw.
     *
     * @return what was found, with figures
     * @throws AssertionError with the explanation, the seed, and a file with the whole history if none does
     */
    public Verdict stopAndCheck() {
        stop();
        List<Entry> entries = history.entries();
        Verdict verdict = new LinearizabilityChecker()
                .check(entries, key -> Workload.Mix.of(key).model());
        try {
            verdict.requireLinearizable();
        } catch (AssertionError violation) {
            Path file = cluster.directory().resolve("history-" + seed + ".txt");
            cluster.keepDirectory();
            try {
                history.dump(file);
            } catch (IOException e) {
                violation.addSuppressed(e);
            }
            throw new AssertionError(
                    "seed " + seed + ", history in " + file + "\n" + violation.getMessage(), violation);
        }
        return verdict;
    }

    /** Ends the clients; the history is left unchecked. */
    public void stop() {
        stopped = true;
        for (Future<?> client : clients) {
            try {
                client.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("a client failed", e.getCause());
            } catch (TimeoutException e) {
                throw new AssertionError("a client does not end", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
        threads.shutdown();
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
    }
}
