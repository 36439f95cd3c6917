package io.aikv.cluster;

import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.Layout;
import io.aikv.topology.NodeInfo;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the meta group's leader does to the map by itself: seeds it once from the layout, and writes down where the nodes
 * say they are. On every other node it does nothing. Called on one thread, now and then.
 */
final class MetaKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(MetaKeeper.class);

    private final CurrentMap map;
    private final @Nullable Layout layout;
    private final String self;
    private final Endpoint endpoint;
    private final Supplier<Map<String, Endpoint>> announcements;

    /** The committed map, and the entry after which it was read. One thread only. */
    private @Nullable ClusterMap committed;

    private long committedIndex = -1;

    private volatile boolean proposing;

    /** @param announcements where the other nodes say they are reached, by name */
    MetaKeeper(
            CurrentMap map,
            @Nullable Layout layout,
            String self,
            Endpoint endpoint,
            Supplier<Map<String, Endpoint>> announcements) {
        this.map = map;
        this.layout = layout;
        this.self = self;
        this.endpoint = endpoint;
        this.announcements = announcements;
    }

    /** Proposes what is missing, one thing at a time. */
    void tend(GroupReplica meta) {
        if (proposing || !meta.leads()) {
            return;
        }
        // What this replica has applied, not what was heard of: proposals follow from the newest committed map.
        long index = meta.applied().index();
        if (index != committedIndex) {
            committed = MetaCommands.read(meta.reader());
            committedIndex = index;
        }
        ClusterMap current = committed;
        if (current == null) {
            seed(meta);
            return;
        }
        map.offer(current);
        if (correct(meta, current, self, endpoint)) {
            return;
        }
        for (Map.Entry<String, Endpoint> said : announcements.get().entrySet()) {
            if (correct(meta, current, said.getKey(), said.getValue())) {
                return;
            }
        }
    }

    private void seed(GroupReplica meta) {
        if (layout == null) {
            LOG.error("the meta group is empty and no layout is given: there is nothing to seed the cluster map from");
            return;
        }
        byte[] random = new byte[20];
        new SecureRandom().nextBytes(random);
        String clusterId = HexFormat.of().formatHex(random);
        LOG.info("seeding the cluster map from layout={} cluster={}", layout.source(), clusterId);
        propose(meta, "META.SEED", ClusterMap.seed(clusterId, layout).toJson());
    }

    private boolean correct(GroupReplica meta, ClusterMap current, String node, Endpoint said) {
        NodeInfo known = current.node(node);
        if (known == null || Endpoint.of(known).equals(said)) {
            return false;
        }
        LOG.info("node={} is reached at another address now: {}", node, said);
        List<Object> change = new ArrayList<>(
                List.of("META.NODE", node, said.host(), said.clientPort(), said.raftPort(), said.peerPort()));
        if (said.tlsPort() != 0) {
            change.add(said.tlsPort());
        }
        propose(meta, change.toArray());
        return true;
    }

    private void propose(GroupReplica meta, Object... words) {
        proposing = true;
        meta.execute(0, PeerIdentity.args(words)).whenComplete((reply, error) -> {
            if (error != null || reply instanceof Reply.Error) {
                LOG.warn("{} failed: {}", words[0], error == null ? PeerReplies.text(reply) : error.getMessage());
            }
            proposing = false;
        });
    }
}
