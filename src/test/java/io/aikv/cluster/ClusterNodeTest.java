package io.aikv.cluster;

import static io.aikv.cluster.LocalNodes.await;
import static io.aikv.cluster.LocalNodes.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.ConfigError;
import io.aikv.cluster.LocalNodes.LocalNode;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.Layout;
import io.aikv.topology.NodeInfo;
import io.aikv.transport.PeerSecurity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class ClusterNodeTest {
    @TempDir
    Path directory;

    private static NodeInfo info(LocalNode asked, String node) {
        ClusterMap map = asked.cluster().map();
        assertNotNull(map);
        NodeInfo info = map.node(node);
        assertNotNull(info);
        return info;
    }

    /** Every node serves the slots of the groups it leads and names the leader of all others. */
    private static void assertRoutes(LocalNodes nodes, int slot, String group) {
        LocalNode leader = nodes.leader(group);
        String moved = "MOVED " + slot + " " + info(leader, leader.name()).address(false);
        for (LocalNode node : nodes.nodes()) {
            awaitTrue(
                    () -> node.router().route(slot, false) instanceof Route.Moved route
                            ? route.errorLine().equals(moved)
                            : node == leader && node.router().route(slot, false) instanceof Route.Leader,
                    node.name() + " routes slot " + slot + " to " + leader.name());
        }
    }

    @Test
    void threeNodesFormAClusterAndRoute() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 3, 3)) {
            nodes.startAll();

            assertRoutes(nodes, 0, "g1");
            assertRoutes(nodes, 8000, "g2");
            assertRoutes(nodes, 16383, "g3");
            for (LocalNode node : nodes.nodes()) {
                assertEquals(3, node.router().hosted().size());
                ClusterMap map = node.cluster().map();
                assertNotNull(map);
                assertEquals(1, map.epoch());
                assertEquals(
                        nodes.node("n1").text("CLUSTER", "MYID"),
                        info(node, "n1").id());
            }
            assertEquals(
                    3,
                    nodes.nodes().stream()
                            .mapToInt(node -> node.router().led().size())
                            .sum());
            LocalNode leader = nodes.leader("g3");
            assertEquals(Reply.OK, leader.set("foo", "bar"));
            assertEquals(Reply.ONE, leader.run("CLUSTER", "COUNTKEYSINSLOT", "12182"));
        }
    }

    @Test
    void readonlySessionsAreServedByReplicas() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            LocalNode leader = nodes.leader("g1");

            for (LocalNode node : nodes.nodes()) {
                Route route = node.router().route(1, true);
                if (node == leader) {
                    assertInstanceOf(Route.Leader.class, route);
                } else {
                    assertInstanceOf(Route.Replica.class, route);
                }
            }
        }
    }

    @Test
    void aNodeWithoutAReplicaLearnsTheMapAndTheLeader() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 4, 4, 3)) {
            nodes.startAll();

            assertEquals(List.of("n1", "n2", "n3"), nodes.layout().metaReplicas());
            assertEquals(3, nodes.node("n4").router().hosted().size());
            assertRoutes(nodes, 0, "g1");
            assertRoutes(nodes, 16383, "g4");
        }
    }

    @Test
    void theClusterGoesOnWithoutTheMetaLeaderAndItsGroups() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 3, 3)) {
            nodes.startAll();
            String victim = nodes.leader("meta").name();

            nodes.stop(victim);

            assertNotEquals(victim, nodes.leader("meta").name());
            for (String group : List.of("g1", "g2", "g3")) {
                assertNotEquals(victim, nodes.leader(group).name());
            }
            assertRoutes(nodes, 0, "g1");
            assertRoutes(nodes, 8000, "g2");
            assertRoutes(nodes, 16383, "g3");
        }
    }

    @Test
    void aNodeThatRestartsAtAnotherAddressIsFoundAgain() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            String mover = nodes.leader("g1").name();
            nodes.node(mover).set("foo", "1");
            nodes.stop(mover);
            LocalNode next = nodes.leader("g1");
            next.set("foo", "2");
            List<Integer> ports = LocalNodes.freePorts(3);
            Endpoint moved = new Endpoint("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));

            nodes.start(mover, options -> options.withEndpoint(moved).withLayout(null));
            nodes.awaitReady();

            for (LocalNode node : nodes.nodes()) {
                awaitTrue(() -> Endpoint.of(info(node, mover)).equals(moved), node.name() + " knows the new address");
                assertTrue(
                        node.text("CLUSTER", "NODES").contains(info(node, mover).id() + " 127.0.0.1:" + ports.get(0)));
            }
            next.set("foo", "3");
            long applied = next.cluster().replicas().get("g1").applied().index();
            awaitTrue(
                    () -> nodes.node(mover)
                                    .cluster()
                                    .replicas()
                                    .get("g1")
                                    .applied()
                                    .index()
                            >= applied,
                    "the node that moved follows again");
            awaitTrue(
                    () -> nodes.node(mover).run("CLUSTER", "FAILOVER").equals(Reply.OK),
                    "a failover to it is accepted");
            awaitTrue(() -> nodes.leader("g1").name().equals(mover), "it leads");
            assertRoutes(nodes, 5, "g1");
        }
    }

    @Test
    void aWholeClusterRestartsFromItsDirectoriesWithoutALayout() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 2, 3)) {
            nodes.startAll();
            LocalNode leader = nodes.leader("g2");
            leader.set("foo", "bar");
            ClusterMap before = leader.cluster().map();
            for (String name : nodes.layout().nodeNames()) {
                nodes.stop(name);
            }

            for (String name : nodes.layout().nodeNames()) {
                nodes.start(name, options -> options.withLayout(null));
            }
            nodes.awaitReady();

            assertEquals(before, nodes.node("n1").cluster().map());
            assertEquals(Reply.ONE, nodes.leader("g2").run("CLUSTER", "COUNTKEYSINSLOT", "12182"));
        }
    }

    @Test
    void aWholeClusterMovesWithTheHelpOfANewLayout() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            nodes.leader("g1").set("foo", "bar");
            for (String name : nodes.layout().nodeNames()) {
                nodes.stop(name);
            }
            Layout moved = new LocalNodes(directory, 3, 1, 3).layout();

            for (Layout.Node node : moved.nodes()) {
                nodes.start(node.name(), options -> options.withLayout(moved).withEndpoint(Endpoint.of(node)));
            }
            nodes.awaitReady();

            for (LocalNode node : nodes.nodes()) {
                for (Layout.Node other : moved.nodes()) {
                    awaitTrue(
                            () -> Endpoint.of(info(node, other.name())).equals(Endpoint.of(other)),
                            node.name() + " knows where " + other.name() + " is now");
                }
            }
            assertRoutes(nodes, 7, "g1");
            assertEquals(Reply.ONE, nodes.leader("g1").run("CLUSTER", "COUNTKEYSINSLOT", "12182"));
        }
    }

    @Test
    void aNodeThatLostItsDirectoryIsRebuiltByTheOthers() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            LocalNode leader = nodes.leader("g1");
            leader.set("foo", "bar");
            String wiped = nodes.nodes().stream()
                    .map(LocalNode::name)
                    .filter(name -> !name.equals(leader.name()))
                    .findFirst()
                    .orElseThrow();
            nodes.stop(wiped);
            leader.set("foo", "bar2");

            nodes.start(wiped, options -> options, directory.resolve("fresh"));
            nodes.awaitReady();

            assertEquals(leader.cluster().map(), nodes.node(wiped).cluster().map());
            awaitTrue(
                    () -> nodes.node(wiped)
                            .run("CLUSTER", "COUNTKEYSINSLOT", "12182")
                            .equals(Reply.ONE),
                    "the key is there again");
        }
    }

    @Test
    void messagesOfOtherSubsystemsReachEveryNode() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            java.util.concurrent.BlockingQueue<String> heard = new java.util.concurrent.LinkedBlockingQueue<>();
            for (LocalNode node : nodes.nodes()) {
                node.cluster().onPeerRequest("PUBLISH", (peer, args, reply) -> {
                    heard.add(peer + ">" + node.name() + ":" + io.aikv.base.Bytes.text(args[1]));
                    reply.accept(Reply.OK);
                });
            }

            awaitTrue(() -> nodes.node("n1").cluster().linked() == 2, "n1 is linked");
            assertEquals(2, nodes.node("n1").cluster().broadcast(PeerIdentity.args("PUBLISH", "hello")));

            java.util.Set<String> got = new java.util.TreeSet<>();
            got.add(String.valueOf(heard.poll(10, TimeUnit.SECONDS)));
            got.add(String.valueOf(heard.poll(10, TimeUnit.SECONDS)));
            assertEquals(java.util.Set.of("n1>n2:hello", "n1>n3:hello"), got);
        }
    }

    @Test
    void withoutAMajorityTheSlotsAreUnknownAndWaitersAreCalledBack() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            LocalNode last = nodes.node("n3");
            awaitTrue(() -> last.cluster().missingHere().isEmpty(), "every slot is served");
            nodes.stop("n1");
            nodes.stop("n2");

            awaitTrue(() -> last.router().route(1, false) instanceof Route.Unknown, "the leader is unknown");
            Route.Unknown unknown = (Route.Unknown) last.router().route(1, false);
            CompletableFuture<Long> called = new CompletableFuture<>();
            long start = System.nanoTime();
            last.router().onChange(50, () -> called.complete(System.nanoTime() - start));

            assertEquals("CLUSTERDOWN The cluster is down", unknown.errorLine());
            assertTrue(called.get(10, TimeUnit.SECONDS) < Duration.ofSeconds(5).toNanos());
            awaitTrue(() -> last.text("CLUSTER", "INFO").startsWith("cluster_state:fail\r\n"), "the state is fail");
            awaitTrue(
                    () -> last.router().route(1, false) instanceof Route.Refused,
                    "full coverage is required: slots are refused at once");
            assertEquals("group g1 has no leader", last.cluster().missingHere().get(0));
        }
    }

    // ---- failover ----

    @Test
    void failoverTakesWhatTheMasterLeadsAndBalancingLeavesItThere() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll(options -> options.withBalanceLeaders(true));
            awaitTrue(
                    () -> nodes.leader("g1").name().equals("n1"),
                    "the balancer moves g1 to n1, which the layout prefers");

            assertEquals(Reply.OK, nodes.node("n3").run("CLUSTER", "FAILOVER"));

            awaitTrue(() -> nodes.leader("g1").name().equals("n3"), "n3 leads");
            assertRoutes(nodes, 3, "g1");
            long until = System.nanoTime() + 3 * LocalNodes.FAST.stable().toNanos();
            await(
                    () -> {
                        assertEquals("n3", nodes.leader("g1").name());
                        return System.nanoTime() - until > 0 ? Boolean.TRUE : null;
                    },
                    "n3 keeps what was taken by hand");
        }
    }

    @Test
    void failoverOfOneGroupAndRefusals() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 2, 3)) {
            nodes.startAll();
            LocalNode leader = nodes.leader("g1");
            LocalNode other = nodes.nodes().stream()
                    .filter(node -> node != leader)
                    .findFirst()
                    .orElseThrow();

            assertEquals(
                    Reply.error("ERR You should send CLUSTER FAILOVER to a replica"),
                    leader.run("CLUSTER", "FAILOVER", "GROUP", "g1"));
            assertEquals(Reply.error("ERR no such group g9"), leader.run("CLUSTER", "FAILOVER", "GROUP", "g9"));
            assertEquals(Reply.error("ERR syntax error"), leader.run("CLUSTER", "FAILOVER", "foo"));
            assertEquals(
                    Reply.error(
                            "ERR unknown subcommand or wrong number of arguments for 'FAILOVER'. Try CLUSTER HELP."),
                    leader.run("CLUSTER", "FAILOVER", "force", "x"));
            assertTrue(other.text("CLUSTER", "FAILOVER", "TAKEOVER").startsWith("ERR TAKEOVER is refused"));
            assertEquals(Reply.OK, other.run("CLUSTER", "FAILOVER", "GROUP", "g1", "FORCE"));
            awaitTrue(() -> nodes.leader("g1") == other, "it leads g1");
        }
    }

    @Test
    void leadershipIsHandedOverBeforeAStop() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 3, 3, 3)) {
            nodes.startAll();
            LocalNode leaving = nodes.leader("g1");

            leaving.cluster().handOver();

            assertEquals(List.of(), leaving.router().led());
        }
    }

    // ---- refusals at the start ----

    @Test
    void aDirectoryOfAnotherNodeOrClusterIsRefused() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 1, 1, 1);
                LocalNodes others = new LocalNodes(directory, 3, 1, 3)) {
            nodes.startAll();
            nodes.stop("n1");

            String foreign =
                    assertThrows(ConfigError.class, () -> others.start("n1")).getMessage();
            String wrongName = assertThrows(
                            ConfigError.class,
                            () -> nodes.start(
                                    "n1", options -> ClusterOptions.of("n2", options.directory(), others.layout())))
                    .getMessage();
            String stranger =
                    assertThrows(ConfigError.class, () -> nodes.start("n7")).getMessage();

            assertTrue(foreign.startsWith("test-layout.toml: its names of nodes or groups differ"), foreign);
            assertTrue(wrongName.contains("belongs to node n1, not to n2"), wrongName);
            assertEquals("test-layout.toml: there is no node n7 in this layout, only [n1]", stranger);
        }
    }

    @Test
    void aPeerPortInUseIsSaidClearly() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory, 1, 1, 1);
                java.net.ServerSocket squatter =
                        new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Layout.Node first = nodes.layout().nodes().get(0);
            Endpoint taken = new Endpoint("127.0.0.1", first.port(), first.raftPort(), squatter.getLocalPort());

            String problem = assertThrows(
                            ConfigError.class, () -> nodes.start("n1", options -> options.withEndpoint(taken)))
                    .getMessage();

            assertTrue(problem.startsWith("the peer port 127.0.0.1:" + squatter.getLocalPort() + " cannot be bound"));
        }
    }

    @Test
    void twoClustersOfTheSameNamesDoNotTalk() throws Exception {
        try (LocalNodes nodes = new LocalNodes(directory.resolve("a"), 1, 1, 1);
                LocalNodes others = new LocalNodes(directory.resolve("b"), 1, 1, 1)) {
            nodes.startAll();
            others.startAll();
            ClusterMap here = nodes.node("n1").cluster().map();
            ClusterMap there = others.node("n1").cluster().map();
            assertNotNull(here);
            assertNotNull(there);

            CurrentMap map = new CurrentMap();
            map.offer(there);
            PeerIdentity foreigner = new PeerIdentity(
                    "n1",
                    ClusterFile.metaUuid(others.layout()),
                    map,
                    Endpoint.of(others.layout().nodes().get(0)));
            Reply answer = PeerTestClient.greetAndAsk(
                    Endpoint.of(nodes.layout().nodes().get(0)),
                    foreigner,
                    PeerSecurity.NONE,
                    "n1",
                    PeerIdentity.args("PEER.MAP"));

            assertEquals(
                    Reply.error(
                            "FOREIGN node n1 belongs to cluster " + here.clusterId() + ", not to " + there.clusterId()),
                    answer);
        }
    }
}
