package io.aikv.server.tracking;

import io.aikv.server.SideBySide;
import io.aikv.server.TestServer;
import io.aikv.server.command.Wire;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CLIENT TRACKING, side by side with a real redis-server. */
final class TrackingComparisonTest {
    private static final int LINES = Integer.getInteger("aikv.tracking.lines", 1_500);

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

    /** Without what HELLO says and without ids. */
    private static SideBySide sides() throws Exception {
        SideBySide sides = new SideBySide(redis.port(), server.port());
        sides.normalize(replies -> replies.stream()
                .map(reply -> reply.contains("$server") ? "hello" : reply)
                .map(reply -> reply.replaceAll("(redirect, |^|redir-broken, ):[1-9]\\d*", "$1:id"))
                .toList());
        return sides;
    }

    @Test
    void textsEqualThoseOfRedis() throws Exception {
        try (SideBySide sides = sides()) {
            sides.run("other", "PING");
            for (String line : List.of(
                    "HELLO 3",
                    "CLIENT TRACKINGINFO",
                    "CLIENT GETREDIR",
                    "CLIENT CACHING YES",
                    "CLIENT TRACKING",
                    "CLIENT TRACKING MAYBE",
                    "CLIENT TRACKING ON NONSENSE",
                    "CLIENT TRACKING ON REDIRECT 999999999",
                    "CLIENT TRACKING ON REDIRECT x",
                    "CLIENT TRACKING ON REDIRECT",
                    "CLIENT TRACKING ON REDIRECT @ID:other REDIRECT @ID:other",
                    "CLIENT TRACKING ON PREFIX a",
                    "CLIENT TRACKING ON BCAST OPTIN",
                    "CLIENT TRACKING ON OPTIN OPTOUT",
                    "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
                    "CLIENT TRACKING ON BCAST PREFIX a PREFIX a",
                    "CLIENT TRACKING ON",
                    "CLIENT TRACKING ON BCAST",
                    "CLIENT TRACKINGINFO",
                    "CLIENT GETREDIR",
                    "CLIENT CACHING YES",
                    "CLIENT CACHING NO",
                    "CLIENT CACHING MAYBE",
                    "CLIENT TRACKING ON OPTIN",
                    "CLIENT TRACKING ON OPTOUT",
                    "CLIENT CACHING NO",
                    "CLIENT CACHING YES",
                    "CLIENT TRACKINGINFO",
                    "PING",
                    "CLIENT TRACKINGINFO",
                    "CLIENT TRACKING OFF",
                    "CLIENT TRACKING OFF",
                    "CLIENT TRACKING ON OPTOUT NOLOOP",
                    "CLIENT TRACKING ON OPTIN",
                    "CLIENT CACHING NO",
                    "CLIENT TRACKINGINFO",
                    "CLIENT TRACKING OFF",
                    "CLIENT TRACKING ON BCAST PREFIX b PREFIX a",
                    "CLIENT TRACKING ON BCAST PREFIX ab",
                    "CLIENT TRACKING ON BCAST PREFIX c",
                    "CLIENT TRACKINGINFO",
                    "CLIENT TRACKING ON BCAST",
                    "CLIENT TRACKING ON",
                    "RESET",
                    "CLIENT TRACKINGINFO",
                    "CLIENT TRACKING ON REDIRECT @ID:other",
                    "CLIENT GETREDIR",
                    "CLIENT TRACKINGINFO")) {
                sides.run("one", line);
            }
            sides.run("one", "HELLO 3");
            for (String mode : List.of("OPTIN YES", "OPTOUT NO")) {
                String[] words = mode.split(" ");
                sides.run("one", "CLIENT TRACKING OFF");
                sides.run("one", "CLIENT TRACKING ON " + words[0]);
                sides.runBoth("one", "CLIENT CACHING " + words[1], "CLIENT TRACKINGINFO");
                sides.runBoth("one", "CLIENT CACHING " + words[1], "FOO");
                sides.run("one", "CLIENT TRACKINGINFO");
            }
            sides.requireNothingMore();
        }
    }

    @Test
    void messagesEqualThoseOfRedis() throws Exception {
        try (SideBySide sides = sides()) {
            sides.run("writer", "FLUSHALL");
            sides.run("one", "HELLO 3");
            sides.run("one", "CLIENT TRACKING ON");
            sides.run("one", "GET a");
            sides.run("one", "MGET a b c");
            sides.run("writer", "MSET a 1 b 2 d 3");
            sides.run("writer", "SET a 2");
            sides.run("one", "GET a");
            sides.run("one", "SET a 3");
            sides.run("one", "GET a");
            sides.run("writer", "SELECT 1");
            sides.run("writer", "SET a other-database");
            sides.run("writer", "SELECT 0");
            sides.run("one", "LRANGE list 0 -1");
            sides.run("writer", "RPUSH list x");
            sides.run("one", "GET a");
            sides.run("one", "EXISTS b");
            sides.run("one", "FLUSHALL");
            sides.run("writer", "SET a 4");
            sides.run("one", "GET a");
            sides.run("writer", "FLUSHDB");
            sides.run("writer", "SET a 5");
            sides.run("one", "GET a");
            sides.run("writer", "PEXPIREAT a 1");
            sides.run("one", "CLIENT TRACKING OFF");
            sides.run("one", "GET a");
            sides.run("writer", "SET a 6");
            sides.requireNothingMore();
        }
    }

