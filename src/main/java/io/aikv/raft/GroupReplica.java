package io.aikv.raft;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.command.Command;
import io.aikv.raft.rpc.NettyTransport;
import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreFailure;
import io.aikv.store.StoreReader;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's replica of one group: submit writes, ask whether reads may be served, read, watch and move leadership.
 * Thread-safe; nothing here blocks, except where said.
 */
public final class GroupReplica {
    private static final Logger LOG = LoggerFactory.getLogger(GroupReplica.class);

    /** Of the shortest election timeout: how old the lease may get before an empty entry renews it, while reads come. */
    private static final double RENEW_SHARE = 0.3;

    private final GroupSpec spec;
    private final NodeContext context;
    private final Clock clock;
    private final GroupTime time;
    private final Transfers transfers;
    private final RaftMetrics metrics;
    private final Path directory;
    private final Events events = new Events();
    private final Watches observer;
    private final Proposer proposer;
    private final Lease lease;
    private final ReplicaReads replicaReads;
    private final ReplicaWaits replicaWaits;
    private final Runnable onLeadership;
    private final boolean alone;
    private final boolean leased;
    private final long renewNanos;

    /** One per opening: Ratis closes it for good. */
    private volatile GroupStateMachine machine;

    private volatile @Nullable Division division;
    /** To be called before Ratis closes the log. */
    private volatile Runnable endEviction = () -> {};

    private volatile @Nullable String failure;
    private volatile boolean closed;
    /** An election closed the group: this node found, or was told, that it is no member. */
    private volatile boolean excluded;
    /** Between the first step of a transfer and its end. */
    private volatile boolean transferring;
    /** A transfer that failed may still bear fruit, as long as this term lasts: no lease in it any more. */
    private volatile long termWithoutLease = -1;
    /** Whether somebody asked for a read since the last look; racy on purpose. */
    private boolean readSeen;

    /** Ratis' object for the group, and the interface behind it that its documentation forgets. */
    record Division(RaftServer.Division ratis, DivisionInfo info, RaftClientAsynchronousProtocol client) {
        static Division of(RaftServer.Division ratis) {
            return new Division(ratis, ratis.getInfo(), (RaftClientAsynchronousProtocol) ratis);
        }
    }

    /**
     * @param directory of the store
     * @param alarm for the proposer
     * @param source how to ask the leader for a read index, as of now
     * @param onLeadership runs after anything about the leadership may have changed; must only hand over
     * @param onWait arranges for {@link #lookAtWaits}
     */
    GroupReplica(
            GroupSpec spec,
            Path directory,
            NodeContext context,
            Proposer.Alarm alarm,
            Transfers transfers,
            Supplier<ReadIndexSource> source,
            Runnable onLeadership,
            Consumer<GroupReplica> onWait) {
        this.spec = spec;
        this.context = context;
        this.clock = context.clock();
        this.time = new GroupTime(clock);
        this.transfers = transfers;
        this.onLeadership = onLeadership;
        this.alone = spec.replicas().size() == 1;
        RaftOptions options = context.options();
        this.leased = options.leaderLease();
        long electionMinNanos = options.timing().electionMin().toNanos();
        this.renewNanos = (long) (RENEW_SHARE * electionMinNanos);
        this.metrics = new RaftMetrics(context.metrics(), spec.name());
        this.lease = new Lease(electionMinNanos, options.timing().electionMax().toNanos());
        this.directory = directory;
        this.observer = new Watches(context.observers().apply(spec.name()));
        this.machine = new GroupStateMachine(spec, directory, context, events, observer);
        this.proposer = new Proposer(
                spec.name(), new ToDivision(), alarm, options, clock, time, metrics, new SecureRandom().nextLong());
        this.replicaReads = new ReplicaReads(
                spec.name(), source, this::leader, () -> applied().index(), options, clock);
        this.replicaWaits = new ReplicaWaits(spec.name(), this::countHolders, clock, () -> onWait.accept(this));
    }

    /** The group's name in the layout: {@code g1}. */
    public String name() {
        return spec.name();
    }

