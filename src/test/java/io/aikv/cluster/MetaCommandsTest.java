package io.aikv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.CommandError;
import io.aikv.base.SlotRange;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Handler;
import io.aikv.data.EventSink;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.Layout;
import io.aikv.topology.NodeInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MetaCommandsTest {
    private static final Layout LAYOUT = Layout.parse("""
            [[nodes]]
            name = "n1"
            host = "127.0.0.1"
            port = 7001
            [[nodes]]
            name = "n2"
            host = "127.0.0.1"
            port = 7002
            [[groups]]
            name = "g1"
            slots = ["0-8191"]
            replicas = ["n1", "n2"]
            [[groups]]
            name = "g2"
            slots = ["8192-16383"]
            replicas = ["n2", "n1"]
            """, "l.toml");

    private final CommandTable table = new CommandTable();
    private StoreResources resources;
    private GroupStore store;
    private long index;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        MetaCommands.register(table);
        resources = StoreResources.small();
        store = GroupStore.open(resources, directory.resolve("db"), StoreOptions.defaults());
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    /** Applies one command as an entry of its own. */
    private Reply apply(Object... words) {
        byte[][] argv = PeerIdentity.args(words);
        Command command = table.find(argv);
        assertNotNull(command);
        assertTrue(command.has(Flag.INTERNAL), "never for clients");
        StoreTransaction transaction = store.begin();
        WriteContext context =
                new WriteContext(transaction, 0, 1000 + index, new SplittableRandom(index), EventSink.NONE);
        try {
            Reply reply = ((Handler.Write) command.handler()).run().run(context, command.args(argv));
            transaction.commit(new AppliedPosition(1, ++index, 1000 + index));
            return reply;
        } catch (CommandError error) {
            return Reply.error(error);
        }
    }

    private ClusterMap map() {
        ClusterMap map = MetaCommands.read(store.reader());
        assertNotNull(map);
        return map;
    }

    private void seed() {
        apply("META.SEED", ClusterMap.seed("a", LAYOUT).toJson());
    }

    @Test
    void theFirstSeedStays() {
        assertNull(MetaCommands.read(store.reader()));

        assertEquals(Reply.ONE, apply("META.SEED", ClusterMap.seed("a", LAYOUT).toJson()));
        assertEquals(Reply.ONE, apply("META.SEED", ClusterMap.seed("b", LAYOUT).toJson()));

        assertEquals("a", map().clusterId());
    }

    @Test
    void anotherAddressRaisesTheEpochOnce() {
        seed();

        assertEquals(new Reply.Int(2), apply("META.NODE", "n2", "10.0.0.2", 1, 2, 3));
        assertEquals(new Reply.Int(2), apply("META.NODE", "n2", "10.0.0.2", 1, 2, 3));

        NodeInfo node = map().node("n2");
        assertNotNull(node);
        assertEquals("10.0.0.2:1", node.address(false));
        assertEquals(Reply.error("ERR no node n3"), apply("META.NODE", "n3", "10.0.0.2", 1, 2, 3));
        assertEquals(Reply.error("ERR Invalid port"), apply("META.NODE", "n2", "10.0.0.2", 0, 2, 3));
    }

    @Test
    void slotsChangeTheirGroupOnlyAtTheExpectedEpoch() {
        seed();

        assertEquals(Reply.error("ERR the cluster map has epoch 1, not 7"), apply("META.SLOTS", "g2", 7, "0-10"));
        assertEquals(new Reply.Int(2), apply("META.SLOTS", "g2", 1, "0-10", "12"));

        assertEquals(
                List.of(new SlotRange(0, 10), new SlotRange(12, 12), new SlotRange(8192, 16383)),
                map().groups().get(1).slots());
        assertEquals(Reply.error("ERR bad slot range 1-16384"), apply("META.SLOTS", "g2", 0, "1-16384"));
        assertEquals(Reply.error("ERR no group g3"), apply("META.SLOTS", "g3", 0, "1"));
    }

    @Test
    void replicasChange() {
        seed();

        assertEquals(new Reply.Int(2), apply("META.REPLICAS", "g1", 0, "n2"));

        assertEquals(List.of("n2"), map().groups().get(0).replicas());
        assertEquals(Reply.error("ERR group g1: no node n9"), apply("META.REPLICAS", "g1", 0, "n9"));
    }

    @Test
    void nothingIsChangedBeforeTheSeed() {
        assertEquals(Reply.error("ERR there is no cluster map yet"), apply("META.NODE", "n2", "h", 1, 2, 3));
    }
}
