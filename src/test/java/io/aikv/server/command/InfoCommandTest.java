package io.aikv.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.data.KeyRecord;
import io.aikv.raft.ReplicaStatus;
import io.aikv.resp.Reply;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class InfoCommandTest {
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

    private List<String> headings(String line) throws Exception {
        return node.text(line).lines().filter(each -> each.startsWith("# ")).toList();
    }

    private static List<String> names(String... sections) {
        return Arrays.stream(sections).map(name -> "# " + name).toList();
    }

    @Test
    void everyFieldOfRedisIsThereInItsSection() throws Exception {
        List<String> missing = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(
                InfoCommandTest.class.getResourceAsStream("redis-7.0-info-fields.txt"), "resource")) {
            String[] lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
            assertTrue(lines.length > 150, "only " + lines.length);
            for (String line : lines) {
                String[] words = line.trim().split(" ");
                if (!node.info(words[0]).containsKey(words[1])) {
                    missing.add(line);
                }
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void sectionsComeInRedisOrder() throws Exception {
        List<String> defaults = names(
                "Server",
                "Clients",
                "Memory",
                "Persistence",
                "Stats",
                "Replication",
                "CPU",
                "Modules",
                "Errorstats",
                "Cluster",
                "Raft",
                "Keyspace");
        List<String> all = names(
                "Server",
                "Clients",
                "Memory",
                "Persistence",
                "Stats",
                "Replication",
                "CPU",
                "Modules",
                "Commandstats",
                "Errorstats",
                "Latencystats",
                "Cluster",
                "Raft",
                "Keyspace");

        assertEquals(defaults, headings("INFO"));
        assertEquals(defaults, headings("INFO default"));
        assertEquals(all, headings("INFO all"));
        assertEquals(all, headings("INFO everything server"));
        assertEquals(names("Server", "CPU", "Cluster"), headings("INFO cpu CLUSTER server cpu"));
        assertEquals(names("Replication"), headings("INFO nosuch replication"));
        assertEquals("", node.text("INFO nosuch"));
    }

    @Test
    void everyLineIsAHeadingAFieldOrBlank() throws Exception {
        String text = node.text("INFO everything");

        assertTrue(text.endsWith("\r\n"));
        for (String line : text.split("\r\n", -1)) {
            assertTrue(line.isEmpty() || line.startsWith("# ") || line.matches("[a-z0-9_.|\\-]+:[^\r\n]*"), line);
        }
    }

    @Test
    void theServerIsARedisToClientsAndSaysWhatItIs() throws Exception {
        Map<String, String> server = node.info("server");

        assertEquals(Version.REDIS, server.get("redis_version"));
        assertEquals("aikv", server.get("server_name"));
        assertEquals("standalone", server.get("redis_mode"));
        assertEquals("7001", server.get("tcp_port"));
        assertEquals("90", server.get("uptime_in_seconds"));
        assertEquals("0", server.get("uptime_in_days"));
        assertTrue(server.get("run_id").matches("[0-9a-f]{40}"));
        assertEquals(Long.toString(ProcessHandle.current().pid()), server.get("process_id"));
        assertEquals("1700000000000000", server.get("server_time_usec"));
    }

    @Test
    void memoryAndProcessorFiguresAreOfThisProcess() throws Exception {
        Map<String, String> memory = node.info("memory");
        Map<String, String> cpu = node.info("cpu");

        assertTrue(Long.parseLong(memory.get("used_memory")) > 1 << 20);
        assertTrue(Long.parseLong(memory.get("used_memory_rss")) > 10 << 20);
        assertTrue(Long.parseLong(memory.get("used_memory_peak")) >= Long.parseLong(memory.get("used_memory_dataset")));
        assertEquals("1048576", memory.get("used_memory_dataset"));
        assertTrue(Long.parseLong(memory.get("total_system_memory")) > 0);
        assertTrue(memory.get("used_memory_human").matches("\\d+\\.\\d\\d[KMG]"), memory.get("used_memory_human"));
        assertTrue(Double.parseDouble(cpu.get("used_cpu_user")) > 0);
    }

    @Test
    void sizesForPeopleAreWrittenAsRedisWritesThem() {
        assertEquals("0B", InfoText.human(0));
        assertEquals("1023B", InfoText.human(1023));
        assertEquals("1.00K", InfoText.human(1024));
        assertEquals("991.30K", InfoText.human(1015096));
        assertEquals("23.54G", InfoText.human(25276514304L));
    }

    @Test
    void clientsAndTrafficComeFromTheNode() throws Exception {
        node.figures.netIn = 1000;

        assertEquals("3", node.info("clients").get("connected_clients"));
        assertEquals("2", node.info("clients").get("blocked_clients"));
        assertEquals("10000", node.info("clients").get("maxclients"));
        assertEquals("7", node.info("stats").get("total_connections_received"));
        assertEquals("1", node.info("stats").get("rejected_connections"));
        assertEquals("1000", node.info("stats").get("total_net_input_bytes"));
    }

    @Test
    void ratesAreThoseOfTheLastSamples() throws Exception {
        node.rates.sample();
        for (int i = 0; i < 50; i++) {
            node.part.ran(0, 1000, false);
        }
        node.figures.netIn += 10 * 1024;
        node.nanos += 500_000_000L;
        node.rates.sample();

        assertEquals("100", node.info("stats").get("instantaneous_ops_per_sec"));
        assertEquals("20.00", node.info("stats").get("instantaneous_input_kbps"));

        for (int i = 0; i < Rates.SAMPLES; i++) {
            node.nanos += 100_000_000L;
            node.rates.sample();
        }
        assertEquals("0", node.info("stats").get("instantaneous_ops_per_sec"));
    }

    @Test
    void neverLoadsSavesOrRewritesWhileNothingRuns() throws Exception {
        Map<String, String> persistence = node.info("persistence");

        assertEquals("0", persistence.get("loading"));
        assertEquals("0", persistence.get("rdb_bgsave_in_progress"));
        assertEquals("1", persistence.get("aof_enabled"));
        assertEquals("0", persistence.get("aof_rewrite_in_progress"));
        assertEquals("ok", persistence.get("aof_last_write_status"));
    }

    @Test
    void aSaveIsCounted() throws Exception {
        node.put("k", "v");
        assertEquals("1", node.info("persistence").get("rdb_changes_since_last_save"));
        node.nowMillis += 5_000;

        assertEquals(Reply.OK, node.run("SAVE"));

        Map<String, String> persistence = node.info("persistence");
        assertEquals("0", persistence.get("rdb_changes_since_last_save"));
        assertEquals("1", persistence.get("rdb_saves"));
        assertEquals("1700000005", persistence.get("rdb_last_save_time"));
        assertEquals(Reply.integer(1_700_000_005L), node.run("LASTSAVE"));
        assertEquals(node.store.applied(), node.store.durable());
    }

    @Test
    void commandsErrorsAndLatenciesAreListed() throws Exception {
        int get = node.commandNames().indexOf("config|get");
        for (int i = 1; i <= 100; i++) {
            node.part.ran(get, i * 10_000L, i == 100);
        }
        node.part.rejected(get);
        node.errors.count("ERR");
        node.errors.count("WRONGTYPE");
        node.errors.count("ERR");

        assertEquals(
                "calls=100,usec=50500,usec_per_call=505.00,rejected_calls=1,failed_calls=1",
                node.info("commandstats").get("cmdstat_config|get"));
        assertEquals("count=2", node.info("errorstats").get("errorstat_ERR"));
        assertEquals("count=1", node.info("errorstats").get("errorstat_WRONGTYPE"));
        assertEquals("3", node.info("stats").get("total_error_replies"));
        assertEquals("100", node.info("stats").get("total_commands_processed"));
        assertEquals(
                "p50=511.000,p99=991.000,p99.9=1023.000",
                node.info("latencystats").get("latency_percentiles_usec_config|get"));

        node.run("CONFIG SET latency-tracking no");
        assertEquals(Map.of(), node.info("latencystats"));

        node.run("CONFIG RESETSTAT");
        assertEquals(Map.of(), node.info("commandstats"));
        assertEquals(Map.of(), node.info("errorstats"));
    }

    @Test
    void aNodeThatLeadsIsAMasterWithItsFollowers() throws Exception {
        node.put("k", "v");
        node.followers = List.of(
                new ReplicaStatus.Follower("n3", 1, 2_500),
                new ReplicaStatus.Follower("n2", 0, 10),
                new ReplicaStatus.Follower("nobody", 0, 10),
                new ReplicaStatus.Follower("n1", 0, 60_000));

        Map<String, String> replication = node.info("replication");

        assertEquals("master", replication.get("role"));
        assertEquals("2", replication.get("connected_slaves"));
        assertEquals("ip=127.0.0.1,port=7002,state=online,offset=0,lag=0", replication.get("slave0"));
        assertEquals("ip=127.0.0.1,port=7003,state=online,offset=1,lag=2", replication.get("slave1"));
        assertEquals("1", replication.get("master_repl_offset"));
        assertEquals("a".repeat(40), replication.get("master_replid"));
        assertEquals(
                "*3\\r\\n$6\\r\\nmaster\\r\\n:1\\r\\n*2\\r\\n*3\\r\\n$9\\r\\n127.0.0.1\\r\\n$4\\r\\n7002\\r\\n$1\\r\\n0\\r\\n"
                        + "*3\\r\\n$9\\r\\n127.0.0.1\\r\\n$4\\r\\n7003\\r\\n$1\\r\\n1\\r\\n",
                node.wire("ROLE", 2));
    }

    @Test
    void aNodeThatOnlyFollowsIsAReplica() throws Exception {
        node.put("k", "v");
        node.leads = false;

        Map<String, String> replication = node.info("replication");

        assertEquals("slave", replication.get("role"));
        assertEquals("127.0.0.1", replication.get("master_host"));
        assertEquals("7002", replication.get("master_port"));
        assertEquals("up", replication.get("master_link_status"));
        assertEquals("1", replication.get("slave_repl_offset"));
        assertEquals("0", replication.get("connected_slaves"));
        assertEquals(
                "*5\\r\\n$5\\r\\nslave\\r\\n$9\\r\\n127.0.0.1\\r\\n:7002\\r\\n$9\\r\\nconnected\\r\\n:1\\r\\n",
                node.wire("ROLE", 2));
    }

    @Test
    void everyGroupHasALineForOperators() throws Exception {
        node.put("k", "v");
        node.followers = List.of(new ReplicaStatus.Follower("n2", 1, 10), new ReplicaStatus.Follower("n3", 3, 10));

        assertEquals(
                "role=leader,leader=n1,term=5,applied=1,commit=2,last=3,durable=-1,snapshot=0,lag=2,lease=1,queue=4,"
                        + "inflight=1,entries=10,commands=20,barriers=3,elections=1,installs=0,overloads=0,"
                        + "indeterminate=0,state=ok",
                node.info("raft").get("group_g1"));
        assertEquals("1", node.info("raft").get("raft_groups_led"));
    }

    @Test
    void theKeyspaceCountsKeysAndWhatExpires() throws Exception {
        node.put("a", "1");
        node.put(0, "b", "1", TestNode.NOW + 1_000);
        node.put(0, "c", "1", TestNode.NOW + 3_000);
        node.put(2, "d", "1", KeyRecord.NO_EXPIRY);

        assertEquals(
                Map.of("db0", "keys=3,expires=2,avg_ttl=2000", "db2", "keys=1,expires=0,avg_ttl=0"),
                node.info("keyspace"));
    }

    @Test
    void manyKeysThatExpireAreCountedInTheBackground() throws Exception {
        for (int i = 0; i < 2_500; i++) {
            node.put(0, "k" + i, "v", TestNode.NOW + 1_000);
        }
        String first = node.info("keyspace").get("db0");
        assertTrue(first.startsWith("keys=2500,expires=2000,"), first);

        // The count that the first question began is behind it in the background's queue, or running.
        node.background.shutdown();
        assertTrue(node.background.awaitTermination(30, TimeUnit.SECONDS));

        String second = node.info("keyspace").get("db0");
        assertTrue(second.startsWith("keys=2500,expires=2500,"), second);
    }

    @Test
    void infoIsAVerbatimStringOfText() throws Exception {
        Reply.Verbatim reply = (Reply.Verbatim) node.run("INFO cluster", 3);

        assertEquals("txt", reply.format());
        assertEquals("# Cluster\r\ncluster_enabled:0\r\n", Bytes.text(reply.value()));
        assertEquals("$30\\r\\n# Cluster\\r\\ncluster_enabled:0\\r\\n\\r\\n", node.wire("INFO cluster", 2));
    }
}
