package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.aikv.topology.Layout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A write that is not idempotent, while leaders die and leadership moves: done once or not at all, never twice. */
final class IndeterminateIT {

    private static final int CLIENTS = 8;
    private static final int FAILURES = 4;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();

    @Test
    void anIncrementIsNeverDoneTwice() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(1));
        String group = cluster.groups().get(0);
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(CompletableFuture.runAsync(() -> increment(cluster), threads));
            }
            for (int i = 0; i < FAILURES; i++) {
                breakOnce(cluster, group, i % 2 == 0);
            }
            stopped.set(true);
            clients.forEach(CompletableFuture::join);
        } finally {
            stopped.set(true);
            threads.shutdownNow();
        }

        long value = Long.parseLong(String.valueOf(cluster.client().get("counter")));
        String counts = "value " + value + ", acknowledged " + acknowledged + ", unknown " + unknown;
        assertTrue(value >= acknowledged.get(), () -> "an acknowledged increment is lost: " + counts);
        assertTrue(value <= acknowledged.get() + unknown.get(), () -> "an increment was done twice: " + counts);
        assertTrue(highest.get() <= value, () -> "a reply ran ahead of the counter: " + highest + ", " + counts);
    }

    @Test
    void aWriteToAllGroupsThatReachedOnlySomeIsIndeterminate() {
        TestCluster cluster = clusters.start(TestCluster.builder()
                .layout(Layout.parse(WaitIT.LAYOUT, "two-groups.toml"))
                .withPartitions());
        TestNode node = cluster.node("n1");
        cluster.transferLeadership("three", node);
        TestClient client = cluster.client().replyTimeout(Duration.ofSeconds(15));
        String alone = cluster.keyOf("alone", "k");
        client.set(alone, "v");
        client.set(cluster.keyOf("three", "k"), "v");

        cluster.partition(node);
        Outcome flushed = client.askNode(node, "FLUSHALL");

        assertTrue(assertInstanceOf(Outcome.Unknown.class, flushed).reason().startsWith("INDETERMINATE "));
        assertNull(client.get(alone));
        cluster.heal();
        cluster.awaitReady();
    }

    private void increment(TestCluster cluster) {
        try (TestClient client = cluster.client()) {
            while (!stopped.get()) {
                Outcome outcome = client.attempt("INCR", "counter");
                if (outcome instanceof Outcome.Ok ok) {
                    acknowledged.incrementAndGet();
                    highest.accumulateAndGet(Long.parseLong(String.valueOf(TestClient.text(ok.reply()))), Math::max);
                } else if (outcome instanceof Outcome.Unknown) {
                    unknown.incrementAndGet();
                }
            }
        }
    }

    private void breakOnce(TestCluster cluster, String group, boolean kill) {
        awaitIncrements();
        TestNode leader = cluster.leader(group);
        if (kill) {
            cluster.kill(leader);
            cluster.awaitOtherLeader(group, leader);
            awaitIncrements();
            cluster.start(leader);
            cluster.awaitCaughtUp(leader, group);
        } else {
            cluster.transferLeadership(group, cluster.follower(group));
        }
    }

    private void awaitIncrements() {
        long from = acknowledged.get();
        Await.until(() -> acknowledged.get() - from > 100, Duration.ofSeconds(30), () -> "increments go on");
    }
}
