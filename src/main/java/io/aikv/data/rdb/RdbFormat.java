package io.aikv.data.rdb;

import io.aikv.base.CommandError;

/** What every reader of this package does with bytes that are not what they should be. */
final class RdbFormat {
    private static final String BAD_FORMAT = "ERR Bad data format";

    private RdbFormat() {}

    /** @throws CommandError {@code ERR Bad data format} unless {@code condition} */
    static void require(boolean condition) {
        if (!condition) {
            throw bad();
        }
    }

    static CommandError bad() {
        return new CommandError(BAD_FORMAT);
    }
}
