package io.aikv.server.session;

import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the command that a request names, in any case, without allocating. Built once from the complete table; immutable.
 */
public final class CommandIndex {
    /** Open addressing with linear probing, at most a third full. */
    private static final class Names {
        private final byte[][] names;
        private final CommandEntry[] entries;
        private final int mask;

        Names(Collection<CommandEntry> all) {
            int capacity = Integer.highestOneBit(Math.max(4, all.size() * 3)) * 2;
            names = new byte[capacity][];
            entries = new CommandEntry[capacity];
            mask = capacity - 1;
            for (CommandEntry entry : all) {
                String full = entry.command.name();
                byte[] own = full.substring(full.indexOf('|') + 1).getBytes(StandardCharsets.ISO_8859_1);
                int at = hash(own) & mask;
                while (entries[at] != null) {
                    at = (at + 1) & mask;
                }
                names[at] = own;
                entries[at] = entry;
            }
        }

        @Nullable
        CommandEntry find(byte[] name) {
            for (int at = hash(name) & mask; entries[at] != null; at = (at + 1) & mask) {
                if (same(names[at], name)) {
                    return entries[at];
                }
            }
            return null;
        }

        private static int hash(byte[] name) {
            int h = name.length;
            for (byte b : name) {
                h = h * 31 + (b | 0x20);
            }
            return h ^ (h >>> 15);
        }

        private static boolean same(byte[] lower, byte[] name) {
            if (lower.length != name.length) {
                return false;
            }
            for (int i = 0; i < name.length; i++) {
                byte b = name[i];
                if (lower[i] != (b >= 'A' && b <= 'Z' ? b + 32 : b)) {
                    return false;
                }
            }
            return true;
        }
    }

    private final CommandTable table;
    private final List<CommandEntry> all = new ArrayList<>();
    private final Names top;
    private final Map<Command, Names> subcommands = new IdentityHashMap<>();

    public CommandIndex(CommandTable table) {
        this.table = table;
        Map<Command, CommandEntry> entries = new IdentityHashMap<>();
        for (Command command : table.all()) {
            CommandEntry entry = new CommandEntry(command, all.size());
            all.add(entry);
            entries.put(command, entry);
        }
        top = new Names(all.stream().filter(e -> e.command.container() == null).toList());
        for (CommandEntry entry : all) {
            if (!entry.command.subcommands().isEmpty()) {
                subcommands.put(
                        entry.command,
                        new Names(entry.command.subcommands().values().stream()
                                .map(sub -> Objects.requireNonNull(entries.get(sub)))
                                .toList()));
            }
        }
    }

    /** The command or subcommand; a container if no such subcommand is named; null for an unknown name. */
    @Nullable
    public CommandEntry find(byte[][] argv) {
        CommandEntry entry = top.find(argv[0]);
        if (entry == null || entry.kind != CommandEntry.Kind.CONTAINER || argv.length < 2) {
            return entry;
        }
        Names names = subcommands.get(entry.command);
        CommandEntry subcommand = names == null ? null : names.find(argv[1]);
        return subcommand == null ? entry : subcommand;
    }

    /** Every command and subcommand; the position is the {@link CommandEntry#id}. */
    public List<CommandEntry> all() {
        return java.util.Collections.unmodifiableList(all);
    }

    public CommandTable table() {
        return table;
    }
}
