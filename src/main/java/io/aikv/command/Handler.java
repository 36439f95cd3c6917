package io.aikv.command;

import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a command runs; the kind decides on which thread and through which path. */
public sealed interface Handler {
    /** Reads the state of one group: on the leader under its lease, or on a replica after READONLY. */
    record Read(OnRead run, @Nullable OnPropose stamp) implements Handler {
        public Read(OnRead run) {
            this(run, null);
        }
    }

    /**
     * Changes the state of one group: runs inside a log entry on every replica. Checks first, writes second.
     *
     * @param stamp what the entry holds in place of the request, or null for the request itself
     */
    record Write(OnWrite run, @Nullable OnPropose stamp) implements Handler {
        public Write(OnWrite run) {
            this(run, null);
        }
    }

    /** Concerns the connection or the node only, answers at once, on the event loop. */
    record Session(OnSession run) implements Handler {}

    /** Concerns the node or the cluster and answers later; the connection's later commands wait for it. */
    record Async(OnAsync run) implements Handler {}

    /** EXEC: runs what the connection has queued. The server's dispatcher knows how. */
    record Exec() implements Handler {}

    /** WATCH: begins to watch keys of one group, and reads whether they are there. The server's dispatcher knows how. */
    record Watch() implements Handler {}

    /** Only a container of subcommands: {@code CLIENT}, {@code CONFIG}. */
    record Container() implements Handler {}

    @FunctionalInterface
    interface OnRead {
        Reply run(ReadContext context, Args args);
    }

    @FunctionalInterface
    interface OnWrite {
        Reply run(WriteContext context, Args args);
    }

    /** Puts into a request what only the node that proposes it knows (a script by its digest), before it is proposed. */
    @FunctionalInterface
    interface OnPropose {
        /**
         * Other arguments with the same keys at the same places; {@code argv} itself must not be changed.
         *
         * @param rights of the user whose request it is; null if that may do everything
         * @throws io.aikv.base.CommandError if the request cannot be run
         */
        byte[][] stamp(byte[][] argv, @Nullable Permissions rights);
    }

    @FunctionalInterface
    interface OnSession {
        Reply run(Caller caller, Args args);
    }

    @FunctionalInterface
    interface OnAsync {
        /** Must complete {@code reply} exactly once, on any thread. Throwing CommandError instead is allowed. */
        void run(Caller caller, Args args, Consumer<Reply> reply);
    }

    /**
     * Joins the replies of a keyless data command that ran in every group the node serves (DBSIZE, SCAN, FLUSHALL): never
     * called with an error among the parts. A single part is its own result and need not be merged.
     */
    @FunctionalInterface
    interface Merge {
        /**
         * @param parts one reply of each group, in any order, at least one
         * @param random for commands that choose (RANDOMKEY)
         */
        Reply merge(List<Reply> parts, SplittableRandom random);
    }
}
