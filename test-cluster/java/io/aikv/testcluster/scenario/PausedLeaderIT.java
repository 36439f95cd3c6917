package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.aikv.resp.Reply;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A leader stands still (SIGSTOP: a long garbage collection, a frozen virtual machine), the others elect a new one and go
 * on, then it wakes up (SIGCONT) and finds reads in its sockets. It must not answer them from its old state: every read
 * here begins after the new value was acknowledged. Ratis 3.3.0's own linearizable reads fail this test.
 */
final class PausedLeaderIT {

    private static final String KEY = "k";
    private static final int ROUNDS = Integer.getInteger("aikv.rounds", 5);
    private static final int READERS = 4;
    private static final int READS_WHILE_PAUSED = 5;
    private static final int READS_AFTER = 50;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @ParameterizedTest
    @ValueSource(strings = {"netty", "grpc"})
    void aLeaderThatWakesUpServesNoStaleRead(String rpc) {
        Random random = new Random(ClusterExtension.seed());
        TestCluster cluster = clusters.start(
                TestCluster.builder().nodes(3).groups(1).processes().set("raft.rpc", rpc));
        for (int round = 0; round < ROUNDS; round++) {
            pauseAndRead(cluster, "round" + round, random);
        }
    }

    private static void pauseAndRead(TestCluster cluster, String round, Random random) {
        TestNode old = cluster.leaderOf(KEY);
        List<TestClient> readers = new ArrayList<>();
        try (TestClient client = cluster.client()) {
            client.set(KEY, "old " + round);
            for (int i = 0; i < READERS; i++) {
                TestClient reader = cluster.client();
                readers.add(reader);
                assertEquals("old " + round, text(reader.askNode(old, "GET", KEY)));
            }
            readers.get(0).askNode(old, "READONLY").requireOk();

            cluster.pause(old);
            writeElsewhere(cluster, client, old, "new " + round);
            List<CompletableFuture<Reply>> reads = new ArrayList<>();
            for (int i = 0; i < READS_WHILE_PAUSED; i++) {
                readers.forEach(reader -> reads.add(reader.send(old, "GET", KEY)));
            }
            Await.pass(Duration.ofMillis(random.nextInt(200)));
            cluster.resume(old);
            for (int i = 0; i < READS_AFTER; i++) {
                for (TestClient reader : readers) {
                    reads.add(reader.send(old, "GET", KEY));
                }
            }
            for (CompletableFuture<Reply> read : reads) {
                assertNotEquals("old " + round, textOrNull(read), "a read that began after the new value");
            }
            Await.until(() -> ("new " + round).equals(client.get(KEY)), Duration.ofSeconds(20), () -> "the new value");
            cluster.awaitReady();
        } finally {
            readers.forEach(TestClient::close);
        }
    }

    /** Writes at one of the nodes that run, as soon as one of them leads. */
    private static void writeElsewhere(TestCluster cluster, TestClient client, TestNode paused, String value) {
        Await.until(
                () -> cluster.nodes().stream()
                        .filter(node -> node != paused)
                        .anyMatch(node -> client.askNode(node, "SET", KEY, value) instanceof Outcome.Ok),
                Duration.ofSeconds(20),
                () -> "a new leader takes a write; " + cluster.describe());
    }

    private static @Nullable String text(Outcome outcome) {
        return TestClient.text(outcome.requireOk());
    }

    /** The reply, or null if there was none: a connection that ends is no stale read. */
    private static @Nullable String textOrNull(CompletableFuture<Reply> read) {
        try {
            return TestClient.text(read.get(20, TimeUnit.SECONDS));
        } catch (ExecutionException ended) {
            return null;
        } catch (TimeoutException e) {
            throw new AssertionError("a read got no answer at all", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
