package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.command.Command;
import io.aikv.resp.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.RaftException;
import org.junit.jupiter.api.Test;

/** The proposer over a consensus that the test plays: nothing is committed until it says so. */
final class ProposerTest {
    private static final RaftGroupMemberId MEMBER =
            RaftGroupMemberId.valueOf(RaftPeerId.valueOf("n0"), RaftGroupId.valueOf(RaftCluster.uuid()));

    private final Consensus consensus = new Consensus();
    private long nowNanos;
    private final Clock clock = new Clock() {
        @Override
        public long epochMillis() {
            return 1000;
        }

        @Override
        public long nanos() {
            return nowNanos;
        }
    };

    private final List<Alarm> alarms = new ArrayList<>();

    private record Alarm(long dueNanos, Runnable task) {}

    private final Proposer proposer = proposer(new RaftOptions.Limits(2, 4096, 4096, 100, 1000, 1 << 20, 1 << 20));

    private Proposer proposer(RaftOptions.Limits limits) {
        return new Proposer(
                "g1",
                consensus,
                (nanos, task) -> alarms.add(new Alarm(nowNanos + nanos, task)),
                RaftOptions.defaults("n0", Path.of("unused"), "localhost", 1).withLimits(limits),
                clock,
                new GroupTime(clock),
                new RaftMetrics(new MetricRegistry(), "g1"),
                42);
    }

    private static final class Consensus implements Submitter {
        private record Sent(Batch batch, CompletableFuture<RaftClientReply> end) {}

        final ArrayDeque<Sent> inFlight = new ArrayDeque<>();
        final List<String> log = Collections.synchronizedList(new ArrayList<>());
        boolean leads = true;
        boolean ready = true;
        /** Fails submissions at once, without appending. */
        RaftException refusal;

        long index;

        @Override
        public boolean leads() {
            return leads;
        }

        @Override
        public boolean isReady() {
            return leads && ready;
        }

        @Override
        public CompletableFuture<RaftClientReply> submit(Batch batch) throws IOException {
            batch.getContent();
            if (refusal != null) {
                return CompletableFuture.completedFuture(reply(refusal));
            }
            batch.markAppended();
            Sent sent = new Sent(batch, new CompletableFuture<>());
            inFlight.add(sent);
            return sent.end();
        }

        /** The oldest entry is committed and applied. */
        void commit() {
            Sent sent = inFlight.remove();
            List<Reply> replies = new ArrayList<>();
            for (Proposal proposal : sent.batch().proposals()) {
                log.add(Bytes.text(proposal.argv()[1]));
                replies.add(Reply.OK);
            }
            sent.batch().applied(replies, index++);
            sent.end().complete(reply(null));
        }

        void commitAll() {
            while (!inFlight.isEmpty()) {
                commit();
            }
        }

        void lose() {
            leads = false;
            List<Sent> lost = List.copyOf(inFlight);
            inFlight.clear();
            lost.forEach(sent -> sent.end().complete(reply(new NotLeaderException(MEMBER, null, List.of()))));
        }

        private static RaftClientReply reply(RaftException failure) {
            RaftClientReply.Builder reply = RaftClientReply.newBuilder()
                    .setClientId(ClientId.emptyClientId())
                    .setServerId(MEMBER)
                    .setCallId(1);
            return failure == null
                    ? reply.setSuccess().build()
                    : reply.setException(failure).build();
        }
    }

    private List<TestProposal> submit(int from, int to) {
        List<TestProposal> proposals = new ArrayList<>();
        for (int i = from; i < to; i++) {
            TestProposal proposal = TestProposal.of("SET", "k" + i, "v");
            proposals.add(proposal);
            proposer.submit(proposal);
        }
        return proposals;
    }

    private void advance(long nanos) {
        nowNanos += nanos;
        List<Alarm> due =
                alarms.stream().filter(alarm -> alarm.dueNanos <= nowNanos).toList();
        alarms.removeAll(due);
        due.forEach(alarm -> alarm.task.run());
    }

    private int lastSize() {
        return consensus.inFlight.getLast().batch().proposals().size();
    }

    @Test
    void besideAnEntryInFlightOnlyAFullOneIsSubmitted() {
        List<TestProposal> proposals = submit(0, GroupCommit.FULL_COMMANDS);
        assertEquals(1, consensus.inFlight.size());
        assertEquals(GroupCommit.FULL_COMMANDS - 1, proposer.queued());

        submit(0, 1);
        assertEquals(2, consensus.inFlight.size());
        assertEquals(GroupCommit.FULL_COMMANDS, lastSize());

        submit(0, 500);
        assertEquals(2, consensus.inFlight.size());
        consensus.commit();
        assertEquals(2, consensus.inFlight.size());
        assertEquals(100, lastSize());
        assertEquals("applied " + Reply.OK, proposals.get(0).end());
        assertEquals("waiting", proposals.get(1).end());

        consensus.commitAll();
        assertEquals("applied " + Reply.OK, proposals.get(63).end());
    }

