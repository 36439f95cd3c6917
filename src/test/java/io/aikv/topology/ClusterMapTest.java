package io.aikv.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ClusterMapTest {
    private static final Layout LAYOUT = Layout.read(Path.of("raft-groups/three-nodes.toml"));

    private static String owner(ClusterMap map, int slot) {
        GroupInfo group = map.groupOf(slot);
        return group == null ? "" : group.name();
    }

    @Test
    void theSeedIsTheSameEverywhere() {
        ClusterMap map = ClusterMap.seed("c1", LAYOUT);

        assertEquals(map, ClusterMap.seed("c1", LAYOUT));
        assertEquals(1, map.epoch());
        assertEquals("g1", owner(map, 0));
        assertEquals("g1", owner(map, 5460));
        assertEquals("g2", owner(map, 5461));
        assertEquals("g3", owner(map, 16383));
        NodeInfo node = map.node("n2");
        assertNotNull(node);
        assertEquals(40, node.id().length());
        assertEquals(node, map.nodeById(node.id()));
        assertEquals("127.0.0.1:7002", node.address(false));
        assertNotEquals(ClusterMap.nodeId("c1", "n2"), ClusterMap.nodeId("c2", "n2"));
        assertNotEquals(ClusterMap.groupUuid("c1", "g1"), ClusterMap.groupUuid("c2", "g1"));
    }

    @Test
    void anAddressChangesWithAnEpoch() {
        ClusterMap map = ClusterMap.seed("c1", LAYOUT);

        ClusterMap moved = map.withAddress("n2", "10.0.0.2", 7000, 17000, 27000);

        assertEquals(2, moved.epoch());
        assertEquals(
                new NodeInfo("n2", ClusterMap.nodeId("c1", "n2"), "10.0.0.2", 7000, 17000, 27000), moved.node("n2"));
        assertSame(moved, moved.withAddress("n2", "10.0.0.2", 7000, 17000, 27000));
        assertThrows(IllegalArgumentException.class, () -> map.withAddress("n9", "h", 1, 2, 3));
    }

    @Test
    void randomMovesKeepEverySlotWithOneGroup() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        ClusterMap map = ClusterMap.seed("c1", LAYOUT);
        String[] model = new String[Slots.COUNT];
        for (int slot = 0; slot < model.length; slot++) {
            model[slot] = owner(map, slot);
        }
        for (int i = 0; i < 200; i++) {
            String group = "g" + (1 + random.nextInt(3));
            List<SlotRange> moved = new ArrayList<>();
            for (int count = random.nextInt(4); count >= 0; count--) {
                int first = random.nextInt(Slots.COUNT);
                int last = Math.min(Slots.COUNT - 1, first + random.nextInt(3000));
                moved.add(new SlotRange(first, last));
                for (int slot = first; slot <= last; slot++) {
                    model[slot] = group;
                }
            }
            map = map.withSlots(moved, group);
            for (int slot = 0; slot < model.length; slot++) {
                assertEquals(model[slot], owner(map, slot));
            }
            assertEquals(map, ClusterMap.fromJson(map.toJson()));
        }
        assertEquals(201, map.epoch());
    }

    @Test
    void jsonIsStable() {
        NodeInfo node = new NodeInfo("n1", "a".repeat(40), "::1", 1, 2, 3);
        GroupInfo group =
                new GroupInfo("g1", new UUID(1, 2), List.of("n1"), List.of(new SlotRange(0, 5), new SlotRange(7, 7)));
        ClusterMap map = ClusterMap.of(9, "c", List.of(node), List.of(group));

        assertEquals(
                "{\"format\":1,\"epoch\":9,\"cluster\":\"c\",\"nodes\":[{\"name\":\"n1\",\"id\":\"" + "a".repeat(40)
                        + "\",\"host\":\"::1\",\"port\":1,\"raftPort\":2,\"peerPort\":3}],\"groups\":[{\"name\":\"g1\","
                        + "\"uuid\":\"00000000-0000-0001-0000-000000000002\",\"replicas\":[\"n1\"],"
                        + "\"slots\":[\"0-5\",\"7\"]}]}",
                map.toJson());
        assertNull(map.groupOf(6));
    }

    @Test
    void contradictionsAreRefused() {
        NodeInfo node = new NodeInfo("n1", "a".repeat(40), "h", 1, 2, 3);
        List<SlotRange> slots = List.of(new SlotRange(0, 5));
        GroupInfo one = new GroupInfo("g1", new UUID(1, 1), List.of("n1"), slots);
        GroupInfo two = new GroupInfo("g2", new UUID(1, 2), List.of("n1"), slots);
        GroupInfo stranger = new GroupInfo("g3", new UUID(1, 3), List.of("n2"), List.of());

        assertThrows(IllegalArgumentException.class, () -> ClusterMap.of(1, "c", List.of(node), List.of(one, two)));
        assertThrows(IllegalArgumentException.class, () -> ClusterMap.of(1, "c", List.of(node), List.of(stranger)));
        assertThrows(IllegalArgumentException.class, () -> ClusterMap.of(1, "c", List.of(node, node), List.of()));
        for (String json : List.of("", "x", "{}", "{\"format\":2}", "{\"format\":1,\"nodes\":[],\"groups\":[]}")) {
            assertThrows(IllegalArgumentException.class, () -> ClusterMap.fromJson(json), json);
        }
    }

    @Test
    void laterTermsAreBetterHints() {
        Leaders leaders = Leaders.none().with("g1", "n1", 5);

        assertSame(leaders, leaders.with("g1", "n2", 4));
        assertEquals("n2", leaders.with("g1", "n2", 6).of("g1"));
        assertSame(leaders, leaders.without("g1", 4));
        assertNull(leaders.without("g1", 5).of("g1"));
        assertEquals(-1, Leaders.none().term("g1"));
    }
}