    /** As it was opened. */
    public GroupSpec spec() {
        return spec;
    }

    // ---- leadership ----

    /** Whether this node leads and has applied an entry of its own term: it may propose. Cheap; a hint. */
    public boolean leads() {
        Division current = division;
        return current != null && failure == null && !closed && current.info().isLeaderReady();
    }

    /** The node name of the leader last heard of, or null. A hint. */
    public @Nullable String leader() {
        Division current = division;
        if (current == null || closed || failure != null || !current.info().isAlive()) {
            return null;
        }
        RaftPeerId leader = current.info().getLeaderId();
        return leader == null ? null : leader.toString();
    }

    /** The term of {@link #leader()}. */
    public long term() {
        Division current = division;
        return current == null ? 0 : current.info().getCurrentTerm();
    }

    /**
     * Hands leadership to {@code node}: the lease is given up first, writes that come meanwhile wait, and reads go through
     * barriers. The future fails with a message for an operator: not the leader, no such member, not up to date in time.
     */
    public CompletableFuture<Void> transferLeadership(String node, Duration timeout) {
        return transfers.start(this, node, timeout);
    }

    /** The follower that is nearest to the leader and was heard of lately; null if there is none, or not the leader. */
    @Nullable
    String findSuccessor() {
        ReplicaStatus.Follower best = null;
        long electionMinMillis = context.options().timing().electionMin().toMillis();
        for (ReplicaStatus.Follower follower : followers()) {
            if (follower.lastContactMillis() <= electionMinMillis
                    && (best == null || follower.matchIndex() > best.matchIndex())) {
                best = follower;
            }
        }
        return best == null ? null : best.node();
    }

    void setTransferring(boolean on) {
        transferring = on;
        proposer.setTransferring(on);
    }

    /** No lease until another term begins. */
    void giveUpLease() {
        termWithoutLease = term();
    }

    // ---- writes ----

    /** Takes a write; never blocks. Order of calls from one thread is the order in the log. */
    public void submit(Proposal proposal) {
        proposer.submit(proposal);
    }

    /**
     * As {@link #submit}, but nothing is on its way before {@link #submitQueued()}, which must follow soon: for whoever has
     * several writes at hand, so that they share an entry. False if it was refused at once.
     */
    public boolean enqueue(Proposal proposal) {
        return proposer.enqueue(proposal);
    }

    /** Puts what was taken by {@link #enqueue} on its way. */
    public void submitQueued() {
        proposer.pump();
    }

    /**
     * Proposes a command of the node itself and completes with its reply; exceptionally, with {@link RaftUnavailable}, if
     * refused or indeterminate.
     */
    public CompletableFuture<Reply> execute(int database, byte[]... argv) {
        Command command = context.table().find(argv);
        if (command == null) {
            throw new IllegalArgumentException("no command " + Bytes.text(argv[0]));
        }
        OwnProposal proposal = new OwnProposal(command, database, argv);
        proposer.submit(proposal);
        return proposal.reply();
    }

    /** Whether entries of this leader remove due keys, and idle groups tick. DEBUG SET-ACTIVE-EXPIRE. */
    public void setActiveExpire(boolean on) {
        proposer.setActiveExpire(on);
    }

    /**
     * Counts the other replicas that hold the entry of {@code index} in their logs on disk: at once if they are
     * {@code replicas} or more, otherwise when they are or after {@code timeout}. Fails with {@link RaftUnavailable} if
     * this node does not lead, or no longer.
     *
     * @param index as {@link Proposal#applied} told
     */
    public CompletableFuture<Integer> awaitReplicas(long index, int replicas, Duration timeout) {
        return replicaWaits.await(index, replicas, timeout);
    }

    // ---- watches ----

    /**
     * Watches one more key: every modification that is applied here from now on touches the watch. To be called before the key is
     * read. Ends with {@link #unwatch}.
     */
    public void watch(Watch watch, int database, byte[] key) {
        observer.add(watch, database, key);
    }

