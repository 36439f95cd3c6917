package io.aikv.testcluster;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for a condition, and says what it waited for when it does not come. The only place of all tests that sleeps. */
public final class Await {

    private static final long POLL_MILLIS = 5;

    private Await() {}

    /** Something that may become true. An exception counts as not yet, and is shown if it never does. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Something that may become known. An exception counts as not yet, and is shown if it never does. */
    @FunctionalInterface
    public interface Source<T> {
        @Nullable
        T get() throws Exception;
    }

    /**
     * Returns as soon as {@code condition} holds; it is asked every few milliseconds.
     *
     * @param what names the state of things when it does not come; asked once, at the end
     * @throws AssertionError after {@code timeout}
     */
    public static void until(Condition condition, Duration timeout, Supplier<String> what) {
        value(() -> condition.holds() ? Boolean.TRUE : null, timeout, what);
    }

    /** As {@link #until} for a value that is not there yet while {@code source} gives null. */
    public static <T> T value(Source<T> source, Duration timeout, Supplier<String> what) {
        long deadline = System.nanoTime() + timeout.toNanos();
        Exception last = null;
        do {
            try {
                T value = source.get();
                if (value != null) {
                    return value;
                }
                last = null;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting: " + what.get(), e);
            } catch (Exception e) {
                last = e;
            }
            pause(POLL_MILLIS);
        } while (System.nanoTime() - deadline < 0);
        throw new AssertionError("not within " + timeout.toMillis() + " ms: " + what.get(), last);
    }

    /** Lets {@code time} pass: for a load that must run for a while, never to wait for something that can be asked. */
    public static void pass(Duration time) {
        pause(time.toMillis());
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
