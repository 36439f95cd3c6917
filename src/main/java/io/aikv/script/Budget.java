package io.aikv.script;

import io.aikv.data.Allowance;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How far a script may go. The leader writes its own into the entry, so that a script ends at the same instruction on every
 * replica.
 *
 * <p>In an entry the second argument of a script's command is {@code version(1) steps(8) memoryBytes(8) rightsSize(4) rights} and then what
 * {@link ScriptRequest} has behind it.
 *
 * @param steps a step is one instruction of Lua's, or 64 bytes allocated; functions and commands cost more
 * @param memoryBytes what the script's values may take while it runs
 */
public record Budget(long steps, long memoryBytes) {
    static final int SIZE = 21;
    private static final byte VERSION = 1;

    /** What a script may use in a state that others have used before: more is left to a state of its own. */
    private static final long SHARED_MEMORY_BYTES = 4 << 20;

    private static final int SHARED_PART = 4;

    /** For tests, and where nothing is configured. */
    public static Budget defaults() {
        return new Budget(10_000_000, 32 << 20);
    }

    /** What the commands of one run may read and write: as much as its steps are worth. */
    Allowance allowance() {
        return new Allowance(Math.min(steps, Long.MAX_VALUE / LuaStack.BYTES_PER_STEP) * LuaStack.BYTES_PER_STEP);
    }

    /** The part of this budget within which a script ends in the same way whatever its state was used for before. */
    Budget shared() {
        return new Budget(steps / SHARED_PART, Math.min(memoryBytes / SHARED_PART, SHARED_MEMORY_BYTES));
    }

    /** The header of an entry's argument, followed by {@code rest}. */
    byte[] before(byte[] rights, byte[] rest) {
        return ByteBuffer.allocate(SIZE + rights.length + rest.length)
                .put(VERSION)
                .putLong(steps)
                .putLong(memoryBytes)
                .putInt(rights.length)
                .put(rights)
                .put(rest)
                .array();
    }

    /** Reads a header, or answers null if there is none. */
    static @Nullable Budget read(byte[] argument) {
        if (argument.length < SIZE || argument[0] != VERSION) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(argument, 1, SIZE - 1);
        return new Budget(in.getLong(), in.getLong());
    }

    private static int rightsSize(byte[] argument) {
        return ByteBuffer.wrap(argument).getInt(SIZE - Integer.BYTES);
    }

    /** The rights of the user whose script it is ({@link io.aikv.command.Permissions#encode}); empty if it may do everything. */
    static byte[] rights(byte[] argument) {
        return Arrays.copyOfRange(argument, SIZE, SIZE + rightsSize(argument));
    }

    /** What stands behind the header and the rights. */
    static byte[] rest(byte[] argument) {
        return Arrays.copyOfRange(argument, SIZE + rightsSize(argument), argument.length);
    }
}
