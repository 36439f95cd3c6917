package io.aikv.command;

import io.aikv.base.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a user may do: a request is allowed if one of the selectors allows its command, all its keys and all its channels.
 * Immutable; any thread.
 *
 * <p>A script runs on every replica, where nobody knows the users as they were when it was proposed. So whoever proposes
 * the script adds {@link #encode} to it, and its calls are checked against {@link #decode} of that: each replica comes to the
 * same answer, whatever has become of the user meanwhile.
 */
public final class Permissions {
    /** Nothing. */
    public static final Permissions NONE = new Permissions(List.of(new Selector.Builder().build()));

    /** Why a request is refused, in the order in which Redis prefers to say so. */
    public enum Reason {
        COMMAND,
        KEY,
        CHANNEL
    }

    /**
     * A refusal.
     *
     * @param index of the argument that is to blame; 0 for the command
     */
    public record Denial(Reason reason, int index) {}

    private final List<Selector> selectors;
    private final boolean unrestricted;

    /** @param selectors the root selector first, and nothing but selectors of one table */
    public Permissions(List<Selector> selectors) {
        this.selectors = List.copyOf(selectors);
        this.unrestricted = this.selectors.stream().anyMatch(Selector::isUnrestricted);
    }

    /** The root selector and those that were added to it. */
    public List<Selector> selectors() {
        return selectors;
    }

    /** Whether everything is allowed, so that nothing need be checked. */
    public boolean isUnrestricted() {
        return unrestricted;
    }

    /** Null if the request is allowed. Costs a walk over its keys for each selector, and patterns times keys. */
    public @Nullable Denial check(Command command, byte[][] argv) {
        if (unrestricted) {
            return null;
        }
        Denial worst = new Denial(Reason.COMMAND, 0);
        for (Selector selector : selectors) {
            Denial denial = check(selector, command, argv);
            if (denial == null) {
                return null;
            }
            int order = denial.reason.compareTo(worst.reason);
            if (order > 0 || (order == 0 && denial.index > worst.index)) {
                worst = denial;
            }
        }
        return worst;
    }

    private static @Nullable Denial check(Selector selector, Command command, byte[][] argv) {
        if (!selector.allowsCommand(command, argv)) {
            return new Denial(Reason.COMMAND, 0);
        }
        int key = selector.deniedKey(command, argv);
        if (key >= 0) {
            return new Denial(Reason.KEY, key);
        }
        int channel = selector.deniedChannel(command, argv);
        return channel >= 0 ? new Denial(Reason.CHANNEL, channel) : null;
    }

    /**
     * For the calls of scripts and {@code redis.acl_check_cmd}: whether the request is allowed. A command that the table does
     * not have is not.
     */
    public boolean mayRun(CommandTable table, byte[][] argv) {
        Command command = table.find(argv);
        return command != null && check(command, argv) == null;
    }

    /** Whether some selector allows the request and the reading of every key there may be: what the patterns of SORT need. */
    public boolean mayRunReadingEveryKey(Command command, byte[][] argv) {
        for (Selector selector : selectors) {
            if (selector.readsEveryKey() && check(selector, command, argv) == null) {
                return true;
            }
        }
        return false;
    }

    /** Whether a channel, or a pattern of channels, may be subscribed to. */
    public boolean allowsChannel(byte[] channel, boolean pattern) {
        for (Selector selector : selectors) {
            if (selector.allowsChannel(channel, pattern)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether there may be a channel, or a pattern of them, that these rights allow and {@code others} do not: some rule about
     * channels is not one of theirs. O(rules of both).
     */
    public boolean allowsChannelsBeyond(Permissions others) {
        if (others.selectors.stream().anyMatch(Selector::allowsAllChannels)) {
            return false;
        }
        Set<Bytes> theirs = new HashSet<>();
        others.selectors.forEach(selector -> selector.channels().forEach(pattern -> theirs.add(Bytes.of(pattern))));
        for (Selector selector : selectors) {
            if (selector.allowsAllChannels()
                    || selector.channels().stream().anyMatch(pattern -> !theirs.contains(Bytes.of(pattern)))) {
                return true;
            }
        }
        return false;
    }

    // ---- on their way to the replicas ----

    /**
     * These rights as bytes that mean the same on every replica: categories are resolved into names of commands, of which
     * versions may have others. One line a selector. Never empty, which would say that everything is allowed.
     */
    public byte[] encode(CommandTable table) {
        List<String> lines = new ArrayList<>();
        for (Selector selector : selectors) {
            lines.add(String.join(" ", selector.resolvedRules(table)));
        }
        String all = String.join("\n", lines);
        return (all.isEmpty() ? " " : all).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads {@link #encode}. */
    public static Permissions decode(byte[] bytes, CommandTable table) {
        List<Selector> selectors = new ArrayList<>();
        for (String line : new String(bytes, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            Selector.Builder selector = new Selector.Builder();
            for (String rule : line.split(" ")) {
                if (!rule.isEmpty()) {
                    selector.resolved(rule, table);
                }
            }
            selectors.add(selector.build());
        }
        return new Permissions(selectors);
    }

    /** The error texts, without their code. */
    public static String text(Denial denial, byte[] user, Command command) {
        return switch (denial.reason) {
            case COMMAND ->
                "User " + Bytes.text(user) + " has no permissions to run the '" + command.name() + "' command";
            case KEY -> "No permissions to access a key";
            case CHANNEL -> "No permissions to access a channel";
        };
    }
}
