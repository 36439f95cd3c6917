package io.aikv.raft;

import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.data.EventSink;
import io.aikv.data.Expiry;
import io.aikv.data.Packing;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Applies entries to a store: the pure function {@code apply(state, entry) -> (state', replies)}. One entry, one
 * transaction, one batch, one applied index (invariant I1). Whatever it throws must stop the group: the entry is then not
 * applied, and neither is any after it.
 *
 * <p>Confined to the apply thread.
 */
final class EntryExecutor {
    /** Due keys and fields removed before an entry's commands, and by a tick. Part of the log's meaning: the same on every node. */
    static final int DUE_PER_ENTRY = 64;

    static final int DUE_PER_TICK = 1024;

    private static final String UPLOAD_BROKEN =
            "TRYAGAIN the upload of a large command was cut off; it was not applied";

    private final GroupStore store;
    private final CommandTable table;
    private final EventSink events;
    private final Staging staging;

    EntryExecutor(GroupStore store, CommandTable table, EventSink events) {
        this.store = store;
        this.table = table;
        this.events = events;
        this.staging = new Staging(store.reader());
    }

    /**
     * Applies one entry, unless it is applied already (after a restart the log is replayed from an earlier point).
     *
     * @param proposals on the node that proposed the entry: its proposals, so that nothing is decoded or looked up twice
     * @return a reply per request of the entry; empty if the entry was skipped
     */
    List<Reply> apply(long term, long index, LogEntry entry, @Nullable List<Proposal> proposals) {
        AppliedPosition before = store.applied();
        if (index <= before.index()) {
            return List.of();
        }
        LogEntry.Stamp stamp = entry.stamp();
        long nowMillis = Math.max(before.entryTimeMillis(), stamp.timeMillis());
        StoreTransaction transaction = store.begin();
        WriteContext context = new WriteContext(
                transaction, 0, nowMillis, new SplittableRandom(stamp.seed()), events, Packing.FORMAT, term);
        staging.enterTerm(transaction, term);
        if (stamp.removeDue()) {
            Expiry.removeDue(context, entry instanceof LogEntry.Tick ? DUE_PER_TICK : DUE_PER_ENTRY);
        }
        List<Reply> replies = run(term, entry, proposals, context);
        transaction.commit(new AppliedPosition(term, index, nowMillis));
        return replies;
    }

    private List<Reply> run(long term, LogEntry entry, @Nullable List<Proposal> proposals, WriteContext context) {
        if (entry instanceof LogEntry.Commands commands) {
            return runAll(commands.requests(), proposals, context);
        } else if (entry instanceof LogEntry.Piece piece) {
            staging.add(context.store(), term, piece);
        } else if (entry instanceof LogEntry.Staged staged) {
            return List.of(runStaged(staged, proposals, context));
        }
        return List.of();
    }

    private Reply runStaged(LogEntry.Staged staged, @Nullable List<Proposal> proposals, WriteContext context) {
        StoreTransaction transaction = context.store();
        if (!staging.isComplete(staged)) {
            staging.clear(transaction);
            return Reply.error(UPLOAD_BROKEN);
        }
        Reply reply;
        if (proposals != null) {
            Proposal proposal = proposals.get(0);
            events.begins(proposal.clientId());
            reply = proposal.command().run(context.inDatabase(proposal.database()), proposal.argv());
        } else {
            LogEntry.Request request = staging.read(transaction);
            reply = require(request.argv()).run(context.inDatabase(request.database()), request.argv());
        }
        staging.clear(transaction);
        return reply;
    }

    private List<Reply> runAll(
            List<LogEntry.Request> requests, @Nullable List<Proposal> proposals, WriteContext context) {
        List<Reply> replies = new ArrayList<>(requests.size());
        WriteContext there = context;
        for (int i = 0; i < requests.size(); i++) {
            LogEntry.Request request = requests.get(i);
            Command command = proposals == null
                    ? require(request.argv())
                    : proposals.get(i).command();
            if (proposals != null) {
                events.begins(proposals.get(i).clientId());
            }
            if (there.database() != request.database()) {
                there = context.inDatabase(request.database());
            }
            replies.add(command.run(there, request.argv()));
        }
        return replies;
    }

    private Command require(byte[][] argv) {
        Command command = table.find(argv);
        if (command == null) {
            throw new IllegalStateException("the log holds a command that this node does not know");
        }
        return command;
    }
}
