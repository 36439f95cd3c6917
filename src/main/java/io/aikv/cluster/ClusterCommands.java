package io.aikv.cluster;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NO_ASYNC_LOADING;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Slots;
import io.aikv.command.Args;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterView;
import io.aikv.topology.GroupInfo;
import io.aikv.topology.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CLUSTER and its subcommands: what the node knows of the cluster, in the forms that clients of Redis Cluster parse, and
 * CLUSTER FAILOVER. Those that would change the topology behind the back of the meta group say what to do instead.
 *
 * <p>On a standalone server each answers {@code ERR This instance has cluster support disabled}.
 *
 * @see <a href="https://redis.io/docs/latest/commands/?group=cluster">Redis' cluster commands</a>
 */
final class ClusterCommands {
    private static final String DISABLED = "ERR This instance has cluster support disabled";
    private static final String WRONG_FORM =
            "ERR unknown subcommand or wrong number of arguments for '%s'. Try CLUSTER HELP.";

    private static final String BY_LAYOUT = " is not how the topology is made here: write nodes, groups and their slots"
            + " into the layout file (raft-groups/*.toml) before the first start of the cluster; from then on Raft keeps"
            + " them. A node that moved says its new address itself when it starts";
    private static final String BY_RAFT = " is not needed here: the epoch of the cluster map rises by itself with each"
            + " committed change, and the map is stored by Raft";
    private static final String BY_FAILOVER = " is not how roles change here: every replica in the layout follows its"
            + " group's leader by itself; CLUSTER FAILOVER moves leadership to a replica";

    private final ClusterNode cluster;
    private final SlotCommands slots;

    ClusterCommands(ClusterNode cluster) {
        this.cluster = cluster;
        this.slots = new SlotCommands(cluster);
    }

    void register(CommandTable table) {
        CommandTable.Rows rows = table.group(Group.CLUSTER).container("CLUSTER", -2);
        session(rows, "HELP", 2, (caller, args) -> HelpText.REPLY, LOADING, STALE);
        session(rows, "INFO", 2, (caller, args) -> info(), LOADING, STALE);
        session(rows, "NODES", 2, (caller, args) -> text(view().nodes(caller.tls())), LOADING, STALE);
        session(rows, "SLOTS", 2, (caller, args) -> slotRanges(view(), caller.tls()), LOADING, STALE);
        session(rows, "SHARDS", 2, (caller, args) -> shards(view()), LOADING, STALE);
        session(rows, "GROUPS", 2, (caller, args) -> groups(view(), caller.tls()), LOADING, STALE);
        session(rows, "MYID", 2, (caller, args) -> Reply.text(self(view()).id()), LOADING, STALE);
        session(rows, "MYSHARDID", 2, (caller, args) -> shardId(view()), LOADING, STALE);
        session(rows, "LINKS", 2, (caller, args) -> links(view()), STALE);
        session(rows, "KEYSLOT", 3, (caller, args) -> Reply.integer(Slots.of(args.take())), STALE);
        session(rows, "REPLICAS", 3, (caller, args) -> replicas(args, caller.tls()), ADMIN, STALE);
        session(rows, "SLAVES", 3, (caller, args) -> replicas(args, caller.tls()), ADMIN, STALE);
        session(rows, "COUNT-FAILURE-REPORTS", 3, (caller, args) -> failureReports(args), ADMIN, STALE);
        session(rows, "COUNTKEYSINSLOT", 3, slots::countKeysInSlot, STALE);
        async(rows, "GETKEYSINSLOT", 4, slots::getKeysInSlot, STALE);
        async(rows, "SLOT-STATS", -4, slots::slotStats, STALE, LOADING);
        session(rows, "FAILOVER", -2, (caller, args) -> failover(args), NO_ASYNC_LOADING, ADMIN, STALE);
        refused(rows, BY_LAYOUT, Map.of("MEET", -4, "FORGET", 3, "ADDSLOTS", -3, "ADDSLOTSRANGE", -4));
        refused(rows, BY_LAYOUT, Map.of("DELSLOTS", -3, "DELSLOTSRANGE", -4, "FLUSHSLOTS", 2, "SETSLOT", -4));
        refused(rows, BY_LAYOUT, Map.of("RESET", -2));
        refused(rows, BY_FAILOVER, Map.of("REPLICATE", 3));
        refused(rows, BY_RAFT, Map.of("BUMPEPOCH", 2, "SET-CONFIG-EPOCH", 3, "SAVECONFIG", 2));
    }

    // ---- rows ----

    private void session(CommandTable.Rows rows, String name, int arity, Handler.OnSession run, Flag... flags) {
        rows.session(
                name,
                arity,
                (caller, args) -> {
                    requireEnabled();
                    return run.run(caller, args);
                },
                flags);
    }

