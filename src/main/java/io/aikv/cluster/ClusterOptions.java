package io.aikv.cluster;

import io.aikv.base.Check;
import io.aikv.topology.Layout;
import io.aikv.transport.PeerSecurity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node needs to take part in a cluster.
 *
 * @param node this node's name in the layout
 * @param directory where the node keeps what it knows about its cluster ({@code cluster.json})
 * @param layout read at the first start, and later only for addresses of nodes that are not found at their known ones;
 *     may be null once the directory belongs to a cluster
 * @param endpoint where this node is reached; null: as the map (or the layout, at first) says
 * @param reach where this node reaches others (their client ports do not matter), by name, when that differs from where
 *     they say they are: address translation, relays. Wins over everything else
 * @param peerBind local address that the peer port is bound to
 * @param redirects false for a standalone server: the CLUSTER commands say that cluster support is disabled
 * @param requireFullCoverage whether slots without a leader for longer than {@link Timing#failAfter} close all others too,
 *     as in Redis
 * @param balanceLeaders whether leaderships move by themselves to where the layout prefers them
 * @param security how the links between nodes are protected
 */
public record ClusterOptions(
        String node,
        Path directory,
        @Nullable Layout layout,
        @Nullable Endpoint endpoint,
        Map<String, Endpoint> reach,
        String peerBind,
        boolean redirects,
        boolean requireFullCoverage,
        boolean balanceLeaders,
        Timing timing,
        PeerSecurity security) {
    public ClusterOptions {
        reach = Map.copyOf(reach);
    }

    /**
     * @param ping between two questions to the same peer; also how often a broken link is looked after
     * @param suspectAfter silence after which a peer is shown as {@code fail?}
     * @param failAfter silence after which a peer is shown as {@code fail} and no longer offered to clients
     * @param stable how long nothing must have happened to a group before the balancer touches it
     * @param transfer bound of one hand-over of a leadership
     * @param failover bound of CLUSTER FAILOVER
     */
    public record Timing(
            Duration ping,
            Duration suspectAfter,
            Duration failAfter,
            Duration stable,
            Duration transfer,
            Duration failover) {
        public Timing {
            Check.argument(
                    ping.toMillis() > 0 && suspectAfter.compareTo(ping) > 0 && failAfter.compareTo(suspectAfter) >= 0,
                    "bad timing: ping %s, suspect after %s, fail after %s",
                    ping,
                    suspectAfter,
                    failAfter);
        }

        /** 500 ms, 1.5 s, 5 s, 5 s, 3 s, 5 s. */
        public static Timing defaults() {
            return new Timing(
                    Duration.ofMillis(500),
                    Duration.ofMillis(1500),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(5));
        }
    }

    /** A cluster node on 127.0.0.1 at the addresses of the layout. */
    public static ClusterOptions of(String node, Path directory, Layout layout) {
        return new ClusterOptions(
                node,
                directory,
                layout,
                null,
                Map.of(),
                "127.0.0.1",
                true,
                true,
                true,
                Timing.defaults(),
                PeerSecurity.NONE);
    }

    /**
     * Reads the values of the configuration key {@code cluster.reach}.
     *
     * @param entries {@code name=host:raftPort:peerPort}
     * @throws IllegalArgumentException if one of them is something else
     */
    public static Map<String, Endpoint> parseReach(List<String> entries) {
        Map<String, Endpoint> reach = new HashMap<>();
        for (String entry : entries) {
            int name = entry.indexOf('=');
            int peer = entry.lastIndexOf(':');
            int raft = entry.lastIndexOf(':', peer - 1);
            Check.argument(name > 0 && raft > name, "bad address '%s'", entry);
            reach.put(
                    entry.substring(0, name),
                    new Endpoint(
                            entry.substring(name + 1, raft),
                            0,
                            Integer.parseInt(entry.substring(raft + 1, peer)),
                            Integer.parseInt(entry.substring(peer + 1))));
        }
        return reach;
    }

    // ---- variations ----

    public ClusterOptions withEndpoint(@Nullable Endpoint other) {
        return copy(layout, other, reach, redirects, balanceLeaders, timing);
    }

    public ClusterOptions withLayout(@Nullable Layout other) {
        return copy(other, endpoint, reach, redirects, balanceLeaders, timing);
    }

    public ClusterOptions withReach(Map<String, Endpoint> other) {
        return copy(layout, endpoint, other, redirects, balanceLeaders, timing);
    }

    public ClusterOptions withRedirects(boolean other) {
        return copy(layout, endpoint, reach, other, balanceLeaders, timing);
    }

    public ClusterOptions withBalanceLeaders(boolean other) {
        return copy(layout, endpoint, reach, redirects, other, timing);
    }

    public ClusterOptions withTiming(Timing other) {
        return copy(layout, endpoint, reach, redirects, balanceLeaders, other);
    }

    public ClusterOptions withSecurity(PeerSecurity other) {
        return new ClusterOptions(
                node,
                directory,
                layout,
                endpoint,
                reach,
                peerBind,
                redirects,
                requireFullCoverage,
                balanceLeaders,
                timing,
                other);
    }

    private ClusterOptions copy(
            @Nullable Layout newLayout,
            @Nullable Endpoint newEndpoint,
            Map<String, Endpoint> newReach,
            boolean newRedirects,
            boolean newBalanceLeaders,
            Timing newTiming) {
        return new ClusterOptions(
                node,
                directory,
                newLayout,
                newEndpoint,
                newReach,
                peerBind,
                newRedirects,
                requireFullCoverage,
                newBalanceLeaders,
                newTiming,
                security);
    }
}
