package io.aikv.script;

import io.aikv.command.Command;
import io.aikv.command.Permissions;
import io.aikv.command.Permissions.Denial;
import io.aikv.command.SortPatterns;
import org.jspecify.annotations.Nullable;

/**
 * Decides which commands the user of a script may run. Asked within entries: what it answers follows from the rights in the entry
 * and the request alone. Immutable.
 *
 * @param rights null if everything is allowed
 */
record CommandGuard(@Nullable Permissions rights) {
    static final CommandGuard ALLOWS_ALL = new CommandGuard(null);

    /** Null if the request is allowed. */
    @Nullable
    Denial denial(Command command, byte[][] argv) {
        return rights == null ? null : rights.check(command, argv);
    }

    /** Why the patterns of an allowed SORT must not be used, as an error line; null if they may. */
    @Nullable
    String patternsDenied(Command command, byte[][] argv) {
        return rights == null ? null : SortPatterns.denied(rights, command, argv);
    }

    /** A denial in Redis' words, without an error code. */
    static String text(Denial denial) {
        return "The user executing the script can't "
                + switch (denial.reason()) {
                    case COMMAND -> "run this command or subcommand";
                    case KEY -> "access at least one of the keys mentioned in the command arguments";
                    case CHANNEL -> "access at least one of the channels mentioned in the command arguments";
                };
    }
}
