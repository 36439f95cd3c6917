package io.aikv.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.ConfigError;
import io.aikv.base.SlotRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class LayoutTest {
    private static final String NODE = "[[nodes]]\nname = \"n1\"\nhost = \"127.0.0.1\"\nport = 7001\n";
    private static final String GROUP = "[[groups]]\nname = \"g1\"\nslots = [\"0-16383\"]\nreplicas = [\"n1\"]\n";

    private static String refused(String text) {
        return String.valueOf(assertThrows(ConfigError.class, () -> Layout.parse(text, "l.toml"))
                .getMessage());
    }

    @Test
    void portsAreDerived() {
        Layout layout = Layout.parse(NODE + GROUP, "l.toml");

        assertEquals(List.of(new Layout.Node("n1", "127.0.0.1", 7001, 17001, 27001)), layout.nodes());
        assertEquals(List.of(new Layout.Group("g1", List.of(new SlotRange(0, 16383)), List.of("n1"))), layout.groups());
        assertEquals(List.of("n1"), layout.metaReplicas());
    }

    @Test
    void mistakesAreNamedWithTheirLine() {
        assertEquals("l.toml: nodes: there are none; write a table [[nodes]] for each", refused(GROUP));
        assertEquals("l.toml: groups: there are none; write a table [[groups]] for each", refused(NODE));
        assertEquals("l.toml:6: nodes[1].name: there are two nodes \"n1\"", refused(NODE + NODE + GROUP));
        assertEquals(
                "l.toml:8: nodes[1].port: 127.0.0.1:7001 is already used by node \"n1\"",
                refused(NODE + NODE.replace("n1", "n2") + GROUP));
        assertEquals(
                "l.toml:8: groups[0].replicas: there is no node \"n9\"", refused(NODE + GROUP.replace("n1", "n9")));
        assertEquals(
                "l.toml:8: groups[0].replicas: node \"n1\" stands there twice",
                refused(NODE + GROUP.replace("\"n1\"", "\"n1\", \"n1\"")));
        assertEquals(
                "l.toml:7: groups[0].slots: \"0-16384\" is not a range of slots; use \"0-5460\" or \"7\", up to 16383",
                refused(NODE + GROUP.replace("16383", "16384")));
        assertEquals(
                "l.toml:11: groups[1].slots: slot 5 is already a slot of group \"g1\"",
                refused(NODE + GROUP + GROUP.replace("g1", "g2").replace("0-16383", "5-6")));
        assertTrue(refused(NODE + GROUP.replace("0-16383", "0-100\", \"200-16383"))
                .endsWith("groups: no group has the slots 101-199"));
        assertEquals(
                "l.toml:5: nodes[0].prot: there is no such key; the keys are name, host, port, raft-port, peer-port",
                refused(NODE + "prot = 1\n" + GROUP));
        assertEquals(
                "l.toml:4: nodes[0].port: 70010 is not a port; use 1 to 65535",
                refused(NODE.replace("7001", "70010") + GROUP));
        assertTrue(refused(NODE.replace("7001", "60000") + GROUP).contains("nodes[0].raft-port: 70000 (derived"));
        assertTrue(refused("[[nodes] x\n").startsWith("l.toml:1: this is not TOML: "));
    }

    @Test
    void theMetaGroupHasAnOddNumberOfReplicas() {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= 4; i++) {
            text.append(NODE.replace("n1", "n" + i).replace("7001", "700" + i));
        }

        assertEquals(
                List.of("n1", "n2", "n3"), Layout.parse(text + GROUP, "l.toml").metaReplicas());
        assertEquals(
                List.of("n4"),
                Layout.parse("meta = [\"n4\"]\n" + text + GROUP, "l.toml").metaReplicas());
    }

    @Test
    void everyShippedLayoutIsValid() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("raft-groups"))) {
            List<String> names = files.map(file -> {
                        Layout.read(file);
                        return file.getFileName().toString();
                    })
                    .sorted()
                    .toList();
            assertEquals(
                    List.of("single-node.toml", "six-nodes.toml", "three-nodes-12-groups.toml", "three-nodes.toml"),
                    names);
        }
    }

    @Test
    void shippedLayoutsSpreadTheirLeaders() {
        for (String name : List.of("three-nodes", "six-nodes", "three-nodes-12-groups")) {
            Layout layout = Layout.read(Path.of("raft-groups", name + ".toml"));
            int each = layout.groups().size() / layout.nodes().size();
            for (Layout.Node node : layout.nodes()) {
                long led = layout.groups().stream()
                        .filter(group -> group.replicas().get(0).equals(node.name()))
                        .count();
                assertEquals(each, led, name + " " + node.name());
            }
            assertTrue(
                    layout.groups().stream().allMatch(group -> group.replicas().size() == 3));
        }
    }
}