    @Test
    void largeCommandsFillAnEntryToo() {
        Proposer wide = proposer(new RaftOptions.Limits(2, 1 << 20, 1 << 20, 100, 1000, 1 << 20, 1 << 20));
        wide.submit(TestProposal.of("SET", "first", "v"));
        wide.submit(TestProposal.of("SET", "large", "x".repeat(GroupCommit.FULL_BYTES)));

        assertEquals(2, consensus.inFlight.size());
    }

    @Test
    void whoWaitsAtTheEndOfAnEntryWaitsForTheClientsItAnswered() {
        submit(0, 11);
        nowNanos += 4_000_000;
        consensus.commit();
        assertEquals(0, consensus.inFlight.size());

        submit(11, 12);
        assertEquals(11, lastSize());
        nowNanos += 4_000_000;
        consensus.commit();

        // Eleven were answered, nobody waits: the next command is not held up by the ten that do not come.
        advance(4_000_000);
        submit(12, 13);
        assertEquals(1, lastSize());
    }

    @Test
    void theWaitForOthersEndsAfterAQuarterOfWhatEntriesTake() {
        submit(0, 11);
        nowNanos += 4_000_000;
        consensus.commit();

        advance(999_999);
        assertEquals(0, consensus.inFlight.size());
        advance(1);
        assertEquals(10, lastSize());
    }

    @Test
    void theWaitForOthersIsBounded() {
        submit(0, 2);
        nowNanos += 1_000_000_000;
        consensus.commit();

        advance(2_000_000);
        assertEquals(1, lastSize());
    }

    @Test
    void aLoneClientNeverWaits() {
        for (int i = 0; i < 5; i++) {
            TestProposal proposal = submit(i, i + 1).get(0);
            assertEquals(1, lastSize());
            nowNanos += 4_000_000;
            consensus.commit();
            assertEquals("applied " + Reply.OK, proposal.end());
        }
        assertEquals(List.of(), alarms);
    }

    @Test
    void readsDoNotWaitForCommands() {
        submit(0, 2);
        List<String> reads = new ArrayList<>();
        proposer.awaitBarrier(waiter(reads));

        assertEquals(2, consensus.inFlight.size());
        assertEquals(1, lastSize());
    }

    @Test
    void theOrderOfSubmissionIsTheOrderOfTheLog() {
        List<TestProposal> proposals = submit(0, 300);

        consensus.commitAll();

        List<String> expected = new ArrayList<>();
        proposals.forEach(proposal -> expected.add(Bytes.text(proposal.argv()[1])));
        assertEquals(expected, consensus.log);
    }

    @Test
    void entriesAreBoundedByCountAndBytes() {
        submit(0, 400);
        consensus.commit();
        assertEquals(100, consensus.inFlight.getLast().batch().proposals().size());
        consensus.commitAll();
        for (int i = 0; i < 10; i++) {
            proposer.submit(TestProposal.of("SET", "k", "x".repeat(1500)));
        }
        consensus.commit();

        assertEquals(2, consensus.inFlight.getLast().batch().proposals().size());
        consensus.commitAll();
        assertEquals(410, consensus.log.size());
    }

    @Test
    void aCommandLargerThanABatchHasAnEntryOfItsOwn() {
        Proposer wide = proposer(new RaftOptions.Limits(1, 16_384, 4096, 100, 1000, 1 << 20, 1 << 20));
        TestProposal first = TestProposal.of("SET", "first", "v");
        TestProposal small = TestProposal.of("SET", "small", "v");
        TestProposal large = TestProposal.of("SET", "large", "x".repeat(10_000));
        TestProposal after = TestProposal.of("SET", "after", "v");
        List.of(first, small, large, after).forEach(wide::submit);

        for (int entry = 0; entry < 4; entry++) {
            assertEquals(1, consensus.inFlight.getLast().batch().proposals().size());
            consensus.commit();
        }

        assertEquals(List.of("first", "small", "large", "after"), consensus.log);
    }

