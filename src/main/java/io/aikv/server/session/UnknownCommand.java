package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.command.Command;
import java.util.Arrays;
import java.util.Locale;

/** What Redis answers to names that it does not know. */
final class UnknownCommand {
    private static final int SHOWN_BYTES_MAX = 128;

    private UnknownCommand() {}

    /** {@code ERR unknown command 'x', with args beginning with: 'a' 'b' }. */
    static String line(byte[][] argv) {
        StringBuilder args = new StringBuilder();
        for (int i = 1; i < argv.length && args.length() < SHOWN_BYTES_MAX; i++) {
            String arg = cut(argv[i], SHOWN_BYTES_MAX - args.length());
            args.append('\'').append(arg).append("' ");
        }
        return "ERR unknown command '" + cut(argv[0], SHOWN_BYTES_MAX) + "', with args beginning with: " + args;
    }

    /** {@code ERR unknown subcommand 'x'. Try CONFIG HELP.}. */
    static String line(Command container, byte[] name) {
        return "ERR unknown subcommand '" + cut(name, SHOWN_BYTES_MAX) + "'. Try "
                + container.name().toUpperCase(Locale.ROOT) + " HELP.";
    }

    /** As C's {@code %.*s}: at most {@code max} bytes, and only up to the first NUL. */
    private static String cut(byte[] bytes, int max) {
        int end = 0;
        while (end < bytes.length && end < max && bytes[end] != 0) {
            end++;
        }
        return Bytes.text(end == bytes.length ? bytes : Arrays.copyOf(bytes, end));
    }
}
