package io.aikv.server.acl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.CommandLine;
import io.aikv.base.Numbers;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Permissions;
import io.aikv.command.Selector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The language of ACL SETUSER: turns a user and rules into another user. Knows the commands and categories of one table.
 * Immutable; any thread.
 *
 * <p>Rules are read as Redis reads them, with its error texts; bytes travel as Latin-1. Two things that crash Redis are syntax
 * errors here: a pattern {@code %~x} that allows neither reading nor writing, and a first argument with white space.
 */
public final class Rules {
    private static final String UNKNOWN = "Unknown command or category name in ACL";
    private static final String SYNTAX = "Syntax error";
    private static final String AFTER_ALL_KEYS =
            "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid"
                    + " and does not have any effect. Try 'resetkeys' to start with an empty list of patterns";
    private static final String AFTER_ALL_CHANNELS =
            "Adding a pattern after the * pattern (or the 'allchannels' flag) is not"
                    + " valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels";
    private static final String NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist";
    private static final String BAD_HASH =
            "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters";
    private static final String OF_SUBCOMMAND = "Allowing first-arg of a subcommand is not supported";

    private static final int HASH_CHARS = 64;

    private final CommandTable table;
    private final Categories categories;

    /** @param table complete */
    public Rules(CommandTable table, Categories categories) {
        this.table = table;
        this.categories = categories;
    }

    public CommandTable table() {
        return table;
    }

