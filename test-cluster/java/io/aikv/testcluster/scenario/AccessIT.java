package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.aikv.topology.Layout;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The users of a cluster: changed on one node, they hold on every node, also on one without the cluster's map. */
final class AccessIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Node n4 has data, but no replica of the meta group. */
    static final String LAYOUT = """
            meta = ["n1", "n2", "n3"]

            [[nodes]]
            name = "n1"
            host = "127.0.0.1"
            port = 7001

            [[nodes]]
            name = "n2"
            host = "127.0.0.1"
            port = 7002

            [[nodes]]
            name = "n3"
            host = "127.0.0.1"
            port = 7003

            [[nodes]]
            name = "n4"
            host = "127.0.0.1"
            port = 7004

            [[groups]]
            name = "g1"
            slots = ["0-8191"]
            replicas = ["n1", "n2", "n3"]

            [[groups]]
            name = "g2"
            slots = ["8192-16383"]
            replicas = ["n4", "n2", "n3"]
            """;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private static String ask(TestClient client, TestNode node, String... command) {
        Outcome outcome = client.askNode(node, command);
        return outcome instanceof Outcome.Ok ok && ok.reply() instanceof io.aikv.resp.Reply.Array
                ? ok.reply().toString()
                : outcome.toString();
    }

    private static void awaitAnswer(TestClient client, TestNode node, String expected, String... command) {
        Await.until(
                () -> ask(client, node, command).contains(expected),
                PATIENCE,
                () -> node + " answers " + List.of(command) + " with " + ask(client, node, command) + ", not "
                        + expected);
    }

    private static void assertOk(TestClient client, TestNode node, String... command) {
        assertEquals(
                "OK", TestClient.text(client.askNode(node, command).requireOk()), () -> node + " " + List.of(command));
    }

    @Test
    void aChangeOnAnyNodeHoldsOnEveryNode() {
        TestCluster cluster = clusters.start(TestCluster.builder().layout(Layout.parse(LAYOUT, "access.toml")));
        TestClient client = cluster.client();

        int number = 0;
        for (TestNode node : cluster.nodes()) {
            String user = "user" + number++;
            assertOk(client, node, "ACL", "SETUSER", user, "on", ">pw", "+get", "~" + user + ":*");
            assertEquals(
                    "OK",
                    TestClient.text(client.askNode(node, "ACL", "DRYRUN", user, "GET", user + ":1")
                            .requireOk()));
            for (TestNode other : cluster.nodes()) {
                awaitAnswer(client, other, "OK", "ACL", "DRYRUN", user, "GET", user + ":1");
                awaitAnswer(client, other, "the 'x' key", "ACL", "DRYRUN", user, "GET", "x");
            }
        }

        // A connection on another node loses its user: it is closed, whoever removed it.
        TestNode first = cluster.node("n1");
        TestNode last = cluster.node("n4");
        try (TestClient app = cluster.client()) {
            assertOk(app, last, "AUTH", "user0", "pw");
            assertOk(client, first, "ACL", "SETUSER", "user0", "+acl|whoami");
            awaitAnswer(app, last, "user0", "ACL", "WHOAMI");
            assertEquals(
                    "1",
                    TestClient.text(
                            client.askNode(first, "ACL", "DELUSER", "user0").requireOk()));
            awaitAnswer(client, last, "User 'user0' not found", "ACL", "DRYRUN", "user0", "GET", "x");
            Await.until(
                    () -> !ask(app, last, "ACL", "WHOAMI").contains("user0"), PATIENCE, () -> "user0 is still there");
        }

        // All at the same time end: the users are what they were, from the first moment on.
        cluster.nodes().forEach(cluster::stop);
        cluster.nodes().forEach(cluster::start);
        cluster.awaitReady();
        try (TestClient after = cluster.client()) {
            for (TestNode node : cluster.nodes()) {
                for (String user : List.of("user1", "user2", "user3")) {
                    assertEquals(
                            "OK",
                            TestClient.text(after.askNode(node, "ACL", "DRYRUN", user, "GET", user + ":1")
                                    .requireOk()));
                }
                assertTrue(
                        ask(after, node, "ACL", "DRYRUN", "user0", "GET", "x").contains("not found"));
            }
        }
    }

    @Test
    void whoLosesAChannelIsDisconnectedOnEveryNode() throws Exception {
        TestCluster cluster = clusters.start(TestCluster.builder().layout(Layout.parse(LAYOUT, "access.toml")));
        TestClient client = cluster.client();
        TestNode first = cluster.node("n1");
        assertOk(client, first, "ACL", "SETUSER", "app", "on", "nopass", "+@all", "resetchannels", "&news:*", "&talk");
        List<WireClient> ending = new ArrayList<>();
        List<WireClient> staying = new ArrayList<>();
        try {
            for (TestNode node : cluster.nodes()) {
                awaitAnswer(client, node, "app", "ACL", "USERS");
                ending.add(listening(node, "SUBSCRIBE news:1"));
                ending.add(listening(node, "PSUBSCRIBE news:*"));
                staying.add(listening(node, "SUBSCRIBE talk"));
                staying.add(listening(node, "PING"));
            }
            for (String group : cluster.groups()) {
                ending.add(listening(cluster.leader(group), "SSUBSCRIBE " + cluster.keyOf(group, "news:")));
            }

            assertOk(client, first, "ACL", "SETUSER", "app", "resetchannels", "&talk", "&more");

            for (WireClient each : ending) {
                assertTrue(each.isClosedByServer());
            }
            for (WireClient each : staying) {
                assertTrue(each.call("PING").toLowerCase(java.util.Locale.ROOT).contains("pong"));
            }
            assertEquals(
                    "1",
                    TestClient.text(client.askNode(cluster.node("n4"), "ACL", "DELUSER", "app")
                            .requireOk()));
            for (WireClient each : staying) {
                assertTrue(each.isClosedByServer());
            }
        } finally {
            for (WireClient each : ending) {
                each.close();
            }
            for (WireClient each : staying) {
                each.close();
            }
        }
    }

    private static WireClient listening(TestNode node, String line) throws IOException {
        WireClient client = new WireClient(node.port());
        assertEquals("+OK", client.call("AUTH app x"));
        String reply = client.call(line);
        assertTrue(!reply.startsWith("-"), node + ": " + line + ": " + reply);
        return client;
    }

    @Test
    void usersChangeWhileTheMetaGroupLosesItsLeader() {
        TestCluster cluster = clusters.start(TestCluster.builder().layout(Layout.parse(LAYOUT, "access.toml")));
        TestClient client = cluster.client();
        TestNode last = cluster.node("n4");
        assertOk(client, last, "ACL", "SETUSER", "before", "on");

        // Whichever of the three leads it: one after the other is away for a while.
        for (String name : List.of("n1", "n2", "n3")) {
            TestNode node = cluster.node(name);
            cluster.kill(node);
            Await.until(
                    () -> ask(client, last, "ACL", "SETUSER", "during-" + name, "on")
                            .contains("OK"),
                    PATIENCE,
                    () -> "no user is made without " + name);
            cluster.start(node);
            awaitAnswer(client, node, "during-" + name, "ACL", "USERS");
        }
        for (TestNode node : cluster.nodes()) {
            for (String user : List.of("before", "during-n1", "during-n2", "during-n3")) {
                awaitAnswer(client, node, user, "ACL", "USERS");
            }
        }
        cluster.awaitReady();
    }
}
