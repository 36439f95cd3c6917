package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Times in units of nothing: elections after 100 to 200 of silence, so a lease of 80. */
final class LeaseTest {
    private final Lease lease = new Lease(100, 200);

    @Test
    void countsOnlyAfterAWholeElectionWindowWithoutAGap() {
        lease.confirm(1, 0, 10);
        assertFalse(lease.holds(1, 20));

        renew(1, 50, 200);
        assertFalse(lease.holds(1, 200));

        lease.confirm(1, 200, 205);
        assertTrue(lease.holds(1, 206));
    }

    @Test
    void endsBeforeAFollowerMayStandForElectionCountedFromTheSubmission() {
        renew(1, 0, 300);

        assertTrue(lease.holds(1, 379));
        assertFalse(lease.holds(1, 380));
    }

    @Test
    void isOfOneTerm() {
        renew(1, 0, 300);

        assertFalse(lease.holds(2, 310));

        lease.confirm(2, 310, 315);
        assertFalse(lease.holds(2, 320));
        assertFalse(lease.holds(1, 320));
    }

    @Test
    void startsAnewAfterAGap() {
        renew(1, 0, 300);
        lease.confirm(1, 400, 410);

        assertFalse(lease.holds(1, 411));

        renew(1, 450, 650);
        assertTrue(lease.holds(1, 660));
    }

    @Test
    void anAnswerThatTookLongerThanTheLeaseDoesNotProlongIt() {
        renew(1, 0, 300);
        lease.confirm(1, 310, 400);

        assertFalse(lease.holds(1, 401));
    }

    private void renew(long term, long from, long to) {
        for (long now = from; now <= to; now += 50) {
            lease.confirm(term, now, now + 5);
        }
    }
}