    @Test
    void afullQueueRefuses() {
        submit(0, 1 + GroupCommit.FULL_COMMANDS + 1000);

        List<TestProposal> more = submit(0, 1);

        assertEquals("refused OVERLOADED", more.get(0).end());
        TestProposal huge = TestProposal.of("SET", "k", "x".repeat(2 << 20));
        proposer.submit(huge);
        assertEquals("refused TOO_LARGE", huge.end());
    }

    @Test
    void whatWasAppendedIsIndeterminateWhatWasNotIsRefusedWhenLeadershipIsLost() {
        int sent = 1 + GroupCommit.FULL_COMMANDS;
        List<TestProposal> proposals = submit(0, sent + 3);

        consensus.lose();

        for (int i = 0; i < sent; i++) {
            assertEquals("indeterminate", proposals.get(i).end());
        }
        for (int i = sent; i < sent + 3; i++) {
            assertEquals("refused NOT_LEADER", proposals.get(i).end());
        }
        assertEquals("refused NOT_LEADER", submit(5, 6).get(0).end());
    }

    @Test
    void whatIsNotAppendedDuringATransferWaitsInOrderAndIsSubmittedAfterIt() {
        consensus.refusal = new LeaderSteppingDownException("stepping down");
        List<TestProposal> proposals = submit(0, 10);
        assertEquals("waiting", proposals.get(0).end());

        consensus.refusal = null;
        proposer.leadershipChanged();
        consensus.commitAll();

        assertEquals("applied " + Reply.OK, proposals.get(9).end());
        assertEquals("k0", consensus.log.get(0));
        assertEquals("k9", consensus.log.get(9));
    }

    @Test
    void aLeadershipThatDoesNotSettleRefusesInTheEnd() {
        consensus.ready = false;
        List<TestProposal> proposals = submit(0, 3);
        proposer.look();
        assertEquals("waiting", proposals.get(0).end());

        nowNanos += 3_000_000_000L;
        proposer.look();

        assertEquals("refused NOT_READY", proposals.get(0).end());
        assertEquals("refused NOT_READY", proposals.get(2).end());
    }

    @Test
    void readsThatWaitShareOneEntryWithEachOtherAndWithWrites() {
        List<String> reads = new ArrayList<>();
        submit(0, 2);
        for (int i = 0; i < 100; i++) {
            proposer.awaitBarrier(waiter(reads));
        }
        consensus.commit();
        assertEquals(0, reads.size());

        consensus.commitAll();

        assertEquals(Collections.nCopies(100, "readable"), reads);
        assertEquals(3, consensus.index);
    }

    @Test
    void aReadIsNeverServedByAnEntryThatWasSubmittedBeforeIt() {
        List<String> reads = new ArrayList<>();
        submit(0, 1);
        proposer.awaitBarrier(waiter(reads));

        consensus.commit();
        assertEquals(List.of(), reads);

        consensus.commit();
        assertEquals(List.of("readable"), reads);
    }

    @Test
    void aCommandLargerThanAnEntryIsSplitAndStaysInItsPlace() {
        TestProposal before = TestProposal.of("SET", "before", "v");
        TestProposal large = TestProposal.of("SET", "large", "x".repeat(20_000));
        TestProposal after = TestProposal.of("SET", "after", "v");
        List.of(before, large, after).forEach(proposer::submit);

        consensus.commitAll();

        assertEquals(List.of("before", "large", "after"), consensus.log);
        assertTrue(consensus.index >= 8, "entries: " + consensus.index);
        assertEquals("applied " + Reply.OK, large.end());
    }

    @Test
    void anUploadThatIsCutOffIsCertainlyNotApplied() {
        TestProposal large = TestProposal.of("SET", "large", "x".repeat(20_000));
        proposer.submit(large);
        consensus.commit();

        consensus.lose();

        assertEquals("refused NOT_LEADER", large.end());
    }

    /** Throws at whatever becomes of it. */
    private static final class Broken implements Proposal {
        private final TestProposal request = TestProposal.of("SET", "broken", "v");

        @Override
        public Command command() {
            return request.command();
        }

        @Override
        public byte[][] argv() {
            return request.argv();
        }

        @Override
        public int database() {
            return 0;
        }

        @Override
        public void applied(Reply reply, long index) {
            throw new IllegalStateException("a bug of who proposed");
        }

        @Override
        public void refused(Refusal reason) {
            throw new IllegalStateException("a bug of who proposed");
        }

        @Override
        public void indeterminate() {
            throw new IllegalStateException("a bug of who proposed");
        }
    }

