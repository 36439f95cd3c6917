package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.LargeHash;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestClusterBuilder;
import io.aikv.testcluster.TestNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Long replies, which are read while they are sent, when their node is demoted, cut off, killed, or given another store: a
 * client gets all of one state, or a connection that ends in the middle; never something that looks whole and is not.
 */
final class StreamedRepliesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String KEY = "h";

    /** Of the hash that is written whole, again and again: more than is answered as a value. */
    private static final int VERSIONED_FIELDS = 5_000;

    private static final int READERS = 3;
    private static final int TRANSFERS = 6;

    /** What a read may be answered with while leaders and stores change. */
    private static final Set<String> REFUSALS = Set.of("-MOVED", "-CLUSTERDOWN", "-TRYAGAIN", "-LOADING");

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() throws InterruptedException {
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
    }

    private static TestClusterBuilder oneGroup() {
        return TestCluster.builder().nodes(3).groups(1);
    }

    // ---- one slow client ----

    @Test
    void aReplyUnderWayEndsWellThoughLeadershipMovesAway() throws IOException {
        TestCluster cluster = clusters.start(oneGroup());
        String group = cluster.groups().get(0);
        TestNode leader = cluster.leader(group);
        fill(leader);
        try (WireClient slow = new WireClient(leader.port(), LargeHash.SMALL_BUFFER)) {
            begin(slow);
            cluster.transferLeadership(group, cluster.follower(group));
            assertEquals("1", TestClient.text(cluster.client().call("DEL", KEY)));

            LargeHash.assertWhole(slow.receiveItems(2 * LargeHash.FIELDS));
            assertEquals("-MOVED", code(slow.call("HLEN " + KEY)));
        }
    }

    @Test
    void aReplyUnderWayEndsWellThoughTheMajorityIsLost() throws IOException {
        TestCluster cluster = clusters.start(oneGroup());
        String group = cluster.groups().get(0);
        TestNode leader = cluster.leader(group);
        fill(leader);
        try (WireClient slow = new WireClient(leader.port(), LargeHash.SMALL_BUFFER)) {
            begin(slow);
            List<TestNode> others = cluster.replicas(group).stream()
                    .filter(node -> node != leader)
                    .toList();
            others.forEach(cluster::kill);

            LargeHash.assertWhole(slow.receiveItems(2 * LargeHash.FIELDS));
            // As long as the lease lasts reads are served.
            Await.until(
                    () -> code(slow.call("HLEN " + KEY)).equals("-CLUSTERDOWN"),
                    PATIENCE,
                    () -> "without a majority no read is served");
            assertEquals("-CLUSTERDOWN", code(slow.call("HGETALL " + KEY)));

            others.forEach(cluster::start);
            cluster.awaitReady();
        }
    }

    @Test
    void aReplyOfALeaderThatIsKilledDoesNotLookWhole() throws IOException {
        TestCluster cluster = clusters.start(oneGroup().processes());
        String group = cluster.groups().get(0);
        TestNode leader = cluster.leader(group);
        fill(leader);
        try (WireClient slow = new WireClient(leader.port(), LargeHash.SMALL_BUFFER)) {
            begin(slow);
            cluster.kill(leader);
            assertThrows(IOException.class, () -> slow.receiveItems(2 * LargeHash.FIELDS));
        }
        TestNode next = cluster.awaitOtherLeader(group, leader);
        cluster.start(leader);
        cluster.awaitReady();
        try (WireClient client = new WireClient(next.port())) {
            begin(client);
            LargeHash.assertWhole(client.receiveItems(2 * LargeHash.FIELDS));
        }
    }

    // ---- a store that is replaced under its readers ----

    @Test
    void repliesOfAReplicaAreCutWhenASnapshotIsInstalledUnderThem() throws Exception {
        TestCluster cluster = clusters.start(oneGroup()
                .withPartitions()
                .set("raft.snapshot-entries", "200")
                .set("raft.log-preserve-entries", "0")
                .set("raft.log-segment-size", "8mb"));
        String group = cluster.groups().get(0);
        TestNode follower = cluster.follower(group);
        fill(cluster.leader(group));
        AtomicBoolean done = new AtomicBoolean();
        try (WireClient slow = new WireClient(follower.port(), LargeHash.SMALL_BUFFER)) {
            assertEquals("+OK", slow.call("READONLY"));
            begin(slow);
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(threads.submit(() -> readReplica(follower, done)));
            }
            cluster.partition(follower);
            TestClient client = cluster.client();
            for (int i = 0; i < 600; i++) {
                client.set("filler" + i % 50, "f".repeat(50_000));
            }
            client.call("HSET", KEY, "f0", "changed");
            cluster.heal();
            Await.until(
                    () -> follower.groups().stream().anyMatch(status -> status.installs() > 0),
                    PATIENCE,
                    () -> "the follower gets a snapshot; " + cluster.describe());

            assertThrows(IOException.class, () -> slow.receiveItems(2 * LargeHash.FIELDS));
            cluster.awaitCaughtUp(follower, group);
            done.set(true);
            for (Future<Integer> reader : readers) {
                reader.get(1, TimeUnit.MINUTES);
            }
        }
        try (WireClient client = new WireClient(follower.port())) {
            assertEquals("+OK", client.call("READONLY"));
            assertEquals("$changed", client.call("HGET " + KEY + " f0"));
            begin(client);
            assertEquals(
                    2 * LargeHash.FIELDS,
                    client.receiveItems(2 * LargeHash.FIELDS).size());
        }
    }

    /** Reads until told to stop; a connection may end in the middle of a reply. Returns how many replies were whole. */
    private static int readReplica(TestNode node, AtomicBoolean done) throws IOException {
        int whole = 0;
        while (!done.get()) {
            try (WireClient client = new WireClient(node.port())) {
                assertEquals("+OK", client.call("READONLY"));
                while (!done.get()) {
                    client.send("HGETALL", KEY);
                    String head = client.receiveHead();
                    if (head.startsWith("-")) {
                        assertTrue(REFUSALS.contains(code(head)), head);
                    } else {
                        assertEquals("*" + 2 * LargeHash.FIELDS, head);
                        client.receiveItems(2 * LargeHash.FIELDS);
                        whole++;
                    }
                }
            } catch (IOException closedInTheMiddle) {
                // The store was replaced: the client asks again.
            }
        }
        return whole;
    }

    // ---- many clients, and leaders that move ----

    @Test
    void everyReplyIsOneStateWhileLeadersMove() throws Exception {
        TestCluster cluster = clusters.start(oneGroup());
        String group = cluster.groups().get(0);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        TestClient writer = cluster.client();
        writeVersion(writer, 0);
        Future<?> writing = threads.submit(() -> {
            for (int version = 1; !done.get(); version++) {
                writeVersion(writer, version);
                acknowledged.set(version);
            }
        });
        AtomicInteger replies = new AtomicInteger();
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            readers.add(threads.submit(() -> {
                readVersions(cluster, done, acknowledged, replies);
                return null;
            }));
        }

        for (int i = 0; i < TRANSFERS; i++) {
            int before = replies.get();
            int written = acknowledged.get();
            cluster.transferLeadership(group, cluster.follower(group));
            Await.until(
                    () -> ended(writing, readers) || (replies.get() > before + READERS && acknowledged.get() > written),
                    PATIENCE,
                    () -> "reads and writes go on; " + cluster.describe());
        }

        done.set(true);
        writing.get(1, TimeUnit.MINUTES);
        for (Future<?> reader : readers) {
            reader.get(1, TimeUnit.MINUTES);
        }
    }

    /** One of them may have failed; its result says why. */
    private static boolean ended(Future<?> writing, List<Future<?>> readers) {
        return writing.isDone() || readers.stream().anyMatch(Future::isDone);
    }

    /** Gives every field the same value: one command, so no reply may show two of them. */
    private static void writeVersion(TestClient client, int version) {
        List<String> command = new ArrayList<>(List.of("HSET", KEY));
        for (int i = 0; i < VERSIONED_FIELDS; i++) {
            command.add("f" + i);
            command.add(version + LargeHash.FILLING);
        }
        // A hand-over may leave it unknown whether it was done: doing it again does no harm.
        Await.until(
                () -> client.attempt(command.toArray(String[]::new)) instanceof Outcome.Ok,
                PATIENCE,
                () -> "version " + version + " is written");
    }

    private static void readVersions(
            TestCluster cluster, AtomicBoolean done, AtomicInteger acknowledged, AtomicInteger replies)
            throws IOException {
        List<TestNode> nodes = List.copyOf(cluster.nodes());
        int turn = 0;
        while (!done.get()) {
            try (WireClient client =
                    new WireClient(nodes.get(turn++ % nodes.size()).port())) {
                boolean served = true;
                while (served && !done.get()) {
                    int atLeast = acknowledged.get();
                    client.send("HVALS", KEY);
                    String head = client.receiveHead();
                    if (head.startsWith("-")) {
                        assertTrue(REFUSALS.contains(code(head)), head);
                        served = false;
                    } else {
                        assertEquals("*" + VERSIONED_FIELDS, head);
                        Set<String> values = new HashSet<>(client.receiveItems(VERSIONED_FIELDS));
                        assertEquals(1, values.size(), "a reply of two states");
                        String value = values.iterator().next();
                        int version = Integer.parseInt(value.substring(1, value.length() - LargeHash.FILLING.length()));
                        assertTrue(version >= atLeast, "version " + version + " after " + atLeast);
                        replies.incrementAndGet();
                    }
                }
            }
        }
    }

    // ---- helpers ----

    private static String code(String error) {
        return error.split(" ")[0];
    }

    private static void fill(TestNode leader) throws IOException {
        try (WireClient client = new WireClient(leader.port())) {
            LargeHash.fill(client, KEY);
        }
    }

    /** Asks for everything and waits until the reply is on its way: the items are to be received next. */
    private static void begin(WireClient client) throws IOException {
        client.send("HGETALL", KEY);
        assertEquals("*" + 2 * LargeHash.FIELDS, client.receiveHead());
    }
}
