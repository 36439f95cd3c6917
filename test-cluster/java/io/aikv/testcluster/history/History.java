package io.aikv.testcluster.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records what clients did and saw, for {@link LinearizabilityChecker} and for post-mortems.
 *
 * <p>Call {@link #invoke} before a command is sent, then exactly one of {@link #ok}, {@link #fail} and {@link #unknown}
 * after its fate is known. An operation without one counts as unknown. Any thread may call; one lock guards the list,
 * held for an array access and a clock read. All clients must live in this JVM, because its monotonic clock orders them.
 */
public final class History {

    /*
     * Times are taken inside the lock and made strictly increasing, so "returned before invoked" is never a tie. Waiting
     * for the lock only widens an operation's interval, which can hide a violation of microseconds but never invents one.
     */

    /** Names one operation between its invocation and its end. */
    public record Token(int id) {}

    private final Object lock = new Object();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Boolean> ended = new ArrayList<>();
    private final long originNanos = System.nanoTime();
    private long lastNanos = -1;

    /** Records that {@code process} is about to send {@code operation} on {@code key}. */
    public Token invoke(int process, String key, Operation operation) {
        synchronized (lock) {
            int id = entries.size();
            entries.add(
                    new Entry(id, process, key, operation, tick(), Entry.NEVER, Entry.Status.UNKNOWN, Result.UNKNOWN));
            ended.add(false);
            return new Token(id);
        }
    }

    /** Records the reply: integers in decimal, null for nil. */
    public void ok(Token token, @Nullable String reply) {
        end(token, Entry.Status.OK, Result.of(reply));
    }

    /** Records that the operation was certainly not applied and never will be: refused, redirected, never sent. */
    public void fail(Token token) {
        end(token, Entry.Status.FAIL, Result.UNKNOWN);
    }

    /** Records that nobody knows: it may take effect at any later time, or never. */
    public void unknown(Token token) {
        end(token, Entry.Status.UNKNOWN, Result.UNKNOWN);
    }

    /** Operations invoked so far. */
    public int size() {
        synchronized (lock) {
            return entries.size();
        }
    }

    /** A copy of what is recorded, in the order of invocation. */
    public List<Entry> entries() {
        synchronized (lock) {
            return List.copyOf(entries);
        }
    }

    /** Writes all operations to {@code file}, one line each, in the form that {@link #load} reads. */
    public void dump(Path file) throws IOException {
        Files.write(file, HistoryText.format(entries()), StandardCharsets.UTF_8);
    }

    /**
     * Reads what {@link #dump} wrote.
     *
     * @throws IllegalArgumentException naming the first line that is malformed
     */
    public static List<Entry> load(Path file) throws IOException {
        return HistoryText.parse(Files.readAllLines(file, StandardCharsets.UTF_8));
    }

    private void end(Token token, Entry.Status status, Result result) {
        synchronized (lock) {
            Entry entry = entries.get(token.id());
            if (ended.set(token.id(), true)) {
                throw new IllegalStateException("operation ended twice: " + entry);
            }
            long returnNanos = status == Entry.Status.UNKNOWN ? Entry.NEVER : tick();
            entries.set(
                    token.id(),
                    new Entry(
                            entry.id(),
                            entry.process(),
                            entry.key(),
                            entry.operation(),
                            entry.invokeNanos(),
                            returnNanos,
                            status,
                            result));
        }
    }

    private long tick() {
        lastNanos = Math.max(lastNanos + 1, System.nanoTime() - originNanos);
        return lastNanos;
    }
}