    @Test
    void whoeverProposedIsToldThoughAnotherThrowsAtIt() {
        List<TestProposal> inFlight = submit(0, 1);
        proposer.enqueue(new Broken());
        List<TestProposal> together = submit(1, 2);
        consensus.commit();
        assertEquals(1, consensus.inFlight.size(), "one entry of both");
        proposer.enqueue(new Broken());
        List<TestProposal> waiting = submit(2, 3);

        consensus.lose();
        proposer.leadershipChanged();

        assertEquals("applied " + Reply.OK, inFlight.get(0).end());
        assertEquals("indeterminate", together.get(0).end());
        assertEquals("refused NOT_LEADER", waiting.get(0).end());
    }

    @Test
    void afterAStopEverythingIsRefused() {
        List<TestProposal> proposals = submit(0, 3);
        proposer.stop();

        assertEquals("waiting", proposals.get(0).end());
        assertEquals("refused STOPPED", proposals.get(2).end());
        assertEquals("refused STOPPED", submit(3, 4).get(0).end());
        consensus.commit();
        assertEquals("applied " + Reply.OK, proposals.get(0).end());
    }

    private static ReadWaiter waiter(List<String> ends) {
        return new ReadWaiter() {
            @Override
            public void readable() {
                ends.add("readable");
            }

            @Override
            public void refused(Refusal reason) {
                ends.add("refused " + reason);
            }
        };
    }

    // ---- watches ----

    private TestProposal propose(String key) {
        TestProposal proposal = TestProposal.of("SET", key, "1");
        proposer.submit(proposal);
        return proposal;
    }

    @Test
    void whatWatchesIsSubmittedOnlyWhenAllBeforeItIsApplied() {
        Watch watch = new Watch();
        TestProposal before = propose("a");
        TestProposal watching = TestProposal.of("SET", "b", "1").under(watch);
        proposer.submit(watching);
        TestProposal behind = propose("c");
        assertEquals(1, consensus.inFlight.size(), "the watch is decided when nothing is in flight");
        consensus.commitAll();
        assertEquals(List.of("a", "b", "c"), consensus.log);
        assertEquals("applied " + Reply.OK, watching.end());
        assertEquals("applied " + Reply.OK, before.end());
        assertEquals("applied " + Reply.OK, behind.end());
    }

    @Test
    void whatAnEntryInFlightTouchesIsRefusedAndLetsOthersPass() {
        Watch watch = new Watch();
        propose("a");
        TestProposal watching = TestProposal.of("SET", "b", "1").under(watch);
        proposer.submit(watching);
        TestProposal behind = propose("c");
        watch.touch(); // As the entry in flight is applied.
        consensus.commitAll();
        assertEquals("refused " + Refusal.TOUCHED, watching.end());
        assertEquals("applied " + Reply.OK, behind.end());
        assertEquals(List.of("a", "c"), consensus.log);
    }

    @Test
    void aBugOfOneThatIsTouchedDoesNotLeaveTheOthersWithoutAnswer() {
        Watch watch = new Watch();
        propose("a");
        TestProposal watching = TestProposal.of("SET", "b", "1").under(watch).failing();
        proposer.submit(watching);
        TestProposal behind = propose("c");

        watch.touch();
        consensus.commitAll();

        assertEquals("refused " + Refusal.TOUCHED, watching.end());
        assertEquals("applied " + Reply.OK, behind.end());
    }

    @Test
    void noReadGoesAheadOfAWatchAndNoneStarves() {
        propose("a");
        TestProposal watching = TestProposal.of("SET", "b", "1").under(new Watch());
        proposer.submit(watching);
        List<String> reads = new ArrayList<>();
        proposer.awaitBarrier(new ReadWaiter() {
            @Override
            public void readable() {
                reads.add("readable");
            }

            @Override
            public void refused(Refusal reason) {
                reads.add("refused " + reason);
            }
        });
        assertEquals(1, consensus.inFlight.size(), "a barrier would keep an entry in flight for ever under load");
        consensus.commitAll();
        assertEquals("applied " + Reply.OK, watching.end());
        assertEquals(List.of("readable"), reads);
    }

    @Test
    void anEntryTakesOnlyOneThatWatchesAndThatFirst() {
        propose("a");
        Watch second = new Watch();
        proposer.submit(TestProposal.of("SET", "b", "1").under(new Watch()));
        TestProposal last = TestProposal.of("SET", "c", "1").under(second);
        proposer.submit(last);
        consensus.commit();
        assertEquals(1, consensus.inFlight.size());
        second.touch(); // By the entry of b.
        consensus.commitAll();
        assertEquals("refused " + Refusal.TOUCHED, last.end());
        assertEquals(List.of("a", "b"), consensus.log);
    }
}
