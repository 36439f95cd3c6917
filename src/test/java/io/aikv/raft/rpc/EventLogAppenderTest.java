package io.aikv.raft.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.transport.PeerGate;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.DivisionProperties;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.TimeDuration;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An appender whose surroundings fail: whatever happens, the leader must hear of it and begin with another. */
@Timeout(60)
final class EventLogAppenderTest {
    private static final long LEADER_TERM = 5;
    private static final int NOBODY_LISTENS = 1;

    private final List<NettyTransport> open = new ArrayList<>();
    private final AtomicInteger restarts = new AtomicInteger();
    private final CountDownLatch restarted = new CountDownLatch(1);
    /** What the leader does when it is to begin with another appender, before it does. */
    private Runnable beforeRestart = () -> {};
    /** Asked for by an appender whose follower is not near. */
    private Supplier<@Nullable Object> stateMachine = () -> null;

    @AfterEach
    void close() throws IOException {
        for (NettyTransport transport : open) {
            transport.close();
        }
    }

    // ---- what surrounds an appender ----

    /** Answers the methods named, runs default methods, and says 0, false or null to all others. */
    private static <T> T fake(Class<T> type, Map<String, Supplier<Object>> answers) {
        InvocationHandler handler = (proxy, method, args) -> {
            Supplier<Object> answer = answers.get(method.getName());
            if (answer != null) {
                return answer.get();
            }
            if (method.isDefault()) {
                try {
                    return InvocationHandler.invokeDefault(proxy, method, args);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            }
            Class<?> result = method.getReturnType();
            if (result == boolean.class) {
                return false;
            } else if (result == long.class) {
                return 0L;
            }
            return result == int.class ? (Object) 0 : null;
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object fails(String why) {
        throw new IllegalStateException(why);
    }

    private static Object runsOut() {
        throw new OutOfMemoryError("of a test");
    }

    private NettyTransport transport(String node, NettyTransportTest.Server server) throws IOException {
        TransportOptions options = new TransportOptions(
                node,
                InetAddress.getLoopbackAddress().getHostAddress(),
                0,
                Duration.ofSeconds(2),
                1 << 20,
                1,
                RaftPeer::getAddress,
                group -> true,
                PeerGate.open(node));
        NettyTransport transport = new NettyTransport(server, options, new NettyRpc());
        open.add(transport);
        transport.start();
        return transport;
    }

    private NettyTransport leader() throws IOException {
        return transport("leader", new NettyTransportTest.Server());
    }

    /** A node that answers every append so. */
    private NettyTransport follower(AppendResult result) throws IOException {
        NettyTransportTest.Server server = new NettyTransportTest.Server();
        server.answer(LEADER_TERM)
                .complete(AppendEntriesReplyProto.newBuilder()
                        .setResult(result)
                        .setTerm(LEADER_TERM + 1)
                        .build());
        return transport("other", server);
    }

    private LogAppender appender(
            NettyTransport from,
            InetSocketAddress to,
            Map<String, Supplier<Object>> ofFollower,
            Map<String, Supplier<Object>> ofLeader) {
        return appender(from, to, ofFollower, ofLeader, Map.of());
    }

    private LogAppender appender(
            NettyTransport from,
            InetSocketAddress to,
            Map<String, Supplier<Object>> ofFollower,
            Map<String, Supplier<Object>> ofLeader,
            Map<String, Supplier<Object>> ofLog) {
        RaftPeer peer = RaftPeer.newBuilder().setId("other").setAddress(to).build();
        RaftServer server = fake(RaftServer.class, Map.of("getProperties", RaftProperties::new));
        Map<String, Supplier<Object>> logAnswers = new HashMap<>(ofLog);
        logAnswers.put("isOpened", () -> true);
        logAnswers.put("getStartIndex", () -> -1L);
        RaftLog log = fake(RaftLog.class, logAnswers);
        DivisionInfo info = fake(DivisionInfo.class, Map.of("isAlive", () -> true, "isLeader", () -> true));
        DivisionProperties properties = fake(
                DivisionProperties.class,
                Map.of("minRpcTimeoutMs", () -> 300, "rpcSleepTime", () -> TimeDuration.ONE_SECOND));
        RaftServer.Division division = fake(
                RaftServer.Division.class,
                Map.of(
                        "getRaftServer", () -> server,
                        "getMemberId",
                                () -> RaftGroupMemberId.valueOf(RaftPeerId.valueOf("leader"), RaftGroupId.randomId()),
                        "getRaftLog", () -> log,
                        "getStateMachine", () -> stateMachine.get(),
                        "getInfo", () -> info,
                        "properties", () -> properties,
                        "getThreadGroup", () -> Thread.currentThread().getThreadGroup()));
        Timestamp longAgo = Timestamp.currentTime().addTimeMs(-60_000);
        Map<String, Supplier<Object>> follower = new HashMap<>(ofFollower);
        follower.put("getName", () -> "leader->other");
        follower.put("getPeer", () -> peer);
        follower.put("getId", peer::getId);
        follower.putIfAbsent("getLastRpcResponseTime", () -> longAgo);
        follower.putIfAbsent("getLastHeartbeatSendTime", () -> longAgo);
        Map<String, Supplier<Object>> leader = new HashMap<>(ofLeader);
        leader.putIfAbsent("newAppendEntriesRequestProto", EventLogAppenderTest::heartbeat);
        leader.put("restart", this::restart);
        return from.newAppender(division, fake(LeaderState.class, leader), fake(FollowerInfo.class, follower));
    }

    private @Nullable Object restart() {
        beforeRestart.run();
        restarts.incrementAndGet();
        restarted.countDown();
        return null;
    }

    private static AppendEntriesRequestProto heartbeat() {
        return AppendEntriesRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder().setReplyId(ByteString.copyFromUtf8("other")))
                .setLeaderTerm(LEADER_TERM)
                .build();
    }

    private void awaitRestart() throws InterruptedException {
        assertTrue(restarted.await(30, TimeUnit.SECONDS), "nobody was told to begin with another appender");
        assertEquals(1, restarts.get());
    }

    /** Until the only loop of a transport has done everything that it was given before. */
    private static void awaitLoop(NettyTransport transport) throws IOException {
        transport.requestVote(RequestVoteRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder().setReplyId(ByteString.copyFromUtf8("other")))
                .setCandidateTerm(1)
                .build());
    }

    // ---- word of what is committed ----

    private static AppendEntriesRequestProto request(long committed) {
        return heartbeat().toBuilder().setLeaderCommit(committed).build();
    }

    /** Just heard: no heartbeat is due. */
    private static Map<String, Supplier<Object>> fresh() {
        return Map.of(
                "getLastRpcResponseTime", Timestamp::currentTime, "getLastHeartbeatSendTime", Timestamp::currentTime);
    }

    @Test
    void whatIsCommittedWhileARequestIsMadeIsToldByTheNext() throws Exception {
        NettyTransport other = follower(AppendResult.SUCCESS);
        AtomicLong committed = new AtomicLong(5);
        List<Long> told = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Long> second = new CompletableFuture<>();
        AtomicReference<EventLogAppender> appender = new AtomicReference<>();
        Supplier<Object> make = () -> {
            AppendEntriesRequestProto request = request(committed.get());
            told.add(committed.get());
            if (told.size() == 1) {
                committed.set(6);
                appender.get().tellCommitted();
            } else {
                second.complete(committed.get());
            }
            return request;
        };
        appender.set((EventLogAppender) appender(
                leader(),
                other.getInetSocketAddress(),
                fresh(),
                Map.of("newAppendEntriesRequestProto", make),
                Map.of("getLastCommittedIndex", committed::get, "getNextIndex", () -> 0L)));

        appender.get().tellCommitted();

        assertEquals(6, second.get(30, TimeUnit.SECONDS));
        assertEquals(List.of(5L, 6L), told);
    }

    @Test
    void aFollowerThatLagsIsSentEntriesAndNotOnlyWordOfWhatIsCommitted() throws Exception {
        NettyTransport other = follower(AppendResult.SUCCESS);
        AtomicInteger entries = new AtomicInteger();
        CompletableFuture<Integer> first = new CompletableFuture<>();
        RaftLog.EntryWithData entry = fake(
                RaftLog.EntryWithData.class,
                Map.of(
                        "getSerializedSize", () -> 1,
                        "getEntry",
                                () -> {
                                    entries.incrementAndGet();
                                    return LogEntryProto.getDefaultInstance();
                                }));
        EventLogAppender appender = (EventLogAppender) appender(
                leader(),
                other.getInetSocketAddress(),
                fresh(),
                Map.of("newAppendEntriesRequestProto", () -> {
                    first.complete(entries.get());
                    return request(5);
                }),
                Map.of("getLastCommittedIndex", () -> 5L, "getNextIndex", () -> 1L, "getEntryWithData", () -> entry));

        appender.tellCommitted();

        assertEquals(1, first.get(30, TimeUnit.SECONDS));
    }

    // ---- failures ----

    @Test
    void anAppenderThatFailedIsReplacedOnceAndLooksAtNothingMore() throws Exception {
        NettyTransport other = follower(AppendResult.SUCCESS);
        NettyTransport leader = leader();
        AtomicInteger looks = new AtomicInteger();
        LogAppender appender = appender(
                leader,
                other.getInetSocketAddress(),
                Map.of("getNextIndex", () -> {
                    looks.incrementAndGet();
                    return fails("the follower cannot be looked at");
                }),
                Map.of());

        appender.start();
        awaitRestart();
        appender.notifyLogAppender();
        awaitLoop(leader);

        assertEquals(1, looks.get());
        assertEquals(1, restarts.get());
    }

    @Test
    void anAppenderWhoseLeaderCannotTakeANewTermIsReplaced() throws Exception {
        NettyTransport other = follower(AppendResult.NOT_LEADER);
        LogAppender appender = appender(
                leader(),
                other.getInetSocketAddress(),
                Map.of(),
                Map.of("onFollowerTerm", () -> fails("the term cannot be written")));

        appender.start();

        awaitRestart();
    }

    @Test
    void anAppenderThatCannotSayThatItsFollowerIsAwayIsReplaced() throws Exception {
        LogAppender appender = appender(
                leader(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), NOBODY_LISTENS),
                Map.of(),
                Map.of("checkHealth", () -> fails("no health")));

        appender.start();

        awaitRestart();
    }

