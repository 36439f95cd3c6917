package io.aikv.raft;

import io.aikv.raft.rpc.NettyTransport;
import io.aikv.raft.rpc.PeerLocator;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.RaftServerRpcWithProxy;
import org.apache.ratis.util.Daemon;
import org.apache.ratis.util.PeerProxyMap;
import org.apache.ratis.util.function.CheckedFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where this node reaches its peers. Every new connection asks here, whatever address the log's configuration names, so a
 * peer may move without a change of the log, and a test may put a relay between any two nodes. Thread-safe.
 *
 * <p>AiKv's own transport asks here by itself. Ratis' gRPC keeps the address that it heard of first (the group as it was
 * opened, or an old configuration in the log) and offers no way to change it, nor to wrap what opens connections: its
 * appender casts to its own class. So this is the one place that reaches into Ratis: it wraps the function by which
 * {@link PeerProxyMap} (3.3.0) opens a connection.
 */
/*
 * A channel of gRPC with streams on it takes three seconds to close (GrpcUtil.shutdownManagedChannel waits for their end), so
 * that is left to a thread that nobody waits for.
 */
final class PeerAddresses implements PeerLocator, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerAddresses.class);
    private static final String OPENER = "createProxy";
    private static final int IDLE_SECONDS = 10;

    private final Map<RaftPeerId, String> addresses = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor closing;
    /** Whose connections go where this book says; null before there is one. */
    private volatile @Nullable RaftServer server;

    /** @param node this node, for the names of threads */
    PeerAddresses(String node) {
        this.closing = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE, // One for each peer that moves.
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> Daemon.newBuilder()
                        .setName("aikv-reconnect-" + node)
                        .setRunnable(task)
                        .build());
    }

    /**
     * From now on a peer is reached there. If that is news, an open connection to it is dropped, and the next request opens
     * another; else nothing happens. Never blocks.
     *
     * @return whether it is news
     */
    boolean put(String node, String host, int port) {
        RaftPeerId peer = RaftPeerId.valueOf(node);
        String address = format(host, port);
        boolean isNew = !address.equals(addresses.put(peer, address));
        RaftServer connected = server;
        if (isNew && connected != null) {
            reconnect(connected, peer);
        }
        return isNew;
    }

    /** Makes every connection of a server that is not started yet go where this book says. */
    void redirect(RaftServer newServer) throws IOException {
        redirectOpener(newServer);
        server = newServer;
    }

    private void redirectOpener(RaftServer server) throws IOException {
        if (server.getServerRpc() instanceof NettyTransport) {
            return;
        }
        PeerProxyMap<?> proxies = proxies(server.getServerRpc());
        try {
            wrap(proxies);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IOException("this version of Ratis opens connections in another way: " + e, e);
        }
    }

    private void reconnect(RaftServer connected, RaftPeerId peer) {
        if (connected.getServerRpc() instanceof NettyTransport transport) {
            transport.reconnect(peer);
            return;
        }
        try {
            closing.execute(() -> proxies(connected.getServerRpc()).resetProxy(peer));
        } catch (RejectedExecutionException e) {
            LOG.debug("peer={} this node is closing", peer);
        }
    }

    /** What is being closed may still take seconds. */
    @Override
    public void close() {
        closing.shutdown();
    }

    private <P extends Closeable> void wrap(PeerProxyMap<P> proxies) throws ReflectiveOperationException {
        Field field = PeerProxyMap.class.getDeclaredField(OPENER);
        field.setAccessible(true);
        @SuppressWarnings("unchecked")
        CheckedFunction<RaftPeer, P, IOException> opener =
                (CheckedFunction<RaftPeer, P, IOException>) field.get(proxies);
        CheckedFunction<RaftPeer, P, IOException> redirected = peer -> opener.apply(present(peer));
        field.set(proxies, redirected);
    }

    @Override
    public String locate(RaftPeer peer) {
        return addresses.getOrDefault(peer.getId(), peer.getAddress());
    }

    private RaftPeer present(RaftPeer peer) {
        return RaftPeer.newBuilder(peer).setAddress(locate(peer)).build();
    }

    private static PeerProxyMap<?> proxies(RaftServerRpc rpc) {
        return ((RaftServerRpcWithProxy<?, ?>) rpc).getProxies();
    }

    static String format(String host, int port) {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
