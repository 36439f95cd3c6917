package io.aikv.testcluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.SlotRange;
import io.aikv.topology.Layout;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LayoutsTest {

    @Test
    void anEvenLayoutSpreadsSlotsAndLeaders() {
        Layout layout = Layouts.even(4, 3, 2);

        assertEquals(List.of("n1", "n2", "n3", "n4"), layout.nodeNames());
        assertEquals(List.of(new SlotRange(0, 5460)), layout.groups().get(0).slots());
        assertEquals(
                List.of(new SlotRange(10922, 16383)), layout.groups().get(2).slots());
        assertEquals(List.of("n3", "n4"), layout.groups().get(2).replicas());
    }

    @Test
    void aLayoutFileReadsBackAsWhatWasWritten() {
        Layout layout = Layouts.onFreePorts(Layouts.even(3, 5, 3));

        Layout read = Layout.parse(Layouts.toml(layout), layout.source());

        assertEquals(layout, read);
    }

    @Test
    void freePortsAreAllDifferent() {
        Layout layout = Layouts.onFreePorts(Layouts.even(7, 1, 3));

        long distinct = layout.nodes().stream()
                .flatMap(node -> List.of(node.port(), node.raftPort(), node.peerPort()).stream())
                .distinct()
                .count();
        assertEquals(21, distinct);
    }

    @Test
    void portsFollowTheFirst() {
        Layout layout = Layouts.fromPort(Layouts.even(3, 3, 3), 7101);

        assertEquals(7103, layout.nodes().get(2).port());
        assertEquals(17103, layout.nodes().get(2).raftPort());
        assertEquals(27103, layout.nodes().get(2).peerPort());
    }

    @Test
    void moreReplicasThanNodesAreRefused() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Layouts.even(2, 1, 3))
                .getMessage()
                .contains("3 replicas"));
    }
}
