package io.aikv.command;

import io.aikv.base.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every command by name. Families register their rows, then the table only answers look-ups.
 *
 * <pre>{@code
 * table.group(Group.HASH)
 *      .read("HGET", 3, key(1, RO, ACCESS), HashCommands::hget, FAST)
 *      .write("HSET", -4, key(1, RW, UPDATE), HashCommands::hset, DENYOOM, FAST);
 * }</pre>
 */
public final class CommandTable {
    private final Map<Bytes, Command> commands = new HashMap<>();
    private final Map<String, Command> byFullName = new TreeMap<>();

    /** Starts rows of a documentation group. */
    public Rows group(Group group) {
        return new Rows(group, null);
    }

    /**
     * The command that {@code argv} names, in any case; for a container the subcommand, or the container itself if there
     * is no such subcommand or none was given. Null if the name is unknown.
     */
    public @Nullable Command find(byte[][] argv) {
        Command command = find(argv[0]);
        if (command == null || command.subcommands().isEmpty() || argv.length < 2) {
            return command;
        }
        Command subcommand = command.subcommands().get(Bytes.of(upper(argv[1])));
        return subcommand == null ? command : subcommand;
    }

    /** The top-level command of that name in any case, or null. */
    public @Nullable Command find(byte[] name) {
        Command command = commands.get(Bytes.of(name));
        return command != null ? command : commands.get(Bytes.of(upper(name)));
    }

    /** The command of that full name in lower case ({@code config|set}), or null. */
    public @Nullable Command find(String fullName) {
        return byFullName.get(fullName);
    }

    /** Every command and subcommand, by full name in order. */
    public Collection<Command> all() {
        return java.util.Collections.unmodifiableCollection(byFullName.values());
    }

    private static byte[] upper(byte[] name) {
        byte[] upper = name.clone();
        for (int i = 0; i < upper.length; i++) {
            if (upper[i] >= 'a' && upper[i] <= 'z') {
                upper[i] -= 32;
            }
        }
        return upper;
    }

    private void add(Command command) {
        if (byFullName.put(command.name(), command) != null) {
            throw new IllegalStateException("registered twice: " + command.name());
        }
        command.number(byFullName.size() - 1);
        if (command.container() != null) {
            command.container().addSubcommand(command);
            return;
        }
        commands.put(Bytes.of(command.name().toUpperCase(Locale.ROOT)), command);
        commands.put(Bytes.of(command.name()), command);
    }

    /** Rows of one group, or the subcommands of one container. */
    public final class Rows {
        private final Group group;
        private final @Nullable Command container;

        private Rows(Group group, @Nullable Command container) {
            this.group = group;
            this.container = container;
        }

        public Rows read(String name, int arity, KeySpec key, Handler.OnRead run, Flag... flags) {
            return row(name, arity, List.of(key), new Handler.Read(run), null, flags);
        }

        public Rows read(String name, int arity, List<KeySpec> keys, Handler.OnRead run, Flag... flags) {
            return row(name, arity, keys, new Handler.Read(run), null, flags);
        }

        public Rows write(String name, int arity, KeySpec key, Handler.OnWrite run, Flag... flags) {
            return row(name, arity, List.of(key), new Handler.Write(run), null, flags);
        }

        public Rows write(String name, int arity, List<KeySpec> keys, Handler.OnWrite run, Flag... flags) {
            return row(name, arity, keys, new Handler.Write(run), null, flags);
        }

        /** A read whose client waits while it answers null. */
        public Rows waitingRead(
                String name, int arity, KeySpec key, Handler.OnRead run, Waiting waiting, Flag... flags) {
            return row(name, arity, List.of(key), new Handler.Read(run), null, waiting, flags);
        }

        /** A write whose client waits while it answers null: for what the first of its key specs names. */
        public Rows waitingWrite(
                String name, int arity, List<KeySpec> keys, Handler.OnWrite run, Waiting waiting, Flag... flags) {
            return row(name, arity, keys, new Handler.Write(run), null, waiting, flags);
        }

        /** A keyless read of every group that the node serves. */
        public Rows readAll(String name, int arity, Handler.OnRead run, Handler.Merge merge, Flag... flags) {
            return row(name, arity, List.of(), new Handler.Read(run), merge, flags);
        }

        /** A keyless write to every group that the node leads: one entry in each. */
        public Rows writeAll(String name, int arity, Handler.OnWrite run, Handler.Merge merge, Flag... flags) {
            return row(name, arity, List.of(), new Handler.Write(run), merge, flags);
        }

        public Rows session(String name, int arity, Handler.OnSession run, Flag... flags) {
            return row(name, arity, List.of(), new Handler.Session(run), null, flags);
        }

        public Rows async(String name, int arity, Handler.OnAsync run, Flag... flags) {
            return row(name, arity, List.of(), new Handler.Async(run), null, flags);
        }

        /** Any kind of handler, with key specs. */
        public Rows row(String name, int arity, List<KeySpec> keys, Handler handler, Flag... flags) {
            return row(name, arity, keys, handler, null, flags);
        }

        /** A container and its subcommands, which are registered by {@code rows} on the returned object. */
        public Rows container(String name, int arity, Flag... flags) {
            Command created = command(name, arity, List.of(), new Handler.Container(), null, null, flags);
            add(created);
            return new Rows(group, created);
        }

        private Rows row(
                String name,
                int arity,
                List<KeySpec> keys,
                Handler handler,
                Handler.@Nullable Merge merge,
                Flag... flags) {
            return row(name, arity, keys, handler, merge, null, flags);
        }

        private Rows row(
                String name,
                int arity,
                List<KeySpec> keys,
                Handler handler,
                Handler.@Nullable Merge merge,
                @Nullable Waiting waiting,
                Flag... flags) {
            add(command(name, arity, keys, handler, merge, waiting, flags));
            return this;
        }

        private Command command(
                String name,
                int arity,
                List<KeySpec> keys,
                Handler handler,
                Handler.@Nullable Merge merge,
                @Nullable Waiting waiting,
                Flag... flags) {
            EnumSet<Flag> all = EnumSet.noneOf(Flag.class);
            all.addAll(List.of(flags));
            // What is stamped is a script: to clients that is not a command which writes.
            if (handler instanceof Handler.Write write && write.stamp() == null) {
                all.add(Flag.WRITE);
            } else if (handler instanceof Handler.Read) {
                all.add(Flag.READONLY);
            }
            if (waiting != null) {
                all.add(Flag.BLOCKING);
            }
            if (keys.stream().anyMatch(spec -> !(spec instanceof KeySpec.Range))) {
                all.add(Flag.MOVABLEKEYS);
            }
            String full = container == null ? name : container.name() + "|" + name;
            return new Command(full, arity, group, new ArrayList<>(keys), all, handler, merge, waiting, container);
        }
    }
}
