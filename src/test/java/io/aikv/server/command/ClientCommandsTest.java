package io.aikv.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** CLIENT, HELLO, SELECT, MONITOR and their like; texts as redis-server 7.0.15 answers them. */
final class ClientCommandsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final TestServer SERVER = TestServer.start();

    private WireClient client = connect();

    private static WireClient connect() {
        try {
            return SERVER.connect();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void resetServer() throws IOException {
        assertEquals("+OK", client.call("CLIENT UNPAUSE"));
    }

    @AfterEach
    void close() throws IOException {
        client.close();
    }

    @AfterAll
    static void stop() throws IOException {
        SERVER.close();
    }

    @Test
    void mistakesAreAnsweredAsRedisDoes() throws IOException {
        List<String> linesAndReplies = List.of(
                "HELLO 4", "-NOPROTO unsupported protocol version",
                "HELLO x", "-ERR Protocol version is not an integer or out of range",
                "HELLO 3 setname", "-ERR Syntax error in HELLO option 'setname'",
                "HELLO 3 auth a", "-ERR Syntax error in HELLO option 'auth'",
                "CLIENT KILL ID x", "-ERR client-id should be greater than 0",
                "CLIENT KILL ID 0", "-ERR client-id should be greater than 0",
                "CLIENT KILL TYPE foo", "-ERR Unknown client type 'foo'",
                "CLIENT KILL 1.2.3.4:5", "-ERR No such client",
                "CLIENT KILL foo bar", "-ERR syntax error",
                "CLIENT KILL ID 3 ADDR", "-ERR syntax error",
                "CLIENT KILL USER nosuch", "-ERR No such user 'nosuch'",
                "CLIENT KILL SKIPME foo", "-ERR syntax error",
                "CLIENT KILL ADDR 1.2.3.4:5", ":0",
                "CLIENT LIST TYPE x", "-ERR Unknown client type 'x'",
                "CLIENT LIST ID a", "-ERR Invalid client ID",
                "CLIENT LIST foo", "-ERR syntax error",
                "CLIENT REPLY foo", "-ERR syntax error",
                "CLIENT PAUSE -1", "-ERR timeout is negative",
                "CLIENT PAUSE a", "-ERR timeout is not an integer or out of range",
                "CLIENT PAUSE 1 foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL",
                "CLIENT PAUSE a foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL",
                "CLIENT PAUSE 1 WRITE x",
                        "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.",
                "CLIENT unblock 1 TIMEOUT x",
                        "-ERR unknown subcommand or wrong number of arguments for 'unblock'. Try CLIENT HELP.",
                "CLIENT NO-EVICT x", "-ERR syntax error",
                "CLIENT UNBLOCK 3", ":0",
                "CLIENT UNBLOCK 3 foo", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
                "CLIENT UNBLOCK a", "-ERR value is not an integer or out of range",
                "CLIENT CACHING yes",
                        "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT"
                                + " mode enabled",
                "CLIENT GETREDIR", ":-1",
                "CLIENT TRACKINGINFO", "[$flags, [$off], $redirect, :-1, $prefixes, []]",
                "CLIENT SETINFO foo bar", "-ERR Unrecognized option 'foo'",
                "AUTH a",
                        "-ERR AUTH <password> called without any password configured for the default user. Are you sure"
                                + " your configuration is correct?",
                "AUTH a b", "-WRONGPASS invalid username-password pair or user is disabled.",
                "AUTH a b c", "-ERR syntax error",
                "SELECT 16", "-ERR DB index is out of range",
                "SELECT -1", "-ERR DB index is out of range",
                "SELECT a", "-ERR value is not an integer or out of range",
                "SELECT 2147483648", "-ERR value is out of range, value must between -2147483648 and 2147483647",
                "PING a b", "-ERR wrong number of arguments for 'ping' command",
                "READONLY", "-ERR This instance has cluster support disabled");
        for (int i = 0; i < linesAndReplies.size(); i += 2) {
            assertEquals(linesAndReplies.get(i + 1), client.call(linesAndReplies.get(i)), linesAndReplies.get(i));
        }
        assertEquals(
                "-ERR Client names cannot contain spaces, newlines or special characters.",
                client.callWords("CLIENT", "SETNAME", "a b"));
        assertEquals(
                "-ERR lib-name cannot contain spaces, newlines or special characters.",
                client.callWords("CLIENT", "SETINFO", "lib-name", "a b"));
    }

    @Test
    void aPauseForEverDoesHold() throws IOException {
        try (WireClient writer = connect()) {
            assertEquals("+OK", client.call("CLIENT PAUSE 9223372036854775807 WRITE"));
            writer.send("SET", "paused", "1");
            Await.until(
                    () -> client.call("CLIENT LIST").lines().anyMatch(line -> line.contains(" flags=b ")),
                    PATIENCE,
                    () -> "the writer is held");
            assertEquals("+OK", client.call("CLIENT UNPAUSE"));
            assertEquals("+OK", writer.receive());
        }
    }

    @Test
    void whoIsKilledIsInNoListAndRunsNothingMore() throws IOException {
        List<WireClient> others = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            others.add(connect());
            assertEquals("+PONG", others.get(i).call("PING"));
        }

        int killed = Integer.parseInt(client.call("CLIENT KILL TYPE normal").substring(1));
        String list = client.call("CLIENT LIST");
        String info = client.call("INFO clients");

        assertTrue(killed >= 30, killed + " killed");
        assertEquals(1, list.lines().count(), list);
        assertTrue(info.contains("connected_clients:1\r\n"), info);
        for (WireClient other : others) {
            try {
                other.send("SET", "killed", "1");
            } catch (IOException closed) {
                continue;
            }
            assertTrue(other.isClosedByServer());
            other.close();
        }
        assertEquals(":0", client.call("EXISTS killed"));
    }

    @Test
    void clientListShowsEveryFieldOfRedis72() throws IOException {
        client.call("CLIENT SETNAME me");
        client.call("CLIENT SETINFO LIB-NAME mylib");
        client.call("CLIENT SETINFO LIB-VER 1.0");
        client.call("SELECT 3");
        String id = client.call("CLIENT ID").substring(1);

        String line = client.call("CLIENT LIST ID " + id);

        assertTrue(
                line.matches("\\$id=" + id + " addr=127\\.0\\.0\\.1:" + client.localPort() + " laddr=127\\.0\\.0\\.1:"
                        + SERVER.port()
                        + " fd=\\d+ name=me age=\\d+ idle=\\d+ flags=N db=3 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=\\d+"
                        + " qbuf-free=\\d+ argv-mem=\\d+ multi-mem=0 rbs=\\d+ rbp=\\d+ obl=0 oll=0 omem=0 tot-mem=\\d+"
                        + " events=r cmd=client\\|list user=default redir=-1 resp=2 lib-name=mylib lib-ver=1\\.0"
                        + " tot-net-in=[1-9]\\d* tot-net-out=[1-9]\\d* tot-cmds=[1-9]\\d*\n"),
                line);
        assertTrue(client.call("CLIENT INFO").contains(" cmd=client|info "));
        assertEquals("$", client.call("CLIENT LIST TYPE pubsub"));
    }

    @Test
    void killFiltersChooseTheRightConnections() throws IOException {
        try (WireClient byId = connect();
                WireClient byAddress = connect();
                WireClient oldForm = connect()) {
            String id = byId.call("CLIENT ID").substring(1);
            assertEquals(":0", client.call("CLIENT KILL ID " + id + " ADDR 127.0.0.1:1"));
            assertEquals(":1", client.call("CLIENT KILL ID " + id));
            assertTrue(byId.isClosedByServer());
            byAddress.call("PING");
            assertEquals(":1", client.call("CLIENT KILL ADDR 127.0.0.1:" + byAddress.localPort() + " TYPE normal"));
            assertTrue(byAddress.isClosedByServer());
            oldForm.call("PING");
            assertEquals(":0", client.call("CLIENT KILL ID 999999 MAXAGE 100000"));
            assertEquals("+OK", client.call("CLIENT KILL 127.0.0.1:" + oldForm.localPort()));
            assertTrue(oldForm.isClosedByServer());
        }
        String self = client.call("CLIENT ID").substring(1);
        assertEquals(":0", client.call("CLIENT KILL ID " + self));
        assertEquals(":1", client.call("CLIENT KILL ID " + self + " SKIPME no"));
        assertTrue(client.isClosedByServer());
        client = connect();
    }

    @Test
    void aPauseOfWritesHoldsWritesOnlyUntilItEnds() throws IOException {
        try (WireClient other = connect()) {
            assertEquals("+OK", client.call("SET paused before"));
            assertEquals("+OK", client.call("CLIENT PAUSE 100000 WRITE"));
            other.send("SET", "paused", "after");
            other.send("GET", "paused");
            awaitBlocked(1);
            assertEquals("$before", client.call("GET paused"));
            assertTrue(client.call("CLIENT LIST").contains(" flags=b "));

            assertEquals("+OK", client.call("CLIENT UNPAUSE"));

            assertEquals("+OK", other.receive());
            assertEquals("$after", other.receive());
        }
    }

    @Test
    void aPauseOfEverythingEndsByItself() throws IOException {
        try (WireClient other = connect()) {
            long begin = System.nanoTime();
            assertEquals("+OK", client.call("CLIENT PAUSE 200"));
            assertEquals("+PONG", other.call("PING"));
            assertTrue(System.nanoTime() - begin >= 190_000_000L);
        }
    }

    private static void awaitBlocked(int count) {
        Await.until(
                () -> SERVER.node().server().clients().count(io.aikv.server.session.Session::isPaused) == count,
                PATIENCE,
                () -> count + " paused connections");
    }

    @Test
    void monitorSeesCommandsWithoutSecrets() throws IOException {
        try (WireClient monitor = connect()) {
            assertEquals("+OK", monitor.call("MONITOR"));
            client.call("SELECT 2");
            client.callWords("SET", "a\"b", "\r\n\u0001");
            client.call("AUTH user secret");
            client.call("CLIENT LIST");
            client.call("PING");

            assertTrue(monitor.receive().matches("\\+\\d+\\.\\d{6} \\[0 127.0.0.1:\\d+\\] \"SELECT\" \"2\""));
            assertTrue(monitor.receive()
                    .endsWith("[2 127.0.0.1:" + client.localPort() + "] \"SET\" \"a\\\"b\" \"\\r\\n\\x01\""));
            assertTrue(monitor.receive().endsWith("\"AUTH\" \"(redacted)\" \"(redacted)\""));
            assertTrue(monitor.receive().endsWith("\"PING\""));
        }
    }

    @Test
    void helloSwitchesTheProtocolBehindEarlierReplies() throws IOException {
        client.raw(WireClient.request("SET", "h", "1")
                + WireClient.request("GET", "nokey")
                + WireClient.request("HELLO", "3")
                + WireClient.request("GET", "nokey"));
        assertEquals("+OK", client.receive());
        assertEquals("$-1", client.receive());
        String hello = client.receive();
        assertTrue(hello.startsWith("%[$server, $redis, $version, $7."), hello);
        assertTrue(hello.contains("$proto, :3, $id, :"), hello);
        assertTrue(hello.endsWith("$mode, $standalone, $role, $master, $modules, []]"), hello);
        assertEquals("_", client.receive());
        assertTrue(client.call("CLIENT TRACKINGINFO").startsWith("%[$flags, ~[$off]"));
    }

    @Test
    void theListHasEveryConnectionOnce() throws IOException {
        try (WireClient other = connect()) {
            other.call("CLIENT SETNAME other");
            List<String> lines = Arrays.asList(client.call("CLIENT LIST").split("\n"));
            assertEquals(
                    1,
                    lines.stream().filter(line -> line.contains("name=other ")).count());
            assertFalse(lines.isEmpty());
        }
    }
}
