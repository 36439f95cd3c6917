package io.aikv.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
        int count = 50;
        try (TestServer server = TestServer.start();
                WireClient slow = new WireClient(server.port(), 4096)) {
            slow.call("SETRANGE big " + (size - 1) + " x");
            slow.raw(WireClient.request("GET", "big").repeat(count));
            Session session = server.node().server().clients().all().get(0);
            Await.until(() -> session.outputBytes() >= size / 2, PATIENCE, () -> "a reply waits");

            for (int i = 0; i < count; i++) {
                assertTrue(session.outputBytes() < 2L * size + Session.OUTPUT_BYTES_MAX, "bounded output");
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
            assertEquals(9_000_002, client.call("GET small").length());
            client.send("GET", "big");
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
                String begin = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n" + "z".repeat(40_000);
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
