package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Clock;
import io.aikv.raft.GroupReplica;
import io.aikv.server.config.Config;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's life: start, stop, crash, start again. */
final class NodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Node start(String... more) throws IOException, InterruptedException {
        return start(Clock.SYSTEM, more);
    }

    private Node start(Clock clock, String... more) throws IOException, InterruptedException {
        List<String> settings = new java.util.ArrayList<>(List.of(
                "server.port=0",
                "storage.dir=\"" + directory + "\"",
                "storage.block-cache=8mb",
                "storage.write-buffer=8mb"));
        settings.addAll(List.of(more));
        Node node = Node.start(Config.parse("", "test", settings), clock);
        assertTrue(node.awaitReady(PATIENCE), node::waitsFor);
        return node;
    }

    @Test
    void acknowledgedWritesSurviveAStopAndACrash() throws IOException, InterruptedException {
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            assertEquals("+OK", client.call("SET stopped 1"));
            node.stop();
            assertTrue(client.isClosedByServer());
        }
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            assertEquals("$1", client.call("GET stopped"));
            assertEquals("+OK", client.call("SET crashed 2"));
            node.kill();
        }
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            assertEquals("$1", client.call("GET stopped"));
            assertEquals("$2", client.call("GET crashed"));
            assertEquals(":2", client.call("DBSIZE"));
        }
    }

    @Test
    void aNodeThatWasStoppedHasItsDataOnDiskAndLittleToReplay() throws IOException, InterruptedException {
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            assertEquals("+OK", client.call("MSET a 1 b 2 c 3"));
            node.stop();
        }
        long keys = 0;
        try (StoreResources resources = StoreResources.small();
                Stream<Path> stores = Files.list(directory.resolve("store"))) {
            for (Path store : stores.toList()) {
                try (GroupStore open = GroupStore.open(resources, store, new StoreOptions(false))) {
                    keys += open.reader().keyCount(0);
                }
            }
        }
        assertEquals(3, keys);
    }

    @Test
    void aClusterOfOneNodeChecksSlotsAndDatabases() throws IOException, InterruptedException {
        try (Node node = start("cluster.enabled=true");
                WireClient client = new WireClient(node.port())) {
            assertEquals("-CROSSSLOT Keys in request don't hash to the same slot", client.call("MSET a 1 b 2"));
            assertEquals("+OK", client.call("MSET {a}1 1 {a}2 2"));
            assertEquals("-ERR SELECT is not allowed in cluster mode", client.call("SELECT 1"));
            assertEquals("+OK", client.call("SELECT 0"));
            assertEquals("+OK", client.call("READONLY"));
            assertEquals("$1", client.call("GET {a}1"));
            assertEquals("+OK", client.call("READWRITE"));
            assertEquals(":2", client.call("DBSIZE"));
            assertEquals(":0", client.call("WAIT 0 0"));
            assertEquals(":0", client.call("WAIT -1 0"));
            assertEquals(":0", client.call("WAIT 0 9223372036854775807"));
            assertTrue(client.call("HELLO").contains("$mode, $cluster"));
            assertTrue(client.call("CLUSTER INFO").contains("cluster_state:ok"));
            assertEquals("[$cluster-slot-stats-enabled, $no]", client.call("CONFIG GET cluster-slot-stats-enabled"));
            assertEquals("[[:0, [$key-count, :0]]]", client.call("CLUSTER SLOT-STATS SLOTSRANGE 0 0"));
        }
    }

    @Test
    void aClusterOfSeveralDatabasesMovesKeysBetweenThemAndSwapsNone() throws IOException, InterruptedException {
        try (Node node = start("cluster.enabled=true", "cluster.databases=4");
                WireClient client = new WireClient(node.port())) {
            assertEquals("+OK", client.call("MSET {a}1 1 {a}2 2"));
            assertEquals(":1", client.call("MOVE {a}1 3"));
            assertEquals(":1", client.call("COPY {a}2 {a}3 DB 3"));
            assertEquals("-ERR DB index is out of range", client.call("MOVE {a}2 4"));
            assertEquals("-ERR DB index is out of range", client.call("COPY {a}2 {a}3 DB 4"));
            assertEquals("-ERR SWAPDB is not allowed in cluster mode", client.call("SWAPDB 0 3"));
            assertEquals("-ERR DB index is out of range", client.call("SELECT 4"));
            assertEquals("+OK", client.call("SELECT 3"));
            assertEquals("[$1, $2]", client.call("MGET {a}1 {a}3"));
        }
    }

    @Test
    void shutdownNowEndsTheNodeAndKeepsWhatWasAcknowledged() throws IOException, InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            node.server().onShutdown(() -> {
                node.stop();
                stopped.countDown();
            });
            assertEquals("+OK", client.call("SET key 1"));
            client.send("SHUTDOWN", "NOW", "FORCE");
            assertTrue(stopped.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            assertTrue(client.isClosedByServer());
        }
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            assertEquals("$1", client.call("GET key"));
        }
    }

    @Test
    void aShutdownThatIsNotMeantSoEndsNothing() throws IOException, InterruptedException {
        try (Node node = start();
                WireClient client = new WireClient(node.port())) {
            CountDownLatch asked = new CountDownLatch(1);
            node.server().onShutdown(asked::countDown);
            for (String options : List.of(
                    "SAVE NOSAVE",
                    "NOSAVE SAVE NOW FORCE",
                    "ABORT NOW",
                    "ABORT FORCE",
                    "ABORT SAVE",
                    "NOSAVE ABORT",
                    "NOW LATER",
                    "NOSAVE NOSAVE2")) {
                assertEquals("-ERR syntax error", client.call("SHUTDOWN " + options), options);
            }
            assertEquals("-ERR No shutdown in progress.", client.call("shutdown abort"));
            assertEquals("-ERR No shutdown in progress.", client.call("SHUTDOWN ABORT ABORT"));
            assertEquals("+OK", client.call("SET key 2"));
            assertEquals(1, asked.getCount());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rocksdb", "memory"})
    void debugReloadIsARestartThatNobodyWhoReadsOrWritesSees(String engine) throws IOException, InterruptedException {
        int rounds = 10;
        int perRound = 100;
        try (Node node = start("storage.engine=" + engine);
                WireClient operator = new WireClient(node.port());
                WireClient client = new WireClient(node.port())) {
            assertEquals("+OK", client.call("MSET a 1 b 2 c 3"));
            GroupStore before = node.groups().iterator().next().store();
            for (int round = 0; round < rounds; round++) {
                operator.send("DEBUG", round % 2 == 0 ? "RELOAD" : "LOADAOF");
                for (int i = 0; i < perRound; i++) {
                    client.send("INCR", "n");
                    client.send("MGET", "a", "b", "c");
                    client.send("DBSIZE");
                    client.send("SCAN", "0", "MATCH", "[ab]");
                    int n = round * perRound + i + 1;
                    assertEquals(":" + n, client.receive());
                    assertEquals("[$1, $2, $3]", client.receive());
                    assertEquals(":4", client.receive());
                    String page = client.receive();
                    assertTrue(page.contains("$a") && page.contains("$b"), page);
                }
                assertEquals("+OK", operator.receive());
            }
            assertNotSame(before, node.groups().iterator().next().store());
            assertEquals("$" + rounds * perRound, operator.call("GET n"));
        }
    }

    @Test
    void aReadThatFindsAKeyExpiredWaitsUntilTheLogKnows() throws IOException, InterruptedException {
        SkewedClock clock = new SkewedClock();
        try (Node node = start(clock);
                WireClient client = new WireClient(node.port())) {
            GroupReplica group = node.groups().iterator().next();
            assertEquals("+OK", client.call("DEBUG SET-ACTIVE-EXPIRE 0"));
            for (List<String> reads : List.of(
                    List.of("GET k", "$-1"),
                    List.of("KEYS k", "[]"),
                    List.of("EXISTS k", ":0"),
                    List.of("TTL k", ":-2"))) {
                assertEquals("+OK", client.call("SET k v PX 600000"));
                long deadlineMillis =
                        Long.parseLong(client.call("PEXPIRETIME k").substring(1));
                assertTrue(group.applied().entryTimeMillis() < deadlineMillis);

                clock.skewMillis += 700_000;
                assertEquals(reads.get(1), client.call(reads.get(0)), reads.get(0));
                AppliedPosition after = group.applied();
                assertTrue(after.entryTimeMillis() >= deadlineMillis, reads.get(0));
                assertEquals(reads.get(1), client.call(reads.get(0)), reads.get(0));
                assertEquals(after, group.applied(), "an entry for each read, not for each deadline");
            }
        }
    }

    @Test
    void aReadThatFindsAFieldExpiredWaitsUntilTheLogKnows() throws IOException, InterruptedException {
        SkewedClock clock = new SkewedClock();
        try (Node node = start(clock);
                WireClient client = new WireClient(node.port())) {
            GroupReplica group = node.groups().iterator().next();
            assertEquals("+OK", client.call("DEBUG SET-ACTIVE-EXPIRE 0"));
            for (List<String> reads :
                    List.of(List.of("HGET h f", "$-1"), List.of("HLEN h", ":1"), List.of("HKEYS h", "[$other]"))) {
                client.call("DEL h");
                assertEquals(":1", client.call("HSETEX h PX 600000 FIELDS 2 f v g v"));
                assertEquals("[$v]", client.call("HGETDEL h FIELDS 1 g"));
                assertEquals(":1", client.call("HSET h other v"));
                String deadline = client.call("HPEXPIRETIME h FIELDS 1 f"); // [:number]
                long deadlineMillis = Long.parseLong(deadline.substring(2, deadline.length() - 1));
                String info = client.call("INFO keyspace");
                assertTrue(info.contains("db0:keys=1,expires=0,"), info);

                clock.skewMillis += 700_000;
                assertEquals(reads.get(1), client.call(reads.get(0)), reads.get(0));
                AppliedPosition after = group.applied();
                assertTrue(after.entryTimeMillis() >= deadlineMillis, reads.get(0));
                assertEquals(reads.get(1), client.call(reads.get(0)), reads.get(0));
                assertEquals(after, group.applied(), "an entry for each read, not for each deadline");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"raft.snapshot-entries=100", "raft.snapshot-bytes=8mb"})
    void anEndlessOverwriteTakesBoundedSpace(String snapshots) throws IOException, InterruptedException {
        int rounds = 60;
        int valuesPerRound = 40;
        String value = "v".repeat(100_000);
        long written = (long) rounds * valuesPerRound * value.length();
        long bytesMax = written / 3;
        List<String> settings = List.of(
                snapshots, "raft.log-preserve-bytes=0mb", "raft.log-segment-size=8mb", "raft.batch-bytes-max=256kb");
        try (Node node = start(settings.toArray(String[]::new));
                WireClient client = new WireClient(node.port())) {
            long largest = 0;
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < valuesPerRound; i++) {
                    client.send("SET", "key" + i % 10, round + "." + i + value);
                }
                for (int i = 0; i < valuesPerRound; i++) {
                    assertEquals("+OK", client.receive());
                }
                largest = Math.max(largest, bytesOnDisk());
            }
            long bytes = largest;
            assertTrue(bytes < bytesMax, () -> bytes + " bytes on disk, " + written + " written");
            Await.until(() -> bytesOnDisk() < bytesMax / 2, PATIENCE, () -> bytesOnDisk() + " bytes are left on disk");
            assertEquals(":10", client.call("DBSIZE"));
            assertEquals("$" + (rounds - 1) + ".39" + value, client.call("GET key9"));
        }
    }

    private long bytesOnDisk() {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException changing) {
            return bytesOnDisk(); // A file went away under the walk.
        }
    }

    /** The machine's clock, moved. */
    private static final class SkewedClock implements Clock {
        private volatile long skewMillis;

        @Override
        public long epochMillis() {
            return Clock.SYSTEM.epochMillis() + skewMillis;
        }

        @Override
        public long nanos() {
            return Clock.SYSTEM.nanos();
        }
    }

    @Test
    void aTakenPortIsNamed() throws IOException, InterruptedException {
        try (Node node = start()) {
            Config second = Config.parse(
                    "",
                    "test",
                    List.of(
                            "server.port=" + node.port(),
                            "storage.engine=memory",
                            "storage.dir=\"" + directory.resolve("second") + "\""));
            IOException refused = assertThrows(IOException.class, () -> Node.start(second));
            assertTrue(
                    refused.getMessage().contains(Integer.toString(node.port()))
                            || refused.getMessage().contains(Integer.toString(node.port() + 10_000)),
                    refused.getMessage());
            assertFalse(node.waitsFor().isEmpty());
        }
    }
}
