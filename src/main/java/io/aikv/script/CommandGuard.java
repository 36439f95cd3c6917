package io.aikv.script;

import io.aikv.command.Command;
import io.aikv.command.Permissions;
import org.jspecify.annotations.Nullable;

/**
 * Decides which commands the user of a script may run. Asked within entries: what it answers must follow from the entry and
 * the state alone.
 */
@FunctionalInterface
public interface CommandGuard {
    CommandGuard ALLOWS_ALL = (command, argv) -> null;

    /** That of a user with these rights, with Redis' texts. */
    static CommandGuard of(Permissions rights) {
        return (command, argv) -> {
            Permissions.Denial denial = rights.check(command, argv);
            if (denial == null) {
                return null;
            }
            return "The user executing the script can't "
                    + switch (denial.reason()) {
                        case COMMAND -> "run this command or subcommand";
                        case KEY -> "access at least one of the keys mentioned in the command arguments";
                        case CHANNEL -> "access at least one of the channels mentioned in the command arguments";
                    };
        };
    }

    /** Null if it is allowed, or why not, without an error code: {@code The user executing the script can't ...}. */
    @Nullable
    String refusal(Command command, byte[][] argv);
}
