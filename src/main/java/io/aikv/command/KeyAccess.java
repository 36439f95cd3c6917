package io.aikv.command;

import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RM;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.Access.VARIABLE_FLAGS;

import io.aikv.base.Bytes;
import io.aikv.command.KeySpec.Access;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one request does with its keys, where that depends on its options: a specification with {@code VARIABLE_FLAGS} only says
 * the most that may happen. Any thread.
 */
public final class KeyAccess {
    private KeyAccess() {}

    /**
     * The access of {@code argv} to the keys that {@code spec}, one of {@code command}'s, finds in it; never with {@code
     * VARIABLE_FLAGS}. Options that make no sense count as the most that may happen. Costs a walk over the arguments.
     */
    public static Set<Access> of(Command command, KeySpec spec, byte[][] argv) {
        if (!spec.access().contains(VARIABLE_FLAGS)) {
            return spec.access();
        }
        return switch (command.name()) {
            case "set" -> readsOldValue(argv) ? Set.of(RW, ACCESS, UPDATE) : Set.of(OW, UPDATE);
            case "bitfield" -> onlyReads(argv) ? Set.of(RO, ACCESS) : Set.of(RW, ACCESS, UPDATE);
            case "delex" -> argv.length > 2 ? Set.of(RW, ACCESS, DELETE) : Set.of(RM, DELETE);
            default -> {
                Set<Access> fixed = new TreeSet<>(spec.access());
                fixed.remove(VARIABLE_FLAGS);
                yield fixed;
            }
        };
    }

    /** Whether a SET answers the old value or compares with it. */
    private static boolean readsOldValue(byte[][] argv) {
        for (int i = 3; i < argv.length; i++) {
            if (isOneOf(argv[i], "GET", "IFEQ", "IFNE", "IFDEQ", "IFDNE")) {
                return true;
            }
            if (isOneOf(argv[i], "EX", "PX", "EXAT", "PXAT")) {
                i++;
            }
        }
        return false;
    }

    /** Whether every operation of a BITFIELD is GET. */
    private static boolean onlyReads(byte[][] argv) {
        for (int i = 2; i < argv.length; ) {
            if (isOneOf(argv[i], "GET")) {
                i += 3;
            } else if (isOneOf(argv[i], "OVERFLOW")) {
                i += 2;
            } else {
                return false;
            }
        }
        return true;
    }

    private static boolean isOneOf(byte[] word, String... tokens) {
        for (String token : tokens) {
            if (Bytes.equalsIgnoreCase(word, token)) {
                return true;
            }
        }
        return false;
    }
}
