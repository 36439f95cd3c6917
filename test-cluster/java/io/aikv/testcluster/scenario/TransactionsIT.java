package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactions and waiting commands while leadership moves and leaders die. */
@Timeout(180)
final class TransactionsIT {
    private static final int CLIENTS = 6;
    private static final int FAILURES = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    /** What one client does on a connection to the leader, again and again. */
    @FunctionalInterface
    private interface Round {
        void run(WireClient leader) throws IOException;
    }

    /** Repeats rounds until told to stop; on any error finds the leader again. Unknown outcomes are the round's to count. */
    private void repeat(TestCluster cluster, String group, Round round) {
        while (!stopped.get()) {
            try (WireClient leader = new WireClient(cluster.leader(group).port())) {
                while (!stopped.get()) {
                    round.run(leader);
                }
            } catch (IOException | RuntimeException | AssertionError e) {
                Thread.onSpinWait(); // The leader is gone or has moved.
            }
        }
    }

    private void breakAgainAndAgain(TestCluster cluster, String group) {
        for (int i = 0; i < FAILURES; i++) {
            long before = done.get();
            Await.until(() -> done.get() - before > 50, PATIENCE, () -> "rounds go on");
            TestNode leader = cluster.leader(group);
            if (i % 2 == 0) {
                cluster.kill(leader);
                cluster.awaitOtherLeader(group, leader);
                cluster.start(leader);
                cluster.awaitCaughtUp(leader, group);
            } else {
                cluster.transferLeadership(group, cluster.follower(group));
            }
        }
    }

    private void inParallel(TestCluster cluster, String group, List<Round> rounds) {
        ExecutorService threads = Executors.newFixedThreadPool(rounds.size());
        try {
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (Round round : rounds) {
                clients.add(CompletableFuture.runAsync(() -> repeat(cluster, group, round), threads));
            }
            breakAgainAndAgain(cluster, group);
            stopped.set(true);
            clients.forEach(CompletableFuture::join);
        } finally {
            stopped.set(true);
            threads.shutdownNow();
        }
    }

    @Test
    void aWatchedCounterNeverLosesAnIncrement() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(1));
        String group = cluster.groups().get(0);
        cluster.client().set("counter", "0");
        inParallel(cluster, group, Collections.nCopies(CLIENTS, this::incrementWatched));

        long value = Long.parseLong(String.valueOf(cluster.client().get("counter")));
        String counts = "value " + value + ", acknowledged " + done + ", unknown " + unknown;
        assertTrue(value >= done.get(), () -> "an acknowledged transaction is lost: " + counts);
        assertTrue(value <= done.get() + unknown.get(), () -> "a watch failed to see a change: " + counts);
        cluster.awaitEqualDigests();
    }

    /** Reads, and writes what it has read plus one: right only if nobody has written in between. */
    private void incrementWatched(WireClient leader) throws IOException {
        require(leader.call("WATCH counter"), "+OK");
        String value = leader.call("GET counter");
        if (!value.startsWith("$")) {
            throw new IOException(value);
        }
        long next = Long.parseLong(value.substring(1)) + 1;
        require(leader.call("MULTI"), "+OK");
        require(leader.call("SET counter " + next), "+QUEUED");
        require(leader.call("GET counter"), "+QUEUED");
        String reply;
        try {
            reply = leader.call("EXEC");
        } catch (IOException e) {
            unknown.incrementAndGet();
            throw e;
        }
        if (reply.startsWith("[")) {
            assertEquals("[+OK, $" + next + "]", reply);
            done.incrementAndGet();
        } else if (reply.startsWith("-INDETERMINATE")) {
            unknown.incrementAndGet();
        } else if (!reply.equals("*-1")) {
            throw new IOException(reply);
        }
    }

    private static void require(String reply, String expected) throws IOException {
        if (!reply.equals(expected)) {
            throw new IOException(reply);
        }
    }

    private final Set<String> pushed = ConcurrentHashMap.newKeySet();
    private final Set<String> popped = ConcurrentHashMap.newKeySet();
    private final List<String> twice = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong names = new AtomicLong();

    @Test
    void whatWaitersTakeIsTakenOnceAndNothingIsLost() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(1));
        String group = cluster.groups().get(0);
        List<Round> rounds = new ArrayList<>();
        rounds.add(this::push);
        rounds.add(this::push);
        for (int i = 0; i < CLIENTS; i++) {
            rounds.add(this::pop);
        }
        inParallel(cluster, group, rounds);

        Set<String> left = new HashSet<>();
        TestClient client = cluster.client();
        String element = TestClient.text(client.call("LPOP", "queue"));
        while (element != null) {
            left.add(element);
            element = TestClient.text(client.call("LPOP", "queue"));
        }
        assertEquals(List.of(), twice, "elements that two waiters got");
        Set<String> lost = new HashSet<>(pushed);
        lost.removeAll(popped);
        lost.removeAll(left);
        assertTrue(
                lost.size() <= unknown.get(),
                () -> lost.size() + " acknowledged elements are nowhere, " + unknown + " pops have an unknown outcome");
    }

    private void push(WireClient leader) throws IOException {
        String name = "e" + names.incrementAndGet();
        String reply = leader.call("RPUSH queue " + name);
        if (reply.startsWith(":")) {
            pushed.add(name);
            done.incrementAndGet();
        } else {
            throw new IOException(reply);
        }
    }

    private void pop(WireClient leader) throws IOException {
        String reply;
        try {
            reply = leader.call("BLPOP queue 0.3");
        } catch (IOException e) {
            unknown.incrementAndGet();
            throw e;
        }
        if (reply.startsWith("[$queue, $")) {
            String element = reply.substring(10, reply.length() - 1);
            if (!popped.add(element)) {
                twice.add(element);
            }
        } else if (reply.startsWith("-INDETERMINATE")) {
            unknown.incrementAndGet();
        } else if (!reply.equals("*-1")) {
            throw new IOException(reply);
        }
    }

    @Test
    void whoWaitsOnALeaderThatIsDeposedIsSentToTheNext() throws IOException {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(1));
        String group = cluster.groups().get(0);
        boolean waited = false;
        while (!waited) { // Again, if the leader is deposed before anybody waits: on a busy machine.
            TestNode leader = cluster.leader(group);
            try (WireClient waiting = new WireClient(leader.port());
                    WireClient control = new WireClient(leader.port())) {
                waiting.send("BLPOP", "queue", "0");
                Await.until(
                        () -> waiting.hasReply() || control.call("INFO clients").contains("blocked_clients:1"),
                        PATIENCE,
                        () -> "a blocked client, or an answer");
                waited = !waiting.hasReply();
                if (waited) {
                    TestNode next = cluster.follower(group);
                    cluster.transferLeadership(group, next);
                    String reply = waiting.receive();
                    assertTrue(reply.startsWith("-MOVED ") && !reply.endsWith(":" + leader.port()), reply);
                }
            }
        }
        assertEquals(null, cluster.client().get("queue"));
    }
}
