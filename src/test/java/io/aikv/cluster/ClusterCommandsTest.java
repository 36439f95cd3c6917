package io.aikv.cluster;

import static io.aikv.cluster.LocalNodes.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.cluster.LocalNodes.LocalNode;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.NodeInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The forms of CLUSTER's replies, parsed as clients parse them. One cluster for all tests; none changes it. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterCommandsTest {
    /** As Jedis, redis-py and ioredis read a line of CLUSTER NODES. */
    private static final Pattern NODE_LINE =
            Pattern.compile("(?<id>[0-9a-f]{40}) (?<host>[^ :]+):(?<port>\\d+)@(?<bus>\\d+)"
                    + " (?<flags>[a-z?,]+) (?<master>-|[0-9a-f]{40}) (?<ping>\\d+) (?<pong>\\d+) (?<epoch>\\d+)"
                    + " (?<link>connected|disconnected)(?<slots>( \\d+(-\\d+)?)*)");

    private LocalNodes nodes;
    private LocalNode asked;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        nodes = new LocalNodes(directory, 4, 2, 3);
        nodes.startAll();
        asked = nodes.leader("g2");
        asked.set("foo", "1");
        asked.set("{foo}2", "2");
        for (LocalNode node : nodes.nodes()) {
            awaitTrue(
                    () -> !node.text("CLUSTER", "NODES").contains("disconnected")
                            && !node.text("CLUSTER", "NODES").contains("fail"),
                    "all links of " + node.name() + " are up");
        }
    }

    @AfterAll
    void stop() {
        nodes.close();
    }

    private ClusterMap map() {
        ClusterMap map = asked.cluster().map();
        assertNotNull(map);
        return map;
    }

    private NodeInfo info(String node) {
        NodeInfo info = map().node(node);
        assertNotNull(info);
        return info;
    }

    private static List<Reply> items(Reply reply) {
        return assertInstanceOf(Reply.Array.class, reply).items();
    }

    private static Map<String, Reply> fields(Reply reply) {
        Map<String, Reply> fields = new LinkedHashMap<>();
        List<Reply> pairs = assertInstanceOf(Reply.Map.class, reply).pairs();
        for (int i = 0; i < pairs.size(); i += 2) {
            fields.put(PeerReplies.text(pairs.get(i)), pairs.get(i + 1));
        }
        return fields;
    }

    private static Reply error(String line) {
        return Reply.error(line);
    }

    // ---- what the cluster looks like ----

    @Test
    void nodesHasALineForEachWithTheSlotsOfItsLeaders() throws Exception {
        List<String> lines = asked.text("CLUSTER", "NODES").lines().toList();

        Map<String, Matcher> byId = new HashMap<>();
        for (String line : lines) {
            Matcher matcher = NODE_LINE.matcher(line);
            assertTrue(matcher.matches(), line);
            byId.put(matcher.group("id"), matcher);
        }
        assertEquals(4, byId.size());
        for (NodeInfo node : map().nodes().values()) {
            Matcher line = byId.get(node.id());
            assertNotNull(line);
            assertEquals(node.address(false), line.group("host") + ":" + line.group("port"));
            assertEquals(node.name().equals(asked.name()), line.group("flags").startsWith("myself,"));
        }
        Matcher leader = byId.get(info(asked.name()).id());
        assertNotNull(leader);
        assertEquals("myself,master", leader.group("flags"));
        assertTrue(leader.group("slots").endsWith("-16383"));
        long masters = byId.values().stream()
                .filter(line -> line.group("flags").endsWith("master"))
                .count();
        assertTrue(masters <= 2, lines.toString());
        byId.values().stream()
                .filter(line -> line.group("flags").endsWith("slave"))
                .forEach(line -> assertTrue(byId.containsKey(line.group("master"))));
    }

    @Test
    void slotsListsEachRangeWithItsLeaderFirst() throws Exception {
        List<Reply> ranges = items(asked.run("CLUSTER", "SLOTS"));

        String first = nodes.leader("g1").name();
        String second = nodes.leader("g2").name();
        assertEquals(2, ranges.size());
        long next = 0;
        for (int i = 0; i < 2; i++) {
            List<Reply> range = items(ranges.get(i));
            assertEquals(new Reply.Int(next), range.get(0));
            next = assertInstanceOf(Reply.Int.class, range.get(1)).value() + 1;
            GroupInfo group = map().groups().get(i);
            List<String> replicas = new ArrayList<>(group.replicas());
            replicas.removeAll(List.of(first, second));
            assertEquals(2 + 1 + replicas.size(), range.size(), "the leader, and the replicas that lead nothing");
            NodeInfo leader = info(nodes.leader("g" + (i + 1)).name());
            assertEquals(
                    List.of(
                            Reply.text(leader.host()),
                            new Reply.Int(leader.clientPort()),
                            Reply.text(leader.id()),
                            new Reply.Map(List.of())),
                    items(range.get(2)));
        }
        assertEquals(16384, next);
    }

    @Test
    void shardsListsEachGroupWithRolesAndOffsets() throws Exception {
        List<Reply> shards = items(asked.run("CLUSTER", "SHARDS"));

        assertEquals(2, shards.size());
        Map<String, Reply> shard = fields(shards.get(1));
        assertEquals(List.of("slots", "nodes"), new ArrayList<>(shard.keySet()));
        assertEquals(List.of(new Reply.Int(8192), new Reply.Int(16383)), items(shard.get("slots")));
        List<Reply> members = items(shard.get("nodes"));
        assertEquals(3, members.size());
        Map<String, Reply> first = fields(members.get(0));
        assertEquals(
                List.of("id", "port", "ip", "endpoint", "role", "replication-offset", "health"),
                new ArrayList<>(first.keySet()));
        assertEquals(Reply.text("master"), first.get("role"));
        assertEquals(Reply.text(info(asked.name()).id()), first.get("id"));
        assertEquals(Reply.text("online"), first.get("health"));
        assertEquals(Reply.text("replica"), fields(members.get(2)).get("role"));
        awaitTrue(
                () -> items(fields(items(asked.run("CLUSTER", "SHARDS")).get(1)).get("nodes")).stream()
                                .map(member -> fields(member).get("replication-offset"))
                                .distinct()
                                .count()
                        == 1,
                "the replicas show the leader's offset");
    }

    @Test
    void infoHasRedisFieldsInTheirOrder() throws Exception {
        List<String> names = new ArrayList<>();
        Map<String, String> fields = new HashMap<>();
        asked.text("CLUSTER", "INFO").lines().forEach(line -> {
            names.add(line.substring(0, line.indexOf(':')));
            fields.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1));
        });

        assertEquals(
                List.of(
                        "cluster_state",
                        "cluster_slots_assigned",
                        "cluster_slots_ok",
                        "cluster_slots_pfail",
                        "cluster_slots_fail",
                        "cluster_known_nodes",
                        "cluster_size",
                        "cluster_current_epoch",
                        "cluster_my_epoch",
                        "cluster_stats_messages_sent",
                        "cluster_stats_messages_received",
                        "total_cluster_links_buffer_limit_exceeded"),
                names);
        assertEquals("ok", fields.get("cluster_state"));
        assertEquals("16384", fields.get("cluster_slots_ok"));
        assertEquals("4", fields.get("cluster_known_nodes"));
        assertTrue(Long.parseLong(fields.getOrDefault("cluster_stats_messages_sent", "0")) > 0);
        assertTrue(Long.parseLong(fields.getOrDefault("cluster_stats_messages_received", "0")) > 0);
    }

    @Test
    void idsAgreeBetweenNodes() throws Exception {
        for (LocalNode node : nodes.nodes()) {
            assertEquals(info(node.name()).id(), node.text("CLUSTER", "MYID"));
            assertTrue(node.text("CLUSTER", "MYSHARDID").matches("[0-9a-f]{40}"));
            awaitTrue(
                    () -> node.run("CLUSTER", "SLOTS").equals(asked.run("CLUSTER", "SLOTS")),
                    node.name() + " shows the same slots");
        }
    }

    @Test
    void replicasAreThoseShownInNodes() throws Exception {
        String text = asked.text("CLUSTER", "NODES");
        String self = info(asked.name()).id();
        List<String> expected = text.lines()
                .filter(line -> line.contains(" slave " + self + " "))
                .map(line -> line.substring(0, 40))
                .toList();

        List<String> lines = items(asked.run("CLUSTER", "REPLICAS", self)).stream()
                .map(PeerReplies::text)
                .toList();

        assertEquals(expected, lines.stream().map(line -> line.substring(0, 40)).toList());
        assertTrue(lines.stream().allMatch(line -> NODE_LINE.matcher(line).matches()));
        assertEquals(error("ERR Unknown node abc"), asked.run("CLUSTER", "SLAVES", "abc"));
        if (!expected.isEmpty()) {
            assertEquals(
                    error("ERR The specified node is not a master"), asked.run("CLUSTER", "REPLICAS", expected.get(0)));
        }
        assertEquals(Reply.ZERO, asked.run("CLUSTER", "COUNT-FAILURE-REPORTS", self));
        assertEquals(error("ERR Unknown node abc"), asked.run("CLUSTER", "COUNT-FAILURE-REPORTS", "abc"));
    }

    @Test
    void linksListsBothDirectionsOfEachPeer() throws Exception {
        List<Reply> links = items(asked.run("CLUSTER", "LINKS"));

        assertEquals(6, links.size());
        for (Reply link : links) {
            Map<String, Reply> fields = fields(link);
            assertEquals(
                    List.of("direction", "node", "create-time", "events", "send-buffer-allocated", "send-buffer-used"),
                    new ArrayList<>(fields.keySet()));
            assertTrue(
                    assertInstanceOf(Reply.Int.class, fields.get("create-time")).value() > 1_600_000_000_000L);
        }
    }

    @Test
    void groupsNamesWhatRedisHasNoNameFor() throws Exception {
        List<Reply> groups = items(asked.run("CLUSTER", "GROUPS"));

        Map<String, Reply> group = fields(groups.get(1));
        assertEquals(Reply.text("g2"), group.get("name"));
        assertEquals(Reply.text(asked.name()), group.get("leader"));
        assertEquals(Reply.array(Reply.text("8192-16383")), group.get("slots"));
        assertEquals(3, items(group.get("replicas")).size());
    }

    // ---- slots ----

    @Test
    void keysOfASlotAreCountedAndListedWhereTheyAreStored() throws Exception {
        assertEquals(new Reply.Int(12182), asked.run("CLUSTER", "KEYSLOT", "foo"));
        assertEquals(new Reply.Int(12182), asked.run("CLUSTER", "KEYSLOT", "{foo}x"));
        assertEquals(new Reply.Int(2), asked.run("CLUSTER", "COUNTKEYSINSLOT", "12182"));
        List<String> keys = items(asked.run("CLUSTER", "GETKEYSINSLOT", "12182", "10")).stream()
                .map(PeerReplies::text)
                .sorted()
                .toList();
        assertEquals(List.of("foo", "{foo}2"), keys);
        assertEquals(
                1, items(asked.run("CLUSTER", "GETKEYSINSLOT", "12182", "1")).size());
        assertEquals(error("ERR Invalid slot"), asked.run("CLUSTER", "COUNTKEYSINSLOT", "-1"));
        assertEquals(
                error("ERR value is not an integer or out of range"), asked.run("CLUSTER", "COUNTKEYSINSLOT", "x"));
        assertEquals(error("ERR Invalid slot or number of keys"), asked.run("CLUSTER", "GETKEYSINSLOT", "16384", "1"));
        assertEquals(error("ERR Invalid slot or number of keys"), asked.run("CLUSTER", "GETKEYSINSLOT", "1", "-1"));
    }

    @Test
    void slotStatsAreByRangeOrOrdered() throws Exception {
        assertEquals(
                Reply.array(Reply.array(new Reply.Int(12182), Reply.map(Reply.text("key-count"), new Reply.Int(2)))),
                asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", "key-count", "LIMIT", "1"));
        List<Reply> range = items(asked.run("CLUSTER", "SLOT-STATS", "SLOTSRANGE", "12181", "12183"));
        assertEquals(3, range.size());
        assertEquals(Reply.array(new Reply.Int(12181), Reply.map(Reply.text("key-count"), Reply.ZERO)), range.get(0));
        List<Reply> ascending = items(asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", "KEY-COUNT", "ASC", "LIMIT", "2"));
        assertEquals(2, ascending.size());
        assertEquals(
                error("ERR Start slot number 5 is greater than end slot number 4"),
                asked.run("CLUSTER", "SLOT-STATS", "SLOTSRANGE", "5", "4"));
        assertEquals(
                error("ERR Invalid or out of range slot"),
                asked.run("CLUSTER", "SLOT-STATS", "SLOTSRANGE", "5", "16384"));
        assertEquals(
                error("ERR Limit has to lie in between 1 and 16384 (maximum number of slots)."),
                asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", "key-count", "LIMIT", "0"));
        assertEquals(
                error("ERR Multiple filters of the same type are disallowed."),
                asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", "key-count", "ASC", "DESC"));
        assertEquals(
                error("ERR unknown subcommand or wrong number of arguments for 'SLOT-STATS'. Try CLUSTER HELP."),
                asked.run("CLUSTER", "SLOT-STATS", "foo", "1"));
    }

    @Test
    void slotStatsAnswerAsValkeyDoesWithoutItsCounters() throws Exception {
        for (String metric : List.of("cpu-usec", "network-bytes-in", "network-bytes-out", "memory-bytes", "x")) {
            assertEquals(
                    error("ERR Unrecognized sort metric for ORDERBY."),
                    asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", metric, "DESC"));
        }
        for (String limit : List.of("-1", "16385", "x", "1.5")) {
            assertEquals(
                    error("ERR Limit has to lie in between 1 and 16384 (maximum number of slots)."),
                    asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", "key-count", "LIMIT", limit));
        }
        for (List<String> filters :
                List.of(List.of("LIMIT", "1", "LIMIT", "2"), List.of("ASC", "ASC"), List.of("DESC", "ASC"))) {
            assertEquals(
                    error("ERR Multiple filters of the same type are disallowed."),
                    asked.run(words("ORDERBY", "key-count", filters)));
        }
        for (List<String> filters : List.of(List.of("LIMIT"), List.of("SIDEWAYS"), List.of("ASC", "LIMIT"))) {
            assertEquals(error("ERR syntax error"), asked.run(words("ORDERBY", "key-count", filters)));
        }
        for (List<String> slots : List.of(List.of("x", "1"), List.of("-1", "1"), List.of("0", "16384"))) {
            assertEquals(
                    error("ERR Invalid or out of range slot"),
                    asked.run("CLUSTER", "SLOT-STATS", "SLOTSRANGE", slots.get(0), slots.get(1)));
        }
        for (List<String> wrong : List.of(List.of("1"), List.of("1", "2", "3"))) {
            assertEquals(
                    error("ERR unknown subcommand or wrong number of arguments for 'SLOT-STATS'. Try CLUSTER HELP."),
                    asked.run(words("SLOTSRANGE", wrong.get(0), wrong.subList(1, wrong.size()))));
        }
    }

    @Test
    void slotsWithAsManyKeysAreOrderedByNumberEitherWay() throws Exception {
        for (String direction : List.of("ASC", "DESC")) {
            List<Integer> empty = items(asked.run("CLUSTER", "SLOT-STATS", "ORDERBY", "key-count", direction)).stream()
                    .map(ClusterCommandsTest::items)
                    .filter(stat -> stat.get(1).equals(Reply.map(Reply.text("key-count"), Reply.ZERO)))
                    .map(stat -> (int) ((Reply.Int) stat.get(0)).value())
                    .toList();
            assertEquals(empty.stream().sorted().toList(), empty, direction);
        }
    }

    private static String[] words(String filter, String first, List<String> rest) {
        List<String> words = new ArrayList<>(List.of("CLUSTER", "SLOT-STATS", filter, first));
        words.addAll(rest);
        return words.toArray(String[]::new);
    }

    // ---- refusals ----

    @Test
    void changesOfTheTopologySayTheWayHere() throws Exception {
        for (List<String> command : List.of(
                List.of("MEET", "127.0.0.1", "1"),
                List.of("FORGET", "x"),
                List.of("ADDSLOTS", "1"),
                List.of("DELSLOTSRANGE", "1", "2"),
                List.of("FLUSHSLOTS"),
                List.of("SETSLOT", "1", "STABLE"),
                List.of("RESET", "HARD"),
                List.of("REPLICATE", "x"),
                List.of("BUMPEPOCH"),
                List.of("SET-CONFIG-EPOCH", "1"),
                List.of("SAVECONFIG"))) {
            List<String> words = new ArrayList<>(List.of("CLUSTER"));
            words.addAll(command);
            String line = asked.text(words.toArray(new String[0]));
            assertTrue(line.startsWith("ERR CLUSTER " + command.get(0) + " is not "), line);
        }
    }

    @Test
    void helpIsAnArrayOfStatusLines() throws Exception {
        List<Reply> lines = items(asked.run("CLUSTER", "HELP"));

        assertEquals(Reply.simple("    Prints this help."), lines.get(lines.size() - 1));
        assertTrue(lines.stream().allMatch(Reply.Simple.class::isInstance));
    }

    @Test
    void aStandaloneServerHasNoClusterCommands(@TempDir Path directory) throws Exception {
        try (LocalNodes single = new LocalNodes(directory, 1, 1, 1)) {
            single.startAll(options -> options.withRedirects(false));
            Reply disabled = error("ERR This instance has cluster support disabled");

            assertEquals(disabled, single.node("n1").run("CLUSTER", "INFO"));
            assertEquals(disabled, single.node("n1").run("CLUSTER", "HELP"));
            assertEquals(disabled, single.node("n1").run("CLUSTER", "GETKEYSINSLOT", "1", "1"));
            assertInstanceOf(Route.Leader.class, single.node("n1").router().route(7, false));
        }
    }
}
