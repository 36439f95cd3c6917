package io.aikv.testcluster;

import io.aikv.base.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's clock with a wall clock that is wrong by as much as a test says. Any thread. */
final class SkewedClock implements Clock {

    private final AtomicLong skewMillis = new AtomicLong();

    /** From now on {@code millis} ahead of the machine, or behind it if negative. */
    void skew(long millis) {
        skewMillis.set(millis);
    }

    @Override
    public long epochMillis() {
        return SYSTEM.epochMillis() + skewMillis.get();
    }

    @Override
    public long nanos() {
        return SYSTEM.nanos();
    }
}
