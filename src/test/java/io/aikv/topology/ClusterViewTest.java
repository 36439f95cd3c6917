package io.aikv.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.SlotRange;
import io.aikv.topology.ClusterView.Coverage;
import io.aikv.topology.ClusterView.Health;
import io.aikv.topology.ClusterView.LinkState;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ClusterViewTest {
    private static final ClusterMap THREE = ClusterMap.seed("c1", Layout.read(Path.of("raft-groups/three-nodes.toml")));
    private static final Leaders SPREAD =
            Leaders.none().with("g1", "n1", 1).with("g2", "n2", 1).with("g3", "n3", 1);

    private static ClusterView view(ClusterMap map, Leaders leaders, String self, Map<String, LinkState> links) {
        return new ClusterView(map, leaders, self, links, (group, node) -> 42);
    }

    private static List<String> names(List<NodeInfo> nodes) {
        return nodes.stream().map(NodeInfo::name).toList();
    }

    /** What redis-server 7.0.15 printed for two masters and a replica, with the config epochs made equal. */
    @Test
    void nodesAreWrittenAsRedisWritesThem() {
        String one = "95a4b8c5df60c96c593707d2b13f6975422913e7";
        String two = "d2cbe6481ec0d0d6a6fb0f414f30a6f784d35046";
        String three = "654778abd49eb10fa1d45b7f97daac14d74a83b4";
        ClusterMap map = ClusterMap.of(
                1,
                "c",
                List.of(
                        new NodeInfo("a", two, "127.0.0.1", 27942, 37942, 47942),
                        new NodeInfo("b", three, "127.0.0.1", 27943, 37943, 47943),
                        new NodeInfo("c", one, "127.0.0.1", 27941, 37941, 47941)),
                List.of(
                        new GroupInfo(
                                "g1",
                                new UUID(0, 1),
                                List.of("c", "b"),
                                List.of(new SlotRange(0, 5460), new SlotRange(7000, 7000), new SlotRange(9000, 9010))),
                        new GroupInfo(
                                "g2",
                                new UUID(0, 2),
                                List.of("a"),
                                List.of(
                                        new SlotRange(5461, 6999),
                                        new SlotRange(7001, 8999),
                                        new SlotRange(9011, 16383)))));
        Leaders leaders = Leaders.none().with("g1", "c", 1).with("g2", "a", 1);
        Map<String, LinkState> links = Map.of(
                "a", new LinkState(0, 1795417537691L, true, Health.ONLINE),
                "b", new LinkState(0, 1795417536000L, true, Health.ONLINE),
                "c", new LinkState(0, 1795417537000L, true, Health.ONLINE));

        assertEquals("""
                d2cbe6481ec0d0d6a6fb0f414f30a6f784d35046 127.0.0.1:27942@37942 master - 0 1795417537691 1 connected \
                5461-6999 7001-8999 9011-16383
                654778abd49eb10fa1d45b7f97daac14d74a83b4 127.0.0.1:27943@37943 slave \
                95a4b8c5df60c96c593707d2b13f6975422913e7 0 1795417536000 1 connected
                95a4b8c5df60c96c593707d2b13f6975422913e7 127.0.0.1:27941@37941 myself,master - 0 1795417537000 1 \
                connected 0-5460 7000 9000-9010
                """, view(map, leaders, "c", links).nodes(false));
        assertEquals(
                List.of("0-5460 c b", "5461-6999 a", "7000 c b", "7001-8999 a", "9000-9010 c b", "9011-16383 a"),
                view(map, leaders, "c", links).slots().stream()
                        .map(entry -> entry.range() + " " + String.join(" ", names(entry.nodes())))
                        .toList());
    }

    @Test
    void infoHasTheFieldsOfRedis() {
        assertEquals(
                "cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\n"
                        + "cluster_slots_pfail:0\r\ncluster_slots_fail:0\r\ncluster_known_nodes:3\r\ncluster_size:3\r\n"
                        + "cluster_current_epoch:1\r\ncluster_my_epoch:1\r\ncluster_stats_messages_sent:5\r\n"
                        + "cluster_stats_messages_received:7\r\ntotal_cluster_links_buffer_limit_exceeded:0\r\n",
                view(THREE, SPREAD, "n1", Map.of()).info(true, 5, 7));
    }

    @Test
    void aNodeThatLeadsAnyGroupIsAMaster() {
        Leaders twoLeaders =
                Leaders.none().with("g1", "n2", 2).with("g2", "n2", 1).with("g3", "n3", 1);
        ClusterView view = view(THREE, twoLeaders, "n1", Map.of());

        assertEquals(List.of(), view.served("n1"));
        assertEquals(THREE.node("n2"), view.masterOf("n1"));
        assertEquals(List.of(new SlotRange(0, 10922)), view.served("n2"));
        assertEquals(List.of("n1"), names(view.replicasOf(requireNode("n2"))));
        assertEquals(List.of(), view.replicasOf(requireNode("n3")));
        assertTrue(
                view.nodes(false).contains(" myself,slave " + requireNode("n2").id() + " 0 0 1 connected\n"));
        assertEquals(List.of("0-5460 n2 n1", "5461-10922 n2 n1", "10923-16383 n3 n1"), lines(view.slots()));
    }

    private static List<String> lines(List<ClusterView.SlotsEntry> entries) {
        return entries.stream()
                .map(entry -> entry.range() + " " + String.join(" ", names(entry.nodes())))
                .toList();
    }

    /** Clients keep one role for each node: see {@link ClusterView#slots}. */
    @Test
    void noNodeIsAMasterInOneRangeAndAReplicaInAnother() {
        assertEquals(
                List.of("0-5460 n1", "5461-10922 n2", "10923-16383 n3"),
                lines(view(THREE, SPREAD, "n1", Map.of()).slots()));
        Leaders one = Leaders.none().with("g1", "n3", 1).with("g2", "n3", 1).with("g3", "n3", 1);
        assertEquals(
                List.of("0-5460 n3 n1 n2", "5461-10922 n3 n2 n1", "10923-16383 n3 n1 n2"),
                lines(view(THREE, one, "n1", Map.of()).slots()));
    }

    @Test
    void aNodeThatIsDownIsMarked() {
        Leaders leaders = Leaders.none().with("g1", "n2", 2).with("g2", "n2", 1).with("g3", "n3", 1);
        Map<String, LinkState> links = Map.of(
                "n1", new LinkState(100, 50, false, Health.FAILED),
                "n3", new LinkState(200, 60, false, Health.SUSPECTED));
        ClusterView view = view(THREE, leaders, "n2", links);
        String n2 = requireNode("n2").id();

        assertTrue(view.nodes(false).contains("@17001 slave,fail " + n2 + " 100 50 1 disconnected\n"));
        assertTrue(view.nodes(false).contains("@17003 master,fail? - 200 60 1 disconnected 10923-16383\n"));
        assertEquals(List.of("0-5460 n2", "5461-10922 n2", "10923-16383 n3"), lines(view.slots()));
        assertEquals(new Coverage(16384, 10923, 5461, 0), view.coverage());
        assertTrue(view.info(true, 0, 0).startsWith("cluster_state:ok\r\n"));
        ClusterView.Shard shard = view.shards().get(0);
        assertEquals("g1", shard.group().name());
        assertEquals(
                List.of("n2 master 42 online", "n1 replica 42 fail", "n3 replica 42 online"),
                shard.nodes().stream()
                        .map(node -> node.node().name() + " " + node.role() + " " + node.replicationOffset() + " "
                                + node.health())
                        .toList());
    }

    /** Else clients would connect to it as to a replica. */
    @Test
    void aNodeThatDoesNotAnswerIsDownAsSoonAsOthersLeadItsGroups() {
        Map<String, LinkState> links = Map.of("n1", new LinkState(100, 50, false, Health.SUSPECTED));
        Leaders before = Leaders.none().with("g1", "n1", 1).with("g2", "n2", 1).with("g3", "n3", 1);

        ClusterView dying = view(THREE, before, "n2", links);
        ClusterView dead = view(THREE, before.with("g1", "n2", 2), "n2", links);

        assertTrue(dying.nodes(false).contains("@17001 master,fail? - 100 50 1 disconnected 0-5460\n"));
        assertEquals("0-5460 n1", lines(dying.slots()).get(0));
        assertEquals("online", dying.shards().get(0).nodes().get(0).health());
        String n2 = requireNode("n2").id();
        assertTrue(dead.nodes(false).contains("@17001 slave,fail " + n2 + " 100 50 1 disconnected\n"));
        assertEquals(List.of("0-5460 n2", "5461-10922 n2", "10923-16383 n3"), lines(dead.slots()));
        assertEquals("fail", dead.shards().get(0).nodes().get(1).health());
    }

    @Test
    void slotsWithoutALeaderCountAsNotServed() {
        Leaders one = Leaders.none().with("g1", "n1", 1);
        ClusterView view = view(THREE, one, "n1", Map.of());

        assertEquals(List.of("0-5460 n1 n2 n3", "5461-10922 n1 n2 n3", "10923-16383 n1 n3 n2"), lines(view.slots()));
        assertEquals(new Coverage(16384, 5461, 0, 10923), view.coverage());
        assertFalse(view.coverage().isFull());
        assertTrue(view.info(true, 0, 0).startsWith("cluster_state:fail\r\n"));
        assertTrue(view.info(false, 0, 0).startsWith("cluster_state:ok\r\n"));
        assertEquals(3, view.shards().size());
        assertTrue(view.shards().get(1).nodes().stream()
                .allMatch(node -> node.role().equals("replica")));

        ClusterView none = view(THREE, Leaders.none(), "n1", Map.of());
        assertTrue(none.nodes(false).contains(" myself,master - 0 0 1 connected 0-16383\n"), none.nodes(false));
        assertTrue(none.info(true, 0, 0).contains("cluster_size:0\r\n"));
        assertEquals(lines(view.slots()), lines(none.slots()));
    }

    /** Clients that are shown nobody for a slot ask nobody, and so never hear of its next leader. */
    @Test
    void whileNobodyLeadsAReplicaIsShownToAsk() {
        Leaders leaders = Leaders.none().with("g2", "n2", 1);
        Map<String, LinkState> links = Map.of("n1", new LinkState(100, 50, false, Health.SUSPECTED));

        ClusterView view = view(THREE, leaders, "n3", links);
        assertEquals(List.of("0-5460 n3", "5461-10922 n2", "10923-16383 n3"), lines(view.slots()));
        String nodes = view.nodes(false);
        assertTrue(nodes.contains("@17001 slave,fail " + requireNode("n2").id()), nodes);
        assertTrue(nodes.contains("@17003 myself,master - 0 0 1 connected 0-5460 10923-16383\n"), nodes);
    }

    private static NodeInfo requireNode(String name) {
        NodeInfo node = THREE.node(name);
        assertTrue(node != null);
        return Objects.requireNonNull(node);
    }
}