    @Test
    void redirectedMessagesEqualThoseOfRedis() throws Exception {
        try (SideBySide sides = sides()) {
            sides.run("listener", "ECHO here");
            sides.run("one", "CLIENT TRACKING ON REDIRECT @ID:listener");
            sides.run("one", "GET a");
            sides.run("writer", "SET a 1");
            sides.run("three", "HELLO 3");
            sides.run("three", "CLIENT TRACKING ON BCAST PREFIX a PREFIX b REDIRECT @ID:listener");
            sides.run("listener", "SUBSCRIBE __redis__:invalidate");
            sides.run("one", "GET a");
            sides.run("one", "GET b");
            sides.run("writer", "SET a 2");
            sides.run("writer", "MSET b 2 bb 3 ab 4 x 5");
            sides.run("three", "CLIENT TRACKING OFF");
            sides.run("three", "CLIENT TRACKING ON REDIRECT @ID:one");
            sides.run("three", "GET a");
            sides.run("one", "HELLO 3");
            sides.run("writer", "SET a 3");
            sides.run("one", "GET c");
            sides.run("three", "GET c");
            sides.run("three", "CLIENT TRACKINGINFO");
            sides.close("listener");
            sides.run("writer", "SET c 3");
            sides.run("one", "CLIENT TRACKINGINFO");
            sides.close("one");
            sides.run("three", "GET c");
            sides.run("writer", "SET c 4");
            sides.run("three", "CLIENT TRACKINGINFO");
            sides.requireNothingMore();
        }
    }

    @Test
    void randomReadsAndWrites() throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffff_ffffL);
        System.out.println("TrackingComparisonTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (SideBySide sides = sides()) {
            sides.ignoreOrder();
            sides.run("writer", "FLUSHALL");
            sides.run("listener", "ECHO here");
            for (String name : List.of("default", "noloop", "optin", "optout", "bcast", "prefixes")) {
                sides.run(name, "HELLO 3");
            }
            sides.run("default", "CLIENT TRACKING ON");
            sides.run("noloop", "CLIENT TRACKING ON NOLOOP");
            sides.run("optin", "CLIENT TRACKING ON OPTIN");
            sides.run("optout", "CLIENT TRACKING ON OPTOUT");
            sides.run("bcast", "CLIENT TRACKING ON BCAST");
            sides.run("prefixes", "CLIENT TRACKING ON BCAST PREFIX k1 PREFIX k2 NOLOOP");
            sides.run("redirected", "CLIENT TRACKING ON REDIRECT @ID:listener");
            sides.run("listener", "SUBSCRIBE __redis__:invalidate");
            List<String> names =
                    List.of("writer", "default", "noloop", "optin", "optout", "bcast", "prefixes", "redirected");
            for (int i = 0; i < LINES; i++) {
                String name = names.get(random.nextInt(names.size()));
                if (name.equals("optin") && random.nextBoolean()) {
                    sides.runBoth(name, "CLIENT CACHING YES", line(random));
                } else if (name.equals("optout") && random.nextBoolean()) {
                    sides.runBoth(name, "CLIENT CACHING NO", line(random));
                } else {
                    sides.run(name, line(random));
                }
            }
            sides.requireNothingMore();
        }
    }

    private static String line(SplittableRandom random) {
        String key = "k" + random.nextInt(25);
        String other = "k" + random.nextInt(25);
        return switch (random.nextInt(24)) {
            case 0, 1, 2, 3 -> "GET " + key;
            case 4, 5 -> "MGET " + key + " " + other + " " + key;
            case 6 -> "STRLEN " + key;
            case 7 -> "EXISTS " + key + " " + other;
            case 8, 9 -> "SET " + key + " " + random.nextInt(5);
            case 10 -> "MSET " + key + " 1 " + other + " 2";
            case 11 -> "DEL " + key + " " + other;
            case 12 -> "INCR " + key;
            case 13 -> "EXPIRE " + key + " 1000";
            case 14 -> "RENAME " + key + " " + other;
            case 15 -> "SET " + key + " 1 NX";
            case 16 -> "COPY " + key + " " + other;
            case 17 -> "PERSIST " + key;
            case 18 -> "APPEND " + key + " 1";
            case 19 -> random.nextInt(10) == 0 ? "FLUSHDB" : "GETDEL " + key;
            case 20 -> "PEXPIREAT " + key + " 1";
            case 21 -> "RPUSH list" + key + " x";
            case 22 -> "LRANGE list" + key + " 0 -1";
            default -> "TYPE " + key;
        };
    }
}
