package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A library of functions.
 *
 * @param code as it was loaded, with its first line
 * @param sha the digest of {@code code}
 */
record Library(String name, byte[] code, String sha, List<Function> functions) {
    static final String NAMES =
            "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

    /** A function that a library has registered. */
    record Function(String name, @Nullable String description, Set<Script.Flag> flags) {}

    /**
     * The name that a library's first line gives it.
     *
     * @throws CommandError with the text that FUNCTION LOAD answers if there is none
     */
    static String nameIn(byte[] code) {
        if (!Bytes.startsWith(code, Bytes.utf8("#!"))) {
            throw new CommandError("ERR Missing library metadata");
        }
        int end = Script.lineEnd(code);
        if (end < 0) {
            throw new CommandError("ERR Invalid library metadata");
        }
        String[] parts = Bytes.text(Arrays.copyOf(code, end)).strip().split("\\s+");
        String name = null;
        for (int i = 1; i < parts.length; i++) {
            if (!parts[i].regionMatches(true, 0, "name=", 0, 5)) {
                throw new CommandError("ERR Invalid metadata value given: " + parts[i]);
            } else if (name != null) {
                throw new CommandError("ERR Invalid metadata value, name argument was given multiple times");
            }
            name = parts[i].substring(5);
        }
        if (name == null) {
            throw new CommandError("ERR Library name was not given");
        } else if (!isName(name)) {
            throw new CommandError(NAMES);
        }
        String engine = parts[0].substring(2);
        if (!engine.equalsIgnoreCase("lua")) {
            throw new CommandError("ERR Engine '" + engine + "' not found");
        }
        return name;
    }

    private static boolean isName(String name) {
        return !name.isEmpty() && name.chars().allMatch(c -> c == '_' || c < 128 && Character.isLetterOrDigit(c));
    }

    /** What Lua compiles of a library's code; lines keep their numbers. */
    static byte[] body(byte[] code) {
        int end = Script.lineEnd(code);
        return end < 0 ? code : Arrays.copyOfRange(code, end, code.length);
    }
}
