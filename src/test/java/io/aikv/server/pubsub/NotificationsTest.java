package io.aikv.server.pubsub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.command.CommandFixture;
import io.aikv.command.TypedLines;
import io.aikv.server.SideBySide;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.server.command.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keyspace notifications, side by side with a real redis-server as far as it has the commands. */
final class NotificationsTest {
    private static final int LINES = Integer.getInteger("aikv.notifications.lines", 800);

    @TempDir
    private static Path directory;

    private static Wire redis;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        redis = Wire.start(directory, "--stream-node-max-bytes", "0");
        server = TestServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        redis.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = TypedLines.Family.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FIELD_EXPIRY", "JSON"})
    void eventsOfRandomCommandsEqualThoseOfRedis(TypedLines.Family family) throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffff_ffffL);
        System.out.println("NotificationsTest " + family + " seed " + seed + "; repeat with -Daikv.seed=" + seed);
        try (CommandFixture fixture = new CommandFixture(directory.resolve(family.name()));
                SideBySide sides = new SideBySide(redis.port(), server.port())) {
            TypedLines lines = new TypedLines(family, seed, fixture.table(), "t");
            sides.run("client", "FLUSHALL");
            sides.run("client", "CONFIG SET notify-keyspace-events KEAn");
            sides.run("subscriber", "PSUBSCRIBE __key*");
            sides.compareOnly("subscriber");
            for (int i = 0; i < LINES; i++) {
                byte[][] line = lines.next();
                sides.run(
                        "client",
                        Arrays.stream(line)
                                .map(word -> new String(word, ISO_8859_1))
                                .toArray(String[]::new));
            }
            sides.requireNothingMore();
        }
    }

    @Test
    void missesAreEventsOfReads() throws Exception {
        try (SideBySide sides = new SideBySide(redis.port(), server.port())) {
            sides.run("client", "FLUSHALL");
            sides.run("client", "CONFIG SET notify-keyspace-events KEm");
            sides.run("subscriber", "PSUBSCRIBE __key*");
            for (String line : List.of(
                    "SET there 1",
                    "GET there",
                    "GET a",
                    "MGET a there b a",
                    "EXISTS a there b",
                    "STRLEN a",
                    "TTL a",
                    "TYPE a",
                    "LRANGE a 0 -1",
                    "SMEMBERS a",
                    "HGETALL a",
                    "ZRANGE a 0 -1",
                    "HGET a f",
                    "SELECT 3",
                    "GET there",
                    "GETRANGE there 0 1",
                    "SELECT 0",
                    "GET there",
                    "CONFIG SET notify-keyspace-events m",
                    "GET a")) {
                sides.run("client", line);
            }
            sides.requireNothingMore();
        }
    }

    @Test
    void randomClassesLetThroughTheEventsThatRedisLetsThrough() throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffff_ffffL);
        System.out.println("NotificationsTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        String letters = "KEg$lshzxetdnmA";
        try (SideBySide sides = new SideBySide(redis.port(), server.port())) {
            sides.run("subscriber", "PSUBSCRIBE __key*");
            for (int i = 0; i < 60; i++) {
                StringBuilder value = new StringBuilder(random.nextBoolean() ? "K" : "");
                for (int n = random.nextInt(6); n > 0; n--) {
                    value.append(letters.charAt(random.nextInt(letters.length())));
                }
                sides.run("client", "CONFIG", "SET", "notify-keyspace-events", value.toString());
                sides.run("client", "CONFIG GET notify-keyspace-events");
                for (String line : List.of(
                        "DEL s l h z set x",
                        "SET s 1 EX 100",
                        "LPUSH l a",
                        "SADD set a",
                        "HSET h f v",
                        "ZADD z 1 a",
                        "XADD x 1-1 f v",
                        "GET none",
                        "RENAME s t",
                        "PEXPIREAT t 1",
                        "SELECT 2",
                        "SET s 1",
                        "MOVE s 0",
                        "SELECT 0")) {
                    sides.run("client", line);
                }
            }
            sides.requireNothingMore();
        }
    }

    @Test
    void expiryIsAnEventAndSoIsAMessageOfItsOwnClient() throws IOException {
        try (WireClient client = server.connect();
                WireClient subscriber = server.connect()) {
            client.call("CONFIG SET notify-keyspace-events Ex");
            subscriber.call("SUBSCRIBE __keyevent@0__:expired");
            client.call("SET soon 1 PX 30");
            assertEquals("[$message, $__keyevent@0__:expired, $soon]", subscriber.receive());

            client.call("CONFIG SET notify-keyspace-events Kg");
            client.call("HELLO 3");
            client.call("SUBSCRIBE __keyspace@0__:own");
            client.send("SET", "own", "1");
            client.send("DEL", "own");
            client.send("ECHO", "end");
            List<String> received = client.receiveItems(4).stream().sorted().toList();
            assertEquals(List.of("$end", "+OK", ":1", ">[$message, $__keyspace@0__:own, $del]"), received);
        }
    }
}
