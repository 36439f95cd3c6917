package io.aikv.command;

import io.aikv.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The patterns of SORT and SORT_RO (BY, GET) as rights see them: they reach keys that stand in no argument, so whoever uses them
 * must be allowed to read every key. Any thread.
 */
public final class SortPatterns {
    private static final String BY_DENIED = "ERR BY option of SORT denied due to insufficient ACL permissions.";
    private static final String GET_DENIED = "ERR GET option of SORT denied due to insufficient ACL permissions.";

    private SortPatterns() {}

    /** Null if a request that is allowed otherwise may use its patterns, or is no SORT; else the error line. O(arguments). */
    public static @Nullable String denied(Permissions rights, Command command, byte[][] argv) {
        boolean sorts = command.name().equals("sort") || command.name().equals("sort_ro");
        if (!sorts || rights.mayRunReadingEveryKey(command, argv)) {
            return null;
        }
        for (int i = 2; i + 1 < argv.length; i++) {
            if (Bytes.equalsIgnoreCase(argv[i], "BY")) {
                if (hasStar(argv[++i])) {
                    return BY_DENIED;
                }
            } else if (Bytes.equalsIgnoreCase(argv[i], "GET")) {
                return GET_DENIED;
            } else if (Bytes.equalsIgnoreCase(argv[i], "LIMIT")) {
                i += 2;
            } else if (Bytes.equalsIgnoreCase(argv[i], "STORE")) {
                i++;
            }
        }
        return null;
    }

    private static boolean hasStar(byte[] pattern) {
        for (byte b : pattern) {
            if (b == '*') {
                return true;
            }
        }
        return false;
    }
}
