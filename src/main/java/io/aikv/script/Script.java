package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a script: its digest, what its first line declares, and the code behind that.
 *
 * @param sha forty hexadecimal digits, by which it is named
 * @param flags null for a script without {@code #!}: everything is allowed to it as in Redis 6
 * @param code what Lua compiles; lines keep their numbers
 */
record Script(String sha, @Nullable Set<Flag> flags, byte[] code) {
    /** What a script or function declares about itself. */
    enum Flag {
        NO_WRITES,
        ALLOW_OOM,
        ALLOW_STALE,
        NO_CLUSTER,
        ALLOW_CROSS_SLOT_KEYS;

        /** {@code no-writes}. */
        String redisName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static @Nullable Flag of(String redisName) {
            for (Flag flag : values()) {
                if (flag.redisName().equals(redisName)) {
                    return flag;
                }
            }
            return null;
        }
    }

    private static final byte[] SHEBANG = Bytes.utf8("#!");

    /**
     * Reads a script.
     *
     * @throws CommandError {@code ERR Invalid script shebang}, {@code ERR Unexpected engine in script shebang: x}, {@code ERR
     *     Unexpected flag in script shebang: x} or {@code ERR Unknown lua shebang option: x}
     */
    static Script of(String sha, byte[] body) {
        if (!Bytes.startsWith(body, SHEBANG)) {
            return new Script(sha, null, body);
        }
        int end = lineEnd(body);
        if (end < 0) {
            throw new CommandError("ERR Invalid script shebang");
        }
        String[] parts = Bytes.text(Arrays.copyOf(body, end)).strip().split("\\s+");
        if (!parts[0].equals("#!lua")) {
            throw new CommandError("ERR Unexpected engine in script shebang: " + parts[0]);
        }
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        for (int i = 1; i < parts.length; i++) {
            if (!parts[i].startsWith("flags=")) {
                throw new CommandError("ERR Unknown lua shebang option: " + parts[i]);
            }
            for (String name : parts[i].substring("flags=".length()).split(",", -1)) {
                Flag flag = Flag.of(name);
                if (flag == null && !name.isEmpty()) {
                    throw new CommandError("ERR Unexpected flag in script shebang: " + name);
                } else if (flag != null) {
                    flags.add(flag);
                }
            }
        }
        return new Script(sha, flags, Arrays.copyOfRange(body, end, body.length));
    }

    /** The position of the first line feed, or -1. */
    static int lineEnd(byte[] text) {
        for (int i = 0; i < text.length; i++) {
            if (text[i] == '\n') {
                return i;
            }
        }
        return -1;
    }
}
