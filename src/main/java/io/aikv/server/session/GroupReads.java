package io.aikv.server.session;

import io.aikv.raft.GroupReplica;
import io.aikv.raft.ReadWaiter;
import io.aikv.raft.Refusal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Waits until a keyless read may run in all of several groups; the last answer, on whatever thread, hands the call back. */
final class GroupReads implements ReadWaiter {
    private final Call call;
    private final List<GroupReplica> groups;
    private final BiConsumer<GroupReplica, ReadWaiter> permission;
    private final AtomicInteger missing;
    private volatile @Nullable Refusal refusal;

    /** @param permission how a group is asked whether the read may run there */
    GroupReads(Call call, List<GroupReplica> groups, BiConsumer<GroupReplica, ReadWaiter> permission) {
        this.call = call;
        this.groups = groups;
        this.permission = permission;
        this.missing = new AtomicInteger(groups.size());
    }

    void await() {
        for (GroupReplica group : groups) {
            permission.accept(group, this);
        }
    }

    @Override
    public void readable() {
        arrived();
    }

    @Override
    public void refused(Refusal reason) {
        refusal = reason;
        arrived();
    }

    private void arrived() {
        if (missing.decrementAndGet() > 0) {
            return;
        }
        Refusal reason = refusal;
        if (reason == null) {
            call.groupsReadable = true;
            call.tryAgain();
        } else {
            call.refused(reason);
        }
    }
}
