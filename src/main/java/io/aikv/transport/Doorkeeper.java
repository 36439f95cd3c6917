package io.aikv.transport;

import io.aikv.base.Check;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the connections of one listener that have not shown yet that they come from a node of this cluster: closes them
 * after a while, keeps few of them, and says in the log whom it turned away, without letting strangers fill it. In the end it
 * closes them all. Any thread.
 */
/*
 * When there are too many, the one that has waited longest goes, not the one that comes: a node shows who it is within
 * milliseconds, so strangers who say nothing cannot keep it out.
 */
public final class Doorkeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);
    private static final int LINES_MAX = 5;
    private static final long LINES_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String port;
    private final int strangersMax;
    private final long patienceMillis;
    /** Strangers and nodes. Who comes after the end is closed at once. */
    private final OpenConnections all = new OpenConnections(1_000);

    /** Oldest first. Guarded by this object's monitor, as everything below. */
    private final Set<Channel> strangers = new LinkedHashSet<>();

    private final ArrayDeque<Long> linesNanos = new ArrayDeque<>();
    private long unsaid;
    private long refused;

    /**
     * @param port the listener, for messages: {@code the peer port}
     * @param strangersMax connections that have not shown who they are, at most
     * @param patienceMillis how long each may take to
     */
    public Doorkeeper(String port, int strangersMax, long patienceMillis) {
        Check.argument(strangersMax > 0 && patienceMillis > 0, "%s strangers, %s ms", strangersMax, patienceMillis);
        this.port = port;
        this.strangersMax = strangersMax;
        this.patienceMillis = patienceMillis;
    }

    /** 128 strangers, 5 seconds. */
    public static Doorkeeper of(String port) {
        return new Doorkeeper(port, 128, 5000);
    }

    /** A connection has come. On its event loop. */
    public void enter(Channel channel) {
        all.add(channel);
        Channel oldest = null;
        synchronized (this) {
            strangers.add(channel);
            if (strangers.size() > strangersMax) {
                Iterator<Channel> first = strangers.iterator();
                oldest = first.next();
                first.remove();
            }
        }
        Future<?> patience = channel.eventLoop()
                .schedule(
                        () -> {
                            if (leave(channel)) {
                                refuse(channel, "it did not say within " + patienceMillis + " ms which node it is");
                            }
                        },
                        patienceMillis,
                        TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> {
            leave(channel);
            patience.cancel(false); // Else many who come and go would be remembered until then.
        });
        if (oldest != null) {
            refuse(oldest, "too many others have not said either which node they are");
        }
    }

    /** The connection is that of a node of this cluster. */
    public void pass(Channel channel) {
        leave(channel);
    }

    private synchronized boolean leave(Channel channel) {
        return strangers.remove(channel);
    }

    /** Closes a connection and says why, but not more often than five times in ten seconds. */
    public void refuse(Channel channel, String reason) {
        refused(channel, reason);
        channel.close();
    }

    /** Says why a connection is being closed. */
    public void refused(Channel channel, String reason) {
        leave(channel);
        long unsaidBefore = sayable();
        if (unsaidBefore >= 0) {
            LOG.warn(
                    "{} was refused at {}: {}{}",
                    channel.remoteAddress(),
                    port,
                    printable(reason),
                    unsaidBefore == 0 ? "" : " (and " + unsaidBefore + " others before)");
        }
    }

    /** How many were not mentioned since the last one that was, or -1 if this one is not to be either. */
    private synchronized long sayable() {
        long now = System.nanoTime();
        refused++;
        Long oldest = linesNanos.peek();
        if (linesNanos.size() >= LINES_MAX && oldest != null) {
            if (now - oldest < LINES_NANOS) {
                unsaid++;
                return -1;
            }
            linesNanos.remove();
        }
        linesNanos.add(now);
        long before = unsaid;
        unsaid = 0;
        return before;
    }

    /** What others have sent must not write lines of its own into the log. */
    private static String printable(String reason) {
        String line = reason.length() > 300 ? reason.substring(0, 300) : reason;
        return line.replaceAll("[^\\x20-\\x7e]", "?");
    }

    /** Connections that have not shown yet who they are. */
    public synchronized int strangers() {
        return strangers.size();
    }

    /** How many were turned away so far. */
    public synchronized long refusedCount() {
        return refused;
    }

    /** Closes every connection that has come, and those that still come. Waits for that; not on an event loop. */
    @Override
    public void close() {
        all.close();
    }

    /** What went wrong on a connection that has not shown yet who it is, in a few words. */
    public static String reason(@Nullable Throwable cause) {
        Throwable deepest = cause;
        while (deepest != null && deepest.getCause() != null && deepest.getCause() != deepest) {
            deepest = deepest.getCause();
        }
        return deepest == null ? "unknown" : String.valueOf(deepest.getMessage());
    }
}
