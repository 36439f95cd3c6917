package io.aikv.script;

import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import io.aikv.base.Slots;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The arguments of EVAL, EVALSHA and FCALL, all of them {@code name what numkeys key... argument...}.
 *
 * <p>In an entry {@code what} is a {@link Budget} and behind it the body of the script, or of a function its name's size (2
 * bytes), its name and its library's code: an entry has all that it takes to run it.
 */
record ScriptRequest(byte[] what, byte[][] keys, byte[][] arguments) {
    private static final int FIRST_KEY = 3;

    /** @throws CommandError {@code badNumber}, or that the number of keys is negative or too large */
    static ScriptRequest of(byte[][] argv, String badNumber) {
        if (!Numbers.isLong(argv[2])) {
            throw new CommandError(badNumber);
        }
        long count = Numbers.parseLong(argv[2]);
        if (count > argv.length - FIRST_KEY) {
            throw new CommandError("ERR Number of keys can't be greater than number of args");
        } else if (count < 0) {
            throw new CommandError("ERR Number of keys can't be negative");
        }
        int end = FIRST_KEY + (int) count;
        return new ScriptRequest(
                argv[1], Arrays.copyOfRange(argv, FIRST_KEY, end), Arrays.copyOfRange(argv, end, argv.length));
    }

    /** The slot of the keys, or -1 without any. They are in one slot. */
    int slot() {
        return keys.length == 0 ? -1 : Slots.of(keys[0]);
    }

    /** The same request with {@code what} in the place of what it runs. */
    static byte[][] with(byte[][] argv, byte[] what) {
        byte[][] copy = argv.clone();
        copy[1] = what;
        return copy;
    }

    /** A function's name and its library's code as one argument. */
    static byte[] function(byte[] name, byte[] code) {
        return ByteBuffer.allocate(2 + name.length + code.length)
                .putShort((short) name.length)
                .put(name)
                .put(code)
                .array();
    }
}
