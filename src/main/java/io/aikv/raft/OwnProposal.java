package io.aikv.raft;

import io.aikv.command.Command;
import io.aikv.resp.Reply;
import java.util.concurrent.CompletableFuture;

/** A command of the node itself, as a future. */
final class OwnProposal implements Proposal {
    private final Command command;
    private final int database;
    private final byte[][] argv;
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();

    OwnProposal(Command command, int database, byte[][] argv) {
        this.command = command;
        this.database = database;
        this.argv = argv;
    }

    CompletableFuture<Reply> reply() {
        return reply;
    }

    @Override
    public Command command() {
        return command;
    }

    @Override
    public byte[][] argv() {
        return argv;
    }

    @Override
    public int database() {
        return database;
    }

    @Override
    public void applied(Reply result, long index) {
        reply.complete(result);
    }

    @Override
    public void refused(Refusal reason) {
        reply.completeExceptionally(new RaftUnavailable("the group", reason));
    }

    @Override
    public void indeterminate() {
        reply.completeExceptionally(new RaftUnavailable("the group", null));
    }
}
