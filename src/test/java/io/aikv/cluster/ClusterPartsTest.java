package io.aikv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.CommandError;
import io.aikv.base.ConfigError;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.Layout;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecret;
import io.aikv.transport.PeerSecurity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of the cluster that need no second node. */
final class ClusterPartsTest {
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
            slots = ["0-16383"]
            replicas = ["n1", "n2"]
            """, "l.toml");

    private static ClusterMap map(String id) {
        return ClusterMap.seed(id, LAYOUT);
    }

    // ---- leaders ----

    @Test
    void aHintOfALaterTermWinsAndHearsayAboutALeaderThatIsGoneDoesNot() {
        LeaderTable leaders = new LeaderTable();
        List<String> seen = new ArrayList<>();
        leaders.onChange(() -> seen.add(String.valueOf(leaders.of("g1"))));

        leaders.observed("g1", "n1", 5);
        leaders.told("n3", "g1", "n2", 4);
        leaders.observed("g1", null, 5);
        leaders.told("n3", "g1", "n1", 5);
        assertNull(leaders.of("g1"));
        leaders.told("n3", "g1", "n2", 6);
        leaders.observed("g1", "n2", 6);

        assertEquals(List.of("n1", "null", "n2"), seen);
    }

    @Test
    void aLeaderSeenAgainInTheSameTermIsBelieved() {
        LeaderTable leaders = new LeaderTable();
        leaders.observed("g1", "n1", 5);
        leaders.observed("g1", null, 5);

        leaders.observed("g1", "n1", 5);

        assertEquals("n1", leaders.of("g1"));
    }

    @Test
    void aLeaderThatSaysItselfThatItLeadsIsBelievedByAReplicaThatIsCutOff() {
        LeaderTable leaders = new LeaderTable();
        leaders.observed("g1", "n1", 5);
        leaders.observed("g1", null, 5);

        leaders.told("n1", "g1", "n1", 5);

        assertEquals("n1", leaders.of("g1"));
    }

    // ---- maps ----

    @Test
    void onlyANewerMapOfTheSameClusterIsTaken() {
        CurrentMap current = new CurrentMap();
        List<Long> epochs = new ArrayList<>();
        current.onChange(map -> epochs.add(map.epoch()));
        ClusterMap first = map("a");

        assertTrue(current.offer(first));
        assertFalse(current.offer(first));
        assertTrue(current.offer(first.withAddress("n1", "127.0.0.1", 1, 2, 3)));
        assertFalse(current.offer(first));
        assertThrows(IllegalStateException.class, () -> current.offer(map("b")));

        assertEquals(List.of(1L, 2L), epochs);
    }

    @Test
    void theFileRemembersTheClusterAndRefusesOthers(@TempDir Path directory) throws Exception {
        assertNull(ClusterFile.read(directory));
        ClusterFile file = ClusterFile.first("n1", LAYOUT).withMap(map("a"));

        file.write(directory);
        ClusterFile read = ClusterFile.read(directory);

        assertEquals(file, read);
        file.check("n1", LAYOUT, directory);
        assertThrows(ConfigError.class, () -> file.check("n2", LAYOUT, directory));
        Files.writeString(directory.resolve("cluster.json"), "{\"format\": 9}");
        String problem = assertThrows(ConfigError.class, () -> ClusterFile.read(directory))
                .getMessage();
        assertTrue(problem.endsWith("cannot be understood: format 9; this version reads 1"), problem);
    }

    @Test
    void theMetaGroupIsTheSameWhateverTheAddresses() {
        Layout moved = Layout.parse("""
                meta = ["n1", "n2"]
                [[nodes]]
                name = "n2"
                host = "10.0.0.2"
                port = 1002
                [[nodes]]
                name = "n1"
                host = "10.0.0.1"
                port = 1001
                [[groups]]
                name = "g1"
                slots = ["0-16383"]
                replicas = ["n2"]
                """, "moved.toml");

        assertEquals(ClusterFile.metaUuid(LAYOUT), ClusterFile.metaUuid(moved));
    }

    // ---- addresses ----

    @Test
    void addressesAreTriedInTheOrderOfTrust() {
        CurrentMap current = new CurrentMap();
        current.offer(map("a").withAddress("n2", "10.0.0.2", 1, 2, 3));
        Endpoint said = new Endpoint("10.0.0.9", 7, 8, 9);

        AddressBook book = new AddressBook(current, LAYOUT, Map.of(), node -> node.equals("n2") ? said : null);
        Map<String, Endpoint> reach = ClusterOptions.parseReach(List.of("n2=127.0.0.1:5:6"));
        AddressBook relayed = new AddressBook(current, LAYOUT, reach, node -> said);

        assertEquals(
                List.of(said, new Endpoint("10.0.0.2", 1, 2, 3), new Endpoint("127.0.0.1", 7002, 17002, 27002)),
                book.candidates("n2"));
        assertEquals(List.of(new Endpoint("127.0.0.1", 7001, 17001, 27001)), book.candidates("n1"));
        assertEquals(List.of(new Endpoint("127.0.0.1", 0, 5, 6)), relayed.candidates("n2"));
        assertThrows(ConfigError.class, () -> book.require("n3"));
        assertThrows(IllegalArgumentException.class, () -> ClusterOptions.parseReach(List.of("n2=x:1")));
    }

    // ---- gossip ----

    @Test
    void gossipSurvivesTheWire() {
        Gossip gossip = new Gossip(7, List.of(new Gossip.Line("g1", "n1", 3, 42), new Gossip.Line("g2", null, 0, -1)));

        assertEquals(gossip, Gossip.ofRequest(gossip.request()));
        assertEquals(gossip, Gossip.ofReply(gossip.reply()));
        assertThrows(
                IllegalArgumentException.class, () -> Gossip.ofRequest(PeerIdentity.args("PEER.PING", 1, "g1", "n1")));
    }

    // ---- greetings ----

    private static final PeerSecret SECRET = PeerSecret.of(List.of("0123456789abcdef"), true);

    @Test
    void peersOfOtherClustersOrVersionsAreRefused() {
        CurrentMap here = new CurrentMap();
        here.offer(map("a"));
        Endpoint endpoint = new Endpoint("127.0.0.1", 1, 2, 3, 4);
        PeerIdentity self = new PeerIdentity("n1", ClusterFile.metaUuid(LAYOUT), here, endpoint);
        CurrentMap there = new CurrentMap();
        PeerIdentity other = new PeerIdentity("n2", ClusterFile.metaUuid(LAYOUT), there, endpoint);

        assertEquals(
                new PeerGreeting.Hello("n2", endpoint), greet(other, PeerSecret.NONE, self, PeerSecret.NONE, "n1"));
        assertEquals(
                "WRONGNODE node n1 answers where n3 was expected",
                refused(other, PeerSecret.NONE, self, PeerSecret.NONE, "n3"));
        there.offer(map("b"));
        assertEquals(
                "FOREIGN node n1 belongs to cluster a, not to b",
                refused(other, PeerSecret.NONE, self, PeerSecret.NONE, "n1"));
        assertEquals("FOREIGN node n1 belongs to cluster a, not to b", refused(other, SECRET, self, SECRET, "n1"));
        PeerGreeting accepting = PeerGreeting.accepting(gate(self, PeerSecret.NONE));
        byte[][] hello =
                PeerGreeting.connecting(gate(other, PeerSecret.NONE), "n1").hello(other);
        hello[1] = new byte[] {'9'};
        assertEquals(
                "VERSION the peer protocol 9 is not understood here",
                assertThrows(CommandError.class, () -> accepting.answer(hello)).line());
        assertEquals(
                "NOHELLO a peer link begins with PEER.HELLO",
                assertThrows(CommandError.class, () -> accepting.answer(PeerIdentity.args("PING")))
                        .line());
        assertNull(accepting.known());
    }

    @Test
    void peersMustKnowTheSecretAndProveItEachTime() {
        CurrentMap here = new CurrentMap();
        here.offer(map("a"));
        Endpoint endpoint = new Endpoint("127.0.0.1", 1, 2, 3);
        PeerIdentity self = new PeerIdentity("n1", ClusterFile.metaUuid(LAYOUT), here, endpoint);
        PeerIdentity other = new PeerIdentity("n2", ClusterFile.metaUuid(LAYOUT), here, endpoint);
        PeerSecret wrong = PeerSecret.of(List.of("fedcba9876543210"), true);
        PeerSecret lax = PeerSecret.of(List.of("0123456789abcdef"), false);
        PeerSecret turning = PeerSecret.of(List.of("fedcba9876543210", "0123456789abcdef"), true);

        assertEquals("n2", greet(other, SECRET, self, SECRET, "n1").node());
        assertEquals(
                "WRONGSECRET node n2 does not know the secret of this cluster, security.peer-secret",
                refused(other, wrong, self, SECRET, "n1"));
        assertEquals(
                "NOSECRET node n1 talks only to nodes that know the cluster's secret, security.peer-secret",
                refused(other, PeerSecret.NONE, self, SECRET, "n1"));
        assertEquals(
                "NOSECRET node n2 talks only to nodes that know the cluster's secret, security.peer-secret",
                refused(other, SECRET, self, PeerSecret.NONE, "n1"));
        assertEquals("n2", greet(other, PeerSecret.NONE, self, lax, "n1").node());
        assertEquals("n2", greet(other, lax, self, PeerSecret.NONE, "n1").node());
        assertEquals("n2", greet(other, lax, self, SECRET, "n1").node());
        assertEquals("n2", greet(other, SECRET, self, turning, "n1").node());
        assertEquals("n2", greet(other, wrong, self, turning, "n1").node());
    }

    @Test
    void aRecordedGreetingIsWorthNothing() {
        CurrentMap here = new CurrentMap();
        here.offer(map("a"));
        PeerIdentity self =
                new PeerIdentity("n1", ClusterFile.metaUuid(LAYOUT), here, new Endpoint("127.0.0.1", 1, 2, 3));
        PeerGreeting recorded = PeerGreeting.connecting(gate(self, SECRET), "n1");
        byte[][] hello = recorded.hello(self);
        byte[][] proof =
                recorded.proof(PeerGreeting.accepting(gate(self, SECRET)).answer(hello));

        PeerGreeting fresh = PeerGreeting.accepting(gate(self, SECRET));
        fresh.answer(hello);

        assertTrue(assertThrows(CommandError.class, () -> fresh.answer(proof))
                .line()
                .startsWith("WRONGSECRET "));
        assertNull(fresh.known());
        PeerGreeting impatient = PeerGreeting.accepting(gate(self, SECRET));
        assertEquals(
                "NOHELLO the messages of the greeting are not in their order",
                assertThrows(CommandError.class, () -> impatient.answer(proof)).line());
    }

    private static PeerGate gate(PeerIdentity identity, PeerSecret secret) {
        return new PeerGate(identity, new PeerSecurity(secret, null));
    }

    /** The whole greeting; what one side answers is what the other gets. */
    private static PeerGreeting.Hello greet(
            PeerIdentity from, PeerSecret fromSecret, PeerIdentity to, PeerSecret toSecret, String expected) {
        PeerGreeting connecting = PeerGreeting.connecting(gate(from, fromSecret), expected);
        PeerGreeting accepting = PeerGreeting.accepting(gate(to, toSecret));
        assertNull(accepting.known());
        byte[][] proof = connecting.proof(accepting.answer(connecting.hello(from)));
        assertNull(accepting.known());
        connecting.welcomed(accepting.answer(proof));
        return Objects.requireNonNull(accepting.known());
    }

    private static String refused(
            PeerIdentity from, PeerSecret fromSecret, PeerIdentity to, PeerSecret toSecret, String expected) {
        return assertThrows(CommandError.class, () -> greet(from, fromSecret, to, toSecret, expected))
                .line();
    }
}
