package io.aikv.script;

import io.aikv.command.Command;
import org.jspecify.annotations.Nullable;

/**
 * Decides which commands the user of a script may run. Asked within entries: what it answers must follow from the entry and
 * the state alone.
 */
@FunctionalInterface
public interface CommandGuard {
    CommandGuard ALLOWS_ALL = (command, argv) -> null;

    /** Null if it is allowed, or why not, without an error code: {@code The user executing the script can't ...}. */
    @Nullable
    String refusal(Command command, byte[][] argv);
}
