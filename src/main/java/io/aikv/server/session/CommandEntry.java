package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.command.Command;
import io.aikv.command.Flag;
import io.aikv.command.Handler;
import io.aikv.command.KeySpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A row of the command table with what dispatch asks of it worked out. Immutable. */
public final class CommandEntry {
    /** Which path a command takes. */
    enum Kind {
        READ,
        WRITE,
        SESSION,
        ASYNC,
        CONTAINER
    }

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
        this.mayFollowWrites = kind == Kind.WRITE && command.merge() == null;
        this.endsSilence =
                command.name().equals("client|reply") || command.name().equals("reset");
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
