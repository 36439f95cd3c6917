package io.aikv.cluster;

import io.aikv.resp.Reply;
import java.util.stream.Stream;

/** CLUSTER HELP: Redis' form, and what the subcommands do here. */
final class HelpText {
    static final Reply REPLY = Reply.array(Stream.of(
                    "CLUSTER <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                    "COUNT-FAILURE-REPORTS <node-id>",
                    "    Return number of failure reports for <node-id>.",
                    "COUNTKEYSINSLOT <slot>",
                    "    Return the number of keys in <slot>.",
                    "FAILOVER [FORCE|GROUP <name> [FORCE]]",
                    "    Take over the leadership of the groups that the current replica node follows,",
                    "    or of the group <name>. FORCE does not wait until the node has caught up.",
                    "GETKEYSINSLOT <slot> <count>",
                    "    Return key names stored by current node in a slot.",
                    "GROUPS",
                    "    Return the Raft groups by name: leader, term, slots and replicas.",
                    "INFO",
                    "    Return information about the cluster.",
                    "KEYSLOT <key>",
                    "    Return the hash slot for <key>.",
                    "LINKS",
                    "    Return information about all network links between this node and its peers.",
                    "    Output format is an array where each array element is a map containing attributes of a link",
                    "MYID",
                    "    Return the node id.",
                    "MYSHARDID",
                    "    Return the node's shard id.",
                    "NODES",
                    "    Return cluster configuration seen by node. Output format:",
                    "    <id> <ip:port> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...",
                    "REPLICAS <node-id>",
                    "    Return <node-id> replicas.",
                    "SHARDS",
                    "    Return information about slot range mappings and the nodes associated with them.",
                    "SLOT-STATS SLOTSRANGE <start-slot> <end-slot>",
                    "SLOT-STATS ORDERBY <metric> [LIMIT <limit>] [ASC|DESC]",
                    "    Return an array of slot usage statistics for slots assigned to the current node.",
                    "SLOTS",
                    "    Return information about slots range mappings. Each range is made of:",
                    "    start, end, master and replicas IP addresses, ports and ids",
                    "HELP",
                    "    Prints this help.")
            .map(Reply::simple)
            .toList());

    private HelpText() {}
}
