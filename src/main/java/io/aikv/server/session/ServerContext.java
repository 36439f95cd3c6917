package io.aikv.server.session;

import io.aikv.base.Check;
import io.aikv.base.Clock;
import io.aikv.cluster.Router;
import io.aikv.command.CommandTable;
import io.aikv.raft.EntryObserver;
import io.aikv.server.acl.AccessControl;
import io.aikv.server.acl.Categories;
import io.aikv.server.acl.Rules;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import io.aikv.server.pubsub.Notifications;
import io.aikv.server.pubsub.PubSub;
import io.aikv.server.stats.CommandStats;
import io.aikv.server.stats.ErrorStats;
import io.aikv.server.stats.LatencyEvents;
import io.aikv.server.stats.SlowLog;
import io.aikv.server.tracking.Tracking;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of a node share. Built in two steps, as the families need it and it needs the table they fill:
 * construct, register the families, {@link #install}. Any thread.
 */
public final class ServerContext {
    /** How long, at most, until it is looked again whether a pause has ended. */
    private static final long RESUME_LOOK_MILLIS = 3_600_000;

    private final Config config;
    private final Settings settings;
    private final Clock clock;
    private final Tunables tunables;
    private final Clients clients = new Clients();
    private final PauseGate pause;
    private final RequestMemory memory;
    private final ServerCounters counters = new ServerCounters();
    private final Monitors monitors = new Monitors();
    private final WebRequests webRequests = new WebRequests();
    private final PubSub pubsub = new PubSub();
    private final Notifications notifications;
    private final Tracking tracking;
    private final ErrorStats errors = new ErrorStats();
    private final SlowLog slowLog = new SlowLog();
    private final LatencyEvents latencyEvents = new LatencyEvents();
    private final long startedMillis;

    private final Map<String, BlockedCalls> blocked = new ConcurrentHashMap<>();

    private volatile List<LoopContext> loops = List.of();
    private volatile boolean loading;
    private volatile Runnable shutdown = () -> {};
    private volatile Function<Session, String> clientDescription = Session::address;
    private @Nullable AccessControl access;
    private @Nullable AccessGate gate;
    private @Nullable CommandIndex index;
    private @Nullable CommandStats commandStats;
    private @Nullable Dispatcher dispatcher;
    private @Nullable ReplyStreams streams;

    public ServerContext(Config config, Settings settings, Clock clock) {
        this.config = config;
        this.settings = settings;
        this.clock = clock;
        this.tunables = new Tunables(config, settings);
        this.pause = new PauseGate(clock);
        this.notifications = new Notifications(pubsub, settings);
        this.tracking = new Tracking(clients, pubsub, settings);
        this.memory = new RequestMemory(config.limits().requestMemoryBytes());
        this.startedMillis = clock.epochMillis();
    }

    /**
     * Completes the context.
     *
     * @param table with every family registered
     * @param router where data commands go
     * @param readers runs long reads; refuses with {@link java.util.concurrent.RejectedExecutionException} when full
     */
    public void install(CommandTable table, Router router, Executor readers) {
        Check.state(index == null, "installed twice");
        Categories categories = Categories.of(table);
        access = new AccessControl(
                new Rules(table, categories), categories, config.security().users(), settings);
        gate = new AccessGate(access, this);
        index = new CommandIndex(table);
        commandStats = new CommandStats(index.all().size());
        streams = new ReplyStreams(config.limits(), readers, clock);
        dispatcher = new Dispatcher(this, router, readers);
    }

    void loops(List<LoopContext> all) {
        loops = List.copyOf(all);
    }

    public Config config() {
        return config;
    }

    public Settings settings() {
        return settings;
    }

    public Clock clock() {
        return clock;
    }

    public Tunables tunables() {
        return tunables;
    }

    public Clients clients() {
        return clients;
    }

    public PauseGate pause() {
        return pause;
    }

    public ServerCounters counters() {
        return counters;
    }

    public Monitors monitors() {
        return monitors;
    }

    public PubSub pubsub() {
        return pubsub;
    }

    public Notifications notifications() {
        return notifications;
    }

    public Tracking tracking() {
        return tracking;
    }

    WebRequests webRequests() {
        return webRequests;
    }

    public ErrorStats errors() {
        return errors;
    }

    public SlowLog slowLog() {
        return slowLog;
    }

    public LatencyEvents latencyEvents() {
        return latencyEvents;
    }

    /** Sets how CLIENT LIST shows a connection. */
    public void describeClients(Function<Session, String> description) {
        clientDescription = description;
    }

    /** A connection as CLIENT LIST shows it. */
    String describe(Session session) {
        return clientDescription.apply(session);
    }

    /** The users, and what they may do. */
    public AccessControl access() {
        return Objects.requireNonNull(access);
    }

    /** Where connections meet access control. */
    public AccessGate gate() {
        return Objects.requireNonNull(gate);
    }

    public CommandIndex index() {
        return Objects.requireNonNull(index);
    }

    public CommandStats commandStats() {
        return Objects.requireNonNull(commandStats);
    }

    Dispatcher dispatcher() {
        return Objects.requireNonNull(dispatcher);
    }

    ReplyStreams streams() {
        return Objects.requireNonNull(streams);
    }

    /** Replies that are being read while they are sent. */
    public int streamedReplies() {
        return streams().count();
    }

    /** How many of those were ended in the middle, and their connections closed, by a limit or because a store was closed. */
    public long streamedRepliesCut() {
        return streams().cutCount();
    }

    /** Gives back the snapshots of all of them, before the stores are closed; there will be no others. */
    public void closeStreamedReplies() {
        ReplyStreams installed = streams;
        if (installed != null) {
            installed.close();
        }
    }

    BlockedCalls blockedCalls(String group) {
        return blocked.computeIfAbsent(group, name -> new BlockedCalls());
    }

    /** What wakes the clients that wait for keys of a group: to be told of the group's entries. */
    public EntryObserver wakerOf(String group) {
        return blockedCalls(group);
    }

    /** What notes the calls that scripts were denied: to be told of the entries of one group. */
    public EntryObserver scriptDenials() {
        return new ScriptDenials(this);
    }

    /** How many keys clients wait for. */
    public int keysWaitedFor() {
        return blocked.values().stream().mapToInt(BlockedCalls::keyCount).sum();
    }

    /** To be called a few times per second: lets clients that wait on a leader that is none any more go on. */
    public void lookAtBlocked() {
        blocked.values().forEach(BlockedCalls::look);
    }

    /** Where data commands go. */
    public Router router() {
        return dispatcher().router();
    }

    /** Whether this node leads any group of data. */
    public boolean leadsAny() {
        return !router().led().isEmpty();
    }

    RequestMemory memory() {
        return memory;
    }

    /**
     * If unfinished requests alone exceed the limit, refuses those of the connections that hold most until the others are
     * within it. Those that said CLIENT NO-EVICT stay.
     */
    void evict() {
        if (!memory.stuck()) {
            return;
        }
        record Holder(Session session, long bytes) {}
        long sum = 0;
        List<Holder> holders = new ArrayList<>();
        for (Session session : clients.all()) {
            if (!session.isClosed() && !session.isEvicted()) {
                Holder holder = new Holder(session, session.inputBytes());
                sum += holder.bytes;
                holders.add(holder);
            }
        }
        holders.sort(Comparator.comparingLong(Holder::bytes).reversed());
        for (Holder holder : holders) {
            if (sum <= memory.limitBytes()) {
                break;
            }
            if (!holder.session.state().noEvict) {
                sum -= holder.bytes;
                counters.clientEvicted();
                holder.session.evict();
            }
        }
    }

    /** Bytes of requests that have arrived and are not answered. */
    public long requestBytes() {
        return memory.usedBytes();
    }

    /** When the node was started, in milliseconds since the epoch. */
    public long startedMillis() {
        return startedMillis;
    }

    /** Whether commands that need data are answered LOADING. */
    public boolean loading() {
        return loading;
    }

    public void loading(boolean now) {
        loading = now;
    }

    /** What SHUTDOWN calls: begins the end of the process, and returns at once. */
    public void onShutdown(Runnable action) {
        shutdown = action;
    }

    /** Begins an orderly stop of the node on a thread of its own. */
    public void shutdown() {
        new Thread(shutdown, "aikv-shutdown-request").start();
    }

    /** The numbered databases. */
    public int databases() {
        return config.databases();
    }

    // ---- CLIENT PAUSE ----

    /** Holds commands for {@code millis}. */
    public void beginPause(PauseGate.Mode mode, long millis) {
        pause.begin(mode, millis);
        scheduleResume();
    }

    /** Lets held commands go on. */
    public void endPause() {
        pause.end();
        resumeLoops();
    }

    private void scheduleResume() {
        long left = Math.min(RESUME_LOOK_MILLIS, pause.endMillis() - clock.epochMillis());
        if (loops.isEmpty()) {
            return;
        }
        loops.get(0)
                .loop
                .schedule(
                        () -> {
                            if (pause.mode() == PauseGate.Mode.NONE) {
                                resumeLoops();
                            } else {
                                scheduleResume();
                            }
                        },
                        Math.max(1, left),
                        java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    private void resumeLoops() {
        for (LoopContext loop : loops) {
            loop.loop.execute(loop::resume);
        }
    }
}
