package io.aikv.raft.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.transport.PeerGate;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexReplyProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.TimeoutIOException;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.server.protocol.RaftServerProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.ProtoUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages between two transports over real sockets, with the servers behind them played by the test. */
@Timeout(60)
final class NettyTransportTest {
    private static final Duration PATIENCE = Duration.ofMillis(400);
    private static final int MESSAGE_BYTES_MAX = 1 << 20;

    private final List<NettyTransport> open = new ArrayList<>();
    private final Map<String, String> addresses = new ConcurrentHashMap<>();
    private volatile boolean opening;

    @AfterEach
    void close() throws IOException {
        for (NettyTransport transport : open) {
            transport.close();
        }
    }

    /** Answers votes at once, and appended entries when the test says so. */
    static final class Server implements RaftServerProtocol, RaftServerAsynchronousProtocol {
        private final BlockingQueue<AppendEntriesRequestProto> appends = new LinkedBlockingQueue<>();
        private final Map<Long, CompletableFuture<AppendEntriesReplyProto>> answers = new ConcurrentHashMap<>();

        CompletableFuture<AppendEntriesReplyProto> answer(long term) {
            return answers.computeIfAbsent(term, key -> new CompletableFuture<>());
        }

        void answer(AppendEntriesRequestProto request) {
            answer(request.getLeaderTerm())
                    .complete(AppendEntriesReplyProto.newBuilder()
                            .setTerm(request.getLeaderTerm())
                            .build());
        }

        @Override
        public CompletableFuture<AppendEntriesReplyProto> appendEntriesAsync(AppendEntriesRequestProto request) {
            appends.add(request);
            return answer(request.getLeaderTerm());
        }

        @Override
        public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
            if (request.getCandidateTerm() == 13) {
                throw new IOException("no vote in term 13");
            }
            return RequestVoteReplyProto.newBuilder()
                    .setTerm(request.getCandidateTerm())
                    .build();
        }

