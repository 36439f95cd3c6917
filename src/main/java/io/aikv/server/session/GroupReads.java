package io.aikv.server.session;

import io.aikv.raft.GroupReplica;
import io.aikv.raft.ReadWaiter;
import io.aikv.raft.Refusal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Waits until a keyless read may run in all of several groups; the last answer, on whatever thread, hands the call back. */
final class GroupReads implements ReadWaiter {
    private final Call call;
    private final List<GroupReplica> groups;
    private final boolean replicas;
    private final AtomicInteger missing;
    private volatile @Nullable Refusal refusal;

    GroupReads(Call call, List<GroupReplica> groups, boolean replicas) {
        this.call = call;
        this.groups = groups;
        this.replicas = replicas;
        this.missing = new AtomicInteger(groups.size());
    }

    void await() {
        for (GroupReplica group : groups) {
            if (replicas) {
                group.awaitReplicaReadable(this);
            } else {
                group.awaitReadable(this);
            }
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
