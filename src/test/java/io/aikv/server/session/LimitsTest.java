package io.aikv.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** What a client may take of a server, and what happens beyond. */
final class LimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void connectionsBeyondMaxclientsAreRefusedWithRedisText() throws IOException {
        try (TestServer server = TestServer.start("limits.maxclients=2");
                WireClient first = server.connect();
                WireClient second = server.connect()) {
            assertEquals("+PONG", first.call("PING"));
            assertEquals("+PONG", second.call("PING"));
            try (WireClient third = server.connect()) {
                assertEquals("-ERR max number of clients reached", third.receive());
                assertTrue(third.isClosedByServer());
            }
            first.close();
            Await.until(
                    () -> {
                        try (WireClient again = server.connect()) {
                            return again.call("PING").equals("+PONG");
                        }
                    },
                    PATIENCE,
                    () -> "a place is free again");
        }
    }

    @Test
    void aReaderThatDoesNotReadIsClosedAtTheHardLimitOfItsOutput() throws IOException {
        try (TestServer server = TestServer.start("limits.client-output-buffer-limit=\"normal 1mb 0 0\"");
                WireClient slow = new WireClient(server.port(), 4096)) {
            assertEquals("+OK", slow.callWords("SET", "big", "x".repeat(100_000)));
            Await.until(
                    () -> {
                        try {
                            slow.raw(WireClient.request("GET", "big").repeat(20));
                        } catch (SocketException closed) {
                            return true;
                        }
                        return server.node().server().counters().outputLimitDisconnectionsCount() > 0;
                    },
                    PATIENCE,
                    () -> "the slow reader is closed");
            assertTrue(slow.isClosedByServer());
        }
    }

    @Test
    void aReaderThatDoesNotReadStopsBeingReadButGetsEverythingLater() throws IOException {
        int count = 500;
        String value = "y".repeat(100_000);
        try (TestServer server = TestServer.start();
                WireClient slow = new WireClient(server.port(), 4096)) {
            assertEquals("+OK", slow.callWords("SET", "big", value));
            slow.raw(WireClient.request("GET", "big").repeat(count));
            Session session = server.node().server().clients().all().get(0);
            Await.until(() -> session.outputBytes() > 1 << 20, PATIENCE, () -> "replies gather");

            for (int i = 0; i < count; i++) {
                assertTrue(session.outputBytes() < 2L * Session.OUTPUT_BYTES_MAX, "bounded output");
                assertEquals("$" + value, slow.receive());
            }
            assertEquals("+PONG", slow.call("PING"));
        }
    }

    @Test
    void largeRepliesThatNobodyReadsAreMadeOneAtATime() throws IOException {
        int size = 20 << 20;
        int count = 10;
        try (TestServer server = TestServer.start();
                WireClient slow = new WireClient(server.port(), 4096)) {
            slow.call("SETRANGE big " + (size - 1) + " x");
            slow.raw(WireClient.request("GET", "big").repeat(count));
            Session session = server.node().server().clients().all().get(0);
            Await.until(() -> session.outputBytes() > 60_000, PATIENCE, () -> "a reply waits");

            for (int i = 0; i < count; i++) {
                assertTrue(session.outputBytes() < 1 << 20, "bounded output");
                assertEquals(size + 1, slow.receive().length());
            }
            assertEquals("+PONG", slow.call("PING"));
            Await.until(() -> session.outputBytes() == 0, PATIENCE, () -> session.outputBytes() + " bytes left");
        }
    }

    @Test
    void aLargeReplyCountsAgainstTheLimitOfTheOutput() throws IOException {
        try (TestServer server = TestServer.start("limits.client-output-buffer-limit=\"normal 10mb 0 0\"");
                WireClient client = server.connect()) {
            client.call("SETRANGE small 9000000 x");
            client.call("SETRANGE big 11000000 x");
            assertEquals(9_000_002, client.call("GETEX small").length());
            assertEquals(11_000_002, client.call("GET big").length()); // Is never in memory as a whole.
            client.send("GETEX", "big");
            assertTrue(client.isClosedByServer());
            assertEquals(1, server.node().server().counters().outputLimitDisconnectionsCount());
        }
    }

    @Test
    void requestsOfManyConnectionsThatNeverEndStayWithinTheMemoryLimit() throws IOException {
        int connections = 1000;
        long limit = 4 << 20;
        try (TestServer server = TestServer.start("limits.request-memory=4mb")) {
            ServerContext context = server.node().server();
            List<WireClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < connections; i++) {
                    clients.add(server.connect());
                }
                String begin = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n" + "z".repeat(40_000);
                for (WireClient client : clients) {
                    try {
                        client.raw(begin);
                    } catch (SocketException evicted) {
                        continue;
                    }
                    assertTrue(context.requestBytes() < 2 * limit, () -> context.requestBytes() + " bytes held");
                }
                Await.until(
                        () -> context.requestBytes() <= limit
                                && context.counters().evictedClientsCount() > 0,
                        PATIENCE,
                        () -> context.requestBytes() + " bytes held, "
                                + context.counters().evictedClientsCount() + " evicted");
                assertTrue(context.clients().count() > 0, "not everybody is thrown out");
            } finally {
                for (WireClient client : clients) {
                    client.close();
                }
            }
            Await.until(() -> context.requestBytes() == 0, PATIENCE, () -> context.requestBytes() + " bytes leaked");
            try (WireClient client = server.connect()) {
                assertEquals("+OK", client.call("SET a b"));
            }
        }
    }

    @Test
    void aRequestThatNeedsTooMuchMemoryIsAnErrorThatTheClientGetsToRead() throws IOException {
        String value = "x".repeat(24 << 20);
        String refusal = "OOM command not allowed when used memory > half of 'limits.request-memory' (2097152 bytes).";
        try (TestServer server = TestServer.start("limits.request-memory=4mb");
                WireClient client = server.connect();
                WireClient other = server.connect();
                Jedis jedis = new Jedis("127.0.0.1", server.port())) {
            client.send("SET", "before", "1");
            client.send("SET", "k", value);
            assertEquals("+OK", client.receive());
            assertEquals("-" + refusal, client.receive());
            assertTrue(client.isClosedByServer());

            assertEquals(
                    refusal,
                    assertThrows(JedisDataException.class, () -> jedis.set("k", value))
                            .getMessage());
            assertEquals("[$1, $-1]", other.call("MGET before k"));
            assertEquals(0, server.node().server().requestBytes());
        }
    }

    @Test
    void anArgumentBeyondItsLimitIsAnErrorThatTheClientGetsToRead() throws IOException {
        try (TestServer server = TestServer.start("limits.proto-max-bulk-len=1mb");
                WireClient client = server.connect()) {
            client.send("SET", "k", "x".repeat(24 << 20));
            assertEquals("-ERR Protocol error: invalid bulk length", client.receive());
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void aClientThatWasRefusedAndDoesNotGoAwayIsHeardOutForSomeSecondsOnly() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.raw("*1\r\n$-1\r\n");
            assertEquals("-ERR Protocol error: invalid bulk length", client.receive());
            Clients clients = server.node().server().clients();
            assertEquals(1, clients.count());
            Await.until(() -> clients.count() == 0, PATIENCE, () -> "the connection is still open");
        }
    }

    @Test
    void aClientWhoseUnfinishedRequestIsThrownOutIsTold() throws IOException {
        String begin = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n";
        try (TestServer server = TestServer.start("limits.request-memory=4mb");
                WireClient most = server.connect();
                WireClient other = server.connect();
                WireClient less = server.connect()) {
            ServerContext context = server.node().server();
            most.raw(begin + "z".repeat(1_900_000));
            other.raw(begin + "z".repeat(1_500_000));
            Await.until(() -> context.requestBytes() > 3_400_000, PATIENCE, () -> context.requestBytes() + " held");
            less.raw(begin + "z".repeat(1_000_000));

            assertEquals(
                    "-OOM command not allowed when used memory > 'limits.request-memory' (4194304 bytes).",
                    most.receive());
            assertTrue(most.isClosedByServer());
            less.raw("z".repeat(1_000_000) + "\r\n");
            assertEquals("+OK", less.receive());
            assertEquals(1, context.counters().evictedClientsCount());
        }
    }

    @Test
    void aValueLargerThanTheHeapMayBeIsSentInPartsAndNeverHeldAsAWhole() throws IOException {
        int size = 100_000_001;
        String refusal = "-ERR the value is longer than 67108864 bytes, more than this command may hold in memory; use"
                + " GET, GETRANGE or SETRANGE";
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            assertEquals(":" + size, client.call("SETRANGE {h}ole 100000000 x"));
            for (String line : List.of("GET {h}ole", "GETRANGE {h}ole 0 -1", "SUBSTR {h}ole 0 -1")) {
                String value = client.call(line);
                assertEquals(size + 1, value.length(), line);
                assertEquals("\0x", value.substring(size - 1), line);
            }
            String both = client.call("MGET {h}ole nosuch");
            assertEquals("x, $-1]", both.substring(size + 1));
            for (String line : List.of(
                    "GETEX {h}ole",
                    "GETDEL {h}ole",
                    "GETSET {h}ole y",
                    "SET {h}ole y GET",
                    "DIGEST {h}ole",
                    "DUMP {h}ole",
                    "LCS {h}ole nosuch")) {
                assertEquals(refusal, client.call(line), line);
            }
            assertEquals("$-1", client.call("SET {h}ole y IFEQ z"));
            assertEquals(":" + size, client.call("STRLEN {h}ole"));
            assertEquals("$x", client.call("GETRANGE {h}ole -1 -1"));
        }
    }

    @Test
    void smallArgumentsCountWithWhatTheyTakeInMemory() throws IOException {
        int arguments = 100_000;
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.raw("*" + (arguments + 1) + "\r\n" + "$1\r\nx\r\n".repeat(arguments));

            ServerContext context = server.node().server();
            Await.until(
                    () -> context.requestBytes() >= arguments * (7L + 24),
                    PATIENCE,
                    () -> context.requestBytes() + " bytes counted");
        }
    }

    @Test
    void aLongValueThatIsNamedOftenIsReadWhileItIsSent() throws IOException {
        int count = 3_000;
        try (TestServer server = TestServer.start();
                WireClient client = new WireClient(server.port(), 4096)) {
            assertEquals("+OK", client.callWords("SET", "big", "x".repeat(1 << 20)));
            assertEquals("+OK", client.call("SET due y PX 1"));
            Await.until(() -> client.call("GET due").equals("$-1"), PATIENCE, () -> "it is due");
            Session session = server.node().server().clients().all().get(0);

            client.raw(WireClient.request(("MGET due nosuch" + " big".repeat(count)).split(" ")));
            Await.until(() -> session.outputBytes() > 60_000, PATIENCE, () -> "the reply has begun");

            for (int i = 0; i < 100; i++) {
                assertTrue(session.outputBytes() < 1 << 20, "bytes in flight: " + session.outputBytes());
                Thread.onSpinWait();
            }
            client.close();
            try (WireClient other = server.connect()) {
                String nulls = String.join(", ", java.util.Collections.nCopies(20_000, "$-1"));
                assertEquals("[" + nulls + "]", other.call("MGET" + " nosuch".repeat(20_000)));
                assertEquals(":20000", other.call("EXISTS" + " big".repeat(20_000)));
            }
        }
    }

    @Test
    void whoSpeaksAsABrowserDoesIsClosedBeforeTheBodyIsLookedAt() throws IOException {
        try (TestServer server = TestServer.start()) {
            for (String request : List.of(
                    "POST / HTTP/1.1\r\nX: y\r\n\r\nSET body 1\r\n",
                    "GET / HTTP/1.1\r\nhost: x\r\n\r\nSET body 1\r\n",
                    "*1\r\n$4\r\npost\r\nSET body 1\r\n",
                    "SET before 1\r\nPost x\r\nSET body 1\r\n")) {
                try (WireClient client = server.connect()) {
                    client.raw(request);
                    assertTrue(client.isClosedByServer(), request);
                }
            }
            try (WireClient client = server.connect()) {
                assertEquals(":0", client.call("EXISTS body"));
            }
        }
    }

    @Test
    void idleConnectionsAreClosed() throws IOException {
        try (TestServer server = TestServer.start("limits.timeout=1");
                WireClient idle = server.connect()) {
            assertEquals("+PONG", idle.call("PING"));
            assertTrue(idle.isClosedByServer());
        }
    }

    @Test
    void whoIsNotAuthenticatedGetsTheTighterLimits() throws IOException {
        try (TestServer server = TestServer.start("security.requirepass=secret");
                WireClient client = server.connect()) {
            assertEquals("-NOAUTH Authentication required.", client.call("GET a"));
            assertEquals("-ERR unknown command 'foo', with args beginning with: ", client.call("foo"));
            assertEquals("-WRONGPASS invalid username-password pair or user is disabled.", client.call("AUTH wrong"));
            assertTrue(client.call("HELLO 3").startsWith("-NOAUTH HELLO must be called"));
            client.raw("*11\r\n");
            assertEquals("-ERR Protocol error: unauthenticated multibulk length", client.receive());
            assertTrue(client.isClosedByServer());
            try (WireClient other = server.connect()) {
                other.raw("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$16385\r\n");
                assertEquals("-ERR Protocol error: unauthenticated bulk length", other.receive());
            }
            try (WireClient other = server.connect()) {
                assertEquals("+OK", other.call("AUTH default secret"));
                assertEquals("+OK", other.callWords("SET", "a", "b".repeat(20_000)));
                assertEquals("+RESET", other.call("RESET"));
                assertEquals("-NOAUTH Authentication required.", other.call("PING"));
            }
            try (WireClient other = server.connect()) {
                assertTrue(other.call("HELLO 3 AUTH default secret SETNAME me").startsWith("%["));
                assertEquals("$me", other.call("CLIENT GETNAME"));
            }
        }
    }
}