    // ---- Errors ----

    /** While it makes a request, takes its answer, takes a new term. */
    @ParameterizedTest
    @CsvSource({
        "SUCCESS, newAppendEntriesRequestProto",
        "SUCCESS, onAppendEntriesReply",
        "NOT_LEADER, onFollowerTerm",
    })
    void anAppenderThatRunsOutOfMemoryIsReplaced(AppendResult answer, String step) throws Exception {
        NettyTransport other = follower(answer);
        LogAppender appender =
                appender(leader(), other.getInetSocketAddress(), Map.of(), Map.of(step, EventLogAppenderTest::runsOut));

        appender.start();

        awaitRestart();
    }

    @Test
    void anAppenderThatRunsOutOfMemoryWhileItReadsWhatIsFarBehindIsReplaced() throws Exception {
        NettyTransport other = follower(AppendResult.SUCCESS);
        LogAppender appender = appender(
                leader(), other.getInetSocketAddress(), Map.of(), Map.of("isFollowerBootstrapping", () -> true));
        stateMachine = EventLogAppenderTest::runsOut;

        appender.start();

        awaitRestart();
    }

    @Test
    void aLeaderThatCannotBeginWithAnotherIsAskedAgain() throws Exception {
        NettyTransport other = follower(AppendResult.SUCCESS);
        AtomicInteger asked = new AtomicInteger();
        beforeRestart = () -> {
            if (asked.incrementAndGet() == 1) {
                runsOut();
            }
        };
        LogAppender appender = appender(
                leader(),
                other.getInetSocketAddress(),
                Map.of("getNextIndex", () -> fails("the follower cannot be looked at")),
                Map.of());

        appender.start();

        awaitRestart();
        assertEquals(2, asked.get());
    }
}
