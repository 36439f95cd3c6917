package io.aikv.server.config;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of CONFIG GET and SET.
 *
 * @param name lower case, as Redis has it
 * @param alias the other name it answers to ({@code slave-priority}), or null
 * @param defaultValue in canonical form, as CONFIG GET shows it
 */
record Parameter(String name, @Nullable String alias, ParameterType type, Set<Flag> flags, String defaultValue) {
    enum Flag {
        /** CONFIG SET refuses it. */
        IMMUTABLE,
        /** CONFIG SET refuses it while {@code enable-protected-configs} is no. */
        PROTECTED,
        /** CONFIG GET shows it only when asked by its exact name. */
        HIDDEN
    }

    boolean is(Flag flag) {
        return flags.contains(flag);
    }
}
