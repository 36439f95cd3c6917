package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One row of the command table. Immutable once the table is built. */
public final class Command {
    private final String name;
    private final int arity;
    private final Group group;
    private final List<KeySpec> keys;
    private final Set<Flag> flags;
    private final Handler handler;
    private final Handler.@Nullable Merge merge;
    private final @Nullable Waiting waiting;
    private final @Nullable Command container;
    private int number = -1;
    private final Map<Bytes, Command> subcommands = new TreeMap<>();

    Command(
            String name,
            int arity,
            Group group,
            List<KeySpec> keys,
            EnumSet<Flag> flags,
            Handler handler,
            Handler.@Nullable Merge merge,
            @Nullable Waiting waiting,
            @Nullable Command container) {
        this.name = name.toLowerCase(Locale.ROOT);
        this.arity = arity;
        this.group = group;
        this.keys = keys;
        this.flags = flags;
        this.handler = handler;
        this.merge = merge;
        this.waiting = waiting;
        this.container = container;
    }

    /** Full name in lower case, a subcommand behind a bar: {@code get}, {@code config|set}. */
    public String name() {
        return name;
    }

    /** Number of arguments including the name(s); negative: at least that many. */
    public int arity() {
        return arity;
    }

    public boolean acceptsArgumentCount(int count) {
        return arity >= 0 ? count == arity : count >= -arity;
    }

    public Group group() {
        return group;
    }

    public List<KeySpec> keys() {
        return keys;
    }

    /** A number of its own in its table, from 0 on without gaps. Others may have it in the table of another node. */
    public int number() {
        return number;
    }

    /** Gives the number, when the command is added to its table. */
    void number(int assigned) {
        number = assigned;
    }

    public Set<Flag> flags() {
        return flags;
    }

    public boolean has(Flag flag) {
        return flags.contains(flag);
    }

    public Handler handler() {
        return handler;
    }

    public boolean isWrite() {
        return handler instanceof Handler.Write;
    }

    /** How the replies of several groups are joined, for a keyless data command; null for all others. */
    public Handler.@Nullable Merge merge() {
        return merge;
    }

    /** Whether a request of it is run with other arguments than it came with. */
    public boolean isStamped() {
        return stamp() != null;
    }

    private Handler.@Nullable OnPropose stamp() {
        if (handler instanceof Handler.Write write) {
            return write.stamp();
        }
        return handler instanceof Handler.Read read ? read.stamp() : null;
    }

    /** The request as it is run for a user with these rights, null for all of them. May throw {@link CommandError}. */
    public byte[][] stamped(byte[][] argv, @Nullable Permissions rights) {
        Handler.OnPropose stamp = stamp();
        return stamp == null ? argv : stamp.stamp(argv, rights);
    }

    /** How it waits as long as its handler answers null, for a command that may; null for all others. */
    public @Nullable Waiting waiting() {
        return waiting;
    }

    /** The container of a subcommand, or null. */
    public @Nullable Command container() {
        return container;
    }

    /** Subcommands by their upper-case name; empty unless this is a container. */
    public Map<Bytes, Command> subcommands() {
        return subcommands;
    }

    /** Index in argv of the first argument behind the name(s): 1, or 2 for a subcommand. */
    public int firstArgument() {
        return container == null ? 1 : 2;
    }

    /** A cursor over the arguments behind the name(s). */
    public Args args(byte[][] argv) {
        return new Args(argv, firstArgument());
    }

    /** Visits the index of every key in {@code argv}, in the order of the key specs. */
    public void forEachKey(byte[][] argv, KeySpec.Visitor visitor) {
        for (KeySpec spec : keys) {
            if (!spec.access().contains(KeySpec.Access.NOT_KEY)) {
                spec.forEach(argv, visitor);
            }
        }
    }

    /**
     * Runs a data command inside an entry.
     *
     * @return its reply, an error if it threw {@link CommandError}: it has then changed nothing
     * @throws IllegalStateException if it is not a data command
     */
    public Reply run(WriteContext context, byte[][] argv) {
        try {
            if (handler instanceof Handler.Write write) {
                return write.run().run(context, args(argv));
            } else if (handler instanceof Handler.Read read) {
                return read.run().run(context, args(argv));
            }
        } catch (CommandError e) {
            return Reply.error(e);
        }
        throw new IllegalStateException(name + " is not a data command");
    }

    /** As {@link #run(WriteContext, byte[][])}, of one that only reads, outside of entries. */
    public Reply run(ReadContext context, byte[][] argv) {
        if (!(handler instanceof Handler.Read read)) {
            throw new IllegalStateException(name + " does not only read");
        }
        try {
            return read.run().run(context, args(argv));
        } catch (CommandError e) {
            return Reply.error(e);
        }
    }

    void addSubcommand(Command subcommand) {
        String full = subcommand.name();
        String own = full.substring(full.indexOf('|') + 1).toUpperCase(Locale.ROOT);
        if (subcommands.put(Bytes.of(own), subcommand) != null) {
            throw new IllegalStateException("registered twice: " + full);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
