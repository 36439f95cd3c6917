package io.aikv.raft;

import io.aikv.raft.rpc.NettyTransport;
import io.aikv.raft.rpc.PeerLocator;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.RaftServerRpcWithProxy;
import org.apache.ratis.util.PeerProxyMap;
import org.apache.ratis.util.function.CheckedFunction;

/**
 * Where this node reaches its peers. Every new connection asks here, whatever address the log's configuration names, so a
 * peer may move without a change of the log, and a test may put a relay between any two nodes. Thread-safe.
 *
 * <p>AiKv's own transport asks here by itself. Ratis' gRPC keeps the address that it heard of first (the group as it was
 * opened, or an old configuration in the log) and offers no way to change it, nor to wrap what opens connections: its
 * appender casts to its own class. So this is the one place that reaches into Ratis: it wraps the function by which
 * {@link PeerProxyMap} (3.3.0) opens a connection.
 */
final class PeerAddresses implements PeerLocator {
    private static final String OPENER = "createProxy";

    private final Map<RaftPeerId, String> addresses = new ConcurrentHashMap<>();

    void put(String node, String host, int port) {
        addresses.put(RaftPeerId.valueOf(node), format(host, port));
    }

    /** Makes every connection of a server that is not started yet go where this book says. */
    void redirect(RaftServer server) throws IOException {
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

    /** Drops the connection to a peer: the next request opens one to its present address. */
    static void reconnect(RaftServer server, String node) {
        RaftPeerId peer = RaftPeerId.valueOf(node);
        if (server.getServerRpc() instanceof NettyTransport transport) {
            transport.reconnect(peer);
        } else {
            proxies(server.getServerRpc()).resetProxy(peer);
        }
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
