package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.command.Command;
import java.util.Set;

/** What MONITOR and SLOWLOG show of requests that hold passwords: the arguments that Redis hides are hidden. */
final class Redaction {
    private static final byte[] REDACTED = Bytes.utf8("(redacted)");

    /** The parameters of CONFIG SET whose values are secret. */
    private static final Set<String> SECRETS =
            Set.of("requirepass", "masterauth", "primaryauth", "tls-key-file-pass", "tls-client-key-file-pass");

    private Redaction() {}

    /** The arguments as they may be shown: {@code argv} itself if it holds no secret. */
    static byte[][] of(Command command, byte[][] argv) {
        return switch (command.name()) {
            case "auth" -> hide(argv, 1, argv.length);
            case "acl|setuser" -> hide(argv, 2, argv.length);
            case "hello" -> hideBehind(argv, 2, "AUTH", 2);
            case "migrate" -> hideBehind(hideBehind(argv, 6, "AUTH", 1), 6, "AUTH2", 2);
            case "config|set" -> {
                byte[][] shown = argv;
                for (int i = 2; i + 1 < argv.length; i += 2) {
                    if (SECRETS.stream().anyMatch(isName(argv[i]))) {
                        shown = hide(shown, i + 1, i + 2);
                    }
                }
                yield shown;
            }
            default -> argv;
        };
    }

    private static java.util.function.Predicate<String> isName(byte[] word) {
        return name -> Bytes.equalsIgnoreCase(word, name);
    }

    private static byte[][] hideBehind(byte[][] argv, int from, String token, int count) {
        byte[][] shown = argv;
        for (int i = from; i < argv.length; i++) {
            if (Bytes.equalsIgnoreCase(argv[i], token)) {
                shown = hide(shown, i + 1, Math.min(argv.length, i + 1 + count));
                i += count;
            }
        }
        return shown;
    }

    private static byte[][] hide(byte[][] argv, int from, int end) {
        byte[][] shown = argv.clone();
        for (int i = from; i < end; i++) {
            shown[i] = REDACTED;
        }
        return shown;
    }
}
