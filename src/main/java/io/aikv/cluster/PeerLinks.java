package io.aikv.cluster;

import io.aikv.base.Clock;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterView.Health;
import io.aikv.topology.ClusterView.LinkState;
import io.aikv.transport.PeerSecurity;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's links to all others. Sending and asking may be done on any thread; the links live on one event loop.
 */
final class PeerLinks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);

    private final EventLoopGroup group;
    private final EventLoop loop;
    private final PeerIdentity identity;
    private final PeerSecurity security;
    private final ClusterOptions.Timing timing;
    private final Clock clock;
    private final Function<String, List<Endpoint>> addresses;
    private final Supplier<Gossip> says;
    private final BiConsumer<String, Reply> hears;
    private final Runnable onHealthChange;
    private final Map<String, PeerLink> links = new ConcurrentHashMap<>();

    /**
     * @param group event loops of one thread
     * @param addresses where a node may be reached, best first; asked at each attempt
     */
    PeerLinks(
            EventLoopGroup group,
            PeerIdentity identity,
            PeerSecurity security,
            ClusterOptions.Timing timing,
            Clock clock,
            Function<String, List<Endpoint>> addresses,
            Supplier<Gossip> says,
            BiConsumer<String, Reply> hears,
            Runnable onHealthChange) {
        this.group = group;
        this.loop = group.next();
        this.identity = identity;
        this.security = security;
        this.timing = timing;
        this.clock = clock;
        this.addresses = addresses;
        this.says = says;
        this.hears = hears;
        this.onHealthChange = onHealthChange;
    }

    /** Starts to look after the links. */
    void start() {
        long period = Math.max(1, timing.ping().toMillis() / 2);
        loop.scheduleAtFixedRate(() -> links.values().forEach(PeerLinks::tick), 0, period, TimeUnit.MILLISECONDS);
    }

    /** An exception would end the looking after all links. */
    private static void tick(PeerLink link) {
        try {
            link.tick();
        } catch (RuntimeException e) {
            LOG.error("peer={} looking after the link failed", link.node(), e);
        }
    }

    /** Makes links to exactly these nodes, this one left out. */
    void link(Collection<String> nodes) {
        for (String node : nodes) {
            if (!node.equals(identity.node())) {
                links.computeIfAbsent(node, this::newLink);
            }
        }
        links.entrySet().removeIf(entry -> {
            boolean gone = !nodes.contains(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
    }

    private PeerLink newLink(String node) {
        return new PeerLink(
                node,
                timing,
                clock,
                onUp -> new PeerConnection(group, loop, identity, security, node, () -> addresses.apply(node), onUp),
                says,
                hears,
                onHealthChange);
    }

    /** Pings everybody soon: there is news. */
    void spread() {
        try {
            loop.execute(() -> links.values().forEach(PeerLink::ping));
        } catch (RejectedExecutionException e) {
            LOG.debug("this node is closing");
        }
    }

    /** Connects anew to a node whose address has changed. */
    void moved(String node) {
        PeerLink link = links.get(node);
        if (link != null) {
            link.connections().forEach(PeerConnection::drop);
        }
    }

    /** Asks a peer; fails with an {@link IOException} if it cannot be reached now. */
    CompletableFuture<Reply> send(String node, PeerLink.Lane lane, Duration timeout, Object... words) {
        PeerLink link = links.get(node);
        return link == null
                ? CompletableFuture.failedFuture(new IOException("no link to node " + node))
                : link.send(lane, timeout, words);
    }

    @Nullable
    PeerLink get(String node) {
        return links.get(node);
    }

    Collection<PeerLink> all() {
        return links.values();
    }

    /** {@code ONLINE} for this node itself and for nodes without a link. */
    Health health(String node) {
        PeerLink link = links.get(node);
        return link == null ? Health.ONLINE : link.health();
    }

    Map<String, LinkState> states() {
        Map<String, LinkState> states = new HashMap<>();
        links.forEach((node, link) -> states.put(node, link.state()));
        return states;
    }

    @Override
    public void close() {
        links.values().forEach(PeerLink::close);
    }
}
