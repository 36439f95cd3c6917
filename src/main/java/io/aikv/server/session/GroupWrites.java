package io.aikv.server.session;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.Command;
import io.aikv.command.Handler;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.Proposal;
import io.aikv.raft.Refusal;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A keyless write (FLUSHALL) that runs in several groups, one entry in each. The last outcome, on whatever thread, hands the
 * call back. The groups' parts are not one transaction: if some were applied and others not, the whole is indeterminate.
 */
final class GroupWrites {
    private final Call call;
    private final List<Part> parts = new ArrayList<>();
    private final AtomicInteger missing;

    GroupWrites(Call call, List<GroupReplica> groups) {
        this.call = call;
        this.missing = new AtomicInteger(groups.size());
        for (GroupReplica group : groups) {
            parts.add(new Part(group));
        }
    }

    void submit() {
        call.groupWrites = this;
        for (Part part : parts) {
            part.group.submit(part);
        }
    }

    /** Notes where the parts that were applied stand in their logs. Once the call is back. */
    void addTo(WrittenPositions written) {
        for (Part part : parts) {
            if (part.reply != null) {
                written.add(part.group, part.index);
            }
        }
    }

    /** Joins the replies of the groups: the first error if there is one. */
    static Reply merge(CommandEntry entry, List<Reply> replies) {
        for (Reply reply : replies) {
            if (reply instanceof Reply.Error) {
                return reply;
            }
        }
        Handler.Merge merge = Objects.requireNonNull(entry.command.merge());
        try {
            return replies.size() == 1 ? replies.get(0) : merge.merge(replies, Dispatcher.RANDOM.get());
        } catch (CommandError e) {
            return Reply.error(e);
        }
    }

    private void finish() {
        List<Reply> replies = new ArrayList<>();
        Refusal refusal = null;
        boolean unknown = false;
        for (Part part : parts) {
            if (part.reply != null) {
                replies.add(part.reply);
            } else if (part.refusal != null) {
                refusal = part.refusal;
            } else {
                unknown = true;
            }
        }
        if (refusal != null && replies.isEmpty() && !unknown) {
            call.refused(refusal);
        } else if (refusal != null || unknown) {
            call.reply(Reply.error(Errors.INDETERMINATE));
        } else {
            call.reply(merge(call.entry(), replies));
        }
    }

    /** The write in one group. */
    private final class Part implements Proposal {
        private final GroupReplica group;
        private @Nullable Reply reply;
        private long index;
        private @Nullable Refusal refusal;

        Part(GroupReplica group) {
            this.group = group;
        }

        @Override
        public Command command() {
            return call.command();
        }

        @Override
        public long clientId() {
            return call.clientId();
        }

        @Override
        public byte[][] argv() {
            return call.argv;
        }

        @Override
        public int database() {
            return call.database;
        }

        @Override
        public void applied(Reply result, long logIndex) {
            index = logIndex;
            reply = result;
            arrived();
        }

        @Override
        public void refused(Refusal reason) {
            refusal = reason;
            arrived();
        }

        @Override
        public void indeterminate() {
            arrived();
        }

        private void arrived() {
            if (missing.decrementAndGet() == 0) {
                finish();
            }
        }
    }
}
