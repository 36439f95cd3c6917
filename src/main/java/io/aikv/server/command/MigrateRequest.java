package io.aikv.server.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.base.Slots;
import io.aikv.command.Args;
import io.aikv.command.KeySpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of MIGRATE.
 *
 * @param timeoutMillis for connecting and for each reply
 * @param user null: the default user
 * @param password null: no AUTH
 * @param keys none where the option KEYS comes last
 */
record MigrateRequest(
        String host,
        int port,
        int database,
        int timeoutMillis,
        boolean copy,
        boolean replace,
        @Nullable String user,
        @Nullable String password,
        List<byte[]> keys) {
    private static final String KEY_AND_KEYS =
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string";
    private static final int TIMEOUT_MILLIS_DEFAULT = 1_000;
    private static final int PORT_MAX = 65_535;
    private static final int KEY_AT = 3;
    private static final int OPTIONS_AT = 6;

    /** @throws CommandError as Redis says it */
    static MigrateRequest take(Args args) {
        String host = new String(args.take(), UTF_8);
        byte[] port = args.take();
        byte[] key = args.take();
        byte[] database = args.take();
        byte[] timeout = args.take();
        boolean copy = false;
        boolean replace = false;
        String user = null;
        String password = null;
        List<byte[]> keys = List.of(key);
        while (args.hasNext()) {
            if (args.takeIf("COPY")) {
                copy = true;
            } else if (args.takeIf("REPLACE")) {
                replace = true;
            } else if (args.takeIf("AUTH", 1)) {
                user = null;
                password = new String(args.take(), UTF_8);
            } else if (args.takeIf("AUTH2", 2)) {
                user = new String(args.take(), UTF_8);
                password = new String(args.take(), UTF_8);
            } else if (args.takeIf("KEYS")) {
                if (key.length > 0) {
                    throw new CommandError(KEY_AND_KEYS);
                }
                keys = List.of(args.takeRest());
            } else {
                throw Errors.syntax();
            }
        }
        long millis = Numbers.parseLong(timeout);
        long number = Numbers.parseLong(database);
        return new MigrateRequest(
                host,
                port(port),
                (int) Math.max(-1, Math.min(number, Integer.MAX_VALUE)),
                millis <= 0 ? TIMEOUT_MILLIS_DEFAULT : (int) Math.min(millis, Integer.MAX_VALUE),
                copy,
                replace,
                user,
                password,
                keys);
    }

    // ---- finding keys without taking the request: as Redis does, which is not what it does when it runs ----

    /** Visits the key argument, unless the option KEYS takes its place. */
    static void findKey(byte[][] argv, KeySpec.Visitor visitor) {
        if (keysAt(argv) < 0) {
            visitor.key(KEY_AT);
        }
    }

    /** Visits what follows the option KEYS; nothing if the key argument is not empty, which is an error then. */
    static void findKeys(byte[][] argv, KeySpec.Visitor visitor) {
        int at = keysAt(argv);
        if (at > 0 && argv[KEY_AT].length == 0) {
            for (int i = at + 1; i < argv.length; i++) {
                visitor.key(i);
            }
        }
    }

    /** Where the option KEYS stands, or -1. As the last word it is none, unless the same word stands somewhere before it. */
    private static int keysAt(byte[][] argv) {
        boolean mentioned = false;
        for (int i = KEY_AT - 1; i <= argv.length - 2; i++) {
            mentioned |= Bytes.equalsIgnoreCase(argv[i], "KEYS");
        }
        for (int i = OPTIONS_AT; mentioned && i < argv.length; i++) {
            if (Bytes.equalsIgnoreCase(argv[i], "KEYS")) {
                return i;
            } else if (Bytes.equalsIgnoreCase(argv[i], "AUTH")) {
                i++;
            } else if (Bytes.equalsIgnoreCase(argv[i], "AUTH2")) {
                i += 2;
            }
        }
        return -1;
    }

    /** Redis connects to what atoi makes of it, and fails; 0 fails as well. */
    private static int port(byte[] digits) {
        String text = Bytes.text(digits);
        if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int port = Integer.parseInt(text);
        return port > PORT_MAX ? 0 : port;
    }

    /** The slot of all keys, of which there is one at least. @throws CommandError CROSSSLOT */
    int slot() {
        int slot = Slots.of(keys.get(0));
        for (byte[] key : keys) {
            if (Slots.of(key) != slot) {
                throw new CommandError(Errors.CROSS_SLOT);
            }
        }
        return slot;
    }
}
