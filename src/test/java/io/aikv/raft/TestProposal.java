package io.aikv.raft;

import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A proposal that remembers how it ended; more than one end is an error that {@link #end()} reports. */
final class TestProposal implements Proposal {
    private static final CommandTable TABLE = RaftCluster.table();

    private final LogEntry.Request request;
    private final List<String> ends = Collections.synchronizedList(new ArrayList<>());
    private volatile long index = -1;
    private @Nullable Watch watch;
    private boolean failing;

    TestProposal(LogEntry.Request request) {
        this.request = request;
    }

    static TestProposal of(String... words) {
        return new TestProposal(new LogEntry.Request(0, RaftCluster.argv(words)));
    }

    /** From now on it is done only if {@code condition} is untouched. */
    TestProposal under(Watch condition) {
        watch = condition;
        return this;
    }

    /** From now on being refused makes it fail, as a bug would. */
    TestProposal failing() {
        failing = true;
        return this;
    }

    @Override
    public @Nullable Watch watch() {
        return watch;
    }

    /** {@code applied <reply>}, {@code refused <reason>}, {@code indeterminate}, or {@code waiting}. */
    String end() {
        List<String> all = List.copyOf(ends);
        return all.isEmpty() ? "waiting" : String.join(" AND ", all);
    }

    boolean isOver() {
        return !ends.isEmpty();
    }

    long index() {
        return index;
    }

    @Override
    public Command command() {
        return Objects.requireNonNull(TABLE.find(request.argv()));
    }

    @Override
    public byte[][] argv() {
        return request.argv();
    }

    @Override
    public int database() {
        return request.database();
    }

    @Override
    public void applied(Reply reply, long at) {
        index = at;
        ends.add("applied " + reply);
    }

    @Override
    public void refused(Refusal reason) {
        ends.add("refused " + reason);
        if (failing) {
            throw new IllegalStateException("a bug of who waits");
        }
    }

    @Override
    public void indeterminate() {
        ends.add("indeterminate");
    }
}
