package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import java.util.function.Consumer;

/**
 * How a command waits whose reply would be null: BLPOP, XREAD BLOCK. Within MULTI and elsewhere where nobody may wait, it answers
 * null at once.
 *
 * @param kind what it waits for
 * @param timeoutAt index of the timeout in argv, negative from the end; 0 if it stands behind BLOCK
 * @param check throws what is wrong with the other arguments: who waits must have been right from the start
 */
public record Waiting(Kind kind, int timeoutAt, Consumer<Args> check) {
    /** What a command waits for, and who gets it. */
    public enum Kind {
        /** An element of a key that is absent as long as it has none; each goes to whoever waits longest. */
        POP,
        /** Entries of a stream; everybody gets them. */
        READ,
        /** Entries of a stream for a consumer group; each goes to the consumer that waits longest. */
        GROUP_READ
    }

    /** Name of the request that tells what {@code $} stands for in an XREAD which is going to wait. */
    public static final String READ_FROM = "AIKV.XREADFROM";

    /** Answer of {@link #timeoutMillis}: the command does not wait. */
    public static final long NEVER = -1;

    /** XREAD BLOCK. */
    static final Waiting READ = new Waiting(Kind.READ, 0, args -> {});

    /** XREADGROUP BLOCK. */
    static final Waiting GROUP_READ = new Waiting(Kind.GROUP_READ, 0, args -> {});

    /** Redis adds the time of day to a timeout, in 63 bits; thousands of years more or less are all the same. */
    private static final double TIMEOUT_MILLIS_MAX = 0x1p63 - 1e15;

    private static final String NOT_A_TIMEOUT = "ERR timeout is not a float or out of range";

    /** A command that waits for an element, with a timeout in seconds at {@code index}. */
    static Waiting pop(int index) {
        return pop(index, args -> {});
    }

    /** As {@link #pop(int)}, with other arguments that may be wrong. */
    static Waiting pop(int index, Consumer<Args> check) {
        return new Waiting(Kind.POP, index, check);
    }

    /**
     * How long it waits, in milliseconds: 0 for ever, or {@link #NEVER}.
     *
     * @throws CommandError {@code ERR timeout is not a float or out of range}, {@code ERR timeout is negative}, {@code ERR timeout is
     *     out of range}; what is wrong with a stream's options
     */
    public long timeoutMillis(byte[][] argv) {
        if (kind != Kind.POP) {
            return StreamReadOptions.blockMillis(argv, kind == Kind.GROUP_READ);
        }
        // Which of two errors is told follows Redis: from left to right.
        Args args = new Args(argv, 1);
        if (timeoutAt == 1) {
            long millis = seconds(args.take());
            check.accept(args);
            return millis;
        }
        check.accept(args);
        return seconds(argv[timeoutAt < 0 ? argv.length + timeoutAt : timeoutAt]);
    }

    /** Seconds with a fraction, rounded up to milliseconds: a wait that is not for ever must not become one. */
    private static long seconds(byte[] text) {
        double seconds = Numbers.parseDouble(text, NOT_A_TIMEOUT);
        if (seconds < 0) {
            throw new CommandError("ERR timeout is negative");
        }
        double millis = Math.ceil(seconds * 1000);
        if (millis >= TIMEOUT_MILLIS_MAX) {
            throw new CommandError("ERR timeout is out of range");
        }
        return (long) millis;
    }

    /** Those that wait in one lane of a key share what comes; each lane gets all of it. */
    public byte[] lane(byte[][] argv) {
        return kind == Kind.GROUP_READ ? StreamReadOptions.group(argv) : Bytes.EMPTY;
    }
}
