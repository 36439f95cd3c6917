package io.aikv.server.tracking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Client-side caching on one node: no stale value stays in a cache, and the table is bounded. */
final class TrackingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ROUNDS = Integer.getInteger("aikv.tracking.rounds", 20);
    private static final int READS = 400;
    private static final int KEYS = 20;

    @Test
    void expiredKeysAreInvalidated() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.call("HELLO 3");
            client.call("CLIENT TRACKING ON");
            client.call("SET soon 1 PX 50");
            assertEquals("$1", client.call("GET soon"));

            assertEquals(">[$invalidate, [$soon]]", client.receive());
            assertEquals("_", client.call("GET soon"));
        }
    }

    /** Where Redis says nothing: the key has another value, or none. */
    @Test
    void swappedDatabasesInvalidateEverything() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect();
                WireClient other = server.connect()) {
            client.call("HELLO 3");
            client.call("CLIENT TRACKING ON");
            client.call("SET a 1");
            assertEquals("$1", client.call("GET a"));

            assertEquals("+OK", other.call("SWAPDB 0 1"));

            assertEquals(">[$invalidate, _]", client.receive());
            assertEquals("_", client.call("GET a"));
        }
    }

    @Test
    void theTableIsBoundedAndWhatItThrowsOutIsInvalidated() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect();
                WireClient other = server.connect()) {
            other.call("CONFIG SET tracking-table-max-keys 10");
            client.call("HELLO 3");
            client.call("CLIENT TRACKING ON");
            int count = 100;
            int told = 0;
            int read = 0;
            for (int i = 0; i < count; i++) {
                client.send("GET", "key" + i);
            }
            while (read < count || told < count - 10) {
                String reply = client.receive();
                if (reply.equals("_")) {
                    read++;
                } else {
                    assertTrue(reply.startsWith(">[$invalidate, [$key"), reply);
                    told++;
                }
            }

            String info = other.call("INFO stats") + other.call("INFO clients");
            assertTrue(info.contains("tracking_total_keys:10\r\n"), info);
            assertTrue(info.contains("tracking_total_items:10\r\n"), info);
            assertTrue(info.contains("tracking_clients:1\r\n"), info);
            other.call("CONFIG SET tracking-table-max-keys 4");
            for (int i = 0; i < 6; i++) {
                assertTrue(client.receive().startsWith(">[$invalidate, [$key"));
            }
            assertEquals("+PONG", client.call("PING"));
        }
    }

    @Test
    void clientsAreShownAndLeaveWithTheirPrefixes() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient one = server.connect();
                WireClient other = server.connect()) {
            one.call("HELLO 3");
            one.call("CLIENT TRACKING ON BCAST PREFIX a PREFIX b");
            String line = one.call("CLIENT INFO");
            assertTrue(line.contains(" flags=tB ") && line.contains(" redir=0 "), line);
            assertTrue(other.call("INFO stats").contains("tracking_total_prefixes:2\r\n"));

            one.close();

            Await.until(
                    () -> other.call("INFO stats").contains("tracking_total_prefixes:0\r\n"),
                    PATIENCE,
                    () -> "the prefixes are gone");
            assertTrue(other.call("INFO clients").contains("tracking_clients:0\r\n"));
        }
    }

    /** A cache as a client keeps it, while others write: once they have stopped it comes to hold what the server holds. */
    @Test
    void aCacheHoldsNothingStaleWhenAllHasArrived() throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffff_ffffL);
        System.out.println("TrackingTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (TestServer server = TestServer.start();
                CachingClient cache = new CachingClient(server.port());
                WireClient direct = server.connect()) {
            for (int round = 0; round < ROUNDS; round++) {
                boolean broadcast = random.nextInt(3) == 0;
                cache.call(broadcast ? "CLIENT TRACKING ON BCAST" : "CLIENT TRACKING ON");
                AtomicBoolean stop = new AtomicBoolean();
                Thread writer = writer(server, stop, random.nextLong());
                for (int i = 0; i < READS; i++) {
                    String key = "key" + random.nextInt(KEYS);
                    // What is long runs on a thread beside the loop that sends the messages.
                    cache.read(random.nextInt(3) == 0 ? "LCS " + key + " key" + random.nextInt(KEYS) : "GET " + key);
                }
                stop.set(true);
                writer.join();

                Await.until(() -> cache.isFresh(direct), PATIENCE, () -> "nothing stale in " + cache + " seed " + seed);
                cache.forget();
            }
        }
    }

    /** Writes small and long values and removes keys until it is told to stop. */
    private static Thread writer(TestServer server, AtomicBoolean stop, long seed) {
        Thread writer = new Thread(() -> {
            SplittableRandom random = new SplittableRandom(seed);
            try (WireClient client = server.connect()) {
                while (!stop.get()) {
                    String key = "key" + random.nextInt(KEYS);
                    switch (random.nextInt(12)) {
                        case 0 -> client.callWords("DEL", key);
                        case 1 -> client.callWords("SET", key, "v", "PX", "1");
                        case 2 -> client.callWords("SET", key, "x".repeat(1 + random.nextInt(3_000)));
                        case 3 -> client.callWords(random.nextInt(20) == 0 ? "FLUSHALL" : "PING");
                        default -> client.callWords("SET", key, "v" + random.nextInt(1_000_000));
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        writer.start();
        return writer;
    }

    /** Keeps the replies of reads until it is told that a key of theirs has changed. */
    private static final class CachingClient implements AutoCloseable {
        private final WireClient client;
        private final Map<String, String> replies = new HashMap<>();

        CachingClient(int port) throws IOException {
            client = new WireClient(port);
            call("HELLO 3");
        }

        void call(String line) throws IOException {
            client.send(line.split(" "));
            receive();
        }

        void read(String line) throws IOException {
            if (!replies.containsKey(line)) {
                client.send(line.split(" "));
                replies.put(line, receive());
            }
        }

        /** The next reply; messages before it are heeded. */
        private String receive() throws IOException {
            String reply = client.receive();
            while (reply.startsWith(">")) {
                String keys = reply.substring(">[$invalidate, ".length(), reply.length() - 1);
                if (keys.equals("_")) {
                    replies.clear();
                } else {
                    for (String key : keys.substring(1, keys.length() - 1).split(", ")) {
                        replies.keySet().removeIf(line -> (line + " ").contains(" " + key.substring(1) + " "));
                    }
                }
                reply = client.receive();
            }
            return reply;
        }

        boolean isFresh(WireClient direct) throws IOException {
            call("PING");
            for (Map.Entry<String, String> each : replies.entrySet()) {
                String now = direct.call(each.getKey());
                if (!each.getValue().equals(now.equals("$-1") ? "_" : now)) {
                    return false;
                }
            }
            return true;
        }

        void forget() throws IOException {
            call("CLIENT TRACKING OFF");
            replies.clear();
        }

        @Override
        public String toString() {
            return replies.toString();
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }
}
