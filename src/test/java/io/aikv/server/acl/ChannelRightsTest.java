package io.aikv.server.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.command.RedisProcess;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever is subscribed to what its user may not have any more is disconnected, and nobody else: as a redis-server does it. */
@Timeout(120)
final class ChannelRightsTest {
    private static final int ROUNDS = Integer.getInteger("aikv.comparison.lines", 150);
    private static final String CREATE = "ACL SETUSER app reset on nopass +@all ~* ";

    /** How the user is made, what a connection of it subscribes to, how the user is changed; whether it is disconnected. */
    private record Case(String rules, String subscription, String change, boolean closed) {}

    private static final List<Case> CASES = List.of(
            new Case("&foo:1", "SUBSCRIBE foo:1", "resetchannels", true),
            new Case("&foo:1", "SSUBSCRIBE foo:1", "resetchannels", true),
            new Case("&foo:*", "PSUBSCRIBE foo:*", "resetchannels &foo:1", true),
            new Case("&foo:*", "PSUBSCRIBE foo:*", "resetchannels &foo*", true),
            new Case("&foo:*", "SUBSCRIBE foo:1", "resetchannels &foo*", false),
            new Case("&foo:*", "SUBSCRIBE foo:1 foo:2", "resetchannels &foo:1", true),
            new Case("&foo:*", "SUBSCRIBE foo:1", "resetchannels &foo:1", false),
            new Case("allchannels", "SUBSCRIBE foo:1", "resetchannels", true),
            new Case("allchannels", "SUBSCRIBE foo:1", "resetchannels &foo:?", false),
            new Case("allchannels", "PING", "resetchannels", false),
            new Case("&a (&foo:1 +@all)", "SUBSCRIBE foo:1", "clearselectors", true),
            new Case("&a (&foo:1 +@all)", "SUBSCRIBE foo:1", "resetchannels", false),
            new Case("&foo:1", "SUBSCRIBE foo:1", "resetchannels (&foo:*)", false),
            new Case("&foo:1", "SUBSCRIBE foo:1", "&bar allchannels", false),
            new Case("&foo:1", "SUBSCRIBE foo:1", "off >pw -get resetkeys", false),
            new Case("&foo:1", "SUBSCRIBE foo:1", "reset", true));

    private static WireClient login(int port) throws IOException {
        WireClient client = new WireClient(port);
        assertEquals("+OK", client.call("AUTH app x"));
        return client;
    }

