package io.aikv.cluster;

import io.aikv.base.Clock;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterView.Health;
import io.aikv.topology.ClusterView.LinkState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This node's links to one peer: a lane for pings and other short questions, one for read indexes, one for hand-overs, one
 * for messages, because answers on a connection come in order and none of these may wait behind another. Knows whether the
 * peer is well. State is confined to the event loop; what others read is volatile.
 */
final class PeerLink {
    /** Which connection a request takes. */
    enum Lane {
        /** Answered at once by any node. */
        CONTROL,
        /** Read indexes: may wait for a majority. */
        READ,
        /** Hand-overs of leadership: may take seconds. */
        SLOW,
        /** Messages of other subsystems: may be many. */
        MESSAGES
    }

    private final String node;
    private final ClusterOptions.Timing timing;
    private final Clock clock;
    private final PeerConnection[] lanes = new PeerConnection[Lane.values().length];
    private final Supplier<Gossip> says;
    private final BiConsumer<String, Reply> hears;
    private final Runnable onHealthChange;

    private boolean pinging;
    private long pingNanos;
    private volatile long pingSentMillis;
    private volatile long pongMillis;
    private volatile long heardNanos;
    private volatile long wellSinceNanos;
    private volatile long latencyMicros;
    private volatile Health health = Health.ONLINE;

    /**
     * @param connections makes a connection that calls back when it is up
     * @param says what to tell the peer at each ping
     * @param hears gets the peer's name and its answer, on the event loop
     */
    PeerLink(
            String node,
            ClusterOptions.Timing timing,
            Clock clock,
            Function<Runnable, PeerConnection> connections,
            Supplier<Gossip> says,
            BiConsumer<String, Reply> hears,
            Runnable onHealthChange) {
        this.node = node;
        this.timing = timing;
        this.clock = clock;
        this.says = says;
        this.hears = hears;
        this.onHealthChange = onHealthChange;
        lanes[Lane.CONTROL.ordinal()] = connections.apply(this::ping);
        lanes[Lane.READ.ordinal()] = connections.apply(() -> {});
        lanes[Lane.SLOW.ordinal()] = connections.apply(() -> {});
        lanes[Lane.MESSAGES.ordinal()] = connections.apply(() -> {});
        heardNanos = clock.nanos();
        wellSinceNanos = clock.nanos();
        pingNanos = clock.nanos() - timing.ping().toNanos();
    }

    String node() {
        return node;
    }

    CompletableFuture<Reply> send(Lane lane, Duration timeout, Object... words) {
        return connection(lane).send(timeout, PeerIdentity.args(words));
    }

    CompletableFuture<Reply> send(Lane lane, Duration timeout, byte[]... args) {
        return connection(lane).send(timeout, args);
    }

    private PeerConnection connection(Lane lane) {
        return lanes[lane.ordinal()];
    }

    // ---- on the event loop ----

    /** Looks after the connections, pings, and judges the silence. */
    void tick() {
        for (PeerConnection lane : lanes) {
            lane.check();
        }
        long now = clock.nanos();
        if (pinging && now - pingNanos > timing.suspectAfter().toNanos()) {
            pinging = false;
            connection(Lane.CONTROL).drop();
        }
        if (!pinging && now - pingNanos >= timing.ping().toNanos()) {
            ping();
        }
        judge();
    }

    /** Pings now, out of turn: there is news. */
    void ping() {
        PeerConnection control = connection(Lane.CONTROL);
        if (!control.isUp()) {
            return;
        }
        pinging = true;
        long sent = clock.nanos();
        pingNanos = sent;
        pingSentMillis = clock.epochMillis();
        control.send(timing.failAfter(), says.get().request()).whenComplete((reply, error) -> {
            if (reply == null) {
                return;
            }
            pinging = false;
            pingSentMillis = 0;
            long now = clock.nanos();
            latencyMicros = (now - sent) / 1000;
            pongMillis = clock.epochMillis();
            heardNanos = now;
            judge();
            hears.accept(node, reply);
        });
    }

    private void judge() {
        long silence = clock.nanos() - heardNanos;
        Health before = health;
        PeerConnection control = connection(Lane.CONTROL);
        if (silence > timing.failAfter().toNanos()) {
            health = Health.FAILED;
        } else if (silence > timing.suspectAfter().toNanos() || (!control.isUp() && control.isRefused())) {
            health = Health.SUSPECTED;
        } else {
            health = Health.ONLINE;
        }
        if (health != before) {
            wellSinceNanos = clock.nanos();
            if (health == Health.FAILED) {
                // Packets may be dropped on the way to it: the connections of the other lanes would not notice for
                // minutes.
                for (PeerConnection lane : lanes) {
                    lane.drop();
                }
            }
            onHealthChange.run();
        }
    }

    // ---- any thread ----

    Health health() {
        return health;
    }

    boolean isUp() {
        return connection(Lane.CONTROL).isUp();
    }

    boolean isReady(Lane lane) {
        return connection(lane).isUp();
    }

    /** How long the peer has been well, in nanoseconds; 0 if it is not. */
    long wellForNanos() {
        return health == Health.ONLINE && isUp() && pongMillis > 0 ? clock.nanos() - wellSinceNanos : 0;
    }

    LinkState state() {
        return new LinkState(pingSentMillis, pongMillis, isUp(), health);
    }

    /** Round trip of the last ping, in microseconds. */
    long latencyMicros() {
        return latencyMicros;
    }

    /** When the link came up, Unix time in milliseconds. */
    long connectedMillis() {
        return connection(Lane.CONTROL).connectedMillis();
    }

    /** Why there is no link, for people; null if there is one. */
    @Nullable
    String problem() {
        return connection(Lane.CONTROL).problem();
    }

    List<PeerConnection> connections() {
        return List.of(lanes);
    }

    void close() {
        for (PeerConnection lane : lanes) {
            lane.close();
        }
    }
}
