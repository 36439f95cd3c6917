package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over a command's arguments: starts behind the command's name (behind the subcommand's, for one), moves
 * forward by typed takes. Each take throws the {@link CommandError} Redis would answer. A handler that leaves arguments
 * unread has checked their number by arity, or calls {@link #requireEnd()}.
 */
public final class Args {
    private final byte[][] argv;
    private int position;

    /** @param start index of the first argument behind the command's (sub)name */
    public Args(byte[][] argv, int start) {
        this.argv = argv;
        this.position = start;
    }

    /** All arguments, the command's name first. Not to be changed. */
    public byte[][] argv() {
        return argv;
    }

    public boolean hasNext() {
        return position < argv.length;
    }

    /** How many arguments are left. */
    public int remaining() {
        return argv.length - position;
    }

    /** The index in {@link #argv()} of the next argument. */
    public int position() {
        return position;
    }

    /** The next argument, which must exist by arity, otherwise {@code ERR syntax error}. */
    public byte[] take() {
        if (position >= argv.length) {
            throw Errors.syntax();
        }
        return argv[position++];
    }

    /** The next argument without taking it. */
    public byte[] peek() {
        if (position >= argv.length) {
            throw Errors.syntax();
        }
        return argv[position];
    }

    /** Takes the next argument if it is {@code token} (upper-case ASCII), ignoring case. */
    public boolean takeIf(String token) {
        if (position < argv.length && Bytes.equalsIgnoreCase(argv[position], token)) {
            position++;
            return true;
        }
        return false;
    }

    /** As {@link #takeIf}, only if at least {@code behind} more arguments follow the token. */
    public boolean takeIf(String token, int behind) {
        return remaining() > behind && takeIf(token);
    }

    /** Takes arguments while they are among these tokens, in any order and case; which there were, each once. */
    public Set<String> takeAnyOf(List<String> tokens) {
        Set<String> found = Set.of();
        String token = takeOneOf(tokens);
        while (token != null) {
            if (found.isEmpty()) {
                found = new HashSet<>();
            }
            found.add(token);
            token = takeOneOf(tokens);
        }
        return found;
    }

    private @Nullable String takeOneOf(List<String> tokens) {
        for (String token : tokens) {
            if (takeIf(token)) {
                return token;
            }
        }
        return null;
    }

    /**
     * The rest of a command that counts up to a limit: {@code LIMIT n}, or nothing. No limit, and 0, are the largest number.
     *
     * @throws CommandError {@code ERR syntax error} or {@code ERR LIMIT can't be negative}
     */
    public long takeCountLimit() {
        long limit = 0;
        while (hasNext()) {
            if (!takeIf("LIMIT", 1)) {
                throw Errors.syntax();
            }
            limit = takeLong(0, Long.MAX_VALUE, "ERR LIMIT can't be negative");
        }
        return limit == 0 ? Long.MAX_VALUE : limit;
    }

    /** A signed 64-bit integer, otherwise {@code ERR value is not an integer or out of range}. */
    public long takeLong() {
        return Numbers.parseLong(take());
    }

    /** As {@link #takeLong()} with another error line. */
    public long takeLong(String errorLine) {
        byte[] digits = take();
        if (!Numbers.isLong(digits)) {
            throw new CommandError(errorLine);
        }
        return Numbers.parseLong(digits);
    }

    /** An integer from {@code min} to {@code max}, otherwise {@code errorLine}. */
    public long takeLong(long min, long max, String errorLine) {
        long value = takeLong(errorLine);
        if (value < min || value > max) {
            throw new CommandError(errorLine);
        }
        return value;
    }

    /**
     * A signed 32-bit integer, otherwise {@code ERR value is not an integer or out of range}, or for a longer one {@code ERR
     * value is out of range, value must between -2147483648 and 2147483647}.
     */
    public int takeInt() {
        long value = takeLong();
        if (value != (int) value) {
            throw new CommandError("ERR value is out of range, value must between -2147483648 and 2147483647");
        }
        return (int) value;
    }

    /** A double (not NaN), otherwise {@code ERR value is not a valid float}. */
    public double takeDouble() {
        return Numbers.parseDouble(take());
    }

    /** Every argument that is left. */
    public byte[][] takeRest() {
        byte[][] rest = java.util.Arrays.copyOfRange(argv, position, argv.length);
        position = argv.length;
        return rest;
    }

    /** {@code ERR syntax error} if anything is left. */
    public void requireEnd() {
        if (position < argv.length) {
            throw Errors.syntax();
        }
    }
}
