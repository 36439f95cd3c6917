package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.base.Bytes;
import io.aikv.base.Glob;
import io.aikv.command.KeySpec.Access;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One set of rights of a user: which commands, on which keys, on which channels; all three must allow a request. Immutable;
 * {@link Builder} makes them. Commands are those of one {@link CommandTable}.
 */
public final class Selector {
    /**
     * Keys that may be touched.
     *
     * @param pattern a glob, without white space
     */
    public record KeyPattern(byte[] pattern, boolean read, boolean write) {
        /** {@code ~pattern}, {@code %R~pattern} or {@code %W~pattern}, as Redis shows it. */
        String rule() {
            return (read && write ? "~" : read ? "%R~" : "%W~") + latin(pattern);
        }

        /** The rule that makes this pattern: {@code ~*} would be another one, {@code allkeys}. */
        String exactRule() {
            return read && write && Arrays.equals(pattern, ANY) ? "%RW~*" : rule();
        }
    }

    private static final byte[] ANY = Bytes.utf8("*");

    private final boolean allKeys;
    private final boolean allChannels;
    private final boolean allCommands;
    private final boolean futureCommands;
    private final long[] commands;
    private final Map<Integer, List<byte[]>> firstArguments;
    private final List<KeyPattern> keys;
    private final List<byte[]> channels;
    private final List<String> commandRules;