    /**
     * A watched key was not there when it was read. Emptying its database, or exchanging it for one without the key, then does
     * not touch the watch: whoever depends on it must see that the key still is not there.
     */
    public void watchedAbsent(Watch watch, int database, byte[] key) {
        observer.absent(watch, database, key);
    }

    /** Ends a watch; it is touched then, so what was proposed under it and is not in the log is off. */
    public void unwatch(Watch watch) {
        observer.remove(watch);
    }

    /** How many keys are watched here. */
    public int watchedKeys() {
        return observer.keyCount();
    }

    // ---- reads ----

    /**
     * Whether a read may be served right now from {@link #reader()} and is linearizable: this node leads under a lease, or
     * alone.
     * Ask before the read, once per batch of reads that are already here. Cost: tens of nanoseconds.
     */
    public boolean readable() {
        Division current = division;
        if (current == null || failure != null || closed || !current.info().isLeaderReady()) {
            return false;
        }
        if (alone) {
            return true;
        }
        if (!leased) {
            return false;
        }
        if (!readSeen) {
            readSeen = true;
        }
        long term = current.info().getCurrentTerm();
        return !transferring && term != termWithoutLease && lease.holds(term, clock.nanos());
    }

    /** On the leader: calls back once a barrier or the lease allows the read. Waiting reads share one barrier. */
    public void awaitReadable(ReadWaiter waiter) {
        if (readable()) {
            waiter.readable();
        } else {
            proposer.awaitBarrier(waiter);
        }
    }

    /**
     * On a follower: asks the leader for a read index and calls back once it is applied here. Questions are shared. After
     * a bounded time: {@link Refusal#NO_MAJORITY}. On the leader as {@link #awaitReadable}.
     */
    public void awaitReplicaReadable(ReadWaiter waiter) {
        if (leads()) {
            awaitReadable(waiter);
        } else {
            replicaReads.await(waiter);
        }
    }

    /**
     * On the leader: calls back once an entry with the time of now is applied. For a read that a key was absent to because
     * its time had come by this node's clock: only the time of an entry is known to the next leader, too, and keeps the
     * key from coming back there.
     */
    public void awaitEntryTime(ReadWaiter waiter) {
        proposer.awaitBarrier(waiter);
    }

    /**
     * On the leader, for a replica that asks, under the lease or after a barrier: a replica that has applied this far shows
     * everything that was acknowledged before the question.
     */
    public CompletableFuture<Long> readIndex() {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        awaitReadable(new ReadWaiter() {
            @Override
            public void readable() {
                answer.complete(applied().index());
                tellCommitted();
            }

            @Override
            public void refused(Refusal reason) {
                answer.completeExceptionally(new RaftUnavailable(name(), reason));
            }
        });
        return answer;
    }

    /** Whoever was given a read index waits until it is committed there, too. */
    private void tellCommitted() {
        Division current = division;
        if (current != null && current.ratis().getRaftServer().getServerRpc() instanceof NettyTransport transport) {
            transport.tellCommitted(current.ratis().getMemberId().getGroupId());
        }
    }

    /** The committed state of this replica, however old. Linearizable only as the methods above say. */
    public StoreReader reader() {
        return machine.store().reader();
    }

    /** The store itself, for what reads more than rows: snapshots, digests, figures. Replaced by an installation. */
    public GroupStore store() {
        return machine.store();
    }

    /**
     * Closes the store and opens it again, as a restart of this replica does, with the same data. Entries wait meanwhile;
     * reads may fail with a {@link StoreFailure} that says the store is closed, and may be tried again. Blocks for tens of
     * milliseconds.
     *
     * @throws IOException if it cannot be opened again; the group then stops on this node
     */
    public void reload() throws IOException {
        machine.reload();
    }

    /**
     * The time a read should use. On the leader it runs ahead of the last entry's (see {@link #awaitEntryTime}); on a
     * replica it is the last entry's.
     */
    public long readTimeMillis() {
        return leads() ? time.nowMillis() : applied().entryTimeMillis();
    }

    public AppliedPosition applied() {
        GroupStore store = machine.findStore();
        return store == null ? AppliedPosition.NONE : store.applied();
    }

