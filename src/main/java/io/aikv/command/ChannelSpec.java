package io.aikv.command;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a command's channels stand among its arguments, and what it does with them: for permissions, as {@link KeySpec} is for
 * keys.
 *
 * @param use what the command does with the channels
 * @param pattern whether they are patterns of channels
 * @param last index of the last channel; -1 is the last argument. The first is argument 1
 */
public record ChannelSpec(Use use, boolean pattern, int last) {
    /** What a command does with a channel. */
    public enum Use {
        SUBSCRIBE,
        /** Needs no permission. */
        UNSUBSCRIBE,
        PUBLISH
    }

    private static final Map<String, ChannelSpec> BY_COMMAND = Map.of(
            "subscribe", new ChannelSpec(Use.SUBSCRIBE, false, -1),
            "ssubscribe", new ChannelSpec(Use.SUBSCRIBE, false, -1),
            "psubscribe", new ChannelSpec(Use.SUBSCRIBE, true, -1),
            "unsubscribe", new ChannelSpec(Use.UNSUBSCRIBE, false, -1),
            "sunsubscribe", new ChannelSpec(Use.UNSUBSCRIBE, false, -1),
            "punsubscribe", new ChannelSpec(Use.UNSUBSCRIBE, true, -1),
            "publish", new ChannelSpec(Use.PUBLISH, false, 1),
            "spublish", new ChannelSpec(Use.PUBLISH, false, 1));

    /** The channels of a command, or null if it has none. */
    public static @Nullable ChannelSpec of(Command command) {
        return BY_COMMAND.get(command.name());
    }

    /** Visits the index of each channel in {@code argv}. */
    public void forEach(byte[][] argv, KeySpec.Visitor visitor) {
        int end = last >= 0 ? last : argv.length + last;
        for (int i = 1; i <= end && i < argv.length; i++) {
            visitor.key(i);
        }
    }
}
