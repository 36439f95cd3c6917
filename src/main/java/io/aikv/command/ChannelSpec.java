package io.aikv.command;

import org.jspecify.annotations.Nullable;

/**
 * Where a command's pub/sub channels stand among its arguments: what access control asks. Those of the UNSUBSCRIBE family
 * and of PUBSUB are nobody's secret and have none, as in Redis.
 *
 * @param first index of the first channel
 * @param all whether every argument from there on is one, or only that one
 * @param patterns whether they are patterns (PSUBSCRIBE)
 */
public record ChannelSpec(int first, boolean all, boolean patterns) {
    /** The channels of the command of that full name, in lower case; null if it has none. */
    public static @Nullable ChannelSpec of(String command) {
        return switch (command) {
            case "publish", "spublish" -> new ChannelSpec(1, false, false);
            case "subscribe", "ssubscribe" -> new ChannelSpec(1, true, false);
            case "psubscribe" -> new ChannelSpec(1, true, true);
            default -> null;
        };
    }

    /** The index behind the last channel of a request of {@code count} arguments. */
    int end(int count) {
        return all ? count : Math.min(count, first + 1);
    }
}
