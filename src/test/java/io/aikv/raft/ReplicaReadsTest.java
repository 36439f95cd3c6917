package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.base.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Reads of a follower between the question to the leader and its answer. */
final class ReplicaReadsTest {
    private final List<CompletableFuture<Long>> questions = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private long nowNanos;
    private long appliedIndex = 5;

    private final Clock clock = new Clock() {
        @Override
        public long epochMillis() {
            return 0;
        }

        @Override
        public long nanos() {
            return nowNanos;
        }
    };

    private final ReplicaReads reads = new ReplicaReads(
            "g1",
            () -> (group, leader) -> {
                CompletableFuture<Long> answer = new CompletableFuture<>();
                questions.add(answer);
                return answer;
            },
            () -> "n2",
            () -> appliedIndex,
            RaftOptions.defaults("n1", Path.of("unused"), "127.0.0.1", 1),
            clock);

    private void await(String name) {
        reads.await(new ReadWaiter() {
            @Override
            public void readable() {
                outcomes.add(name + " readable");
            }

            @Override
            public void refused(Refusal reason) {
                outcomes.add(name + " " + reason);
            }
        });
    }

    @Test
    void oneQuestionAnswersForThoseWhoCameBeforeItWasAsked() {
        await("a");
        await("b");
        await("c");
        assertEquals(1, questions.size());

        questions.get(0).complete(5L);
        assertEquals(List.of("a readable"), outcomes);
        assertEquals(2, questions.size());

        questions.get(1).complete(7L);
        assertEquals(List.of("a readable"), outcomes);
        appliedIndex = 7;
        reads.applied(7);
        assertEquals(List.of("a readable", "b readable", "c readable"), outcomes);
    }

    @Test
    void aFailedQuestionIsAskedAgainUntilTheReadHasWaitedTooLong() {
        await("a");
        questions.get(0).completeExceptionally(new IOException("not the leader"));
        reads.look();
        assertEquals(2, questions.size());
        assertEquals(List.of(), outcomes);

        questions.get(1).completeExceptionally(new IOException("not the leader"));
        nowNanos = TimeUnit.HOURS.toNanos(1);
        reads.look();
        assertEquals(List.of("a NO_MAJORITY"), outcomes);
    }

    @Test
    void whoeverWaitsWhenTheGroupStopsIsAnsweredWhateverBecomesOfTheQuestion() {
        await("asked");
        await("not asked");
        reads.stop();
        assertEquals(List.of("not asked STOPPED"), outcomes);

        questions.get(0).complete(9L);
        assertEquals(List.of("not asked STOPPED", "asked STOPPED"), outcomes);
        await("late");
        assertEquals("late STOPPED", outcomes.get(2));
    }

    @Test
    void whoeverWaitsWhenTheGroupStopsIsAnsweredWhenTheQuestionFails() {
        await("asked");
        reads.stop();

        questions.get(0).completeExceptionally(new IOException("closed"));

        assertEquals(List.of("asked STOPPED"), outcomes);
    }

    @Test
    void aReaderThatThrowsStopsNeitherTheGroupNorOthers() {
        reads.await(new ReadWaiter() {
            @Override
            public void readable() {
                throw new IllegalStateException("a bug of a reader");
            }

            @Override
            public void refused(Refusal reason) {
                throw new IllegalStateException("a bug of a reader");
            }
        });
        questions.get(0).completeExceptionally(new IOException("not now"));
        await("b");
        questions.get(1).complete(7L);

        reads.applied(7);

        assertEquals(List.of("b readable"), outcomes);
    }
}
