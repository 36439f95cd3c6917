package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.cluster.PeerGreeting.Hello;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers the peers:
 *
 * <pre>
 * PEER.PING epoch (group leader|- term applied)*   the same about this node: see {@link Gossip}
 * PEER.MAP                                         the cluster map as JSON, or null
 * PEER.READINDEX group                             index and time, by the group's leader
 * PEER.TRANSFER group node                         OK when leadership was handed over, by the group's leader
 * </pre>
 *
 * Called on the peer server's event loop.
 */
final class PeerRequests implements PeerService {
    private final CurrentMap map;
    private final GroupStates states;
    private final Function<String, @Nullable GroupReplica> replicas;
    private final Failover failover;
    private final BiConsumer<String, Endpoint> announced;
    private final BiConsumer<String, Gossip> heard;
    private final Map<String, PeerHandler> others;
    private final Duration silenceMax;
    private final Clock clock;

    /** Open connections by peer. Guarded by itself. */
    private final Map<String, Visitor> visitors = new HashMap<>();

    /** When (nanos) each peer last spoke. */
    private final Map<String, Long> heardNanos = new ConcurrentHashMap<>();

    private record Visitor(int connections, long sinceMillis, Endpoint endpoint) {}

    /**
     * @param announced told the address each time a peer says it
     * @param heard told what a peer says about itself
     * @param others answer other requests, by the command in upper case
     * @param silenceMax a peer that has not spoken for this long no longer vouches for its address
     */
    PeerRequests(
            CurrentMap map,
            GroupStates states,
            Function<String, @Nullable GroupReplica> replicas,
            Failover failover,
            BiConsumer<String, Endpoint> announced,
            BiConsumer<String, Gossip> heard,
            Map<String, PeerHandler> others,
            Duration silenceMax,
            Clock clock) {
        this.map = map;
        this.states = states;
        this.replicas = replicas;
        this.failover = failover;
        this.announced = announced;
        this.heard = heard;
        this.others = others;
        this.silenceMax = silenceMax;
        this.clock = clock;
    }

    @Override
    public void greeted(Hello hello) {
        heardNanos.put(hello.node(), clock.nanos());
        synchronized (visitors) {
            Visitor known = visitors.get(hello.node());
            visitors.put(
                    hello.node(),
                    known == null
                            ? new Visitor(1, clock.epochMillis(), hello.endpoint())
                            : new Visitor(known.connections() + 1, known.sinceMillis(), hello.endpoint()));
        }
        announced.accept(hello.node(), hello.endpoint());
    }

    @Override
    public void left(Hello hello) {
        synchronized (visitors) {
            Visitor known = visitors.get(hello.node());
            if (known != null && known.connections() > 1) {
                visitors.put(hello.node(), new Visitor(known.connections() - 1, known.sinceMillis(), known.endpoint()));
            } else {
                visitors.remove(hello.node());
            }
        }
    }

    /** Since when (Unix milliseconds) a peer is linked to this node, or null if it is not. */
    @Nullable
    Long since(String node) {
        synchronized (visitors) {
            Visitor known = visitors.get(node);
            return known == null ? null : known.sinceMillis();
        }
    }

    /** Where the peers that are linked now, and speak, say they are reached. */
    Map<String, Endpoint> announcements() {
        Map<String, Endpoint> all = new HashMap<>();
        long now = clock.nanos();
        synchronized (visitors) {
            visitors.forEach((node, visitor) -> {
                if (now - heardNanos.getOrDefault(node, now) <= silenceMax.toNanos()) {
                    all.put(node, visitor.endpoint());
                }
            });
        }
        return all;
    }

    /** Where {@code node} says it is reached, or null if it is not linked to this node now. */
    @Nullable
    Endpoint announcement(String node) {
        return announcements().get(node);
    }

    @Override
    public void handle(String peer, byte[][] args, Consumer<Reply> reply) {
        if (Bytes.equalsIgnoreCase(args[0], "PEER.PING")) {
            reply.accept(ping(peer, args));
        } else if (Bytes.equalsIgnoreCase(args[0], "PEER.MAP")) {
            ClusterMap current = map.get();
            reply.accept(current == null ? Reply.NULL : Reply.text(current.toJson()));
        } else if (Bytes.equalsIgnoreCase(args[0], "PEER.READINDEX") && args.length == 2) {
            readIndex(Bytes.text(args[1]), reply);
        } else if (Bytes.equalsIgnoreCase(args[0], "PEER.TRANSFER") && args.length == 3) {
            failover.handOver(Bytes.text(args[1]), Bytes.text(args[2]))
                    .whenComplete((done, error) ->
                            reply.accept(error == null ? Reply.OK : Reply.error("ERR " + error.getMessage())));
        } else {
            PeerHandler handler = others.get(Bytes.text(args[0]));
            if (handler == null) {
                throw new CommandError("ERR unknown peer request " + Bytes.text(args[0]));
            }
            handler.handle(peer, args, reply);
        }
    }

    private Reply ping(String peer, byte[][] args) {
        heardNanos.put(peer, clock.nanos());
        try {
            heard.accept(peer, Gossip.ofRequest(args));
        } catch (IllegalArgumentException e) {
            throw new CommandError("ERR " + e.getMessage());
        }
        return states.say().reply();
    }

    private void readIndex(String group, Consumer<Reply> reply) {
        GroupReplica replica = replicas.apply(group);
        if (replica == null) {
            throw new CommandError("NOTLEADER no replica of group " + group + " here");
        }
        replica.readIndex().whenComplete((index, error) -> {
            if (error == null) {
                reply.accept(Reply.integer(index));
            } else {
                reply.accept(Reply.error("NOTLEADER " + error.getMessage()));
            }
        });
    }
}
