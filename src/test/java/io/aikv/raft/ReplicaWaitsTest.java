package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

final class ReplicaWaitsTest {
    private int holders;
    private boolean broken;
    private int looks;

    private final ReplicaWaits waits = new ReplicaWaits(
            "g1",
            index -> {
                if (broken) {
                    throw new IllegalStateException("no counting");
                }
                return holders;
            },
            Clock.SYSTEM,
            () -> looks++);

    private CompletableFuture<Integer> await(int replicas) {
        return waits.await(7, replicas, Duration.ofHours(1));
    }

    @Test
    void whoeverWaitsGetsTheCountOnceItIsEnough() {
        CompletableFuture<Integer> one = await(1);
        CompletableFuture<Integer> two = await(2);
        assertEquals(1, looks);

        holders = 1;
        assertTrue(waits.look());
        assertEquals(1, one.join());
        assertFalse(two.isDone());
        holders = 2;
        assertFalse(waits.look());
        assertEquals(2, two.join());
    }

    @Test
    void aCountThatFailsLeavesNobodyWaiting() {
        CompletableFuture<Integer> first = await(1);
        CompletableFuture<Integer> second = await(2);

        broken = true;
        assertFalse(waits.look());

        for (CompletableFuture<Integer> wait : java.util.List.of(first, second)) {
            assertInstanceOf(
                    RaftUnavailable.class,
                    assertThrows(CompletionException.class, wait::join).getCause());
        }
        broken = false;
        await(1);
        assertEquals(2, looks, "somebody looks again");
    }
}
