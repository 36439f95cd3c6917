package io.aikv.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The order of replies, the decoding of requests from packets, and the texts of refusals, over real sockets. */
final class SessionTest {
    private static TestServer server = start();

    private static TestServer start() {
        return TestServer.start();
    }

    @BeforeAll
    static void isUp() throws IOException {
        try (WireClient client = server.connect()) {
            assertEquals("+PONG", client.call("PING"));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Test
    void pipelinedRepliesKeepTheOrderOfRequestsAndReadsSeeTheWritesBeforeThem() throws IOException {
        long seed = new Random().nextLong();
        System.getLogger("seed").log(System.Logger.Level.INFO, "seed " + seed);
        Random random = new Random(seed);
        Map<String, String> model = new HashMap<>();
        StringBuilder stream = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            String key = "order:" + random.nextInt(20);
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    stream.append(WireClient.request("SET", key, "v" + i));
                    model.put(key, "v" + i);
                    expected.add("+OK");
                }
                case 3 -> {
                    stream.append(WireClient.request("GET", key));
                    expected.add(model.containsKey(key) ? "$" + model.get(key) : "$-1");
                }
                case 4 -> {
                    stream.append("PING ").append(i).append("\r\n");
                    expected.add("$" + i);
                }
                default -> {
                    stream.append(WireClient.request("GETT", key));
                    expected.add("-ERR unknown command 'GETT', with args beginning with: '" + key + "' ");
                }
            }
        }
        try (WireClient client = server.connect()) {
            Thread writer = sender(client, stream.toString(), random);
            List<String> replies = new ArrayList<>();
            for (int i = 0; i < expected.size(); i++) {
                replies.add(client.receive());
            }

            assertEquals(expected, replies, "seed " + seed);
            assertTrue(!writer.isInterrupted());
        }
    }

    /** Sends in packets of random sizes from another thread. */
    private static Thread sender(WireClient client, String stream, Random random) {
        Thread writer = new Thread(() -> {
            try {
                int at = 0;
                while (at < stream.length()) {
                    int size = Math.min(stream.length() - at, 1 + random.nextInt(random.nextBoolean() ? 10 : 20_000));
                    client.raw(stream.substring(at, at + size));
                    at += size;
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        writer.start();
        return writer;
    }

    @Test
    void aProtocolErrorIsAnsweredBehindEarlierRepliesAndCloses() throws IOException {
        try (WireClient client = server.connect()) {
            client.raw(WireClient.request("SET", "pe", "1") + WireClient.request("GET", "pe") + "*1\r\n+PING\r\n");

            assertEquals("+OK", client.receive());
            assertEquals("$1", client.receive());
            assertEquals("-ERR Protocol error: expected '$', got '+'", client.receive());
            assertThrows(EOFException.class, client::receive);
        }
    }

    @Test
    void errorTextsOfDispatchAreThoseOfRedis() throws IOException {
        try (WireClient client = server.connect()) {
            assertEquals("-ERR unknown command 'foo', with args beginning with: 'a' 'b' ", client.call("foo a b"));
            assertEquals("-ERR unknown command 'foo', with args beginning with: ", client.call("foo"));
            String longest = "x".repeat(200);
            assertEquals(
                    "-ERR unknown command '" + "x".repeat(128) + "', with args beginning with: '" + "x".repeat(128)
                            + "' ",
                    client.callWords(longest, longest, "b"));
            assertEquals("-ERR unknown subcommand 'nope'. Try CLIENT HELP.", client.call("client nope"));
            assertEquals("-ERR wrong number of arguments for 'get' command", client.call("GET"));
            assertEquals("-ERR wrong number of arguments for 'client' command", client.call("client"));
            assertEquals("-ERR wrong number of arguments for 'client|setname' command", client.call("client setname"));
            assertEquals("-ERR wrong number of arguments for 'client|id' command", client.call("CLIENT ID x"));
        }
    }

    @Test
    void repliesArriveAfterTheClientStopsSending() throws IOException {
        try (WireClient client = server.connect()) {
            client.raw(WireClient.request("SET", "half", "1") + WireClient.request("GET", "half"));
            client.endInput();

            assertEquals("+OK", client.receive());
            assertEquals("$1", client.receive());
            assertThrows(EOFException.class, client::receive);
        }
    }

    @Test
    void aDeepPipelineIsAnsweredInFullThoughTheClientHasStoppedSending() throws IOException {
        int count = 30_000;
        try (WireClient client = server.connect()) {
            client.raw(WireClient.request("SET", "deep", "x").repeat(count));
            client.endInput();

            for (int i = 0; i < count; i++) {
                assertEquals("+OK", client.receive());
            }
            assertThrows(EOFException.class, client::receive);
        }
    }

    @Test
    void infoCountsWhatReadsFindAndWhatExpires() throws IOException {
        try (WireClient client = server.connect()) {
            assertEquals("+OK", client.call("CONFIG RESETSTAT"));
            assertEquals("+OK", client.call("MSET hit:1 a hit:2 b"));
            assertEquals("$a", client.call("GET hit:1"));
            client.call("MGET hit:1 hit:2 miss:1");
            assertEquals(":1", client.call("EXISTS hit:1 miss:2"));
            assertEquals("+OK", client.call("SET due v PX 1"));
            String info = client.call("INFO stats");
            long until = System.nanoTime() + 30_000_000_000L;
            while (!info.contains("expired_keys:1\r\n") && System.nanoTime() < until) {
                info = client.call("INFO stats");
            }

            assertTrue(info.contains("expired_keys:1\r\n"), info);
            assertTrue(info.contains("keyspace_hits:4\r\n"), info);
            assertTrue(info.contains("keyspace_misses:2\r\n"), info);
        }
    }

    @Test
    void quitClosesAndIgnoresWhatFollows() throws IOException {
        try (WireClient client = server.connect()) {
            client.raw(WireClient.request("SET", "q", "1")
                    + WireClient.request("QUIT")
                    + WireClient.request("SET", "q", "2"));

            assertEquals("+OK", client.receive());
            assertEquals("+OK", client.receive());
            assertThrows(EOFException.class, client::receive);
        }
        try (WireClient client = server.connect()) {
            assertEquals("$1", client.call("GET q"));
        }
    }

    @Test
    void clientReplyOffAndSkipAreExact() throws IOException {
        try (WireClient client = server.connect()) {
            client.send("CLIENT", "REPLY", "SKIP");
            client.send("SET", "cr", "1");
            assertEquals("$1", client.call("GET cr"));
            client.send("CLIENT", "REPLY", "OFF");
            client.send("SET", "cr", "2");
            client.send("NOSUCH");
            client.send("CLIENT", "REPLY", "SKIP");
            assertEquals("+OK", client.call("CLIENT REPLY ON"));
            assertEquals("$2", client.call("GET cr"));
            client.send("CLIENT", "REPLY", "SKIP");
            assertEquals("+OK", client.call("CLIENT REPLY ON"));
            client.send("CLIENT", "REPLY", "OFF");
            assertEquals("+RESET", client.call("RESET"));
        }
    }

    @Test
    void largeValuesPassInBothDirections() throws IOException {
        String value = "0123456789abcdef".repeat(300_000);
        try (WireClient client = server.connect()) {
            assertEquals("+OK", client.callWords("SET", "large", value));
            for (int i = 0; i < 8; i++) {
                client.send("GET", "large");
            }
            for (int i = 0; i < 8; i++) {
                assertEquals("$" + value, client.receive());
            }
            assertEquals(":1", client.call("DEL large"));
        }
    }

    @Test
    void largeRepliesKeepTheirPlaceAmongOthers() throws IOException {
        String value = "0123456789abcdef".repeat(80_000);
        String medium = "m".repeat(70_000);
        try (WireClient client = server.connect()) {
            assertEquals("+OK", client.callWords("MSET", "{l}1", value, "{l}2", medium, "{l}3", "small"));
            for (int i = 0; i < 20; i++) {
                client.send("PING");
                client.send("GET", "{l}1");
                client.send("SET", "{l}3", "small" + i);
                client.send("MGET", "{l}1", "{l}3", "nosuch", "{l}2", "{l}1");
                client.send("GETRANGE", "{l}1", "1", "-2");
                client.send("ECHO", "here");
            }
            for (int i = 0; i < 20; i++) {
                assertEquals("+PONG", client.receive());
                assertEquals("$" + value, client.receive());
                assertEquals("+OK", client.receive());
                assertEquals(
                        "[$" + value + ", $small" + i + ", $-1, $" + medium + ", $" + value + "]", client.receive());
                assertEquals("$" + value.substring(1, value.length() - 1), client.receive());
                assertEquals("$here", client.receive());
            }
        }
    }

    @Test
    void longValuesAreReadByReadersAndShortOnesAreNot() throws IOException {
        try (WireClient client = server.connect()) {
            assertEquals("+OK", client.callWords("SET", "short", "x".repeat(1 << 20)));
            assertEquals(":1048577", client.call("SETRANGE long 1048576 x"));
            long before = server.node().server().counters().longReadsCount();
            client.call("GET short");
            client.call("STRLEN long");
            client.call("GETRANGE long 5 1048577");
            assertEquals(before, server.node().server().counters().longReadsCount());
            client.call("GET long");
            client.call("MGET short short");
            client.call("GETRANGE long 0 -1");
            client.call("DIGEST long");
            assertEquals(before + 4, server.node().server().counters().longReadsCount());
            client.call("KEYS nosuch*");
            assertEquals(before + 5, server.node().server().counters().longReadsCount());
        }
    }
}
