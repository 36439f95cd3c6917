package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MIGRATE between two servers of ours, and between ours and Redis. */
final class MigrateTest {
    private static final TestServer[] SERVERS = new TestServer[2];

    @TempDir
    private Path directory;

    private WireClient source;
    private WireClient target;

    @BeforeAll
    static void start() {
        SERVERS[0] = TestServer.start();
        SERVERS[1] = TestServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        SERVERS[0].close();
        SERVERS[1].close();
    }

    @BeforeEach
    void connect() throws IOException {
        source = SERVERS[0].connect();
        target = SERVERS[1].connect();
        source.call("FLUSHALL");
        target.call("FLUSHALL");
    }

    @AfterEach
    void close() throws IOException {
        source.close();
        target.close();
    }

    private String migrate(String rest) throws IOException {
        return source.call("MIGRATE 127.0.0.1 " + SERVERS[1].port() + " " + rest);
    }

    // ---- between servers of ours ----

    @Test
    void aKeyOfEveryTypeMoves() throws IOException {
        List<String> lines = List.of(
                "SET text hello",
                "RPUSH list a b c",
                "SADD set a b",
                "ZADD zset 1 a -0 b",
                "HSET hash f v g w",
                "XADD stream 1-1 f v",
                "PFADD hll a b c",
                "GEOADD geo 13.3 38.1 p",
                "JSON.SET json $ {\"a\":[1,2]}");
        for (String line : lines) {
            source.call(line);
            String key = line.split(" ")[1];
            String dumped = source.call("DUMP " + key);

            assertEquals("+OK", migrate(key + " 0 5000"), line);

            assertEquals(dumped, target.call("DUMP " + key), line);
            assertEquals(":0", source.call("EXISTS " + key), line);
        }
    }

    @Test
    void severalKeysAtOnceWithTheirDeadlines() throws IOException {
        source.call("MSET a 1 b 2 c 3");
        source.call("PEXPIRE b 1000000");

        assertEquals("+OK", source.callWords(words(" 3 5000 KEYS a absent b c")));

        assertEquals(":0", source.call("DBSIZE"));
        assertEquals(":0", target.call("DBSIZE"));
        target.call("SELECT 3");
        assertEquals("[$1, $2, $3]", target.call("MGET a b c"));
        assertEquals(":-1", target.call("PTTL a"));
        long left = Long.parseLong(target.call("PTTL b").substring(1));
        assertTrue(left > 900_000 && left <= 1_000_000, left + " ms");
    }

    /** A request whose key is empty. */
    private String[] words(String behindEmptyKey) {
        return ("MIGRATE 127.0.0.1 " + SERVERS[1].port() + " " + behindEmptyKey).split(" ");
    }

    @Test
    void aCopyLeavesTheKeyHere() throws IOException {
        source.call("SET k v");

        assertEquals("+OK", migrate("k 0 5000 COPY"));
        assertEquals(
                "-ERR Target instance replied with error: BUSYKEY Target key name already exists.",
                migrate("k 0 5000 COPY"));
        assertEquals("+OK", migrate("k 0 5000 COPY REPLACE"));

        assertEquals("$v", source.call("GET k"));
        assertEquals("$v", target.call("GET k"));
    }

    @Test
    void whatTheTargetRefusesStays() throws IOException {
        source.call("MSET a 1 b 2 c 3");
        target.call("SET b other");

        assertEquals(
                "-ERR Target instance replied with error: BUSYKEY Target key name already exists.",
                source.callWords(words(" 0 5000 KEYS a b c")));

        assertEquals("[$-1, $2, $-1]", source.call("MGET a b c"));
        assertEquals("[$1, $other, $3]", target.call("MGET a b c"));
        assertEquals("-ERR Target instance replied with error: ERR DB index is out of range", migrate("b 99 5000"));
    }

    @Test
    void aThousandKeysMoveInOneCommand() throws IOException {
        StringBuilder keys = new StringBuilder(" 0 5000 KEYS");
        for (int i = 0; i < 1_000; i++) {
            source.call("SET k" + i + " " + "v".repeat(i + 1));
            keys.append(" k").append(i);
        }

        assertEquals("+OK", source.callWords(words(keys.toString())));

        assertEquals(":0", source.call("DBSIZE"));
        assertEquals(":1000", target.call("DBSIZE"));
        assertEquals("$" + "v".repeat(1_000), target.call("GET k999"));
    }

    @Test
    void passwordsAreSent() throws IOException {
        try (TestServer guarded = TestServer.start("security.requirepass=\"secret\"");
                WireClient client = guarded.connect()) {
            String line = "MIGRATE 127.0.0.1 " + guarded.port() + " k 0 5000 COPY REPLACE";
            source.call("SET k v");

            assertEquals("-ERR Target instance replied with error: NOAUTH Authentication required.", source.call(line));
            assertTrue(source.call(line + " AUTH wrong")
                    .startsWith("-ERR Target instance replied with error: WRONGPASS "));
            assertEquals("+OK", source.call(line + " AUTH secret"));
            assertEquals("+OK", source.call(line + " AUTH2 default secret"));

            client.call("AUTH secret");
            assertEquals("$v", client.call("GET k"));
        }
    }

