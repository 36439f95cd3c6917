package io.aikv.server.pubsub;

import io.aikv.server.SideBySide;
import io.aikv.server.TestServer;
import io.aikv.server.command.Wire;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subscriptions and messages, side by side with a real redis-server. */
final class PubSubComparisonTest {
    private static final int LINES = Integer.getInteger("aikv.pubsub.lines", 1_500);

    @TempDir
    private static Path directory;

    private static Wire redis;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        redis = Wire.start(directory);
        server = TestServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        redis.close();
    }

    private static SideBySide sides() {
        return new SideBySide(redis.port(), server.port());
    }

    @Test
    void repliesOfSubscriptionsAndTheRulesOfResp2EqualThoseOfRedis() throws Exception {
        try (SideBySide sides = sides()) {
            for (String line : List.of(
                    "UNSUBSCRIBE",
                    "PUNSUBSCRIBE",
                    "SUNSUBSCRIBE",
                    "UNSUBSCRIBE a b",
                    "GET free",
                    "SUBSCRIBE a a b",
                    "SSUBSCRIBE x",
                    "PSUBSCRIBE p*",
                    "GET a",
                    "CONFIG GET save",
                    "CLIENT ID",
                    "HELLO 3",
                    "foo bar",
                    "GET",
                    "SUBSCRIBE",
                    "PING",
                    "PING hi",
                    "PING a b",
                    "PUBLISH a b",
                    "PUNSUBSCRIBE zz",
                    "UNSUBSCRIBE a",
                    "UNSUBSCRIBE b b",
                    "SUNSUBSCRIBE x",
                    "GET a",
                    "PUNSUBSCRIBE p*",
                    "GET a",
                    "SUBSCRIBE c",
                    "SSUBSCRIBE c",
                    "RESET",
                    "GET a",
                    "PUBSUB NUMSUB a b c",
                    "PUBSUB SHARDNUMSUB c",
                    "PUBSUB NUMPAT",
                    "PUBSUB NUMPAT x",
                    "PUBSUB NUMSUB",
                    "PUBSUB CHANNELS a b",
                    "PUBSUB SHARDCHANNELS a b",
                    "PUBSUB FOO",
                    "PUBSUB",
                    "PUBSUB HELP",
                    "PUBLISH a",
                    "SPUBLISH a b c",
                    "GET a")) {
                sides.run("one", line);
            }
            sides.requireNothingMore();
        }
    }

    @Test
    void messagesOfResp3EqualThoseOfRedisWhileOtherCommandsGoOn() throws Exception {
        try (SideBySide sides = sides()) {
            sides.run("three", "ECHO x");
            sides.normalize(replies ->
                    replies.stream().filter(reply -> !reply.contains("$server")).toList());
            sides.run("three", "HELLO 3");
            sides.run("three", "SUBSCRIBE a b");
            sides.run("three", "SSUBSCRIBE a");
            sides.run("three", "PSUBSCRIBE a* ?");
            sides.run("three", "PUNSUBSCRIBE ?");
            sides.run("three", "SET key value");
            sides.run("two", "SUBSCRIBE a");
            sides.run("other", "PUBLISH a one");
            sides.run("other", "PUBLISH ab two");
            sides.run("other", "PUBLISH c three");
            sides.run("other", "SPUBLISH a four");
            sides.run("other", "PUBLISH a ");
            sides.run("three", "GET key");
            sides.run("three", "PING");
            sides.run("three", "HELLO 2");
            sides.run("three", "GET key");
            sides.run("other", "PUBLISH a six");
            sides.close("two");
            sides.run("three", "UNSUBSCRIBE a b");
            sides.run("three", "SUNSUBSCRIBE");
            sides.run("three", "PUNSUBSCRIBE");
            sides.run("three", "GET key");
            sides.requireNothingMore();
        }
    }

    @Test
    void randomSubscriptionsAndMessages() throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffff_ffffL);
        System.out.println("PubSubComparisonTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<String> clients = List.of("a", "b", "c", "d");
        try (SideBySide sides = sides()) {
            sides.ignoreOrder();
            sides.normalize(PubSubComparisonTest::withoutChance);
            for (int i = 0; i < LINES; i++) {
                sides.run(clients.get(random.nextInt(clients.size())), line(random));
            }
            sides.requireNothingMore();
        }
    }

    private static String line(SplittableRandom random) {
        String channel = channels(random, 1);
        return switch (random.nextInt(20)) {
            case 0, 1 -> "SUBSCRIBE " + channels(random, 3);
            case 2 -> "UNSUBSCRIBE " + channels(random, 3);
            case 3, 4 -> "PSUBSCRIBE " + patterns(random);
            case 5 -> "PUNSUBSCRIBE " + patterns(random);
            case 6 -> "SSUBSCRIBE " + channels(random, 3);
            case 7 -> "SUNSUBSCRIBE " + channels(random, 3);
            case 8 -> random.nextInt(3) == 0 ? "UNSUBSCRIBE" : "PUBSUB NUMPAT";
            case 9 -> random.nextInt(3) == 0 ? "PUNSUBSCRIBE" : "PUBSUB NUMSUB " + channels(random, 4);
            case 10 -> random.nextInt(3) == 0 ? "SUNSUBSCRIBE" : "PUBSUB SHARDNUMSUB " + channels(random, 4);
            case 11 -> random.nextInt(4) == 0 ? "RESET" : "PING";
            case 12 -> random.nextInt(4) == 0 ? "HELLO " + (2 + random.nextInt(2)) : "ECHO " + channel;
            case 13 -> "SPUBLISH " + channel + " shard" + random.nextInt(100);
            default -> "PUBLISH " + channel + " message" + random.nextInt(100);
        };
    }

    private static String channels(SplittableRandom random, int max) {
        List<String> names = new ArrayList<>();
        int count = 1 + random.nextInt(max);
        for (int i = 0; i < count; i++) {
            names.add(List.of("news", "new", "weather", "w", "").get(random.nextInt(5)) + random.nextInt(3));
        }
        return String.join(" ", names);
    }

    private static String patterns(SplittableRandom random) {
        return List.of("n*", "*", "new?", "[a-n]ew*", "w*r?", "news1", "*\\**").get(random.nextInt(7));
    }

    /** Replies of UNSUBSCRIBE without names come in the order of a hash table, counts with them. And no ids. */
    private static List<String> withoutChance(List<String> replies) {
        return replies.stream()
                .map(reply -> reply.startsWith("%") || reply.contains("$server") ? "hello" : reply)
                .map(reply ->
                        reply.contains("unsubscribe") && replies.size() > 1 ? reply.replaceAll(":\\d+\\]", "]") : reply)
                .toList();
    }
}