    private static boolean isAlive(WireClient client) {
        try {
            client.send("PING");
            while (!client.receive().toLowerCase(Locale.ROOT).contains("pong")) {}
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean closes(int port, Case each) throws IOException {
        try (WireClient admin = new WireClient(port)) {
            assertEquals("+OK", admin.call(CREATE + "resetchannels " + each.rules));
            try (WireClient app = login(port)) {
                assertTrue(!app.call(each.subscription).startsWith("-"), each.toString());
                assertEquals("+OK", admin.call("ACL SETUSER app " + each.change), each.toString());
                return !isAlive(app);
            }
        }
    }

    @Test
    void whoLosesAChannelItListensToIsDisconnected(@TempDir Path directory) throws Exception {
        try (RedisProcess redis = RedisProcess.start(directory);
                TestServer server = TestServer.start()) {
            for (Case each : CASES) {
                assertEquals(each.closed, closes(redis.port(), each), "redis-server: " + each);
                assertEquals(each.closed, closes(server.port(), each), each.toString());
            }
        }
    }

    @Test
    void randomChangesDisconnectTheSameClients(@TempDir Path directory) throws Exception {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffffff);
        System.out.println("ChannelRightsTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        Random random = new Random(seed);
        List<String> patterns = List.of("a", "ab", "a*", "*b*", "a?", "**", "b");
        try (RedisProcess redis = RedisProcess.start(directory);
                TestServer server = TestServer.start()) {
            int[] ports = {redis.port(), server.port()};
            for (int round = 0; round < ROUNDS; round++) {
                List<String> lines = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    String kind =
                            List.of("SUBSCRIBE ", "PSUBSCRIBE ", "SSUBSCRIBE ").get(random.nextInt(3));
                    lines.add(kind + patterns.get(random.nextInt(patterns.size())));
                }
                String rules = rules(random, patterns);
                String change = rules(random, patterns);
                assertEquals(
                        left(ports[0], rules, lines, change),
                        left(ports[1], rules, lines, change),
                        () -> "seed " + seed + ": " + rules + ", then " + change);
            }
        }
    }

    private static String rules(Random random, List<String> patterns) {
        StringBuilder rules = new StringBuilder(random.nextInt(4) == 0 ? "clearselectors " : "");
        rules.append(random.nextInt(3) > 0 ? "resetchannels" : "on");
        for (int i = random.nextInt(3); i > 0; i--) {
            rules.append(" (&")
                    .append(patterns.get(random.nextInt(patterns.size())))
                    .append(" +@all)");
        }
        if (random.nextInt(6) == 0) {
            return rules.append(" allchannels").toString();
        }
        return rules.append(" resetchannels &")
                .append(patterns.get(random.nextInt(patterns.size())))
                .toString();
    }

    /** The replies to the subscriptions, and which of the connections are left after the change. */
    private static List<String> left(int port, String rules, List<String> lines, String change) throws IOException {
        List<String> left = new ArrayList<>();
        List<WireClient> clients = new ArrayList<>();
        try (WireClient admin = new WireClient(port)) {
            assertEquals("+OK", admin.call(CREATE + "resetchannels clearselectors " + rules));
            for (String line : lines) {
                WireClient client = login(port);
                clients.add(client);
                String reply = client.call(line);
                left.add(line + " " + reply.startsWith("-"));
            }
            assertEquals("+OK", admin.call("ACL SETUSER app " + change));
            clients.forEach(client -> left.add("alive " + isAlive(client)));
        } finally {
            for (WireClient client : clients) {
                client.close();
            }
        }
        return left;
    }

    @Test
    void allConnectionsOfADeletedUserEndWhateverTheyListenTo(@TempDir Path directory) throws Exception {
        try (RedisProcess redis = RedisProcess.start(directory);
                TestServer server = TestServer.start()) {
            for (int port : new int[] {redis.port(), server.port()}) {
                try (WireClient admin = new WireClient(port)) {
                    assertEquals("+OK", admin.call(CREATE + "allchannels"));
                    try (WireClient idle = login(port);
                            WireClient listens = login(port);
                            WireClient other = new WireClient(port)) {
                        listens.call("PSUBSCRIBE *");
                        other.call("SUBSCRIBE a");
                        assertEquals(":1", admin.call("ACL DELUSER app"));
                        assertTrue(idle.isClosedByServer());
                        assertTrue(listens.isClosedByServer());
                        assertTrue(isAlive(other));
                    }
                }
            }
        }
    }

    @Test
    void whoTakesAChannelFromItselfIsToldSoFirst() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient admin = server.connect()) {
            assertEquals("+OK", admin.call(CREATE + "&a"));
            try (WireClient app = login(server.port())) {
                assertTrue(app.call("HELLO 3").startsWith("%"));
                assertEquals(">[$subscribe, $a, :1]", app.call("SUBSCRIBE a"));
                assertEquals("+OK", app.call("ACL SETUSER app resetchannels"));
                assertTrue(app.isClosedByServer());
            }
            assertEquals("[$a, :0]", admin.call("PUBSUB NUMSUB a"));
        }
    }

    @Test
    void aTransactionIsCheckedWhenItsCommandsRun() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient admin = server.connect()) {
            assertEquals("+OK", admin.call(CREATE + "&a"));
            try (WireClient app = login(server.port())) {
                app.call("MULTI");
                app.call("ACL SETUSER app resetchannels -ping");
                app.call("PING");
                app.call("SUBSCRIBE a");
                String replies = app.call("EXEC");
                assertTrue(replies.matches("\\[\\+OK, -NOPERM .*, -NOPERM .* one of the channels .*]"), replies);
            }
        }
    }
}
