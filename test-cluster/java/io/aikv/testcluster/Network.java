package io.aikv.testcluster;

import io.aikv.topology.Layout;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The wires between the nodes of a cluster: one relay for the Raft port and one for the peer port of every ordered pair,
 * so that any pair can be cut off without the others noticing.
 */
final class Network implements AutoCloseable {

    /** The wires on which {@code source} reaches {@code target}. */
    private record Pair(String source, String target, int raftPort, int peerPort, List<Relay> relays) {}

    private final List<Pair> pairs = new ArrayList<>();

    Network(Layout layout, EventLoop loop) {
        for (Layout.Node source : layout.nodes()) {
            for (Layout.Node target : layout.nodes()) {
                if (!source.equals(target)) {
                    int raftPort = FreePorts.next();
                    int peerPort = FreePorts.next();
                    List<Relay> relays = List.of(
                            Relay.start(loop, raftPort, new InetSocketAddress(target.host(), target.raftPort())),
                            Relay.start(loop, peerPort, new InetSocketAddress(target.host(), target.peerPort())));
                    pairs.add(new Pair(source.name(), target.name(), raftPort, peerPort, relays));
                }
            }
        }
    }

    /** Where {@code source} reaches the others: name to {@code 127.0.0.1:raftPort:peerPort}. */
    Map<String, String> reachOf(String source) {
        Map<String, String> reach = new TreeMap<>();
        for (Pair pair : pairs) {
            if (pair.source().equals(source)) {
                reach.put(pair.target(), "127.0.0.1:" + pair.raftPort() + ":" + pair.peerPort());
            }
        }
        return reach;
    }

    /** Cuts every wire between a node of {@code side} and one that is not. */
    void partition(Set<String> side) {
        for (Pair pair : pairs) {
            if (side.contains(pair.source()) != side.contains(pair.target())) {
                pair.relays().forEach(Relay::cut);
            }
        }
    }

    /** Cuts what {@code source} sends to {@code target} and the answers to it, but not what the target begins. */
    void cut(String source, String target) {
        for (Pair pair : pairs) {
            if (pair.source().equals(source) && pair.target().equals(target)) {
                pair.relays().forEach(Relay::cut);
            }
        }
    }

    void heal() {
        pairs.forEach(pair -> pair.relays().forEach(Relay::heal));
    }

    @Override
    public void close() {
        pairs.forEach(pair -> pair.relays().forEach(Relay::close));
    }
}
