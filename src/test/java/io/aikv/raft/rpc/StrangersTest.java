package io.aikv.raft.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.Await;
import io.aikv.transport.Introduction;
import io.aikv.transport.LinkIdentity;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecret;
import io.aikv.transport.PeerSecurity;
import io.aikv.transport.TestCertificates;
import io.aikv.transport.Tls;
import io.aikv.transport.TlsOptions.ClientAuth;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who tries to get in at a Raft port without belonging there, and that the node goes on. */
@Timeout(120)
final class StrangersTest {
    private static final PeerSecret SECRET = PeerSecret.of(List.of("the secret of this cluster"), true);
    private static final PeerSecret OTHER_SECRET = PeerSecret.of(List.of("the secret of another one"), true);
    private static final String CLUSTER = "c1";

    @TempDir
    private Path directory;

    private final List<NettyTransport> open = new ArrayList<>();
    private final AtomicInteger votes = new AtomicInteger();

    @AfterEach
    void close() throws IOException {
        for (NettyTransport transport : open) {
            transport.close();
        }
    }

    /** A node of a cluster; those of one cluster belong together. */
    private record Member(String node, String clusterId) implements LinkIdentity {
        @Override
        public String realm() {
            return "r";
        }

        @Override
        public @Nullable String refusal(String otherCluster, String realm, String otherNode) {
            return otherCluster.equals(clusterId) ? null : "FOREIGN " + otherCluster;
        }
    }

    private static PeerGate gate(String node, String cluster, PeerSecret secret, @Nullable Tls tls) {
        return new PeerGate(new Member(node, cluster), new PeerSecurity(secret, tls));
    }

    private NettyTransport start(PeerGate gate) throws IOException {
        TransportOptions options = new TransportOptions(
                gate.identity().node(),
                InetAddress.getLoopbackAddress().getHostAddress(),
                0,
                Duration.ofSeconds(5),
                1 << 20,
                1,
                RaftPeer::getAddress,
                group -> true,
                gate);
        VotesOnly server = new VotesOnly(votes);
        NettyTransport transport = new NettyTransport(server, options, new NettyRpc());
        open.add(transport);
        transport.start();
        return transport;
    }

