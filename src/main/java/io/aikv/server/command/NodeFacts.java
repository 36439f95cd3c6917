package io.aikv.server.command;

import io.aikv.base.Clock;
import io.aikv.command.Caller;
import io.aikv.resp.Reply;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import io.aikv.server.stats.CommandStats;
import io.aikv.server.stats.ErrorStats;
import io.aikv.server.stats.LatencyEvents;
import io.aikv.server.stats.SlowLog;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the administration commands need of the node that runs them. The node implements it; every method may be called from
 * any thread and answers at once.
 */
public interface NodeFacts {
    /** Where clients reach a node. */
    record Address(String host, int port) {}

    // ---- configuration ----

    Config config();

    /** The file the node was started with, or null if there is none. */
    @Nullable
    Path configFile();

    Settings settings();

    Clock clock();

    /**
     * CONFIG SET: {@link Settings#set}, and what else a parameter means for the cluster.
     *
     * @param reply gets OK when everything is in effect, or an error; on any thread
     */
    default void changeSettings(List<String> namesAndValues, Consumer<Reply> reply) {
        settings().set(namesAndValues);
        reply.accept(Reply.OK);
    }

    // ---- what was counted ----

    /** Full names of all commands; the position is the number in {@link #commandStats()}. */
    List<String> commandNames();

    CommandStats commandStats();

    ErrorStats errors();

    SlowLog slowLog();

    LatencyEvents latencyEvents();

    ServerFigures figures();

    /** Sets every counter to zero that CONFIG RESETSTAT names: commands, errors, connections, bytes, hits. */
    void resetCounters();

    // ---- groups and nodes ----

    /** The data groups this node hosts, in the order of their first slot; without the meta group. */
    List<? extends HostedGroup> groups();

    /** The group that a slot belongs to if this node hosts it, or null. */
    @Nullable
    HostedGroup groupOf(int slot);

    /** Where clients reach the node of that name, or null if the map has no such node. */
    @Nullable
    Address address(String node);

    /** This node's name in the layout. */
    String nodeName();

    /** The port it serves clients on. */
    int port();

    /** 40 lower-case hexadecimal digits that name this cluster's data: they stay as long as the cluster does. */
    String historyId();

    /** Milliseconds since the epoch. */
    long startedMillis();

    /** Whether data is not served yet. */
    boolean loading();

    /** Whether {@code caller} is connected over the loopback interface or a local socket. */
    boolean isLocal(Caller caller);

    /** The logical databases there are. */
    default int databases() {
        return config().databases();
    }

    // ---- actions ----

    /** Runs what takes long or waits, in few threads. Refuses when its queue is full. */
    ScheduledExecutorService background();

    /** Proposes a write to the group of its key; fails if this node does not lead it. */
    CompletableFuture<Reply> write(int database, byte[]... argv);

    /** Whether due keys are removed before anybody asks for them; on at the start. */
    void activeExpiry(boolean on);

    /**
     * Stops the node in an orderly way and returns at once. The connection that asked gets no reply, it is closed.
     *
     * @param now without handing leaderships over and without waiting for what runs
     * @param force as Redis means it, even if something cannot be written: here nothing that fails keeps a node alive
     */
    void shutdown(boolean now, boolean force);

    /** Goes on serving if a shutdown has begun that can still be undone. @return whether there was one */
    boolean abortShutdown();
}
