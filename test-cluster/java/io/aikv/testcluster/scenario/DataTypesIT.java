package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.Slots;
import io.aikv.command.CommandFixture;
import io.aikv.command.TypedLines;
import io.aikv.resp.Reply;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every type of values through a cluster whose leaders move all the time: one client for each family of commands sends its
 * random lines to keys of its own in every group, and every reply is the one of a single store to which nothing happens.
 * In the end contents are the same there, and equal on all replicas.
 */
final class DataTypesIT {
    private static final Duration LOAD = Duration.ofSeconds(20);

    /** Between two transfers so many lines are answered. */
    private static final int LINES_BETWEEN = 200;

    private static final int LINES_MIN = 200;
    private static final int TRANSFERS_MIN = 6;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @TempDir
    private Path directory;

    @Test
    void everyTypeAnswersAsOneStoreDoesWhileLeadersMove() {
        long seed = ClusterExtension.seed();
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(3));
        List<TypedClient> clients = new ArrayList<>();
        for (TypedLines.Family family : TypedLines.Family.values()) {
            clients.add(new TypedClient(cluster, family, seed + family.ordinal(), directory.resolve(family.name())));
        }
        try {
            int duringTransfers = underMovingLeaders(cluster, clients);
            clients.forEach(TypedClient::stop);
            clients.forEach(TypedClient::compareContents);
            cluster.awaitEqualDigests();

            System.out.println(duringTransfers + " lines answered while leaders were transferred; " + clients);
            assertTrue(duringTransfers > 0, "no line was answered during a transfer");
            int redirects = clients.stream().mapToInt(TypedClient::redirects).sum();
            assertTrue(redirects >= TRANSFERS_MIN, () -> "clients were redirected only " + redirects + " times");
            clients.forEach(client -> assertTrue(client.answered() >= LINES_MIN, client::toString));
            clients.forEach(client -> assertTrue(client.unknown() * 20 <= client.answered(), client::toString));
        } finally {
            clients.forEach(TypedClient::close);
        }
    }

    /** Transfers each group in turn; returns how many lines were answered between the order and the new leader. */
    private static int underMovingLeaders(TestCluster cluster, List<TypedClient> clients) {
        int transfers = 0;
        int duringTransfers = 0;
        long end = System.nanoTime() + LOAD.toNanos();
        while (System.nanoTime() - end < 0 || transfers < TRANSFERS_MIN) {
            String group = cluster.groups().get(transfers % cluster.groups().size());
            awaitProgress(clients);
            TestNode old = cluster.leader(group);
            TestNode target = cluster.follower(group);
            int before = answered(clients);
            cluster.transferLeadership(group, target);
            duringTransfers += answered(clients) - before;
            assertTrue(old != target && cluster.leader(group) != old, () -> old + " still leads " + group);
            transfers++;
        }
        System.out.println(transfers + " transfers");
        return duringTransfers;
    }

    private static void awaitProgress(List<TypedClient> clients) {
        int from = answered(clients);
        Await.until(
                () -> answered(clients) - from >= LINES_BETWEEN
                        || clients.stream().anyMatch(TypedClient::isDone),
                Duration.ofSeconds(30),
                () -> LINES_BETWEEN + " more lines are answered; " + clients);
        clients.stream().filter(TypedClient::isDone).forEach(TypedClient::stop);
    }

    private static int answered(List<TypedClient> clients) {
        return clients.stream().mapToInt(TypedClient::answered).sum();
    }

    /** A thread that sends the lines of one family to the cluster, and to a store of its own. */
    private static final class TypedClient implements AutoCloseable {
        private static final int HISTORY_SHOWN = 25;
        private static final Duration PAST_DEADLINE = Duration.ofMillis(20);

        private final TestCluster cluster;
        private final TypedLines.Family family;
        private final long seed;
        private final SplittableRandom random;
        private final TestClient client;
        private final CommandFixture reference;
        private final List<Place> places = new ArrayList<>();
        private final List<String> history = new ArrayList<>();
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final Future<?> done;
        private volatile int answered;
        private volatile int unknown;
        private volatile int redirects;
        private volatile boolean stopped;

        TypedClient(TestCluster cluster, TypedLines.Family family, long seed, Path directory) {
            this.cluster = cluster;
            this.family = family;
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.client = cluster.client();
            this.reference = new CommandFixture(directory);
            for (String group : cluster.groups()) {
                places.add(new Place(group));
            }
            done = thread.submit(this::run);
        }

        private void run() {
            try {
                while (!stopped) {
                    places.get(random.nextInt(places.size())).sendLine();
                }
            } catch (AssertionError e) {
                throw explained(e);
            }
        }

        private AssertionError explained(AssertionError e) {
            int from = Math.max(0, history.size() - HISTORY_SHOWN);
            return new AssertionError(
                    family + " with seed " + seed + ": " + e.getMessage() + "\nafter:\n  "
                            + String.join("\n  ", history.subList(from, history.size())),
                    e);
        }

        void compareContents() {
            try {
                places.forEach(Place::compareContents);
            } catch (AssertionError e) {
                throw explained(e);
            }
        }

        int answered() {
            return answered;
        }

        int unknown() {
            return unknown;
        }

        int redirects() {
            return redirects;
        }

        boolean isDone() {
            return done.isDone();
        }

        /** Ends the thread; throws what it failed with. */
        void stop() {
            stopped = true;
            try {
                done.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause().getMessage(), e.getCause());
            } catch (TimeoutException e) {
                throw new AssertionError("a client does not end: " + this, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }

        @Override
        public void close() {
            stopped = true;
            thread.shutdown();
            try {
                if (thread.awaitTermination(30, TimeUnit.SECONDS)) {
                    reference.close();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public String toString() {
            return family + ": " + answered + " lines, " + redirects + " redirects, " + unknown + " of unknown fate";
        }

        /** Keys in one group, all in one slot. */
        private final class Place {
            private final String group;
            private int generation;
            private String tag;
            private TypedLines lines;

            Place(String group) {
                this.group = group;
                begin();
            }

            /** Takes keys that nobody has used. */
            private void begin() {
                tag = cluster.keyOf(group, family + "-" + generation + "-");
                lines = new TypedLines(family, random.nextLong(), reference.table(), tag);
                generation++;
            }

            private void sendLine() {
                byte[][] argv = lines.next();
                history.add(TypedLines.text(argv));
                Reply actual = send(argv);
                if (actual == null) {
                    return;
                }
                requireEqual(argv, reference(argv), actual);
                answered++;
                if (lines.endsSoon()) {
                    awaitDeadlines();
                }
            }

            private Reply reference(byte[][] argv) {
                reference.setNow(System.currentTimeMillis());
                return reference.run(argv);
            }

            /**
             * The reply of the cluster, or null if nobody knows what became of the line. It may still take effect at any
             * time, so its keys are left alone from then on.
             */
            private Reply send(byte[]... argv) {
                Outcome outcome = client.attempt(Slots.of(Bytes.utf8(tag)), argv);
                redirects = client.redirects();
                if (outcome instanceof Outcome.Unknown) {
                    unknown++;
                    begin();
                    return null;
                }
                return outcome.requireOk();
            }

            /** What was given a millisecond is due now, and an entry with a later time has removed it on both sides. */
            private void awaitDeadlines() {
                Await.pass(PAST_DEADLINE);
                if (send(CommandFixture.words("DEL {" + tag + "}never")) != null) {
                    reference.setNow(System.currentTimeMillis());
                    reference.expireAll();
                }
            }

            private void requireEqual(byte[][] argv, Reply expected, Reply actual) {
                assertTrue(
                        TypedLines.areEqual(argv, expected, actual),
                        () -> TypedLines.text(argv) + "\n  one store: " + TypedLines.text(expected) + "\n  cluster:   "
                                + TypedLines.text(actual));
            }

            private void compareContents() {
                for (Bytes key : lines.keys()) {
                    String type = ((Reply.Simple) compare("TYPE", key)).text();
                    switch (type) {
                        case "none" -> {}
                        case "string" -> compare("GET", key);
                        case "hash" -> compare("HGETALL", key);
                        case "list" -> compare("LRANGE", key, "0", "-1");
                        case "set" -> compare("SMEMBERS", key);
                        case "zset" -> compare("ZRANGE", key, "0", "-1", "WITHSCORES");
                        case "ReJSON-RL" -> compare("JSON.GET", key);
                        case "stream" -> {
                            compare("XRANGE", key, "-", "+");
                            compare("XINFO STREAM", key, "FULL", "COUNT", "0");
                        }
                        default -> throw new AssertionError("nothing compares the contents of a " + type);
                    }
                    compare("PTTL", key);
                }
            }

            private Reply compare(String question, Bytes key, String... behind) {
                List<byte[]> words = new ArrayList<>(List.of(CommandFixture.words(question)));
                words.add(key.array());
                for (String word : behind) {
                    words.add(Bytes.utf8(word));
                }
                byte[][] argv = words.toArray(byte[][]::new);
                Reply expected = reference(argv);
                Reply actual = client.attempt(Slots.of(Bytes.utf8(tag)), argv).requireOk();
                requireEqual(argv, expected, actual);
                return expected;
            }
        }
    }
}