    /** Why a rule is not valid, in Redis' words; stackless. */
    private static final class Invalid extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Invalid(String reason) {
            super(reason, null, false, false);
        }
    }

    // ---- users ----

    /** What a user without rules of its own is: it can do everything and needs no password. */
    User defaultUser() {
        List<byte[]> rules =
                Stream.of("+@all", "~*", "&*", "on", "nopass").map(Bytes::utf8).toList();
        return change(User.fresh(User.DEFAULT, false), rules, false);
    }

    /**
     * The user that {@code rules} make of {@code user}: all of them, or none.
     *
     * @param allChannels whether new rights begin with every channel ({@code acl-pubsub-default})
     * @throws CommandError {@code ERR Error in ACL SETUSER modifier 'x': reason} or {@code ERR Unmatched parenthesis ...}
     */
    public User change(User user, List<byte[]> rules, boolean allChannels) {
        Draft draft = new Draft(user, allChannels, false);
        for (String rule : joinSelectors(rules)) {
            try {
                draft.apply(rule);
            } catch (Invalid e) {
                throw new CommandError("ERR Error in ACL SETUSER modifier '" + utf8(rule) + "': " + e.getMessage());
            }
        }
        return draft.user();
    }

    /**
     * Reads {@link User#lines}. Rules about commands and categories that this version does not have are left out.
     *
     * @param lines Latin-1; the first one begins with {@code user}, the others with {@code selector}
     * @throws CommandError if they are not the lines of a user
     */
    User parse(List<String> lines) {
        String[] words = lines.get(0).split(" ", -1);
        if (words.length < 2) {
            throw new CommandError("ERR not the line of a user: " + utf8(lines.get(0)));
        }
        Draft draft = new Draft(User.fresh(Bytes.of(words[1].getBytes(ISO_8859_1)), false), false, true);
        try {
            for (int i = 2; i < words.length; i++) {
                if (words[i].startsWith(User.MADE)) {
                    draft.madeIn = Numbers.parseLong(Bytes.utf8(words[i].substring(User.MADE.length())));
                } else {
                    draft.apply(words[i]);
                }
            }
            for (String line : lines.subList(1, lines.size())) {
                Selector.Builder selector = new Selector.Builder();
                for (String rule : line.substring(line.indexOf(' ') + 1).split(" ")) {
                    draft.apply(selector, rule);
                }
                draft.selectors.add(selector);
            }
        } catch (Invalid e) {
            throw new CommandError("ERR user " + utf8(words[1]) + ": " + e.getMessage());
        }
        return draft.user();
    }

    /** Whether a name of a user, or a pattern, may be stored: no white space and no NUL. */
    public static boolean isWord(byte[] bytes) {
        for (byte b : bytes) {
            if (b == ' ' || (b >= '\t' && b <= '\r') || b == 0) {
                return false;
            }
        }
        return true;
    }

    /** Selectors may be spread over several arguments. @throws CommandError {@code ERR Unmatched parenthesis ...} */
    private static List<String> joinSelectors(List<byte[]> rules) {
        List<String> joined = new ArrayList<>();
        StringBuilder open = null;
        String first = "";
        for (byte[] bytes : rules) {
            String rule = new String(bytes, ISO_8859_1);
            if (rule.startsWith("(") && !rule.endsWith(")")) {
                open = new StringBuilder(rule);
                first = rule;
            } else if (open != null) {
                open.append(' ').append(rule);
                if (rule.endsWith(")")) {
                    joined.add(open.toString());
                    open = null;
                }
            } else {
                joined.add(rule);
            }
        }
        if (open != null) {
            throw new CommandError("ERR Unmatched parenthesis in acl selector starting at '" + utf8(first) + "'.");
        }
        return joined;
    }

    private static String utf8(String latin) {
        return Bytes.text(latin.getBytes(ISO_8859_1));
    }

    // ---- a user under change ----

    private final class Draft {
        private final Bytes name;
        private final boolean allChannels;
        /** Whether unknown commands are left out instead of refused. */
        private final boolean lenient;

        private boolean enabled;
        private boolean anyPassword;
        private boolean sanitizing;
        private long madeIn;
        private final Set<String> hashes;
        private final List<Selector.Builder> selectors = new ArrayList<>();

        Draft(User from, boolean allChannels, boolean lenient) {
            name = from.name();
            this.allChannels = allChannels;
            this.lenient = lenient;
            enabled = from.enabled();
            anyPassword = from.anyPassword();
            sanitizing = from.sanitizing();
            madeIn = from.madeIn();
            hashes = new LinkedHashSet<>(from.passwordHashes());
            from.permissions().selectors().forEach(selector -> selectors.add(new Selector.Builder(selector)));
        }

        User user() {
            List<Selector> built =
                    selectors.stream().map(Selector.Builder::build).toList();
            return new User(
                    name, enabled, anyPassword, sanitizing, List.copyOf(hashes), new Permissions(built), madeIn);
        }

        void apply(String rule) {
            if (rule.isEmpty()) {
                return;
            }
            switch (rule.toLowerCase(Locale.ROOT)) {
                case "on" -> enabled = true;
                case "off" -> enabled = false;
                case "skip-sanitize-payload" -> sanitizing = false;
                case "sanitize-payload" -> sanitizing = true;
                case "nopass" -> {
                    anyPassword = true;
                    hashes.clear();
                }
                case "resetpass" -> resetPasswords();
                case "clearselectors" -> clearSelectors();
                case "reset" -> reset();
                default -> applyMarked(rule);
            }
        }

        private void applyMarked(String rule) {
            switch (rule.charAt(0)) {
                case '>', '#' -> {
                    hashes.add(hashOf(rule, '>'));
                    anyPassword = false;
                }
                case '<', '!' -> {
                    if (!hashes.remove(hashOf(rule, '<'))) {
                        throw new Invalid(NO_SUCH_PASSWORD);
                    }
                }
                case '(' -> selectors.add(selector(rule));
                default -> apply(selectors.get(0), rule);
            }
        }

        private String hashOf(String rule, char clear) {
            String rest = rule.substring(1);
            if (rule.charAt(0) == clear) {
                return User.hash(rest.getBytes(ISO_8859_1));
            }
            if (rest.length() != HASH_CHARS
                    || !rest.chars().allMatch(c -> (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'))) {
                throw new Invalid(BAD_HASH);
            }
            return rest;
        }

        private void resetPasswords() {
            anyPassword = false;
            hashes.clear();
        }

        private void clearSelectors() {
            selectors.subList(1, selectors.size()).clear();
        }

        private void reset() {
            resetPasswords();
            clearSelectors();
            enabled = false;
            sanitizing = true;
            Selector.Builder root = selectors.get(0);
            root.allKeys(false);
            root.allChannels(allChannels);
            root.allCommands(false, table);
        }

        private Selector.Builder selector(String rule) {
            if (!rule.endsWith(")")) {
                throw new Invalid(SYNTAX);
            }
            Selector.Builder selector = new Selector.Builder();
            selector.allChannels(allChannels);
            byte[][] words =
                    CommandLine.split(rule.substring(1, rule.length() - 1).getBytes(ISO_8859_1));
            for (byte[] word : words == null ? new byte[0][] : words) {
                apply(selector, new String(word, ISO_8859_1));
            }
            return selector;
        }

        // ---- rules of one selector ----

        private void apply(Selector.Builder selector, String rule) {
            switch (rule.toLowerCase(Locale.ROOT)) {
                case "allkeys", "~*" -> selector.allKeys(true);
                case "resetkeys" -> selector.allKeys(false);
                case "allchannels", "&*" -> selector.allChannels(true);
                case "resetchannels" -> selector.allChannels(false);
                case "allcommands", "+@all" -> selector.allCommands(true, table);
                case "nocommands", "-@all" -> selector.allCommands(false, table);
                default -> applyMarked(selector, rule);
            }
        }

        private void applyMarked(Selector.Builder selector, String rule) {
            char mark = rule.isEmpty() ? 0 : rule.charAt(0);
            switch (mark) {
                case '~', '%' -> key(selector, rule);
                case '&' -> channel(selector, rule.substring(1));
                case '+', '-' -> {
                    if (rule.startsWith("@", 1)) {
                        category(selector, rule.substring(2), mark == '+');
                    } else if (mark == '+' && rule.indexOf('|') >= 0) {
                        allowPart(selector, rule.substring(1));
                    } else {
                        command(selector, rule.substring(1), mark == '+');
                    }
                }
                default -> throw new Invalid(SYNTAX);
            }
        }

        private void key(Selector.Builder selector, String rule) {
            if (selector.allowsAllKeys()) {
                throw new Invalid(AFTER_ALL_KEYS);
            }
            boolean read = rule.charAt(0) == '~';
            boolean write = read;
            int at = 1;
            if (!read) {
                for (; at < rule.length() && rule.charAt(at) != '~'; at++) {
                    char c = Character.toUpperCase(rule.charAt(at));
                    if ((c != 'R' || read) && (c != 'W' || write)) {
                        throw new Invalid(SYNTAX);
                    }
                    read |= c == 'R';
                    write |= c == 'W';
                }
                if (at == rule.length() || !(read || write)) {
                    throw new Invalid(SYNTAX);
                }
                at++;
            }
            selector.key(requireWord(rule.substring(at)), read, write);
        }

        private void channel(Selector.Builder selector, String pattern) {
            if (selector.allowsAllChannels()) {
                throw new Invalid(AFTER_ALL_CHANNELS);
            }
            selector.channel(requireWord(pattern));
        }

        private byte[] requireWord(String word) {
            byte[] bytes = word.getBytes(ISO_8859_1);
            if (!isWord(bytes)) {
                throw new Invalid(SYNTAX);
            }
            return bytes;
        }

        private void category(Selector.Builder selector, String name, boolean allowed) {
            List<Command> members = categories.members(name);
            if (members != null) {
                selector.category(name, members, allowed);
            } else if (!lenient) {
                throw new Invalid(UNKNOWN);
            }
        }

        private void command(Selector.Builder selector, String name, boolean allowed) {
            Command command = find(name);
            if (command != null) {
                selector.command(command, allowed);
            }
        }

        /** {@code config|get}: a subcommand, or a command with a first argument. */
        private void allowPart(Selector.Builder selector, String rule) {
            int bar = rule.lastIndexOf('|');
            Command command = find(rule.substring(0, bar));
            if (command == null) {
                return;
            }
            if (command.container() != null) {
                throw new Invalid(OF_SUBCOMMAND);
            }
            String part = rule.substring(bar + 1);
            if (part.isEmpty()) {
                throw new Invalid(SYNTAX);
            }
            if (command.subcommands().isEmpty()) {
                selector.firstArgument(command, requireWord(part));
            } else {
                command(selector, rule, true);
            }
        }

        /** Null only if unknown commands are left out. */
        private @Nullable Command find(String name) {
            Command command = table.find(name.toLowerCase(Locale.ROOT));
            if (command != null && !command.has(Flag.INTERNAL)) {
                return command;
            }
            if (lenient) {
                return null;
            }
            throw new Invalid(UNKNOWN);
        }
    }
}
