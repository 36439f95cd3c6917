package io.aikv.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.LargeHash;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replies that are read while they are sent: whole, as of one instant, bounded, and never left behind. */
final class StreamedReplyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The piece being read, and those that the socket has not taken. */
    private static final long IN_FLIGHT_BYTES_MAX = 200_000;

    @Test
    void aSlowClientGetsTheHashAsItWasThoughItIsChangedAndRemoved() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient slow = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            Session session = server.node().server().clients().all().stream()
                    .filter(one -> one.address().endsWith(":" + slow.localPort()))
                    .findAny()
                    .orElseThrow();
            begin(server, slow, "HGETALL", "h");

            writer.callWords("HSET", "h", "f1", "changed", "new", "1");
            writer.callWords("HDEL", "h", "f2", "f3");
            assertEquals(":1", writer.call("DEL h"));
            writer.callWords("HSET", "h", "f1", "again");

            String reply = slow.receive();
            assertTrue(session.outputBytes() < IN_FLIGHT_BYTES_MAX, "bytes in flight: " + session.outputBytes());
            LargeHash.assertWhole(items(reply));
            assertEquals("[$f1, $again]", slow.call("HGETALL h"));
            awaitNothingHeld(server);
            assertEquals(0, server.node().server().streamedRepliesCut());
        }
    }

    @Test
    void whatIsInMemoryOfAReplyThatIsNotTakenIsBounded() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient slow = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, slow, "HGETALL", "h");
            Session session = server.node().server().clients().all().stream()
                    .filter(one -> one.address().endsWith(":" + slow.localPort()))
                    .findAny()
                    .orElseThrow();
            Await.until(() -> session.outputBytes() > 60_000, PATIENCE, () -> "the kernel's buffers are full");
            for (int i = 0; i < 1000; i++) {
                assertEquals("+PONG", writer.call("PING"));
                assertTrue(session.outputBytes() < IN_FLIGHT_BYTES_MAX, "bytes in flight: " + session.outputBytes());
            }
        }
    }

    @Test
    void repliesKeepTheOrderOfTheirRequests() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            LargeHash.fill(client, "h");
            client.raw(WireClient.request("PING", "before")
                    + WireClient.request("HKEYS", "h")
                    + WireClient.request("HSET", "h", "g", "1")
                    + WireClient.request("HLEN", "h")
                    + WireClient.request("HVALS", "h")
                    + WireClient.request("KEYS", "*")
                    + "*1\r\n+PING\r\n");

            assertEquals("$before", client.receive());
            assertEquals(LargeHash.FIELDS, items(client.receive()).size());
            assertEquals(":1", client.receive());
            assertEquals(":" + (LargeHash.FIELDS + 1), client.receive());
            assertEquals(LargeHash.FIELDS + 1, items(client.receive()).size());
            assertEquals("[$h]", client.receive());
            assertEquals("-ERR Protocol error: expected '$', got '+'", client.receive());
            assertThrows(EOFException.class, client::receive);
            awaitNothingHeld(server);
        }
    }

    @Test
    void aPauseOfClientsLetsAReplyUnderWayEndAndHoldsTheNext() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient slow = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, slow, "HGETALL", "h");
            slow.raw(WireClient.request("HVALS", "h") + WireClient.request("PING"));
            assertEquals("+OK", writer.call("CLIENT PAUSE 3000 ALL"));
            long pausedNanos = System.nanoTime();

            assertEquals(2 * LargeHash.FIELDS, items(slow.receive()).size());
            Await.until(
                    () -> server.node().server().clients().count(Session::isPaused) == 1,
                    PATIENCE,
                    () -> "HVALS is held");
            assertEquals(0, server.node().server().streamedReplies());
            assertEquals(LargeHash.FIELDS, items(slow.receive()).size());
            assertTrue(System.nanoTime() - pausedNanos > Duration.ofMillis(2900).toNanos(), "it came in the pause");
            assertEquals("+PONG", slow.receive());
            awaitNothingHeld(server);
        }
    }

    @Test
    void aPauseOfWritesHoldsNoReply() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient slow = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, slow, "HGETALL", "h");
            assertEquals("+OK", writer.call("CLIENT PAUSE 100000 WRITE"));
            writer.send("DEL", "h");
            slow.raw(WireClient.request("HVALS", "h"));

            assertEquals(2 * LargeHash.FIELDS, items(slow.receive()).size());
            assertEquals(LargeHash.FIELDS, items(slow.receive()).size());
            assertEquals("+OK", slow.call("CLIENT UNPAUSE"));
            assertEquals(":1", writer.receive());
            awaitNothingHeld(server);
        }
    }

    @Test
    void aClientThatHasEndedItsInputGetsTheWholeReply() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            LargeHash.fill(client, "h");
            client.send("HGETALL", "h");
            client.endInput();

            assertEquals(2 * LargeHash.FIELDS, items(client.receive()).size());
            assertThrows(EOFException.class, client::receive);
        }
    }

    @Test
    void resp3SaysWhatKindOfReplyItIs() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            LargeHash.fill(client, "h");
            client.call("HELLO 3");

            String map = client.call("HGETALL h");
            assertEquals("%[", map.substring(0, 2));
            assertEquals(2 * LargeHash.FIELDS, items(map.substring(1)).size());
            awaitNothingHeld(server);
        }
    }

    @Test
    void aReplyThatIsNotWantedIsNotRead() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            LargeHash.fill(client, "h");
            client.raw(WireClient.request("CLIENT", "REPLY", "SKIP")
                    + WireClient.request("HGETALL", "h")
                    + WireClient.request("PING"));

            assertEquals("+PONG", client.receive());
            awaitNothingHeld(server);
        }
    }

    @Test
    void whatOthersPushWaitsBehindTheReply() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient monitor = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            assertEquals("+OK", monitor.call("MONITOR"));
            begin(server, monitor, "HGETALL", "h");
            writer.callWords("SET", "big", "y".repeat(300_000));
            writer.call("SET small z");

            assertTrue(monitor.receive().endsWith("\"HGETALL\" \"h\""));
            assertEquals(2 * LargeHash.FIELDS, items(monitor.receive()).size());
            assertTrue(monitor.receive().contains("\"SET\" \"big\" \"yyy"));
            assertTrue(monitor.receive().endsWith("\"SET\" \"small\" \"z\""));
        }
    }

    @Test
    void aClientThatGoesInTheMiddleLeavesNothingBehind() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect()) {
            LargeHash.fill(writer, "h");
            for (int i = 0; i < 5; i++) {
                try (WireClient client = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
                    begin(server, client, "HGETALL", "h");
                }
                awaitNothingHeld(server);
            }
            assertEquals(0, server.node().server().streamedRepliesCut());
        }
    }

    @Test
    void aKilledClientLeavesNothingBehind() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient client = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            String id = client.call("CLIENT ID").substring(1);
            begin(server, client, "HGETALL", "h");

            assertEquals(":1", writer.call("CLIENT KILL ID " + id));
            awaitNothingHeld(server);
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void aClientThatTakesNothingIsClosed() throws IOException {
        assertStuckClientIsCut("limits.streamed-reply-stall=\"300ms\"");
    }

    @Test
    void aClientThatTakesTooLongIsClosed() throws IOException {
        assertStuckClientIsCut("limits.streamed-reply-time-max=\"300ms\"");
    }

    private static void assertStuckClientIsCut(String limit) throws IOException {
        try (TestServer server = TestServer.start(limit);
                WireClient writer = server.connect();
                WireClient stuck = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, stuck, "HGETALL", "h");

            Await.until(
                    () -> server.node().server().streamedRepliesCut() == 1, PATIENCE, () -> "the stuck client is cut");
            awaitNothingHeld(server);
            assertTrue(stuck.isClosedByServer());
            assertEquals("+PONG", writer.call("PING"));
        }
    }

    @Test
    void theSoftLimitOfTheOutputHoldsWhileNothingIsWritten() throws IOException {
        try (TestServer server = TestServer.start("limits.client-output-buffer-limit=\"normal 0 32kb 1\"");
                WireClient writer = server.connect();
                WireClient stuck = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, stuck, "HGETALL", "h");

            Await.until(
                    () -> server.node().server().counters().outputLimitDisconnectionsCount() == 1,
                    PATIENCE,
                    () -> "the soft limit ends the connection");
            awaitNothingHeld(server);
        }
    }

    @Test
    void whoFindsNoPlaceWaitsForOne() throws IOException {
        try (TestServer server = TestServer.start("limits.streamed-replies-max=1");
                WireClient first = new WireClient(server.port(), LargeHash.SMALL_BUFFER);
                WireClient gone = server.connect();
                WireClient second = server.connect()) {
            LargeHash.fill(second, "h");
            begin(server, first, "HGETALL", "h");
            gone.send("HGETALL", "h");
            gone.close();
            second.send("HGETALL", "h");
            assertEquals(1, server.node().server().streamedReplies());
            first.close();

            assertEquals(2 * LargeHash.FIELDS, items(second.receive()).size());
            awaitNothingHeld(server);
        }
    }

    @Test
    void aStoreThatIsReplacedDoesNotWaitForClients() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient stuck = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, stuck, "HGETALL", "h");

            assertTimeout(Duration.ofSeconds(15), () -> assertEquals("+OK", writer.call("DEBUG RELOAD")));
            assertTrue(stuck.isClosedByServer());
            assertEquals(1, server.node().server().streamedRepliesCut());
            assertEquals(":" + LargeHash.FIELDS, writer.call("HLEN h"));
            awaitNothingHeld(server);
        }
    }

    @Test
    void theNodeStopsThoughAClientTakesNothing() throws IOException {
        TestServer server = TestServer.start("server.shutdown-timeout=\"1s\"");
        try (WireClient writer = server.connect();
                WireClient stuck = new WireClient(server.port(), LargeHash.SMALL_BUFFER)) {
            LargeHash.fill(writer, "h");
            begin(server, stuck, "HGETALL", "h");
            assertTimeout(Duration.ofSeconds(15), server.node()::stop);
        } finally {
            server.close();
        }
    }

    // ---- helpers ----

    /** Sends a request and waits until its reply is on its way. */
    private static void begin(TestServer server, WireClient client, String... words) throws IOException {
        client.send(words);
        Await.until(() -> server.node().server().streamedReplies() == 1, PATIENCE, () -> "the reply is streamed");
    }

    private static List<String> items(String array) {
        String inner = array.substring(1, array.length() - 1);
        return inner.isEmpty() ? List.of() : Arrays.asList(inner.split(", "));
    }

    private static void awaitNothingHeld(TestServer server) {
        Await.until(
                () -> server.node().server().streamedReplies() == 0
                        && server.node().groups().stream()
                                .allMatch(group -> group.store().figures().openSnapshots() == 0),
                PATIENCE,
                () -> "snapshots are given back");
    }
}