    private static long ask(NettyTransport asker, NettyTransport other) throws IOException {
        asker.addRaftPeers(List.of(RaftPeer.newBuilder()
                .setId("n1")
                .setAddress(other.getInetSocketAddress())
                .build()));
        RequestVoteReplyProto reply = asker.requestVote(RequestVoteRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder().setReplyId(ByteString.copyFromUtf8("n1")))
                .setCandidateTerm(7)
                .build());
        return reply.getTerm();
    }

    private void assertRefused(String reason, NettyTransport other, PeerGate gate) throws IOException {
        int before = votes.get();
        NettyTransport asker = start(gate);
        IOException refused = assertThrows(IOException.class, () -> ask(asker, other));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertEquals(before, votes.get());
    }

    @Test
    void nodesOfTheClusterThatKnowItsSecretAreLetInAndNobodyElse() throws IOException {
        NettyTransport node = start(gate("n1", CLUSTER, SECRET, null));

        assertEquals(7, ask(start(gate("n2", CLUSTER, SECRET, null)), node));
        assertRefused("WRONGSECRET node n3", node, gate("n3", CLUSTER, OTHER_SECRET, null));
        assertRefused("NOSECRET node n1", node, gate("n3", CLUSTER, PeerSecret.NONE, null));
        assertRefused("FOREIGN c2", node, gate("n3", "c2", SECRET, null));
        assertRefused("WRONGSECRET node n3", node, gate("n3", "c2", OTHER_SECRET, null));
        assertRefused(
                "NOSECRET node n3",
                start(gate("n1", CLUSTER, PeerSecret.NONE, null)),
                gate("n3", CLUSTER, SECRET, null));
        assertEquals(7, ask(start(gate("n4", CLUSTER, SECRET, null)), node));
        assertEquals(0, node.door().strangers());
    }

    @Test
    void whoPosesAsANodeIsFoundOut() throws IOException {
        NettyTransport impostor = start(gate("n1", CLUSTER, OTHER_SECRET, null));
        NettyTransport elsewhere = start(gate("n5", CLUSTER, SECRET, null));

        assertRefused("WRONGSECRET", impostor, gate("n2", CLUSTER, SECRET, null));
        assertRefused("WRONGNODE node n5 answers where n1 was expected", elsewhere, gate("n2", CLUSTER, SECRET, null));
    }

    @Test
    void aRecordedGreetingDoesNotLetAnybodyIn() throws IOException {
        NettyTransport node = start(gate("n1", CLUSTER, SECRET, null));
        Introduction introduction = Introduction.connecting(gate("n2", CLUSTER, SECRET, null), Greeting.PROTOCOL, "n1");
        byte[] hello = RawNode.bytes(Greeting.HELLO, introduction.hello(List.of()));
        byte[] proof;
        try (RawNode member = new RawNode(node.getInetSocketAddress())) {
            member.send(hello);
            proof = RawNode.bytes(
                    Greeting.PROOF,
                    introduction.proof(Objects.requireNonNull(member.receive()).parts()));
            member.send(proof);
            assertEquals(
                    Greeting.WELCOME, Objects.requireNonNull(member.receive()).code());
        }

        try (RawNode replay = new RawNode(node.getInetSocketAddress())) {
            replay.send(hello);
            assertEquals(
                    Greeting.CHALLENGE, Objects.requireNonNull(replay.receive()).code());
            replay.send(proof);
            Greeting answer = Objects.requireNonNull(replay.receive());
            assertEquals(Greeting.REFUSAL, answer.code());
            assertTrue(answer.reason().startsWith("WRONGSECRET "), answer.reason());
            replay.awaitClosed();
        }
        try (RawNode hasty = new RawNode(node.getInetSocketAddress())) {
            hasty.send(hello);
            hasty.send(Arrays.copyOfRange(hello, Greeting.PREAMBLE_BYTES, hello.length));
            assertNotNull(hasty.receive());
            assertEquals(
                    Greeting.REFUSAL, Objects.requireNonNull(hasty.receive()).code());
            hasty.awaitClosed();
        }
        assertEquals(0, votes.get());
    }

    @Test
    void garbageOfEveryKindIsDisconnectedAndTheNodeGoesOn() throws IOException {
        NettyTransport node = start(gate("n1", CLUSTER, SECRET, null));
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("-Daikv.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = RawNode.bytes(
                Greeting.HELLO,
                Introduction.connecting(gate("n2", CLUSTER, SECRET, null), Greeting.PROTOCOL, "n1")
                        .hello(List.of()));
        for (int i = 0; i < 200; i++) {
            byte[] sent = random.nextBoolean() ? good.clone() : new byte[9 + random.nextInt(300)];
            if (sent.length == good.length) {
                int at = random.nextInt(11); // The preamble or the size: what is behind is random anyway.
                sent[at] = (byte) (sent[at] + 1 + random.nextInt(255));
            } else {
                random.nextBytes(sent);
            }
            try (RawNode stranger = new RawNode(node.getInetSocketAddress())) {
                stranger.send(sent);
                // What could still become a message is waited for, a little: the stranger goes first.
            }
        }
        try (RawNode web = new RawNode(node.getInetSocketAddress())) {
            web.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            web.awaitClosed();
        }

        Await.until(() -> node.door().strangers() == 0, Duration.ofSeconds(20), () -> "the strangers are gone");
        assertTrue(node.door().refusedCount() > 0);
        assertEquals(7, ask(start(gate("n2", CLUSTER, SECRET, null)), node));
        assertEquals(1, votes.get());
    }

    @Test
    void manySilentStrangersDoNotKeepANodeOut() throws IOException {
        NettyTransport node = start(gate("n1", CLUSTER, SECRET, null));
        List<RawNode> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                silent.add(new RawNode(node.getInetSocketAddress()));
            }
            assertEquals(7, ask(start(gate("n2", CLUSTER, SECRET, null)), node));
            assertTrue(node.door().strangers() <= 128, "too many are kept");
            silent.get(0).awaitClosed();
            silent.get(299).awaitClosed(); // After five seconds.
        } finally {
            for (RawNode each : silent) {
                each.close();
            }
        }
    }

    @Test
    void overTlsBothSidesShowCertificatesOfTheSameAuthority() throws Exception {
        TestCertificates authority = TestCertificates.authority(directory);
        TestCertificates foreign = TestCertificates.authority(directory);
        Tls one = Tls.load(authority.options(authority.issue("one"), ClientAuth.NO));
        Tls two = Tls.load(authority.options(authority.issue("two"), ClientAuth.NO));
        Tls stranger = Tls.load(foreign.options(foreign.issue("stranger"), ClientAuth.NO));
        NettyTransport node = start(gate("n1", CLUSTER, SECRET, one));

        assertEquals(7, ask(start(gate("n2", CLUSTER, SECRET, two)), node));
        assertRefused("cannot connect to n1", node, gate("n3", CLUSTER, SECRET, stranger));
        assertRefused("cannot connect to n1", node, gate("n3", CLUSTER, SECRET, null));
        assertRefused("WRONGSECRET", node, gate("n3", CLUSTER, OTHER_SECRET, two));
        try (RawNode clear = new RawNode(node.getInetSocketAddress())) {
            clear.send(RawNode.bytes(
                    Greeting.HELLO,
                    Introduction.connecting(gate("n3", CLUSTER, SECRET, null), Greeting.PROTOCOL, "n1")
                            .hello(List.of())));
            clear.awaitClosed();
        }
        assertEquals(1, votes.get());
    }

    /** A frame that comes with the last message of the greeting is not lost. */
    @Test
    void whatComesRightBehindTheGreetingIsRead() throws IOException {
        PeerGate gate = gate("n1", CLUSTER, SECRET, null);
        NettyTransport node = start(gate);
        InetSocketAddress address = node.getInetSocketAddress();
        try (RawNode member = new RawNode(address)) {
            Introduction introduction =
                    Introduction.connecting(gate("n2", CLUSTER, SECRET, null), Greeting.PROTOCOL, "n1");
            member.send(RawNode.bytes(Greeting.HELLO, introduction.hello(List.of())));
            byte[] proof = RawNode.bytes(
                    Greeting.PROOF,
                    introduction.proof(Objects.requireNonNull(member.receive()).parts()));
            byte[] vote = RequestVoteRequestProto.newBuilder().build().toByteArray();
            java.nio.ByteBuffer both = java.nio.ByteBuffer.allocate(proof.length + 13 + vote.length);
            both.put(proof)
                    .putInt(9 + vote.length)
                    .put(RaftRpc.REQUEST_VOTE.code())
                    .putLong(1)
                    .put(vote);
            member.send(both.array());

            Await.until(() -> votes.get() == 1, Duration.ofSeconds(20), () -> "the vote is asked for");
        }
    }
}
