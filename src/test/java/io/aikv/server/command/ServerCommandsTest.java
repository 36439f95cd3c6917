package io.aikv.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** CONFIG, SLOWLOG, LATENCY, MEMORY and the commands for saves, replication and the end, beyond the golden replies. */
@Timeout(60)
final class ServerCommandsTest {
    @TempDir
    Path temp;

    private TestNode node;

    @BeforeEach
    void open() throws Exception {
        node = new TestNode(temp);
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    private static Map<String, Reply> map(Reply reply) {
        Map<String, Reply> map = new TreeMap<>();
        List<Reply> pairs = ((Reply.Map) reply).pairs();
        for (int i = 0; i < pairs.size(); i += 2) {
            map.put(Bytes.text(((Reply.Bulk) pairs.get(i)).value()), pairs.get(i + 1));
        }
        return map;
    }

    // ---- CONFIG ----

    @Test
    void configSetChangesAllParametersOrNone() throws Exception {
        assertEquals(Reply.OK, node.run("CONFIG SET hz 20 maxmemory 1mb"));
        assertEquals(
                Map.of("hz", Reply.text("20"), "maxmemory", Reply.text("1048576")),
                map(node.run("CONFIG GET hz maxmemory")));

        assertTrue(Reply.isError(node.run("CONFIG SET hz 30 maxmemory nonsense")));
        assertEquals(Map.of("hz", Reply.text("20")), map(node.run("CONFIG GET hz")));
    }

    @Test
    void configGetTakesSeveralPatterns() throws Exception {
        Map<String, Reply> found = map(node.run("CONFIG GET slowlog-* MAXCLIENTS nosuch"));

        assertEquals(
                Map.of(
                        "slowlog-log-slower-than", Reply.text("10000"),
                        "slowlog-max-len", Reply.text("128"),
                        "MAXCLIENTS", Reply.text("10000")),
                found);
    }

    @Test
    void configRewriteNeedsAFile() throws Exception {
        assertEquals(Reply.error("ERR The server is running without a config file"), node.run("CONFIG REWRITE"));
    }

    @Test
    void configRewriteWritesWhatWasChanged() throws Exception {
        Path file = temp.resolve("aikv.toml");
        Files.writeString(file, "# mine\n[server]\nport = 7001\n");
        node.configFile = file;
        node.run("CONFIG SET hz 33");

        assertEquals(Reply.OK, node.run("CONFIG REWRITE"));

        String text = Files.readString(file);
        assertTrue(text.startsWith("# mine\n[server]\nport = 7001\n"), text);
        assertTrue(text.contains("[redis]\n") && text.contains("hz = \"33\""), text);
    }

    @Test
    void configRewriteTellsWhyItFailed() throws Exception {
        node.configFile = temp.resolve("nosuch");

        Reply.Error error = assertInstanceOf(Reply.Error.class, node.run("CONFIG REWRITE"));

        assertTrue(error.line().startsWith("ERR Rewriting config file: "), error.line());
    }

    // ---- SLOWLOG ----

    @Test
    void slowlogShowsTheNewestFirst() throws Exception {
        for (int i = 0; i < 12; i++) {
            byte[][] argv = {Bytes.utf8("SET"), Bytes.utf8("k" + i)};
            node.slowLog.add(TestNode.NOW, 1_000 + i, argv, "127.0.0.1:5", "me", 128);
        }

        assertEquals(Reply.integer(12), node.run("SLOWLOG LEN"));
        assertEquals(10, ((Reply.Array) node.run("SLOWLOG GET")).items().size());
        assertEquals(12, ((Reply.Array) node.run("SLOWLOG GET -1")).items().size());
        assertEquals(
                "*1\\r\\n*6\\r\\n:11\\r\\n:1700000000\\r\\n:1011\\r\\n*2\\r\\n$3\\r\\nSET\\r\\n$3\\r\\nk11\\r\\n"
                        + "$11\\r\\n127.0.0.1:5\\r\\n$2\\r\\nme\\r\\n",
                node.wire("SLOWLOG GET 1", 2));
        assertEquals(Reply.OK, node.run("SLOWLOG RESET"));
        assertEquals(Reply.ZERO, node.run("SLOWLOG LEN"));
    }

    // ---- LATENCY ----

    /** The three events that gave the texts below on redis-server 7.0.15, whose clock stood at 235. */
    private void addEvents() {
        node.latencyEvents.add("command", 232_000, 50);
        node.latencyEvents.add("command", 233_000, 20);
        node.latencyEvents.add("command", 234_000, 35);
        node.nowMillis = 235_000;
    }

    @Test
    void latencyEventsAreListed() throws Exception {
        addEvents();

        assertEquals(
                "*1\\r\\n*4\\r\\n$7\\r\\ncommand\\r\\n:234\\r\\n:35\\r\\n:50\\r\\n", node.wire("LATENCY LATEST", 2));
        assertEquals(
                "*3\\r\\n*2\\r\\n:232\\r\\n:50\\r\\n*2\\r\\n:233\\r\\n:20\\r\\n*2\\r\\n:234\\r\\n:35\\r\\n",
                node.wire("LATENCY HISTORY command", 2));
        assertEquals(Reply.ONE, node.run("LATENCY RESET command nosuch"));
        assertEquals(Reply.EMPTY_ARRAY, node.run("LATENCY LATEST"));
    }

    @Test
    void latencyIsDrawnAsRedisDrawsIt() throws Exception {
        addEvents();

        assertEquals(
                "command - high 50 ms, low 20 ms (all time high 50 ms)\n" + "-".repeat(80)
                        + "\n#  \n| _\n| |\n|_|\n   \n321\nsss\n",
                node.text("LATENCY GRAPH command"));
    }

    @Test
    void theLatencyDoctorSaysWhatRedisSays() throws Exception {
        node.run("CONFIG SET latency-monitor-threshold 1");
        assertTrue(node.text("LATENCY DOCTOR").startsWith("Dave, no latency spike was observed"));
        addEvents();

        assertEquals(
                "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you"
                        + " Dave?\n\n1. command: 3 latency spikes (average 35ms, mean deviation 10ms, period 1.00 sec)."
                        + " Worst all time event 50ms.\n\nI have a few advices for you:\n\n- Your current Slow Log"
                        + " configuration only logs events that are slower than your configured latency monitor"
                        + " threshold. Please use 'CONFIG SET slowlog-log-slower-than 1000'.\n- Check your Slow Log to"
                        + " understand what are the commands you are running which are too slow to execute. Please check"
                        + " https://redis.io/commands/slowlog for more information.\n- Deleting, expiring or evicting"
                        + " (because of maxmemory policy) large objects is a blocking operation. If you have very large"
                        + " objects that are often deleted, expired, or evicted, try to fragment those objects into"
                        + " multiple smaller objects.\n",
                node.text("LATENCY DOCTOR"));
    }

    @Test
    void histogramsCumulateAndExpandContainers() throws Exception {
        int get = node.commandNames().indexOf("config|get");
        int set = node.commandNames().indexOf("config|set");
        node.part.ran(get, 500, false);
        node.part.ran(get, 3_000, false);
        node.part.ran(get, 3_000, false);
        node.part.ran(get, 90_000, false);
        node.part.ran(set, 1_000, false);

        assertEquals(
                "%1\\r\\n$10\\r\\nconfig|get\\r\\n%2\\r\\n$5\\r\\ncalls\\r\\n:4\\r\\n$14\\r\\nhistogram_usec\\r\\n%3\\r\\n"
                        + ":1\\r\\n:1\\r\\n:4\\r\\n:3\\r\\n:132\\r\\n:4\\r\\n",
                node.wire("LATENCY HISTOGRAM CONFIG|GET", 3));
        assertEquals(2, map(node.run("LATENCY HISTOGRAM config nosuch")).size());
        assertEquals(2, map(node.run("LATENCY HISTOGRAM")).size());
    }

    // ---- MEMORY ----

    @Test
    void memoryStatsHasTheNamesOfRedis() throws Exception {
        node.put("k", "v");

        Map<String, Reply> stats = map(node.run("MEMORY STATS", 3));

        assertTrue(stats.keySet()
                .containsAll(List.of(
                        "peak.allocated",
                        "total.allocated",
                        "startup.allocated",
                        "replication.backlog",
                        "clients.slaves",
                        "clients.normal",
                        "cluster.links",
                        "aof.buffer",
                        "lua.caches",
                        "functions.caches",
                        "overhead.total",
                        "keys.count",
                        "keys.bytes-per-key",
                        "dataset.bytes",
                        "dataset.percentage",
                        "peak.percentage",
                        "allocator.allocated",
                        "allocator.active",
                        "allocator.resident",
                        "allocator-fragmentation.ratio",
                        "allocator-fragmentation.bytes",
                        "allocator-rss.ratio",
                        "allocator-rss.bytes",
                        "rss-overhead.ratio",
                        "rss-overhead.bytes",
                        "fragmentation",
                        "fragmentation.bytes",
                        "db.0")));
        assertEquals(Reply.ONE, stats.get("keys.count"));
        assertInstanceOf(Reply.Double.class, stats.get("fragmentation"));
    }

    @Test
    void theMemoryDoctorIsContentWithAHealthyNode() throws Exception {
        assertTrue(node.text("MEMORY DOCTOR").startsWith("Hi Sam, I can't find any memory issue"));
        assertTrue(node.text("MEMORY MALLOC-STATS").contains("used "));
    }

    // ---- the rest ----

    @Test
    void timeHasMicroseconds() throws Exception {
        node.nanos += 250_000;
        assertEquals(Reply.array(Reply.text("1700000000"), Reply.text("250")), node.run("TIME"));
        node.nowMillis += 10_000;
        assertEquals(Reply.array(Reply.text("1700000010"), Reply.text("0")), node.run("TIME"));
    }

    @Test
    void shutdownIsHandedToTheNodeAndNotAnswered() throws Exception {
        assertEquals(Reply.NONE, node.run("SHUTDOWN NOSAVE NOW FORCE"));
        assertEquals(Reply.OK, node.run("SHUTDOWN ABORT"));
        assertEquals(Reply.NONE, node.run("SHUTDOWN"));
        assertEquals(List.of("now=true force=true", "now=false force=false"), node.shutdowns);
    }

    @Test
    void bgsaveSavesInTheBackground() throws Exception {
        node.put("k", "v");

        assertEquals(Reply.simple("Background saving started"), node.run("BGSAVE SCHEDULE"));
        node.background.shutdown();
        assertTrue(node.background.awaitTermination(30, TimeUnit.SECONDS));

        assertEquals(node.store.applied(), node.store.durable());
        assertEquals("0", node.info("persistence").get("rdb_bgsave_in_progress"));
        assertEquals(Reply.error("ERR the node is busy or stopping, try again"), node.run("BGSAVE"));
        assertEquals("0", node.info("persistence").get("rdb_bgsave_in_progress"));
    }

    @Test
    void whatRedisReplicationWouldChangeIsRefusedAtOnce() throws Exception {
        for (String line : new String[] {"SYNC", "PSYNC ? -1", "REPLICAOF 127.0.0.1 7002", "FAILOVER"}) {
            Reply.Error error = assertInstanceOf(Reply.Error.class, node.run(line), line);
            assertTrue(error.line().contains("is not supported: replicas are members of Raft groups"), error.line());
            assertTrue(error.line().contains("CLUSTER FAILOVER"), error.line());
        }
        try (TestNode cluster =
                new TestNode(temp.resolve("c"), "cluster.enabled=true", "cluster.node-id=n1", "cluster.layout=x")) {
            assertEquals(Reply.error("ERR REPLICAOF not allowed in cluster mode."), cluster.run("REPLICAOF NO ONE"));
            assertEquals(
                    Reply.error("ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER."),
                    cluster.run("FAILOVER"));
            assertEquals("cluster", cluster.info("server").get("redis_mode"));
            assertEquals("1", cluster.info("cluster").get("cluster_enabled"));
        }
    }

    @Test
    void lolwutEndsWithTheVersion() throws Exception {
        assertTrue(node.text("LOLWUT").endsWith("Redis ver. " + Version.REDIS + "\n"));
        assertTrue(node.text("LOLWUT VERSION 6 1").endsWith("Redis ver. " + Version.REDIS + "\n"));
        assertEquals(Reply.error("ERR value is not an integer or out of range"), node.run("LOLWUT VERSION abc"));
        assertEquals(Reply.error("ERR value is not an integer or out of range"), node.run("LOLWUT VERSION 5 x"));
    }
}