        @Override
        public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) {
            return InstallSnapshotReplyProto.getDefaultInstance();
        }

        @Override
        public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request) {
            return StartLeaderElectionReplyProto.getDefaultInstance();
        }

        @Override
        public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<ReadIndexReplyProto> readIndexAsync(ReadIndexRequestProto request) {
            throw new UnsupportedOperationException();
        }
    }

    private NettyTransport start(String node, Server server) throws IOException {
        TransportOptions options = new TransportOptions(
                node,
                InetAddress.getLoopbackAddress().getHostAddress(),
                0,
                PATIENCE,
                MESSAGE_BYTES_MAX,
                1,
                peer -> addresses.getOrDefault(peer.getId().toString(), peer.getAddress()),
                group -> !opening,
                PeerGate.open(node));
        NettyTransport transport = new NettyTransport(server, options, new NettyRpc());
        open.add(transport);
        transport.start();
        return transport;
    }

    private static RaftPeer peer(String name, InetSocketAddress address) {
        return RaftPeer.newBuilder().setId(name).setAddress(address).build();
    }

    /** A transport that knows {@code other} as "other". */
    private NettyTransport startKnowing(InetSocketAddress other) throws IOException {
        NettyTransport transport = start("asker", new Server());
        transport.addRaftPeers(List.of(peer("other", other)));
        return transport;
    }

    private static RaftRpcRequestProto toOther() {
        return RaftRpcRequestProto.newBuilder()
                .setReplyId(ByteString.copyFromUtf8("other"))
                .build();
    }

    private static RequestVoteRequestProto vote(long term) {
        return RequestVoteRequestProto.newBuilder()
                .setServerRequest(toOther())
                .setCandidateTerm(term)
                .build();
    }

    private static AppendEntriesRequestProto append(long term, int bytes) {
        StateMachineLogEntryProto data = StateMachineLogEntryProto.newBuilder()
                .setLogData(ByteString.copyFrom(new byte[bytes]))
                .build();
        return AppendEntriesRequestProto.newBuilder()
                .setServerRequest(toOther())
                .setLeaderTerm(term)
                .addEntries(LogEntryProto.newBuilder().setStateMachineLogEntry(data))
                .build();
    }

    private static CompletableFuture<AppendEntriesReplyProto> inBackground(
            NettyTransport transport, AppendEntriesRequestProto request) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return transport.appendEntries(request);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void messagesAndFailuresComeBackToWhoAsked() throws IOException {
        NettyTransport asker = startKnowing(start("other", new Server()).getInetSocketAddress());

        assertEquals(7, asker.requestVote(vote(7)).getTerm());
        IOException refused = assertThrows(IOException.class, () -> asker.requestVote(vote(13)));
        assertTrue(refused.getMessage().contains("no vote in term 13"), refused.getMessage());
        assertEquals(8, asker.requestVote(vote(8)).getTerm());
    }

    @Test
    void anEntryThatWaitsForTheDiskHoldsNothingElseUp() throws Exception {
        Server server = new Server();
        NettyTransport asker = startKnowing(start("other", server).getInetSocketAddress());
        CompletableFuture<AppendEntriesReplyProto> slow = inBackground(asker, append(1, 100));
        AppendEntriesRequestProto first = server.appends.take();

        CompletableFuture<AppendEntriesReplyProto> fast = inBackground(asker, append(2, 100));
        server.answer(server.appends.take());

        assertEquals(2, fast.get().getTerm());
        assertEquals(3, asker.requestVote(vote(3)).getTerm());
        server.answer(first);
        assertEquals(1, slow.get().getTerm());
    }

    @Test
    void entriesArriveAsTheyWereSent() throws Exception {
        Server server = new Server();
        NettyTransport asker = startKnowing(start("other", server).getInetSocketAddress());
        AppendEntriesRequestProto large = append(1, MESSAGE_BYTES_MAX - 1000);
        CompletableFuture<AppendEntriesReplyProto> reply = inBackground(asker, large);

        AppendEntriesRequestProto received = server.appends.take();

        assertEquals(large, received);
        server.answer(received);
        reply.get();
    }

    @Test
    void aPeerThatDoesNotAnswerIsGivenUpAndReachedAgainElsewhere() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            NettyTransport asker = startKnowing((InetSocketAddress) silent.getLocalSocketAddress());
            assertThrows(TimeoutIOException.class, () -> asker.requestVote(vote(1)));

            InetSocketAddress moved = start("other", new Server()).getInetSocketAddress();
            addresses.put("other", moved.getHostString() + ":" + moved.getPort());
            asker.reconnect(peer("other", moved).getId());

            assertEquals(2, asker.requestVote(vote(2)).getTerm());
        }
    }

    @Test
    void aSnapshotIsRefusedWhileItsGroupIsBeingOpened() throws IOException {
        NettyTransport asker = startKnowing(start("other", new Server()).getInetSocketAddress());
        InstallSnapshotRequestProto part = InstallSnapshotRequestProto.newBuilder()
                .setServerRequest(toOther().toBuilder()
                        .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(RaftGroupId.randomId())))
                .build();
        opening = true;
        IOException refused = assertThrows(IOException.class, () -> asker.installSnapshot(part));
        assertTrue(refused.getMessage().contains("is being opened"), refused.getMessage());

        opening = false;
        assertEquals(InstallSnapshotReplyProto.getDefaultInstance(), asker.installSnapshot(part));
    }

    @Test
    void aPeerThatIsNotThereIsAnErrorThatNamesItsAddress() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) free.getLocalSocketAddress();
        }
        NettyTransport asker = startKnowing(nobody);

        IOException refused = assertThrows(IOException.class, () -> asker.requestVote(vote(1)));

        assertTrue(refused.getMessage().contains("cannot connect to other at"), refused.getMessage());
        assertTrue(refused.getMessage().contains(":" + nobody.getPort()), refused.getMessage());
    }

    @Test
    void aPeerWhoseNameNobodyKnowsIsNotLookedUpOnTheEventLoop() throws IOException {
        NettyTransport asker = startKnowing(InetSocketAddress.createUnresolved("nowhere.invalid", 7));

        IOException failure = assertThrows(IOException.class, () -> asker.requestVote(vote(1)));
        assertEquals("cannot connect to other at nowhere.invalid:7: the host is not known", failure.getMessage());
    }

    @Test
    void aPeerThatMovesWhileItIsBeingReachedIsAskedWhereItIsNow() throws Exception {
        Server moved = new Server();
        NettyTransport now = start("other", moved);
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        BlockingQueue<Runnable> lookUps = new LinkedBlockingQueue<>();
        try (ServerSocket before = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            addresses.put("other", "127.0.0.1:" + before.getLocalPort());
            TransportOptions options = new TransportOptions(
                    "asker",
                    "127.0.0.1",
                    0,
                    Duration.ofSeconds(10),
                    MESSAGE_BYTES_MAX,
                    1,
                    peer -> addresses.getOrDefault(peer.getId().toString(), peer.getAddress()),
                    group -> true,
                    PeerGate.open("asker"));
            PeerLink link = new PeerLink(
                    peer("other", now.getInetSocketAddress()),
                    loops.next(),
                    new Bootstrap().group(loops).channel(NioSocketChannel.class),
                    options,
                    lookUps::add);
            CompletableFuture<Long> term = new CompletableFuture<>();
            link.loop()
                    .execute(() -> link.call(
                            RaftRpc.REQUEST_VOTE,
                            vote(7),
                            (reply, failure) -> term.complete(reply == null ? -1 : reply.getTerm())));
            Runnable whereItWas = lookUps.take();

            addresses.put("other", "127.0.0.1:" + now.getInetSocketAddress().getPort());
            link.reset();
            whereItWas.run();
            lookUps.take().run();

            assertEquals(7, term.get());
        } finally {
            loops.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS);
        }
    }

    @Test
    void whoeverAskedIsAnsweredThoughAnotherThrowsAtItsAnswer() throws Exception {
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            TransportOptions options = new TransportOptions(
                    "asker",
                    "127.0.0.1",
                    0,
                    PATIENCE,
                    MESSAGE_BYTES_MAX,
                    1,
                    RaftPeer::getAddress,
                    group -> true,
                    PeerGate.open("asker"));
            Bootstrap bootstrap = new Bootstrap().group(loops).channel(NioSocketChannel.class);
            PeerLink link = new PeerLink(
                    peer("other", InetSocketAddress.createUnresolved("127.0.0.1", 1)),
                    loops.next(),
                    bootstrap,
                    options,
                    ForkJoinPool.commonPool());
            CompletableFuture<IOException> second = new CompletableFuture<>();
            link.loop().execute(() -> {
                link.call(RaftRpc.REQUEST_VOTE, vote(1), (reply, failure) -> {
                    throw new IllegalStateException("a bug of who asked");
                });
                link.call(RaftRpc.REQUEST_VOTE, vote(2), (reply, failure) -> second.complete(failure));
            });

            assertTrue(second.get().getMessage().startsWith("cannot connect to other at "));
        } finally {
            loops.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS);
        }
    }

    @Test
    void whatWaitsFailsWhenTheConnectionIsLost() throws Exception {
        Server server = new Server();
        NettyTransport other = start("other", server);
        NettyTransport asker = startKnowing(other.getInetSocketAddress());
        CompletableFuture<AppendEntriesReplyProto> waiting = inBackground(asker, append(1, 10));
        server.appends.take();

        other.close();

        ExecutionException lost = assertThrows(ExecutionException.class, () -> waiting.get(10, TimeUnit.SECONDS));
        assertInstanceOf(UncheckedIOException.class, lost.getCause());
    }

    /** A loop of Netty 4.2 that is told to end while it runs tasks may leave open what is open on it. */
    @Test
    void closingClosesWhatPeersHaveOpened() throws IOException {
        for (int round = 0; round < 50; round++) {
            NettyTransport other = start("other", new Server());
            try (RawNode node = new RawNode(other.getInetSocketAddress())) {
                node.greet(PeerGate.open("stranger"), "other");

                other.close();

                node.awaitClosed();
            }
        }
    }

    @Test
    void strangersAndMessagesThatAreTooLargeAreDisconnected() throws IOException {
        InetSocketAddress address = start("other", new Server()).getInetSocketAddress();

        assertDisconnected(address, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertDisconnected(address, "AiKvRaft\u0001".getBytes(StandardCharsets.US_ASCII));
        assertDisconnectedOnceGreeted(address, frame(Integer.MAX_VALUE, RaftRpc.APPEND_ENTRIES.code()));
        assertDisconnectedOnceGreeted(address, frame(MESSAGE_BYTES_MAX + 100, RaftRpc.APPEND_ENTRIES.code()));
        assertDisconnectedOnceGreeted(address, frame(-1, RaftRpc.APPEND_ENTRIES.code()));
        assertDisconnectedOnceGreeted(address, frame(9, (byte) 99));
        assertDisconnectedOnceGreeted(address, frame(3, (byte) 1));

        assertEquals(5, startKnowing(address).requestVote(vote(5)).getTerm());
    }

    /** The head of a frame. */
    private static byte[] frame(int size, byte code) {
        return ByteBuffer.allocate(13).putInt(size).put(code).putLong(1).array();
    }

    private static void assertDisconnectedOnceGreeted(InetSocketAddress address, byte[] sent) throws IOException {
        try (RawNode node = new RawNode(address)) {
            node.greet(PeerGate.open("stranger"), "other");
            node.send(sent);
            node.awaitClosed();
        }
    }

    private static void assertDisconnected(InetSocketAddress address, byte[] sent) throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(10_000);
            new DataOutputStream(socket.getOutputStream()).write(sent);
            assertEquals(-1, socket.getInputStream().read());
        }
    }
}
