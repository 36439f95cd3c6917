package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.EventClass;
import io.aikv.resp.Reply;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreResources;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GroupReplicaTest {
    @TempDir
    Path directory;

    @Test
    void singleNodeKeepsItsWritesOverARestart() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 1)) {
            assertEquals(Reply.OK, cluster.write("SET", "a", "1"));
            assertEquals(Reply.integer(5), cluster.write("TEST.ADD", "n", "5"));
            cluster.stop(0);

            cluster.start(0);
            cluster.awaitLeader();

            assertEquals("1", cluster.read(0, "a"));
            assertEquals(Reply.integer(7), cluster.write("TEST.ADD", "n", "2"));
        }
    }

    @Test
    void threeNodesElectALeaderAndFollowersRead() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            assertEquals(Reply.OK, cluster.write("SET", "a", "1"));

            for (int node : cluster.running()) {
                assertEquals("1", cluster.read(node, "a"));
            }
            cluster.awaitConverged();
            assertEquals(RaftCluster.rows(cluster.replica(0)), RaftCluster.rows(cluster.replica(1)));
            assertEquals(RaftCluster.rows(cluster.replica(0)), RaftCluster.rows(cluster.replica(2)));
        }
    }

    @Test
    void replicasAreEqualAfterRandomWritesWithSkewedClocks() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (RaftCluster cluster = new RaftCluster(directory, 3, RaftCluster::patient)) {
            for (int node : cluster.running()) {
                cluster.clock(node).skewMillis = random.nextInt(-60_000, 60_000);
            }
            long now = 0;
            for (int round = 0; round < 4; round++) {
                List<CompletableFuture<Reply>> replies = new ArrayList<>();
                GroupReplica leading = cluster.replica(cluster.awaitLeader());
                for (int i = 0; i < 200; i++) {
                    replies.add(leading.execute(0, RaftCluster.argv(randomCommand(random))));
                }
                replies.forEach(RaftCluster::get);
                long later = ((Reply.Int) cluster.write("TEST.NOW")).value();
                assertTrue(later >= now, "time went back from " + now + " to " + later);
                now = later;
                int leader = cluster.awaitLeader();
                RaftCluster.get(
                        cluster.replica(leader).transferLeadership("n" + cluster.follower(), Duration.ofSeconds(3)));
            }
            // Ticks would move replicas apart while they are compared.
            cluster.running().forEach(node -> cluster.replica(node).setActiveExpire(false));
            cluster.write("SET", "end", "1");
            cluster.awaitConverged();

            List<String> rows = RaftCluster.rows(cluster.replica(0));
            assertTrue(rows.size() > 20, "rows: " + rows.size());
            assertEquals(rows, RaftCluster.rows(cluster.replica(1)));
            assertEquals(rows, RaftCluster.rows(cluster.replica(2)));
        }
    }

    private static String[] randomCommand(SplittableRandom random) {
        String key = "k" + random.nextInt(20);
        return switch (random.nextInt(4)) {
            case 0 -> new String[] {"SET", key, "v" + random.nextInt()};
            case 1 -> new String[] {"TEST.DRAW", key};
            case 2 -> new String[] {"TEST.EXPIRING", key, Integer.toString(1 + random.nextInt(200))};
            default -> new String[] {"TEST.ADD", "n" + key, "1"};
        };
    }

    @Test
    void dueKeysAreRemovedWhileTheGroupIsIdle() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 1)) {
            GroupReplica replica = cluster.replica(cluster.awaitLeader());
            replica.setActiveExpire(false);
            cluster.write("TEST.EXPIRING", "a", "1");
            cluster.write("SET", "b", "1");
            assertEquals(2, replica.reader().keyCount(0));

            replica.setActiveExpire(true);

            RaftCluster.await("one key", () -> replica.reader().keyCount(0) == 1);
            long entries = replica.status().counters().entries();
            cluster.write("SET", "b", "2");
            assertEquals(entries + 1, replica.status().counters().entries());
        }
    }

    @Test
    void aValueLargerThanAnEntryIsSplit() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, RaftCluster::patient)) {
            int leader = cluster.awaitLeader();
            String large = "0123456789".repeat(700_000);

            assertEquals(Reply.OK, cluster.write("SET", "large", large));

            assertEquals(leader, cluster.awaitLeader());
            assertEquals(large, cluster.read(cluster.follower(), "large"));
            cluster.awaitConverged();
            assertEquals(RaftCluster.rows(cluster.replica(0)), RaftCluster.rows(cluster.replica(1)));
        }
    }

    @Test
    void aFailureWhileApplyingStopsTheGroupLoudly() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 1)) {
            cluster.write("SET", "a", "1");
            GroupReplica replica = cluster.replica(0);
            long index = replica.applied().index();
            TestProposal boom = TestProposal.of("TEST.BOOM");
            TestProposal behind = TestProposal.of("SET", "a", "2");

            replica.submit(boom);
            RaftCluster.await("the failure", replica::isFailed);
            replica.submit(behind);

            RaftCluster.await("the end of the proposal", boom::isOver);
            assertEquals("indeterminate", boom.end());
            assertEquals("refused STOPPED", behind.end());
            assertEquals(index, replica.applied().index());
            assertFalse(replica.leads());
            assertFalse(replica.readable());
            ReplicaStatus status = replica.status();
            assertEquals("stopped", status.role());
            assertTrue(status.failure().startsWith("index " + (index + 1) + ": "), status.failure());
        }
    }

    @Test
    void storesAreOpenedAgainUnderWritesAndNothingIsLost() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, RaftCluster::patient)) {
            GroupReplica leader = cluster.replica(cluster.awaitLeader());
            List<TestProposal> adds = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                TestProposal add = TestProposal.of("TEST.ADD", "k", "1");
                adds.add(add);
                leader.submit(add);
                if (i % 50 == 10) {
                    GroupStore before = leader.store();
                    cluster.replica(i / 50 % 3).reload();
                    leader.reload();
                    assertNotSame(before, leader.store());
                }
            }

            RaftCluster.await("every reply", () -> adds.stream().allMatch(TestProposal::isOver));
            for (int i = 0; i < adds.size(); i++) {
                assertEquals("applied " + Reply.integer(i + 1), adds.get(i).end());
            }
            long last = leader.applied().index();
            for (int n = 0; n < 3; n++) {
                GroupReplica replica = cluster.replica(n);
                RaftCluster.await("entry " + last, () -> replica.applied().index() >= last);
                assertEquals(
                        leader.store().digest().hex(), replica.store().digest().hex());
            }
        }
    }

    @Test
    void waitCountsReplicasThatHoldTheEntry() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, RaftCluster::patient)) {
            cluster.write("SET", "a", "1");
            GroupReplica leader = cluster.replica(cluster.awaitLeader());
            TestProposal proposal = TestProposal.of("SET", "a", "2");
            leader.submit(proposal);
            RaftCluster.await("the end", proposal::isOver);

            assertEquals(2, RaftCluster.get(leader.awaitReplicas(proposal.index(), 2, Duration.ofSeconds(10))));
            assertEquals(2, RaftCluster.get(leader.awaitReplicas(proposal.index(), 3, Duration.ofMillis(20))));
            assertEquals(0, RaftCluster.get(leader.awaitReplicas(proposal.index() + 1000, 1, Duration.ofMillis(20))));
        }
    }

    @Test
    void waitingForReplicasEndsWhereTheLeadershipDoes() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, RaftCluster::patient)) {
            cluster.write("SET", "a", "1");
            int first = cluster.awaitLeader();
            GroupReplica leader = cluster.replica(first);
            int next = (first + 1) % 3;
            CompletableFuture<Integer> waiting = leader.awaitReplicas(1, 3, Duration.ofDays(1));
            CompletableFuture<Integer> elsewhere = cluster.replica(next).awaitReplicas(1, 0, Duration.ofDays(1));

            RaftCluster.get(leader.transferLeadership("n" + next, Duration.ofSeconds(10)));

            RaftCluster.await("the end of the wait", waiting::isDone);
            assertTrue(waiting.isCompletedExceptionally());
            assertTrue(elsewhere.isCompletedExceptionally());
        }
    }

    @Test
    void readsKeepTheLeaseAliveAndCostNoEntryThen() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, GroupReplicaTest::secondOfLease)) {
            cluster.write("SET", "a", "1");
            GroupReplica leader = cluster.replica(cluster.awaitLeader());

            RaftCluster.await("the lease", leader::readable);

            long until = System.nanoTime() + 2_500_000_000L;
            RaftCluster.await("more than two leases", () -> {
                assertTrue(leader.readable(), "the lease was lost while reads came");
                return System.nanoTime() > until;
            });
            assertTrue(
                    leader.status().counters().barriers() < 40, leader.status().toString());
        }
    }

    /** A lease is a little shorter than the election timeout: long enough for a busy machine, short enough to see it end. */
    private static RaftOptions secondOfLease(RaftOptions options) {
        RaftOptions.Timing timing = options.timing();
        return options.withTiming(new RaftOptions.Timing(
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                timing.holdMax(),
                timing.replicaReadMax(),
                timing.requestMax(),
                timing.gatherMax()));
    }

    @Test
    void withoutTheLeaseEveryReadCostsAnEntry() throws IOException {
        try (RaftCluster cluster = new RaftCluster(
                directory, 3, options -> RaftCluster.patient(options).withLeaderLease(false))) {
            cluster.write("SET", "a", "1");
            int node = cluster.awaitLeader();
            GroupReplica leader = cluster.replica(node);
            long before = leader.status().counters().barriers();

            for (int i = 0; i < 3; i++) {
                assertFalse(leader.readable());
                assertEquals("1", cluster.read(node, "a"));
            }

            assertEquals(before + 3, leader.status().counters().barriers());
            assertFalse(leader.status().leaseHeld());
        }
    }

    @Test
    void aLeaderWithoutMajorityServesNoReadAndAcknowledgesNoWrite() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            cluster.write("SET", "a", "1");
            int leader = cluster.awaitLeader();
            GroupReplica replica = cluster.replica(leader);
            RaftCluster.await("the lease", replica::readable);
            List<Integer> others = new ArrayList<>(cluster.running());
            others.remove(Integer.valueOf(leader));

            // At once, so that the leader has no time to step down before it is given the write.
            others.forEach(node -> cluster.cutOff(leader, node));
            TestProposal proposal = TestProposal.of("SET", "a", "2");
            replica.submit(proposal);
            others.forEach(cluster::stop);

            RaftCluster.await("the end of the lease", () -> !replica.readable());
            assertTrue(List.of("NOT_LEADER", "NOT_READY", "NO_MAJORITY").contains(cluster.read(leader, "a")));
            RaftCluster.await("the end of the write", proposal::isOver);
            assertEquals("indeterminate", proposal.end());
        }
    }

    @Test
    void aFollowerThatMissedAPurgedLogIsRebuiltByASnapshot() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, GroupReplicaTest::smallLog)) {
            cluster.write("SET", "a", "0");
            int away = cluster.follower();
            cluster.stop(away);
            GroupReplica leader = cluster.replica(cluster.awaitLeader());
            writeUntilPurged(cluster, leader);

            cluster.start(away);
            GroupReplica back = cluster.replica(away);
            cluster.write("SET", "a", "1");
            cluster.awaitConverged();

            assertEquals(1, back.status().counters().installs());
            assertEquals(RaftCluster.rows(leader), RaftCluster.rows(back));
            assertEquals("1", cluster.read(away, "a"));
            cluster.stop(away);
            cluster.start(away);
            cluster.write("SET", "a", "2");
            assertEquals("2", cluster.read(away, "a"));
        }
    }

    private static RaftOptions smallLog(RaftOptions options) {
        return RaftCluster.patient(options)
                .withLog(new RaftOptions.LogOptions(64 << 10, 100, 256 << 20, 20, 128 << 20));
    }

    private static void writeUntilPurged(RaftCluster cluster, GroupReplica leader) {
        String filler = "x".repeat(1000);
        int[] writes = {0};
        RaftCluster.await("a purged log", () -> {
            for (int i = 0; i < 50; i++) {
                cluster.write("SET", "k" + writes[0]++ % 300, filler + writes[0]);
            }
            return leader.ratis().getRaftLog().getStartIndex() > 200;
        });
    }

    @Test
    void aGroupWithoutEntriesFindsALeaderAfterARestart() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            for (int node : List.of(0, 1, 2)) {
                cluster.stop(node);
            }
            for (int node : List.of(0, 1, 2)) {
                Snapshots.deleteTree(cluster.directory(node));
                cluster.start(node);
                assertEquals(-1, cluster.replica(node).applied().index());
                cluster.stop(node);
            }

            for (int node : List.of(0, 1, 2)) {
                cluster.start(node);
                assertEquals(
                        3,
                        cluster.replica(node)
                                .ratis()
                                .getRaftConf()
                                .getAllPeers()
                                .size());
            }

            assertEquals(Reply.OK, cluster.write("SET", "a", "1"));
            cluster.awaitConverged();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aGroupThatRatisClosedIsOpenedAgainAndGoesOn(boolean leading) throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            cluster.write("SET", "a", "1");
            int node = leading ? cluster.awaitLeader() : cluster.follower();
            GroupReplica replica = cluster.replica(node);
            RaftServer.Division division = replica.ratis();

            division.close();
            cluster.write("SET", "a", "2");

            RaftCluster.await("another division", () -> replica.ratis() != division);
            assertFalse(replica.isFailed());
            cluster.write("SET", "a", "3");
            cluster.awaitConverged();
            for (int other : cluster.running()) {
                assertEquals(RaftCluster.rows(replica), RaftCluster.rows(cluster.replica(other)));
            }
            assertEquals("3", cluster.read(node, "a"));
        }
    }

    @Test
    void aGroupThatFailedToApplyIsNotOpenedAgain() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 1)) {
            cluster.write("SET", "a", "1");
            GroupReplica replica = cluster.replica(0);
            RaftServer.Division division = replica.ratis();

            replica.submit(TestProposal.of("TEST.BOOM"));
            RaftCluster.await("the failure", replica::isFailed);
            RaftCluster.await(
                    "the end of the division", () -> !division.getInfo().isAlive());

            assertFalse(replica.wasClosedByRatis());
            long until = System.nanoTime() + 500_000_000L;
            RaftCluster.await("half a second", () -> {
                assertSame(division, replica.ratis());
                return System.nanoTime() > until;
            });
        }
    }

    @Test
    void aFollowerThatTakesNoSnapshotIsSentItAFewTimesPerSecond() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 3, GroupReplicaTest::smallLog)) {
            cluster.write("SET", "a", "0");
            int away = cluster.follower();
            cluster.stop(away);
            GroupReplica leader = cluster.replica(cluster.awaitLeader());
            writeUntilPurged(cluster, leader);
            // A file where the follower wants to put what it receives.
            Path received = cluster.directory(away)
                    .resolve("raft")
                    .resolve(RaftCluster.uuid().toString())
                    .resolve("tmp");
            Snapshots.deleteTree(received);
            Files.createFile(received);
            cluster.start(away);
            Snapshots snapshots = leader.machine().snapshots();
            RaftCluster.await("a second attempt", () -> snapshots.handedOut() > 1);

            long before = snapshots.handedOut();
            long until = System.nanoTime() + 1_000_000_000L;
            RaftCluster.await("one second", () -> System.nanoTime() > until);

            long attempts = snapshots.handedOut() - before;
            assertTrue(attempts <= 20, attempts + " attempts in a second");
            Files.delete(received);
            cluster.awaitConverged();
            assertEquals(RaftCluster.rows(leader), RaftCluster.rows(cluster.replica(away)));
        }
    }

    @Test
    void aPeerIsReachedAtItsNewAddress() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            cluster.write("SET", "a", "1");
            int moved = cluster.follower();

            cluster.move(moved);

            cluster.write("SET", "a", "2");
            cluster.awaitConverged();
            assertEquals("2", cluster.read(moved, "a"));
        }
    }

    @Test
    void leadersAreAnnouncedAndHandedOver() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            cluster.write("SET", "a", "1");
            int leader = cluster.awaitLeader();
            List<String> heard = Collections.synchronizedList(new ArrayList<>());
            cluster.node(leader).addListener((group, node, term) -> heard.add(group + " " + node));
            RaftCluster.await("the present leader", () -> heard.contains("g1 n" + leader));

            assertEquals(0, cluster.node(leader).handOver(Duration.ofSeconds(5)));

            int next = cluster.awaitLeader();
            assertNotEquals(leader, next);
            RaftCluster.await("the next leader", () -> heard.contains("g1 n" + next));
        }
    }

    @ParameterizedTest
    @EnumSource(RaftOptions.Rpc.class)
    void aPortInUseIsAnErrorThatNamesItAndNotTheEndOfTheProcess(RaftOptions.Rpc rpc) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                StoreResources resources = StoreResources.small()) {
            RaftOptions options = RaftOptions.defaults("n0", directory, "127.0.0.1", taken.getLocalPort())
                    .withRpc(rpc);

            IOException error = assertThrows(
                    IOException.class,
                    () -> RaftNode.start(NodeContext.of(options, RaftCluster.table(), resources))
                            .close());

            assertTrue(error.getMessage().contains("127.0.0.1:" + taken.getLocalPort()), error.getMessage());
        }
    }

    @Test
    void bugsOfObserversAndOfThoseWhoWaitDoNotStopTheGroup() throws IOException {
        EntryObserver bad = new EntryObserver() {
            @Override
            public void changed(int database, EventClass eventClass, String event, byte[] key) {
                throw new IllegalStateException("observer of changes");
            }

            @Override
            public void committed(long index, boolean leading) {
                throw new IllegalStateException("observer of entries");
            }
        };
        try (RaftCluster cluster = new RaftCluster(directory, 1, options -> options, bad)) {
            assertEquals(Reply.OK, cluster.write("SET", "a", "1"));
            assertEquals("1", cluster.read(0, "a"));
        }
    }

    @Test
    void aGroupInMemoryWorksAndForgets() throws IOException {
        try (RaftCluster cluster = new RaftCluster(directory, 1, options -> options.withInMemory(true))) {
            cluster.write("SET", "a", "1");
            assertEquals("1", cluster.read(0, "a"));

            cluster.stop(0);
            cluster.start(0);
            cluster.awaitLeader();

            assertEquals("(none)", cluster.read(0, "a"));
        }
    }
}