    // ---- figures ----

    /** Whether the group failed on this node; it then serves nothing until the node is restarted. */
    public boolean isFailed() {
        return failure != null;
    }

    /** For INFO, metrics and operators. */
    public ReplicaStatus status() {
        Division current = division;
        if (current == null || closed || failure != null || !current.info().isAlive()) {
            return status("stopped", -1, -1, -1);
        }
        RaftLog log = current.ratis().getRaftLog();
        return status(
                current.info().getCurrentRole().name().toLowerCase(Locale.ROOT),
                log.getNextIndex() - 1,
                log.getLastCommittedIndex(),
                machine.durableIndex());
    }

    private ReplicaStatus status(String role, long lastIndex, long committedIndex, long durableIndex) {
        return new ReplicaStatus(
                name(),
                role,
                term(),
                leader(),
                lastIndex,
                committedIndex,
                applied().index(),
                durableIndex,
                machine.snapshotPosition().index(),
                leads() && (alone || leased && lease.holds(term(), clock.nanos())),
                proposer.queued(),
                proposer.inFlight(),
                followers(),
                metrics.counters(),
                failure);
    }

    private List<ReplicaStatus.Follower> followers() {
        Division current = division;
        if (current == null || closed) {
            return List.of();
        }
        long[] matches = current.info().getFollowerMatchIndices();
        if (matches == null) {
            return List.of();
        }
        RoleInfoProto role = current.info().getRoleInfoProto();
        List<ReplicaStatus.Follower> followers = new ArrayList<>();
        List<ServerRpcProto> infos = role.getLeaderInfo().getFollowerInfoList();
        for (int i = 0; i < infos.size() && i < matches.length; i++) {
            ServerRpcProto info = infos.get(i);
            followers.add(new ReplicaStatus.Follower(
                    info.getId().getId().toStringUtf8(), matches[i], info.getLastRpcElapsedTimeMs()));
        }
        return followers;
    }

    /** Negative if this node does not lead: then it is not told. */
    private int countHolders(long index) {
        Division current = division;
        if (current == null || closed || !current.info().isLeader()) {
            return -1;
        }
        long[] matches = current.info().getFollowerMatchIndices();
        if (matches == null) {
            return -1;
        }
        int count = 0;
        for (long match : matches) {
            count += match >= index ? 1 : 0;
        }
        return count;
    }

    // ---- life, by the node ----

    GroupStateMachine machine() {
        return machine;
    }

    /** For Ratis, which opens the group. */
    GroupStateMachine newMachine() {
        machine.close();
        GroupStateMachine fresh = new GroupStateMachine(spec, directory, context, events, observer);
        machine = fresh;
        return fresh;
    }

    RaftServer.@Nullable Division ratis() {
        Division current = division;
        return current == null ? null : current.ratis();
    }

    /** @param endEviction see {@link LogThreads#opened} */
    void opened(RaftServer.Division ratis, Runnable endEviction) {
        this.endEviction = endEviction;
        excluded = false;
        division = Division.of(ratis);
        time.applied(applied().entryTimeMillis());
        proposer.leadershipChanged();
        onLeadership.run();
    }

    /**
     * Whether Ratis has closed the group for a reason of its own, not because an entry could not be written or applied, nor
     * because the node closes: it may be opened again.
     */
    boolean wasClosedByRatis() {
        Division current = division;
        return current != null && !closed && failure == null && !current.info().isAlive();
    }

    /** Why, for operators, as far as Ratis tells. */
    String closingReason() {
        return excluded ? "in an election, as no member of itself" : "after an error of its own";
    }

    /** It cannot go on after it was closed by Ratis. */
    void giveUp() {
        failure = "closed by Ratis " + closingReason();
        stop();
        onLeadership.run();
    }

