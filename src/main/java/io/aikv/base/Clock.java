package io.aikv.base;

/**
 * Where time comes from above {@code raft}: the wall clock for deadlines of keys, the monotonic clock for leases and
 * timeouts. Injected, so that tests can skew it. Nothing below {@code raft} may hold one (invariant I2).
 */
public interface Clock {
    /** Milliseconds since the Unix epoch. May jump. */
    long epochMillis();

    /** Monotonic nanoseconds since an arbitrary origin. */
    long nanos();

    /** The machine's clocks. */
    Clock SYSTEM = new Clock() {
        @Override
        public long epochMillis() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }
    };
}
