package io.aikv.cluster;

import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.aikv.transport.Doorkeeper;
import io.aikv.transport.OpenConnections;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecurity;
import io.aikv.transport.Tls;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a peer that comes back by itself: tries the peer's known addresses in turn, at most every
 * {@value #RETRY_MAX_MILLIS} ms. What is sent while it is down fails at once. State is confined to the event loop.
 */
final class PeerConnection {
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnection.class);
    private static final int CONNECT_TIMEOUT_MILLIS = 1000;
    private static final int PENDING_MAX = 2048;
    private static final long REPLY_BYTES_MAX = 64 << 20;
    private static final long RETRY_MIN_MILLIS = 50;
    static final long RETRY_MAX_MILLIS = 500;

    private final EventLoopGroup group;
    private final EventLoop loop;
    private final PeerIdentity identity;
    private final PeerSecurity security;
    private final String node;
    private final Supplier<List<Endpoint>> addresses;
    private final Runnable onUp;

    private int attempts;
    private boolean connecting;
    /** What is on its way; only while {@code connecting}. */
    private @Nullable CompletableFuture<RespClient> begun;
    /** Connected, and not yet known to be the peer. */
    private @Nullable RespClient greeted;

    private volatile long connectedMillis;
    private volatile @Nullable String lastProblem;
    private volatile @Nullable RespClient client;
    private volatile boolean refused;
    private volatile boolean closed;

    /**
     * @param group event loops of one thread, {@code loop} being that
     * @param addresses where to try; asked at each attempt
     * @param onUp called on the event loop each time the peer has answered the greeting
     */
    PeerConnection(
            EventLoopGroup group,
            EventLoop loop,
            PeerIdentity identity,
            PeerSecurity security,
            String node,
            Supplier<List<Endpoint>> addresses,
            Runnable onUp) {
        this.group = group;
        this.loop = loop;
        this.identity = identity;
        this.security = security;
        this.node = node;
        this.addresses = addresses;
        this.onUp = onUp;
    }

    boolean isUp() {
        RespClient current = client;
        return current != null && current.isOpen();
    }

    /** Whether the last attempt failed or was refused, and no other has succeeded since. */
    boolean isRefused() {
        return refused;
    }

    /** When the connection came up, Unix time in milliseconds; 0 if it never did. */
    long connectedMillis() {
        return connectedMillis;
    }

    /** Sends a request; fails with an {@link IOException} if the link is down, slow or full. */
    CompletableFuture<Reply> send(Duration timeout, byte[]... args) {
        RespClient current = client;
        if (current == null || !current.isOpen()) {
            onLoop(this::check);
            return CompletableFuture.failedFuture(new IOException("no link to node " + node));
        }
        return current.send(args).orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** On the event loop: connects if there is no connection and none on its way. */
    void check() {
        if (closed || connecting || isUp()) {
            return;
        }
        RespClient old = client;
        if (old != null) {
            client = null;
            attempts = 0;
            LOG.info("peer={} link is down", node);
        }
        connecting = true;
        connect();
    }

    private void connect() {
        if (closed) {
            return;
        }
        try {
            connectToNext();
        } catch (RuntimeException e) {
            LOG.error("peer={} connecting failed", node, e);
            retry("connecting failed: " + e);
        }
    }

    private void connectToNext() {
        List<Endpoint> candidates = addresses.get();
        if (candidates.isEmpty()) {
            retry("its address is not known");
            return;
        }
        Endpoint target = candidates.get(attempts % candidates.size());
        RespClient.Options options = RespClient.Options.of(target.host(), target.peerPort())
                .withResp2()
                .withTimeout(CONNECT_TIMEOUT_MILLIS)
                .withLimits(PENDING_MAX, REPLY_BYTES_MAX);
        Tls tls = security.tls();
        RespClient.Options protectedOptions = tls == null ? options : options.withTls(tls.toPeers());
        CompletableFuture<RespClient> attempt = RespClient.connect(group, protectedOptions);
        begun = attempt;
        attempt.whenComplete((connected, error) -> {
            begun = null;
            if (connected == null) {
                retry(target.host() + ":" + target.peerPort() + " is not reached");
            } else {
                greet(connected);
            }
        });
    }

    private void greet(RespClient connected) {
        greeted = connected;
        PeerGreeting greeting = PeerGreeting.connecting(new PeerGate(identity, security), node);
        ask(
                connected,
                greeting.hello(identity),
                challenge -> ask(connected, greeting.proof(challenge), welcome -> {
                    greeting.welcomed(welcome);
                    up(connected);
                }));
    }

    /** Sends one request of the greeting; what goes wrong, also in {@code then}, ends the attempt. */
    private void ask(RespClient connected, byte[][] request, Consumer<Reply> then) {
        connected
                .send(request)
                .orTimeout(CONNECT_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .whenCompleteAsync(
                        (reply, error) -> {
                            if (reply == null) {
                                giveUp(connected, "no answer from " + connected + reason(error));
                                return;
                            }
                            try {
                                then.accept(reply);
                            } catch (CommandError refusal) {
                                giveUp(connected, connected + " refused: " + refusal.line());
                            } catch (RuntimeException e) {
                                LOG.error("peer={} the greeting failed", node, e);
                                giveUp(connected, connected + " was not understood: " + e);
                            }
                        },
                        loop);
    }

    /** Why TLS failed, if that is what did. */
    private static String reason(@Nullable Throwable error) {
        return error instanceof IOException && error.getCause() != null ? ": " + Doorkeeper.reason(error) : "";
    }

    private void giveUp(RespClient connected, String problem) {
        greeted = null;
        connected.close();
        retry(problem);
    }

    private void up(RespClient connected) {
        connecting = false;
        greeted = null;
        attempts = 0;
        if (closed) {
            connected.close();
            return;
        }
        client = connected;
        refused = false;
        connectedMillis = System.currentTimeMillis();
        lastProblem = null;
        try {
            onUp.run();
        } catch (RuntimeException e) {
            LOG.error("peer={} greeting it failed", node, e);
        }
    }

    private void retry(String problem) {
        if (closed) {
            return;
        }
        refused = true;
        if (!problem.equals(lastProblem) && attempts > 0) {
            lastProblem = problem;
            LOG.info("peer={} not linked: {}", node, problem);
        }
        attempts++;
        long delay = Math.min(RETRY_MAX_MILLIS, RETRY_MIN_MILLIS << Math.min(attempts, 5));
        try {
            loop.schedule(this::connect, delay, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("peer={} this node is closing", node);
        }
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("peer={} this node is closing", node);
        }
    }

    /** Drops the current connection; the next check makes another. */
    void drop() {
        RespClient current = client;
        if (current != null) {
            current.close();
        }
    }

    /** Ends what is open or being opened, for ever: the event loop would not, when it ends ({@link OpenConnections}). Any thread. */
    void close() {
        closed = true;
        drop();
        onLoop(() -> {
            CompletableFuture<RespClient> attempt = begun;
            if (attempt != null) {
                attempt.cancel(false);
            }
            RespClient unknown = greeted;
            if (unknown != null) {
                unknown.close();
            }
        });
    }

    /** Why there is no link, for people; null if there is one. */
    @Nullable
    String problem() {
        return isUp() ? null : lastProblem;
    }
}