    private void async(CommandTable.Rows rows, String name, int arity, Handler.OnAsync run, Flag... flags) {
        rows.async(
                name,
                arity,
                (caller, args, reply) -> {
                    requireEnabled();
                    run.run(caller, args, reply);
                },
                flags);
    }

    private void refused(CommandTable.Rows rows, String reason, Map<String, Integer> arities) {
        arities.forEach((name, arity) -> {
            Flag[] flags = name.equals("RESET")
                    ? new Flag[] {ADMIN, STALE, Flag.NOSCRIPT}
                    : name.equals("SETSLOT")
                            ? new Flag[] {NO_ASYNC_LOADING, ADMIN, STALE, Flag.MAY_REPLICATE}
                            : new Flag[] {NO_ASYNC_LOADING, ADMIN, STALE};
            Reply refusal = Reply.error("ERR CLUSTER " + name + reason);
            session(rows, name, arity, (caller, args) -> refusal, flags);
        });
    }

    private void requireEnabled() {
        if (!cluster.options().redirects()) {
            throw new CommandError(DISABLED);
        }
    }

    /** @throws CommandError while the node has not seen the map yet */
    private ClusterView view() {
        ClusterView view = cluster.view();
        if (view == null) {
            throw new CommandError(RaftRouter.DOWN);
        }
        return view;
    }

    private NodeInfo self(ClusterView view) {
        NodeInfo node = view.map().node(view.self());
        if (node == null) {
            throw new IllegalStateException("node " + view.self() + " is not in the map");
        }
        return node;
    }

    // ---- what the node knows ----

    private Reply info() {
        ClusterView view = cluster.view();
        if (view == null) {
            return text("cluster_state:fail\r\ncluster_slots_assigned:0\r\ncluster_slots_ok:0\r\n"
                    + "cluster_slots_pfail:0\r\ncluster_slots_fail:0\r\ncluster_known_nodes:1\r\ncluster_size:0\r\n"
                    + "cluster_current_epoch:0\r\ncluster_my_epoch:0\r\ncluster_stats_messages_sent:0\r\n"
                    + "cluster_stats_messages_received:0\r\ntotal_cluster_links_buffer_limit_exceeded:0\r\n");
        }
        return text(
                view.info(cluster.options().requireFullCoverage(), cluster.messagesSent(), cluster.messagesReceived()));
    }

    private static Reply text(String text) {
        return new Reply.Verbatim("txt", Bytes.utf8(text));
    }

    private static Reply slotRanges(ClusterView view, boolean tls) {
        List<Reply> ranges = new ArrayList<>();
        for (ClusterView.SlotsEntry entry : view.slots()) {
            List<Reply> items = new ArrayList<>();
            items.add(Reply.integer(entry.range().first()));
            items.add(Reply.integer(entry.range().last()));
            for (NodeInfo node : entry.nodes()) {
                items.add(Reply.array(
                        Reply.text(node.host()),
                        Reply.integer(node.portFor(tls)),
                        Reply.text(node.id()),
                        new Reply.Map(List.of())));
            }
            ranges.add(Reply.array(items));
        }
        return Reply.array(ranges);
    }

    private static Reply shards(ClusterView view) {
        List<Reply> shards = new ArrayList<>();
        for (ClusterView.Shard shard : view.shards()) {
            List<Reply> slots = new ArrayList<>();
            shard.group().slots().forEach(range -> {
                slots.add(Reply.integer(range.first()));
                slots.add(Reply.integer(range.last()));
            });
            List<Reply> nodes = new ArrayList<>();
            for (ClusterView.ShardNode member : shard.nodes()) {
                NodeInfo node = member.node();
                List<Reply> fields = new ArrayList<>(List.of(Reply.text("id"), Reply.text(node.id())));
                if (node.clientPort() != 0) {
                    fields.addAll(List.of(Reply.text("port"), Reply.integer(node.clientPort())));
                }
                if (node.tlsPort() != 0) {
                    fields.addAll(List.of(Reply.text("tls-port"), Reply.integer(node.tlsPort())));
                }
                fields.addAll(List.of(
                        Reply.text("ip"),
                        Reply.text(node.host()),
                        Reply.text("endpoint"),
                        Reply.text(node.host()),
                        Reply.text("role"),
                        Reply.text(member.role()),
                        Reply.text("replication-offset"),
                        Reply.integer(member.replicationOffset()),
                        Reply.text("health"),
                        Reply.text(member.health())));
                nodes.add(new Reply.Map(fields));
            }
            shards.add(Reply.map(Reply.text("slots"), Reply.array(slots), Reply.text("nodes"), Reply.array(nodes)));
        }
        return Reply.array(shards);
    }

