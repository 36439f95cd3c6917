package io.aikv.admin;

import io.aikv.resp.Reply;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one node sees it: CLUSTER INFO and CLUSTER GROUPS.
 *
 * @param info the fields of CLUSTER INFO
 */
record ClusterStatus(Map<String, String> info, List<Group> groups) {

    /** @param leader empty if nobody is known to lead; {@code slots} as in {@code 0-5460} */
    record Group(String name, String leader, long term, List<String> slots, List<Replica> replicas) {
        /** @throws AdminError if the node has no replica of this group */
        Replica require(String node) {
            return replicas.stream()
                    .filter(replica -> replica.node().equals(node))
                    .findFirst()
                    .orElseThrow(() -> new AdminError(
                            Admin.NOT_WELL,
                            "node " + node + " has no replica of group " + name + ", only "
                                    + replicas.stream().map(Replica::node).toList()));
        }

        /** The node that the layout prefers as leader. */
        String preferred() {
            return replicas.isEmpty() ? "" : replicas.get(0).node();
        }
    }

    record Replica(String node, String address, long applied, String health) {
        boolean isWell() {
            return health.equals("online");
        }
    }

    static ClusterStatus of(NodeConnection node) {
        return new ClusterStatus(node.fields("CLUSTER", "INFO"), groups(node.ask("CLUSTER", "GROUPS")));
    }

    private static List<Group> groups(Reply reply) {
        List<Group> groups = new ArrayList<>();
        for (Reply item : items(reply)) {
            Map<String, Reply> fields = fields(item);
            List<Replica> replicas = new ArrayList<>();
            for (Reply member : items(fields.get("replicas"))) {
                Map<String, Reply> replica = fields(member);
                replicas.add(new Replica(
                        text(replica.get("node")),
                        text(replica.get("address")),
                        number(replica.get("applied")),
                        text(replica.get("health"))));
            }
            groups.add(new Group(
                    text(fields.get("name")),
                    text(fields.get("leader")),
                    number(fields.get("term")),
                    items(fields.get("slots")).stream()
                            .map(NodeConnection::text)
                            .toList(),
                    replicas));
        }
        return groups;
    }

    // ---- asking ----

    /** @throws AdminError if there is no such group */
    Group require(String name) {
        return groups.stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AdminError(
                        Admin.NOT_WELL,
                        "there is no group " + name + ", only "
                                + groups.stream().map(Group::name).toList()));
    }

    boolean isWell() {
        return "ok".equals(info.get("cluster_state"))
                && groups.stream()
                        .allMatch(group -> !group.leader().isEmpty()
                                && group.replicas().stream().allMatch(Replica::isWell));
    }

    /** @throws AdminError if {@code target} does not lead in time */
    static void awaitLeader(NodeConnection node, String group, String target, int seconds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        String leader = "";
        while (System.nanoTime() - deadline < 0) {
            leader = of(node).require(group).leader();
            if (leader.equals(target)) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AdminError(
                Admin.NOT_WELL,
                "group " + group + " is led by " + (leader.isEmpty() ? "nobody" : leader) + " after " + seconds + " s");
    }

    // ---- printing ----

    void print(PrintWriter out) {
        out.println("state " + info.getOrDefault("cluster_state", "?") + ", "
                + info.getOrDefault("cluster_known_nodes", "?")
                + " nodes, " + info.getOrDefault("cluster_slots_ok", "?") + " of 16384 slots served, map epoch "
                + info.getOrDefault("cluster_current_epoch", "?"));
        out.println();
        Map<String, List<String>> nodes = new LinkedHashMap<>();
        Map<String, Integer> leads = new HashMap<>();
        for (Group group : groups) {
            leads.merge(group.leader(), 1, Integer::sum);
            group.replicas()
                    .forEach(replica -> nodes.computeIfAbsent(
                            replica.node(), name -> List.of(name, replica.address(), replica.health())));
        }
        Table table = new Table("NODE", "ADDRESS", "HEALTH", "LEADS");
        nodes.values()
                .forEach(node -> table.row(
                        node.get(0), node.get(1), node.get(2), Integer.toString(leads.getOrDefault(node.get(0), 0))));
        table.print(out);
        out.println();
        printGroups(out);
    }

    private void printGroups(PrintWriter out) {
        Table table = new Table("GROUP", "SLOTS", "LEADER", "TERM", "REPLICAS (APPLIED)");
        for (Group group : groups) {
            List<String> replicas = group.replicas().stream()
                    .map(replica -> replica.node() + "(" + replica.applied() + ")" + (replica.isWell() ? "" : "!"))
                    .toList();
            table.row(
                    group.name(),
                    String.join(",", group.slots()),
                    group.leader().isEmpty() ? "-" : group.leader(),
                    group.leader().isEmpty() ? "-" : Long.toString(group.term()),
                    String.join(" ", replicas));
        }
        table.print(out);
    }

    void printLeaders(PrintWriter out) {
        Table table = new Table("GROUP", "LEADER", "PREFERRED", "TERM");
        for (Group group : groups) {
            boolean known = !group.leader().isEmpty();
            table.row(
                    group.name(),
                    known ? group.leader() : "-",
                    group.preferred(),
                    known ? Long.toString(group.term()) : "-");
        }
        table.print(out);
    }

    // ---- reading replies ----

    private static List<Reply> items(@Nullable Reply reply) {
        return reply instanceof Reply.Array array ? array.items() : List.of();
    }

    /** A map, or a flat array as RESP2 has it. */
    private static Map<String, Reply> fields(Reply reply) {
        List<Reply> pairs = reply instanceof Reply.Map map ? map.pairs() : items(reply);
        Map<String, Reply> fields = new HashMap<>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            fields.put(NodeConnection.text(pairs.get(i)), pairs.get(i + 1));
        }
        return fields;
    }

    private static String text(@Nullable Reply reply) {
        return reply == null ? "" : NodeConnection.text(reply);
    }

    private static long number(@Nullable Reply reply) {
        return reply instanceof Reply.Int number ? number.value() : 0;
    }
}