    private Selector(Builder from) {
        allKeys = from.allKeys;
        allChannels = from.allChannels;
        allCommands = from.allCommands;
        futureCommands = from.futureCommands;
        commands = from.commands.clone();
        Map<Integer, List<byte[]>> copy = new TreeMap<>();
        from.firstArguments.forEach((number, words) -> copy.put(number, List.copyOf(words.values())));
        firstArguments = copy;
        keys = List.copyOf(from.keys.values());
        channels = from.channels.stream().map(Bytes::array).toList();
        commandRules = from.commandRules.entrySet().stream()
                .map(rule -> (rule.getValue() ? "+" : "-") + rule.getKey())
                .toList();
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    // ---- what it allows ----

    /** Whether it allows everything: every command on every key and channel. */
    public boolean isUnrestricted() {
        return allCommands && allKeys && allChannels;
    }

    public boolean allowsAllKeys() {
        return allKeys;
    }

    public boolean allowsAllChannels() {
        return allChannels;
    }

    public List<KeyPattern> keys() {
        return keys;
    }

    /** The patterns of channels; empty too if all are allowed. */
    public List<byte[]> channels() {
        return channels;
    }

    /** Whether the command itself may run, whatever its keys. */
    boolean allowsCommand(Command command, byte[][] argv) {
        if (allCommands || command.has(Flag.NO_AUTH) || bit(commands, command.number())) {
            return true;
        }
        List<byte[]> words = firstArguments.get(command.number());
        int at = command.firstArgument();
        if (words == null || at >= argv.length) {
            return false;
        }
        for (byte[] word : words) {
            if (Bytes.equalsIgnoreCase(argv[at], latin(word))) {
                return true;
            }
        }
        return false;
    }

    /** The index of the first key that must not be touched as the command does, or -1. */
    int deniedKey(Command command, byte[][] argv) {
        if (allKeys) {
            return -1;
        }
        int[] denied = {-1};
        for (KeySpec spec : command.keys()) {
            if (spec.access().contains(Access.NOT_KEY)) {
                continue;
            }
            Set<Access> access = KeyAccess.of(command, spec, argv);
            boolean reads = access.contains(Access.ACCESS);
            boolean writes =
                    access.contains(Access.UPDATE) || access.contains(Access.INSERT) || access.contains(Access.DELETE);
            spec.forEach(argv, index -> {
                if (denied[0] < 0 && !allowsKey(argv[index], reads, writes)) {
                    denied[0] = index;
                }
            });
            if (denied[0] >= 0) {
                break;
            }
        }
        return denied[0];
    }

    /** Whether some pattern allows to read and write {@code key}, as far as asked for. */
    public boolean allowsKey(byte[] key, boolean reads, boolean writes) {
        if (allKeys) {
            return true;
        }
        for (KeyPattern pattern : keys) {
            boolean enough = (pattern.read || !reads) && (pattern.write || !writes);
            if (enough && Glob.matches(pattern.pattern, key)) {
                return true;
            }
        }
        return false;
    }

    /** Whether every key there may be can be read. */
    boolean readsEveryKey() {
        if (allKeys) {
            return true;
        }
        for (KeyPattern pattern : keys) {
            if (pattern.read && Arrays.equals(pattern.pattern, ANY)) {
                return true;
            }
        }
        return false;
    }

    /** The index of the first channel that is not allowed, or -1. */
    int deniedChannel(Command command, byte[][] argv) {
        ChannelSpec spec = allChannels ? null : ChannelSpec.of(command);
        if (spec == null || spec.use() == ChannelSpec.Use.UNSUBSCRIBE) {
            return -1;
        }
        int[] denied = {-1};
        spec.forEach(argv, index -> {
            if (denied[0] < 0 && !allowsChannel(argv[index], spec.pattern())) {
                denied[0] = index;
            }
        });
        return denied[0];
    }

    /**
     * Whether a channel may be used.
     *
     * @param pattern whether {@code channel} is a pattern, which only the very same pattern allows
     */
    public boolean allowsChannel(byte[] channel, boolean pattern) {
        if (allChannels) {
            return true;
        }
        for (byte[] allowed : channels) {
            if (pattern ? Arrays.equals(allowed, channel) : Glob.matches(allowed, channel)) {
                return true;
            }
        }
        return false;
    }

    private static boolean bit(long[] bits, int number) {
        return number >> 6 < bits.length && (bits[number >> 6] & 1L << (number & 63)) != 0;
    }

    // ---- in words ----

    /** {@code ~* }, {@code ~a %R~b}: the patterns of keys as rules. Bytes as Latin-1. */
    public String keyRules() {
        if (allKeys) {
            return "~*";
        }
        List<String> rules = new ArrayList<>();
        keys.forEach(key -> rules.add(key.rule()));
        return String.join(" ", rules);
    }

    /** {@code &*}, {@code &a &b}: the patterns of channels as rules. Bytes as Latin-1. */
    public String channelRules() {
        if (allChannels) {
            return "&*";
        }
        List<String> rules = new ArrayList<>();
        channels.forEach(channel -> rules.add("&" + latin(channel)));
        return String.join(" ", rules);
    }

    /** {@code -@all +get}: the rules of commands as they were given, without those that later ones made void. */
    public String commandRules() {
        String base = futureCommands ? "+@all" : "-@all";
        return commandRules.isEmpty() ? base : base + " " + String.join(" ", commandRules);
    }

    /** All rules, as Redis shows them. Bytes as Latin-1. */
    public String rules() {
        return rules(keyRules());
    }

    /** All rules, so that they lead to the same rights again. Bytes as Latin-1. */
    public String exactRules() {
        return rules(allKeys ? "~*" : keys.stream().map(KeyPattern::exactRule).collect(Collectors.joining(" ")));
    }

    private String rules(String keyRules) {
        StringBuilder all = new StringBuilder();
        if (!keyRules.isEmpty()) {
            all.append(keyRules).append(' ');
        }
        if (!allChannels) {
            all.append("resetchannels ");
        }
        if (!channelRules().isEmpty()) {
            all.append(channelRules()).append(' ');
        }
        return all.append(commandRules()).toString();
    }

    /** The rules by which other replicas come to the same rights: commands by their names, categories resolved. */
    List<String> resolvedRules(CommandTable table) {
        List<String> rules = new ArrayList<>();
        if (allKeys) {
            rules.add("~*");
        }
        keys.forEach(key -> rules.add(key.exactRule()));
        if (allChannels) {
            rules.add("&*");
        }
        channels.forEach(channel -> rules.add("&" + latin(channel)));
        if (allCommands) {
            rules.add("+@all");
            return rules;
        }
        for (Command command : table.all()) {
            if (bit(commands, command.number())) {
                rules.add("+" + command.name());
            }
            for (byte[] word : firstArguments.getOrDefault(command.number(), List.of())) {
                rules.add("+" + command.name() + "||" + latin(word));
            }
        }
        return rules;
    }

    /** Rights under change. Not thread-safe. */
    public static final class Builder {
        private boolean allKeys;
        private boolean allChannels;
        private boolean allCommands;
        private boolean futureCommands;
        private long[] commands = new long[0];
        /** The words of each command by their lower case, in the order in which they were given. */
        private final Map<Integer, Map<Bytes, byte[]>> firstArguments = new TreeMap<>();

        private final Map<Bytes, KeyPattern> keys = new LinkedHashMap<>();
        private final Set<Bytes> channels = new LinkedHashSet<>();
        /** Rules without their signs, and whether they allow. */
        private final Map<String, Boolean> commandRules = new LinkedHashMap<>();
        /** By command, those of {@link #commandRules} that name a part of it. */
        private final Map<String, Set<String>> partRules = new HashMap<>();

        /** No rights at all. */
        public Builder() {}

        /** The rights of {@code from}. */
        public Builder(Selector from) {
            allKeys = from.allKeys;
            allChannels = from.allChannels;
            allCommands = from.allCommands;
            futureCommands = from.futureCommands;
            commands = from.commands.clone();
            from.firstArguments.forEach((number, words) -> words.forEach(word -> addFirstArgument(number, word)));
            from.keys.forEach(key -> keys.put(Bytes.of(key.pattern), key));
            from.channels.forEach(channel -> channels.add(Bytes.of(channel)));
            from.commandRules.forEach(rule -> note(rule.substring(1), rule.charAt(0) == '+'));
        }

        public Selector build() {
            return new Selector(this);
        }

        // ---- keys and channels ----

        public boolean allowsAllKeys() {
            return allKeys;
        }

        public boolean allowsAllChannels() {
            return allChannels;
        }

        /** {@code allkeys} or {@code resetkeys}. */
        public void allKeys(boolean allowed) {
            allKeys = allowed;
            keys.clear();
        }

        /** {@code allchannels} or {@code resetchannels}. */
        public void allChannels(boolean allowed) {
            allChannels = allowed;
            channels.clear();
        }

        /** Adds a pattern, or accesses to one that is there. */
        public void key(byte[] pattern, boolean read, boolean write) {
            keys.merge(
                    Bytes.of(pattern),
                    new KeyPattern(pattern, read, write),
                    (known, more) -> new KeyPattern(pattern, known.read || read, known.write || write));
        }

        /** Adds a pattern unless it is there. */
        public void channel(byte[] pattern) {
            channels.add(Bytes.of(pattern));
        }

        // ---- commands ----

        /** {@code +@all} or {@code -@all}. */
        public void allCommands(boolean allowed, CommandTable table) {
            allCommands = allowed;
            futureCommands = allowed;
            commands = new long[0];
            if (allowed) {
                table.all().forEach(command -> bit(command, true));
            }
            firstArguments.clear();
            commandRules.clear();
            partRules.clear();
        }

        /** Allows or forbids a command and its subcommands. */
        public void command(Command command, boolean allowed) {
            change(command, allowed);
            note(command.name(), allowed);
        }

        /** Allows or forbids those commands, as the rule {@code @category}. */
        public void category(String name, Iterable<Command> members, boolean allowed) {
            members.forEach(command -> change(command, allowed));
            note("@" + name, allowed);
        }

        /** Allows a command that is otherwise forbidden with this first argument. */
        public void firstArgument(Command command, byte[] word) {
            addFirstArgument(command.number(), word);
            note(command.name() + "|" + latin(word), true);
        }

        private void addFirstArgument(int number, byte[] word) {
            firstArguments
                    .computeIfAbsent(number, key -> new LinkedHashMap<>())
                    .putIfAbsent(Bytes.of(bytes(lower(latin(word)))), word);
        }

        private void change(Command command, boolean allowed) {
            bit(command, allowed);
            firstArguments.remove(command.number());
            command.subcommands().values().forEach(subcommand -> bit(subcommand, allowed));
        }

        private void bit(Command command, boolean allowed) {
            int word = command.number() >> 6;
            long mask = 1L << (command.number() & 63);
            if (word >= commands.length) {
                commands = Arrays.copyOf(commands, word + 1);
            }
            if (allowed) {
                commands[word] |= mask;
            } else {
                commands[word] &= ~mask;
                allCommands = false;
            }
        }

        /** Keeps the order in which rules were given; the last one about a command, or about it and its subcommands, counts. */
        private void note(String rule, boolean allowed) {
            String lower = lower(rule);
            commandRules.remove(lower); // The newest is the last.
            commandRules.put(lower, allowed);
            int bar = lower.indexOf('|');
            if (bar >= 0) {
                partRules
                        .computeIfAbsent(lower.substring(0, bar), name -> new HashSet<>())
                        .add(lower);
            } else {
                Set<String> parts = partRules.remove(lower);
                if (parts != null) {
                    parts.forEach(commandRules::remove);
                }
            }
        }

        /** Of ASCII letters alone: the others are bytes. */
        private static String lower(String rule) {
            StringBuilder lower = new StringBuilder(rule.length());
            for (int i = 0; i < rule.length(); i++) {
                char c = rule.charAt(i);
                lower.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
            }
            return lower.toString();
        }

        /** Adds a rule of {@link Selector#resolvedRules}; commands that are not in {@code table} are left out. */
        void resolved(String rule, CommandTable table) {
            byte[] rest = bytes(rule.substring(1));
            if (rule.equals("~*")) {
                allKeys(true);
            } else if (rule.equals("&*")) {
                allChannels(true);
            } else if (rule.equals("+@all")) {
                allCommands(true, table);
            } else if (rule.startsWith("&")) {
                channel(rest);
            } else if (rule.startsWith("+")) {
                resolvedCommand(rule.substring(1), table);
            } else {
                int tilde = rule.indexOf('~');
                String prefix = rule.substring(0, tilde);
                key(bytes(rule.substring(tilde + 1)), !prefix.equals("%W"), !prefix.equals("%R"));
            }
        }

        private void resolvedCommand(String name, CommandTable table) {
            int bars = name.indexOf("||");
            Command command = table.find(bars < 0 ? name : name.substring(0, bars));
            if (command != null && bars < 0) {
                bit(command, true);
            } else if (command != null) {
                firstArgument(command, bytes(name.substring(bars + 2)));
            }
        }

        private static byte[] bytes(String latin) {
            return latin.getBytes(ISO_8859_1);
        }
    }
}
