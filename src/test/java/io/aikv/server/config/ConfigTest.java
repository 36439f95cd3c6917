package io.aikv.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.ConfigError;
import io.aikv.topology.Layout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ConfigTest {
    private static Config parse(String text, String... overrides) {
        return Config.parse(text, "conf/aikv.toml", List.of(overrides));
    }

    private static String refused(String text, String... overrides) {
        return String.valueOf(
                assertThrows(ConfigError.class, () -> parse(text, overrides)).getMessage());
    }

    @Test
    void valuesOfEveryTypeAreRead() {
        Config config = parse("""
                [server]
                bind = ["10.0.0.1", "::1"]
                port = 7001
                [cluster]
                enabled = true
                [raft]
                rpc = "grpc"
                election-timeout-min = "250ms"
                entry-bytes-max = "8mb"
                batch-bytes-max = 65536
                [storage]
                engine = "memory"
                """);

        assertEquals(List.of("10.0.0.1", "::1"), config.server().bind());
        assertEquals(7001, config.server().port());
        assertTrue(config.cluster().enabled());
        assertEquals(Config.Rpc.GRPC, config.raft().rpc());
        assertEquals(Duration.ofMillis(250), config.raft().electionTimeoutMin());
        assertEquals(8 << 20, config.raft().entryBytesMax());
        assertEquals(65536, config.raft().batchBytesMax());
        assertEquals(Config.Engine.MEMORY, config.storage().engine());
        assertEquals(17001, config.raftPort());
        assertEquals(27001, config.peerPort());
        assertTrue(config.isGiven("server.port"));
        assertFalse(config.isGiven("server.tcp-backlog"));
    }

    @Test
    void overridesWinAndNeedNoQuotes() {
        Config config = parse(
                "[server]\nport = 7001\n",
                "server.port=7002",
                "server.bind=[\"127.0.0.1\", \"::1\"]",
                "storage.block-cache=128mb",
                "cluster.node-id=n2",
                "storage.dir=/var/lib/aikv",
                "raft.properties.raft.server.rpc.slowness.timeout=60s",
                "security.requirepass=");

        assertEquals(7002, config.server().port());
        assertEquals(List.of("127.0.0.1", "::1"), config.server().bind());
        assertEquals(128L << 20, config.storage().blockCache());
        assertEquals("n2", config.cluster().nodeId());
        assertEquals("/var/lib/aikv", config.storage().dir());
        assertEquals(
                Map.of("raft.server.rpc.slowness.timeout", "60s"), config.raft().properties());
        assertEquals("", config.security().requirepass());
    }

    @Test
    void propertiesMayBeWrittenWithAndWithoutQuotes() {
        Config config = parse("[raft.properties]\n\"raft.a.b\" = \"1\"\nraft.c.d = 2\n");

        assertEquals(Map.of("raft.a.b", "1", "raft.c.d", "2"), config.raft().properties());
    }

    @Test
    void badValuesAreRefusedWithFileLineKeyAndWhatIsAllowed() {
        assertEquals(
                "conf/aikv.toml:3: raft.rpc: \"foo\" is not allowed; use \"netty\" or \"grpc\"",
                refused("\n[raft]\nrpc = \"foo\"\n"));
        assertEquals(
                "conf/aikv.toml:2: server.port: 70000 is not allowed; use a whole number, 0 to 65535",
                refused("[server]\nport = 70000\n"));
        assertEquals(
                "conf/aikv.toml:2: server.port: \"x\" is not allowed; use a whole number, 0 to 65535",
                refused("[server]\nport = \"x\"\n"));
        assertEquals(
                "conf/aikv.toml:2: cluster.enabled: \"yes\" is not allowed; use true or false",
                refused("[cluster]\nenabled = \"yes\"\n"));
        assertEquals(
                "conf/aikv.toml:2: raft.request-timeout: 5 is not allowed; use a duration such as \"500ms\", \"2s\","
                        + " \"5m\" or \"1h\" of at least 10ms",
                refused("[raft]\nrequest-timeout = 5\n"));
        assertEquals(
                "conf/aikv.toml:2: storage.block-cache: \"much\" is not allowed; use a size such as \"64kb\" or"
                        + " \"512mb\", or a number of bytes, at least 1048576 bytes",
                refused("[storage]\nblock-cache = \"much\"\n"));
        assertEquals(
                "conf/aikv.toml:2: logging.level: \"loud\" is not allowed; use \"trace\", \"debug\", \"info\", \"warn\""
                        + " or \"error\"",
                refused("[logging]\nlevel = \"loud\"\n"));
        assertEquals(
                "conf/aikv.toml:2: server.bind: the list is empty; use at least one string",
                refused("[server]\nbind = []\n"));
        assertEquals("conf/aikv.toml:1: server: found 3; this is a table, written [server]", refused("server = 3\n"));
        assertEquals(
                "--set server.port=abc: server.port: \"abc\" is not allowed; use a whole number, 0 to 65535",
                refused("[server]\nport = 1\n", "server.port=abc"));
        assertEquals("--set port=1: write section.key=value", refused("", "port=1"));
    }

    @Test
    void unknownKeysAreRefusedWithWhatWasMeant() {
        assertEquals(
                "conf/aikv.toml:2: server.prot: there is no such key; did you mean \"port\"?",
                refused("[server]\nprot = 1\n"));
        assertEquals(
                "conf/aikv.toml:2: server.tcp_backlog: there is no such key; did you mean \"tcp-backlog\"?",
                refused("[server]\ntcp_backlog = 1\n"));
        assertEquals(
                "conf/aikv.toml:2: metrics.zzzzzz: there is no such key; the keys of [metrics] are port, host",
                refused("[metrics]\nzzzzzz = 1\n"));
        assertEquals(
                "conf/aikv.toml:1: storge: there is no section of this name; did you mean \"storage\"?",
                refused("[storge]\n"));
        assertTrue(refused("port = 1\n").startsWith("conf/aikv.toml:1: port: a key needs a section"));
        assertEquals(
                "--set raft.rcp=netty: raft.rcp: there is no such key; did you mean \"rpc\"?",
                refused("", "raft.rcp=netty"));
    }

    @Test
    void whatIsNotTomlIsRefusedWithItsLine() {
        assertTrue(refused("[server]\nport = = 1\n").startsWith("conf/aikv.toml:2: this is not TOML: "));
        assertEquals(
                "conf/aikv.toml:3: server.port: already stands in line 2", refused("[server]\nport = 1\nport = 2\n"));
        assertEquals(
                "no/such/file.toml: there is no such file",
                assertThrows(ConfigError.class, () -> Config.load(Path.of("no/such/file.toml"), List.of()))
                        .getMessage());
    }

    @Test
    void impossibleCombinationsAreRefused() {
        assertEquals(
                "conf/aikv.toml:2: cluster.mode: \"proxy\" is not available yet: nodes do not forward commands to other"
                        + " nodes; use \"smart_client\", which every Redis Cluster client speaks",
                refused("[cluster]\nmode = \"proxy\"\n"));
        assertTrue(refused("[raft]\nelection-timeout-min = \"2s\"\n")
                .contains("raft.election-timeout-max: 1000ms is not more than raft.election-timeout-min (2000ms)"));
        assertTrue(refused("[raft]\nbatch-bytes-max = \"5mb\"\n")
                .startsWith("conf/aikv.toml:2: raft.batch-bytes-max: 5242880 bytes is more than raft.entry-bytes-max"));
        assertTrue(refused("[metrics]\nport = 6379\n")
                .startsWith("conf/aikv.toml:2: metrics.port: 6379 is already the port of server.port"));
        assertTrue(refused("[server]\nport = 50000\n[cluster]\nenabled = true\n")
                .contains("raft.peer-port: 0 stands for 70000, derived from server.port (50000)"));
        assertTrue(refused("[raft.properties]\n\"rpc.type\" = \"x\"\n").contains("names begin with \"raft.\""));
        assertEquals(
                "conf/aikv.toml:2: storage.write-rate-limit: 1000 is not allowed; use 0, or at least 1048576 bytes a"
                        + " second",
                refused("[storage]\nwrite-rate-limit = 1000\n"));
        assertEquals(0, parse("[server]\nport = 60000\n").peerPort());
    }

    @Test
    void redisTableIsCheckedAsConfigSetWould() {
        assertEquals(
                "conf/aikv.toml:2: redis.maxmemory: \"x\" is not allowed: argument must be a memory value",
                refused("[redis]\nmaxmemory = \"x\"\n"));
        assertEquals(
                "conf/aikv.toml:2: redis.maxmemry: Redis has no such parameter; did you mean \"maxmemory\"?",
                refused("[redis]\nmaxmemry = \"1\"\n"));
        assertEquals("conf/aikv.toml:2: redis.port: is set by server.port", refused("[redis]\nport = 1\n"));
        assertEquals(
                "conf/aikv.toml:2: limits.client-output-buffer-limit: \"normal 1\" is not allowed: Wrong number of"
                        + " arguments in buffer limit configuration.",
                refused("[limits]\nclient-output-buffer-limit = \"normal 1\"\n"));
    }

    @Test
    void passwordsDoNotAppearInText() {
        assertFalse(parse("[security]\nrequirepass = \"s3cret\"\n")
                .security()
                .toString()
                .contains("s3cret"));
    }

    @Test
    void aLayoutFillsInWhatTheFileLeavesOpen() {
        Layout layout = Layout.parse("""
                [[nodes]]
                name = "n1"
                host = "10.0.0.1"
                port = 7001
                [[nodes]]
                name = "n2"
                host = "10.0.0.2"
                port = 7002
                raft-port = 9000
                [[groups]]
                name = "g1"
                slots = ["0-16383"]
                replicas = ["n1", "n2"]
                """, "layout.toml");

        Config filled = parse("[cluster]\nenabled = true\nnode-id = \"n2\"\n").withLayout(layout);
        assertEquals(7002, filled.server().port());
        assertEquals(9000, filled.raftPort());
        assertEquals(27002, filled.peerPort());
        assertEquals("10.0.0.2", filled.cluster().announceHost());

        Config moved =
                parse("[server]\nport = 8000\n[cluster]\nnode-id = \"n2\"\n").withLayout(layout);
        assertEquals(8000, moved.server().port());
        assertEquals(18000, moved.raftPort());

        Config stranger = parse("[cluster]\nnode-id = \"n9\"\n");
        assertEquals(
                "layout.toml: cluster.node-id is \"n9\" but the layout's nodes are n1, n2",
                assertThrows(ConfigError.class, () -> stranger.withLayout(layout))
                        .getMessage());
    }

    @Test
    void whereOtherNodesAreReachedMayBeSetAndIsChecked() {
        assertEquals(List.of(), Config.defaults().cluster().reach());
        assertEquals(
                List.of("n2=127.0.0.1:1:2"),
                parse("[cluster]\nreach = [\"n2=127.0.0.1:1:2\"]\n").cluster().reach());
        assertEquals(
                "conf/aikv.toml:2: cluster.reach: \"n2=127.0.0.1\" is not understood; use \"n2=127.0.0.1:30001:30002\""
                        + " (node, host, Raft port, peer port)",
                refused("[cluster]\nreach = [\"n2=127.0.0.1\"]\n"));
    }

    @Test
    void nothingIsGivenByDefault() {
        assertEquals(Set.of(), Config.defaults().given());
        assertEquals(16, Config.defaults().databases());
    }
}