    /** Every acknowledged increment is in what has moved, or still here. */
    @Test
    void writesThatComeMeanwhileAreNotLost() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong acknowledged = new AtomicLong();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            try (WireClient client = SERVERS[0].connect()) {
                while (!done.get()) {
                    assertTrue(client.call("INCR counter").startsWith(":"));
                    acknowledged.incrementAndGet();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        long moved = 0;
        int migrations = 0;
        while (migrations < 50) {
            String reply = migrate("counter 0 5000 REPLACE");
            if (reply.equals("+OK")) {
                migrations++;
                moved += Long.parseLong(target.call("GETDEL counter").substring(1));
            } else {
                assertTrue(reply.equals("+NOKEY") || reply.startsWith("-TRYAGAIN the key changed"), reply);
            }
        }
        done.set(true);
        writer.get();

        String left = source.call("GET counter");
        moved += left.equals("$-1") ? 0 : Long.parseLong(left.substring(1));
        assertEquals(acknowledged.get(), moved);
    }

    @Test
    void aSilentTargetEndsTheCommandInTime() throws IOException {
        source.call("SET k v");
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String line = "MIGRATE 127.0.0.1 " + silent.getLocalPort() + " k 0 100";

            assertEquals("-IOERR error or timeout reading to target instance", source.call(line));
        }
        assertEquals("$v", source.call("GET k"));
    }

    // ---- and Redis ----

    @Test
    void valuesMoveToRedisAndBack() throws Exception {
        try (RedisProcess redis = RedisProcess.start(directory);
                RawClient theirs = redis.connect()) {
            source.call("RPUSH list a b c");
            source.call("ZADD zset 1 a 2 b");

            assertEquals("+OK", source.call("MIGRATE 127.0.0.1 " + redis.port() + " list 0 5000"));
            assertEquals("+OK", source.call("MIGRATE 127.0.0.1 " + redis.port() + " zset 0 5000"));

            assertEquals("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", text(theirs.call("LRANGE", "list", "0", "-1")));
            assertEquals(":0", source.call("DBSIZE"));
            String port = Integer.toString(SERVERS[0].port());
            assertEquals("+OK\r\n", text(theirs.call("MIGRATE", "127.0.0.1", port, "list", "0", "5000")));
            assertEquals("[$a, $b, $c]", source.call("LRANGE list 0 -1"));
        }
    }

    @Test
    void repliesAreThoseOfRedis() throws Exception {
        try (RedisProcess redis = RedisProcess.start(directory);
                RawClient theirs = redis.connect();
                RawClient ours = new RawClient(SERVERS[0].port());
                ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String closed = Integer.toString(closedPort());
            List<String> lines = List.of(
                    "SET k v",
                    "MIGRATE 127.0.0.1 PORT absent 0 100",
                    "MIGRATE 127.0.0.1 PORT k 0 100",
                    "MIGRATE 127.0.0.1 PORT k 0 -5 COPY REPLACE",
                    "MIGRATE 127.0.0.1 PORT k 0",
                    "MIGRATE 127.0.0.1 PORT k x 100",
                    "MIGRATE 127.0.0.1 PORT k 0 x",
                    "MIGRATE 127.0.0.1 PORT k 0 100 STRANGE",
                    "MIGRATE 127.0.0.1 PORT k 0 100 AUTH",
                    "MIGRATE 127.0.0.1 PORT k 0 100 AUTH2 user",
                    "MIGRATE 127.0.0.1 PORT k 0 100 KEYS k",
                    "MIGRATE 127.0.0.1 PORT  0 100 KEYS",
                    "MIGRATE 127.0.0.1 PORT  0 100 KEYS absent",
                    "MIGRATE 127.0.0.1 PORT  0 100 copy keys k absent",
                    "MIGRATE 127.0.0.1 0 k 0 100",
                    "MIGRATE no.such.host.invalid PORT k 0 100",
                    "MIGRATE 127.0.0.1 SILENT k 0 100",
                    "MIGRATE 127.0.0.1 SILENT k 0 100 AUTH x",
                    "GET k");
            for (String line : lines) {
                String[] words = line.replace("PORT", closed)
                        .replace("SILENT", Integer.toString(silent.getLocalPort()))
                        .split(" ");

                assertEquals(text(theirs.call(words)), text(ours.call(words)), line);
            }
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String text(byte[] reply) {
        return new String(reply, ISO_8859_1);
    }
}