    /** Ours: the groups by their names, for {@code aikv-admin}. An array of maps. */
    private Reply groups(ClusterView view, boolean tls) {
        List<Reply> groups = new ArrayList<>();
        for (GroupInfo group : view.map().groups()) {
            List<Reply> replicas = new ArrayList<>();
            for (String name : group.replicas()) {
                NodeInfo node = view.map().node(name);
                if (node == null) {
                    continue;
                }
                ClusterView.LinkState link = view.links().getOrDefault(name, ClusterView.LinkState.DEFAULT);
                replicas.add(Reply.map(
                        Reply.text("node"),
                        Reply.text(name),
                        Reply.text("id"),
                        Reply.text(node.id()),
                        Reply.text("address"),
                        Reply.text(node.address(tls)),
                        Reply.text("applied"),
                        Reply.integer(view.offsets().of(group.name(), name)),
                        Reply.text("health"),
                        Reply.text(link.health().name().toLowerCase(Locale.ROOT))));
            }
            String leader = view.leaders().of(group.name());
            groups.add(Reply.map(
                    Reply.text("name"),
                    Reply.text(group.name()),
                    Reply.text("leader"),
                    Reply.text(leader == null ? "" : leader),
                    Reply.text("term"),
                    Reply.integer(view.leaders().term(group.name())),
                    Reply.text("slots"),
                    Reply.array(group.slots().stream()
                            .map(range -> Reply.text(range.toString()))
                            .toList()),
                    Reply.text("replicas"),
                    Reply.array(replicas)));
        }
        return Reply.array(groups);
    }

    private static Reply shardId(ClusterView view) {
        GroupInfo group = view.shardOf(view.self());
        return group == null ? Reply.NULL : Reply.text(view.map().shardId(group));
    }

    private Reply links(ClusterView view) {
        List<Reply> links = new ArrayList<>();
        for (PeerLink link : cluster.links().all()) {
            NodeInfo node = view.map().node(link.node());
            if (node != null && link.isUp()) {
                links.add(link(node, "to", link.connectedMillis()));
            }
            Long since = cluster.greetedMillis(link.node());
            if (node != null && since != null) {
                links.add(link(node, "from", since));
            }
        }
        return Reply.array(links);
    }

    private static Reply link(NodeInfo node, String direction, long sinceMillis) {
        return Reply.map(
                Reply.text("direction"),
                Reply.text(direction),
                Reply.text("node"),
                Reply.text(node.id()),
                Reply.text("create-time"),
                Reply.integer(sinceMillis),
                Reply.text("events"),
                Reply.text("r"),
                Reply.text("send-buffer-allocated"),
                Reply.ZERO,
                Reply.text("send-buffer-used"),
                Reply.ZERO);
    }

    /** @throws CommandError {@code ERR Unknown node <id>} */
    private static NodeInfo requireNode(ClusterView view, Args args) {
        String id = Bytes.text(args.take());
        NodeInfo node = view.map().nodeById(id);
        if (node == null) {
            throw new CommandError("ERR Unknown node " + id);
        }
        return node;
    }

    private Reply replicas(Args args, boolean tls) {
        ClusterView view = view();
        NodeInfo node = requireNode(view, args);
        if (view.masterOf(node.name()) != null) {
            throw new CommandError("ERR The specified node is not a master");
        }
        return Reply.array(view.replicasOf(node).stream()
                .map(replica -> Reply.text(view.nodeLine(replica, tls)))
                .toList());
    }

    /** Nodes do not vote on failures here; a node that this one does not reach counts as one report. */
    private Reply failureReports(Args args) {
        ClusterView view = view();
        NodeInfo node = requireNode(view, args);
        boolean well = cluster.links().health(node.name()) == ClusterView.Health.ONLINE;
        return well ? Reply.ZERO : Reply.ONE;
    }

    // ---- failover ----

    /** {@code CLUSTER FAILOVER [FORCE | TAKEOVER | GROUP name [FORCE]]}. */
    private Reply failover(Args args) {
        @Nullable String group = null;
        boolean force = false;
        boolean takeover = false;
        int given = args.remaining();
        if (args.takeIf("GROUP", 1)) {
            group = Bytes.text(args.take());
        } else if (given > 1) {
            throw new CommandError(String.format(WRONG_FORM, Bytes.text(args.argv()[1])));
        }
        if (args.takeIf("FORCE")) {
            force = true;
        } else if (args.takeIf("TAKEOVER")) {
            takeover = true;
        }
        args.requireEnd();
        if (takeover) {
            throw new CommandError(Failover.TAKEOVER);
        }
        ClusterView view = view();
        if (group == null) {
            cluster.failover().takeOver(view, force);
        } else {
            cluster.failover().takeOver(view.map(), group, force);
        }
        return Reply.OK;
    }
}
