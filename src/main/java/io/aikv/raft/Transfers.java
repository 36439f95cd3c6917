package io.aikv.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over leaderships, one at a time per node: Ratis' NETTY transport mixes up the answers of two transfers to the same
 * peer. Also gives out the ids of this node's requests.
 */
final class Transfers {
    private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);

    private final Executor executor;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();

    /** @param executor one thread, which may block */
    Transfers(Executor executor) {
        this.executor = executor;
    }

    ClientId clientId() {
        return clientId;
    }

    long nextCallId() {
        return callIds.incrementAndGet();
    }

    /** Runs something that blocks. */
    void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException closing) {
            LOG.debug("closing already");
        }
    }

    CompletableFuture<Void> start(GroupReplica replica, String node, Duration timeout) {
        return CompletableFuture.runAsync(() -> run(replica, node, timeout), executor);
    }

    private void run(GroupReplica replica, String node, Duration timeout) {
        RaftServer.Division division = replica.ratis();
        if (division == null || !replica.leads()) {
            throw new IllegalStateException(
                    "this node does not lead group " + replica.name() + ", the leader is " + replica.leader());
        }
        if (node.equals(replica.leader())) {
            return;
        }
        if (division.getRaftConf().getPeer(RaftPeerId.valueOf(node)) == null) {
            throw new IllegalStateException("node " + node + " is no member of group " + replica.name());
        }
        long start = System.nanoTime();
        awaitBarrier(replica, timeout);
        replica.setTransferring(true);
        String trouble = "";
        try {
            trouble = transfer(division, node, timeout);
        } finally {
            if (replica.leads()) {
                // The request to stand for election may still be on its way: leases would not be safe in this term.
                replica.giveUpLease();
            }
            replica.setTransferring(false);
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        if (!trouble.isEmpty()) {
            LOG.warn("group={} transfer to node={} failed after {} ms: {}", replica.name(), node, millis, trouble);
            throw new IllegalStateException(
                    "group " + replica.name() + " was not handed to node " + node + ": " + trouble);
        }
        LOG.info("group={} handed to node={} in {} ms", replica.name(), node, millis);
    }

    /** The follower must have the last entry: an idle group gets one first, so that there is something to answer. */
    private static void awaitBarrier(GroupReplica replica, Duration timeout) {
        try {
            replica.passBarrier().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "group " + replica.name() + " commits nothing right now, so it cannot be handed over", e);
        }
    }

    private String transfer(RaftServer.Division division, String node, Duration timeout) {
        TransferLeadershipRequest request = new TransferLeadershipRequest(
                clientId,
                division.getId(),
                division.getMemberId().getGroupId(),
                nextCallId(),
                RaftPeerId.valueOf(node),
                timeout.toMillis());
        try {
            RaftClientReply reply = division.getRaftServer().transferLeadership(request);
            return reply.isSuccess() ? "" : String.valueOf(reply.getException().getMessage());
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