    /** A few times per second: bounds waits, renews the lease while reads come, removes due keys while nothing else does. */
    void look() {
        Division current = division;
        if (current == null || closed || failure != null) {
            return;
        }
        proposer.look();
        replicaReads.look();
        if (!leads() || transferring) {
            return;
        }
        boolean read = readSeen;
        readSeen = false;
        if (!alone && read && lease.ageNanos(term(), clock.nanos()) > renewNanos && proposer.inFlight() == 0) {
            proposer.barrier();
        }
        GroupStore store = machine.findStore();
        if (store != null && proposer.isActiveExpire() && isDue(store) && proposer.inFlight() == 0) {
            proposer.tick();
        }
    }

    private boolean isDue(GroupStore store) {
        return store.earliestExpiryMillis() <= time.nowMillis();
    }

    /** Every few milliseconds, until it answers that nobody waits for replicas. */
    boolean lookAtWaits() {
        return replicaWaits.look();
    }

    /** Refuses everything that waits and all that comes. */
    void stop() {
        closed = true;
        proposer.stop();
        replicaReads.stop();
        replicaWaits.stop();
    }

    /** An entry of its own has been applied: completes when everything submitted before has, too. */
    CompletableFuture<Void> passBarrier() {
        CompletableFuture<Void> passed = new CompletableFuture<>();
        proposer.awaitBarrier(new ReadWaiter() {
            @Override
            public void readable() {
                passed.complete(null);
            }

            @Override
            public void refused(Refusal reason) {
                passed.completeExceptionally(new RaftUnavailable(name(), reason));
            }
        });
        return passed;
    }

    /** From the proposer to Ratis, without the detour through its executors. */
    private final class ToDivision implements Submitter {
        @Override
        public boolean leads() {
            Division current = division;
            return current != null
                    && current.info().isLeader()
                    && current.info().isAlive();
        }

        @Override
        public boolean isReady() {
            Division current = division;
            return current != null && current.info().isLeaderReady();
        }

        @Override
        public CompletableFuture<RaftClientReply> submit(Batch batch) throws IOException {
            Division current = division;
            if (current == null) {
                throw new IllegalStateException("group " + name() + " is not open");
            }
            return current.client()
                    .submitClientRequestAsync(RaftClientRequest.newBuilder()
                            .setClientId(transfers.clientId())
                            .setServerId(current.ratis().getId())
                            .setGroupId(current.ratis().getMemberId().getGroupId())
                            .setCallId(transfers.nextCallId())
                            .setMessage(batch)
                            .setType(RaftClientRequest.writeRequestType())
                            .build());
        }
    }

    private final class Events implements GroupStateMachine.Owner {
        @Override
        public void applied(TermIndex position, @Nullable Batch batch, List<Reply> replies, long applyNanos) {
            metrics.applied(replies.size(), applyNanos);
            time.applied(GroupReplica.this.applied().entryTimeMillis());
            if (batch != null) {
                long now = clock.nanos();
                lease.confirm(position.getTerm(), batch.startNanos(), now);
                metrics.commit.update(now - batch.startNanos(), TimeUnit.NANOSECONDS);
                batch.applied(replies, position.getIndex());
            }
            replicaReads.applied(position.getIndex());
        }

        @Override
        public void advanced(long index) {
            replicaReads.applied(index);
        }

        @Override
        public void failed(long index, Throwable cause) {
            failure = "index " + index + ": " + cause;
            stop();
            onLeadership.run();
            Division current = division;
            if (current != null) {
                // Not here: closing waits for the thread that reports this.
                transfers.execute(current.ratis()::close);
            }
        }

        @Override
        public void installed(long index) {
            metrics.installs.increment();
            time.applied(GroupReplica.this.applied().entryTimeMillis());
            LOG.info("group={} index={} snapshot installed", name(), index);
        }

        @Override
        public void leadershipChanged() {
            onLeadership.run();
        }

        @Override
        public void closing() {
            endEviction.run();
        }

        @Override
        public void excluded() {
            excluded = true;
            onLeadership.run();
        }
    }

    void countElection() {
        metrics.elections.increment();
    }

    /** Called by the node's thread after {@code onLeadership}. */
    void settleLeadership() {
        if (!closed) {
            proposer.leadershipChanged();
        }
    }
}
