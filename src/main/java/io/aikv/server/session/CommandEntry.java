package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.command.Command;
import io.aikv.command.Flag;
import io.aikv.command.Handler;
import io.aikv.command.KeySpec;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A row of the command table with what dispatch asks of it worked out. Immutable. */
public final class CommandEntry {
    /** Which path a command takes. */
    enum Kind {
        READ,
        WRITE,
        SESSION,
        ASYNC,
        EXEC,
        WATCH,
        CONTAINER
    }

    private static final Set<String> NEVER_QUEUED = Set.of("multi", "exec", "discard", "watch", "quit", "reset");
    /** Their answers are pushes, which CLIENT REPLY does not silence. */
    private static final Set<String> SUBSCRIBING =
            Set.of("subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe");

    final Command command;
    final Kind kind;

    /** Dense number, the index into the counters. */
    final int id;

    /** The position of the only key, or 0 if there are none, several, or one at a place that varies. */
    final int singleKey;

    /** For a container that may stand alone (COMMAND), what it then does; else null. */
    final @Nullable Command alone;

    /** A write of one group: may be submitted behind unfinished writes. */
    final boolean mayFollowWrites;

    /** Its own reply is sent even if none was wanted until now. */
    final boolean endsSilence;

    /** Within MULTI it is queued. */
    final boolean queued;
    /** Allowed to a RESP2 client that has subscriptions. */
    final boolean whileSubscribed;

    /** What it names are shard channels, all of one slot, and only the slot's node can run it. */
    final boolean ofShard;

    /** What is run has other arguments. */
    final boolean stamped;

    final boolean longRead;
    final boolean beforeAuth;
    final boolean whileLoading;
    final boolean pausedAsWrite;
    final boolean monitored;
    final boolean slowlogged;

    CommandEntry(Command command, int id) {
        this.command = command;
        this.id = id;
        this.kind = kind(command.handler());
        this.singleKey = singleKey(command.keys());
        this.alone = kind == Kind.CONTAINER && command.acceptsArgumentCount(1)
                ? command.subcommands().get(Bytes.of("INFO"))
                : null;
        this.mayFollowWrites = kind == Kind.WRITE && command.merge() == null && command.waiting() == null;
        this.queued = !NEVER_QUEUED.contains(command.name());
        boolean subscribes = SUBSCRIBING.contains(command.name());
        this.endsSilence = subscribes
                || command.name().equals("client|reply")
                || command.name().equals("reset");
        this.whileSubscribed = subscribes || List.of("ping", "quit", "reset").contains(command.name());
        this.ofShard = List.of("ssubscribe", "spublish").contains(command.name());
        this.stamped = command.isStamped();
        this.longRead = command.has(Flag.LONG_READ);
        this.beforeAuth = command.has(Flag.NO_AUTH);
        this.whileLoading = command.has(Flag.LOADING);
        this.pausedAsWrite = kind == Kind.WRITE || command.has(Flag.WRITE) || command.has(Flag.MAY_REPLICATE);
        this.monitored = !command.has(Flag.SKIP_MONITOR) && !command.has(Flag.ADMIN);
        this.slowlogged = !command.has(Flag.SKIP_SLOWLOG);
    }

    public Command command() {
        return command;
    }

    public int id() {
        return id;
    }

    /** Whether it reads or writes data, and nothing else. */
    boolean isData() {
        return kind == Kind.READ || kind == Kind.WRITE;
    }

    /** Whether it may be what changes a key: itself, or as a transaction. */
    boolean mayWrite() {
        return kind == Kind.WRITE || kind == Kind.EXEC;
    }

    /** Whether its reply may hold what a key held. */
    boolean mayRead() {
        return kind == Kind.READ || kind == Kind.EXEC;
    }

    boolean isWrite() {
        return kind == Kind.WRITE;
    }

    private static Kind kind(Handler handler) {
        if (handler instanceof Handler.Read) {
            return Kind.READ;
        }
        if (handler instanceof Handler.Write) {
            return Kind.WRITE;
        }
        if (handler instanceof Handler.Session) {
            return Kind.SESSION;
        }
        if (handler instanceof Handler.Exec) {
            return Kind.EXEC;
        }
        if (handler instanceof Handler.Watch) {
            return Kind.WATCH;
        }
        return handler instanceof Handler.Async ? Kind.ASYNC : Kind.CONTAINER;
    }

    private static int singleKey(List<KeySpec> specs) {
        boolean single = specs.size() == 1
                && specs.get(0) instanceof KeySpec.Range range
                && range.first() == range.last()
                && !range.access().contains(KeySpec.Access.NOT_KEY);
        return single ? ((KeySpec.Range) specs.get(0)).first() : 0;
    }

    @Override
    public String toString() {
        return command.name();
    }
}
