package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreReader;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subcommands of CLUSTER that look into the slots stored on this node: its own replicas, however far they are, as
 * Redis answers from what a node stores. The selected database only.
 */
final class SlotCommands {
    private static final String BAD_SLOT = "ERR Invalid or out of range slot";
    private static final String UNKNOWN_METRIC = "ERR Unrecognized sort metric for ORDERBY.";
    private static final String BAD_LIMIT = "ERR Limit has to lie in between 1 and 16384 (maximum number of slots).";

    private final ClusterNode cluster;

    SlotCommands(ClusterNode cluster) {
        this.cluster = cluster;
    }

    private record SlotCount(int slot, long keys) {}

    /** The state that holds a slot here, or null if this node has no replica of its group. */
    private @Nullable StoreReader reader(int slot) {
        ClusterMap map = cluster.map();
        GroupInfo group = map == null ? null : map.groupOf(slot);
        GroupReplica replica = group == null ? null : cluster.replicas().get(group.name());
        return replica == null ? null : replica.reader();
    }

    Reply countKeysInSlot(Caller caller, Args args) {
        int slot = (int) Math.max(-1, Math.min(Slots.COUNT, args.takeLong()));
        if (slot < 0 || slot >= Slots.COUNT) {
            throw new CommandError("ERR Invalid slot");
        }
        StoreReader reader = reader(slot);
        return reader == null ? Reply.ZERO : Reply.integer(reader.keyCount(caller.database(), slot));
    }

    void getKeysInSlot(Caller caller, Args args, Consumer<Reply> reply) {
        long slot = args.takeLong();
        long count = args.takeLong();
        if (slot < 0 || slot >= Slots.COUNT || count < 0) {
            throw new CommandError("ERR Invalid slot or number of keys");
        }
        StoreReader reader = reader((int) slot);
        if (reader == null || count == 0) {
            reply.accept(Reply.EMPTY_ARRAY);
            return;
        }
        int database = caller.database();
        cluster.background(() -> reply.accept(keys(reader, database, (int) slot, count)), reply);
    }

    private static Reply keys(StoreReader reader, int database, int slot, long count) {
        byte[] from = KeyLayout.slotPrefix(reader.physicalDatabase(database), slot);
        List<Reply> keys = new ArrayList<>();
        try (Cursor rows = reader.cursor(Space.KEYS, from, Bytes.prefixEnd(from))) {
            while (keys.size() < count && rows.next()) {
                keys.add(Reply.bulk(KeyLayout.userKey(rows.key())));
            }
        }
        return Reply.array(keys);
    }

    // ---- SLOT-STATS ----

    /**
     * As Valkey 8.0 with {@code cluster-slot-stats-enabled no}, its default: the number of keys is all that is kept of a
     * slot. Time and bytes by slot would cost every command a counter.
     */
    void slotStats(Caller caller, Args args, Consumer<Reply> reply) {
        int database = caller.database();
        if (args.remaining() == 3 && args.takeIf("SLOTSRANGE")) {
            int first = slot(args.take());
            int last = slot(args.take());
            if (first > last) {
                throw new CommandError("ERR Start slot number " + first + " is greater than end slot number " + last);
            }
            cluster.background(() -> reply.accept(stats(counts(database, first, last))), reply);
        } else if (args.takeIf("ORDERBY")) {
            if (!Bytes.equalsIgnoreCase(args.take(), "KEY-COUNT")) {
                throw new CommandError(UNKNOWN_METRIC);
            }
            Order order = order(args);
            cluster.background(() -> reply.accept(ordered(database, order)), reply);
        } else {
            throw new CommandError("ERR unknown subcommand or wrong number of arguments for '"
                    + Bytes.text(args.argv()[1]) + "'. Try CLUSTER HELP.");
        }
    }

    private record Order(long limit, boolean descending) {}

    private static Order order(Args args) {
        long limit = Slots.COUNT;
        boolean descending = true;
        int limits = 0;
        int directions = 0;
        while (args.hasNext()) {
            if (args.takeIf("LIMIT", 1)) {
                limit = args.takeLong(1, Slots.COUNT, BAD_LIMIT);
                limits++;
            } else if (args.takeIf("ASC")) {
                descending = false;
                directions++;
            } else if (args.takeIf("DESC")) {
                descending = true;
                directions++;
            } else {
                throw Errors.syntax();
            }
            if (limits > 1 || directions > 1) {
                throw new CommandError("ERR Multiple filters of the same type are disallowed.");
            }
        }
        return new Order(limit, descending);
    }

    private Reply ordered(int database, Order order) {
        List<SlotCount> counts = counts(database, 0, Slots.COUNT - 1);
        Comparator<SlotCount> byKeys = Comparator.comparingLong(SlotCount::keys);
        counts.sort((order.descending() ? byKeys.reversed() : byKeys).thenComparingInt(SlotCount::slot));
        return stats(counts.subList(0, (int) Math.min(order.limit(), counts.size())));
    }

    /** The slots of the groups that have a replica here, as the shards of this node. */
    private List<SlotCount> counts(int database, int first, int last) {
        List<SlotCount> counts = new ArrayList<>();
        ClusterMap map = cluster.map();
        if (map == null) {
            return counts;
        }
        for (GroupInfo group : map.groups()) {
            GroupReplica replica = cluster.replicas().get(group.name());
            if (replica == null) {
                continue;
            }
            for (SlotRange range : group.slots()) {
                for (int slot = Math.max(first, range.first()); slot <= Math.min(last, range.last()); slot++) {
                    counts.add(new SlotCount(slot, replica.reader().keyCount(database, slot)));
                }
            }
        }
        counts.sort(Comparator.comparingInt(SlotCount::slot));
        return counts;
    }

    private static Reply stats(List<SlotCount> counts) {
        List<Reply> stats = new ArrayList<>(counts.size());
        for (SlotCount count : counts) {
            stats.add(Reply.array(
                    Reply.integer(count.slot()), Reply.map(Reply.text("key-count"), Reply.integer(count.keys()))));
        }
        return Reply.array(stats);
    }

    private static int slot(byte[] digits) {
        if (!Numbers.isLong(digits)) {
            throw new CommandError(BAD_SLOT);
        }
        long slot = Numbers.parseLong(digits);
        if (slot < 0 || slot >= Slots.COUNT) {
            throw new CommandError(BAD_SLOT);
        }
        return (int) slot;
    }
}
