package io.aikv.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Connections that have not said yet who they are: few, and not for long. */
final class DoorkeeperTest {
    private static EmbeddedChannel channel() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        return channel;
    }

    @Test
    void whoSaysNothingIsClosedAndWhoIsKnownStays() {
        Doorkeeper door = new Doorkeeper("the test port", 10, 5000);
        EmbeddedChannel silent = channel();
        EmbeddedChannel known = channel();
        door.enter(silent);
        door.enter(known);
        assertEquals(2, door.strangers());

        door.pass(known);
        silent.advanceTimeBy(5001, TimeUnit.MILLISECONDS);
        known.advanceTimeBy(5001, TimeUnit.MILLISECONDS);
        silent.runScheduledPendingTasks();
        known.runScheduledPendingTasks();

        assertFalse(silent.isOpen());
        assertTrue(known.isOpen());
        assertEquals(0, door.strangers());
        assertEquals(1, door.refusedCount());
    }

    @Test
    void whenTooManyStandThereTheOldestGoes() {
        Doorkeeper door = new Doorkeeper("the test port", 2, 5000);
        EmbeddedChannel first = channel();
        EmbeddedChannel second = channel();
        EmbeddedChannel third = channel();

        door.enter(first);
        door.enter(second);
        door.enter(third);

        assertFalse(first.isOpen());
        assertTrue(second.isOpen());
        assertTrue(third.isOpen());
        second.close();
        assertEquals(1, door.strangers());
    }

    /** Else a flood of connections would be held in memory for as long as each may take to say who it is. */
    @Test
    void whoLeavesIsNotRememberedUntilItsTimeIsOver() {
        Doorkeeper door = new Doorkeeper("the test port", 2, 5000);
        EmbeddedChannel gone = channel();
        door.enter(gone);

        gone.close();
        gone.runPendingTasks();

        assertEquals(-1, gone.runScheduledPendingTasks(), "nothing is planned for it any more");
    }

    @Test
    void everyRefusalIsCountedThoughFewAreLogged() {
        Doorkeeper door = new Doorkeeper("the test port", 2, 5000);
        for (int i = 0; i < 100; i++) {
            EmbeddedChannel stranger = channel();
            door.enter(stranger);
            door.refuse(stranger, "line\nbreak");
            assertFalse(stranger.isOpen());
        }
        assertEquals(100, door.refusedCount());
        assertEquals(0, door.strangers());
    }
}
