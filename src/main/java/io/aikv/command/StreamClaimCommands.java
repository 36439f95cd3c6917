package io.aikv.command;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.data.EventClass;
import io.aikv.data.GroupEditor;
import io.aikv.data.PendingEntry;
import io.aikv.data.StreamConsumer;
import io.aikv.data.StreamEditor;
import io.aikv.data.StreamEntry;
import io.aikv.data.StreamId;
import io.aikv.data.StreamView;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XCLAIM and XAUTOCLAIM: pending entries change hands. */
final class StreamClaimCommands {
    private static final long DEFAULT_COUNT = 100;
    private static final long ATTEMPTS_PER_ENTRY = 10;
    private static final long COUNT_MAX = Long.MAX_VALUE / 16;
    /** Redis reserves 16 bytes for each of COUNT; so many it does not get on any machine. */
    private static final long COUNT_ALLOCATED_MAX = 1L << 43;

    private static final long NOT_GIVEN = -1;

    private StreamClaimCommands() {}

    /** The consumer of that name, made if there is none; it counts as seen now. */
    static StreamConsumer consumer(WriteContext context, GroupEditor group, byte[] key, byte[] name) {
        StreamConsumer consumer = group.consumer(name);
        if (consumer == null) {
            consumer = group.createConsumer(name);
            context.changed(EventClass.STREAM, "xgroup-createconsumer", key);
        }
        group.touch(consumer);
        return consumer;
    }

    private static CommandError noGroup(byte[] key, byte[] group) {
        return StreamReplies.noSuchGroup(key, group, "");
    }

    /** Takes the least idle time: what was delivered later than the result stays where it is. */
    private static long deliveredUntil(WriteContext context, Args args, String errorLine) {
        long idleMinMillis = args.takeLong(errorLine);
        return idleMinMillis <= 0 ? Long.MAX_VALUE : context.nowMillis() - idleMinMillis;
    }

    // ---- XCLAIM ----

    /** What stands behind the ids of XCLAIM. */
    private record ClaimOptions(
            long deliveredUntilMillis,
            long deliveryMillis,
            long retryCount,
            boolean force,
            boolean justId,
            @Nullable StreamId lastId) {

        static ClaimOptions take(Args args, long nowMillis, long deliveredUntilMillis) {
            long delivery = NOT_GIVEN;
            long retryCount = NOT_GIVEN;
            boolean force = false;
            boolean justId = false;
            StreamId lastId = null;
            while (args.hasNext()) {
                if (args.takeIf("FORCE")) {
                    force = true;
                } else if (args.takeIf("JUSTID")) {
                    justId = true;
                } else if (args.takeIf("IDLE", 1)) {
                    delivery = nowMillis - args.takeLong("ERR Invalid IDLE option argument for XCLAIM");
                } else if (args.takeIf("TIME", 1)) {
                    delivery = args.takeLong("ERR Invalid TIME option argument for XCLAIM");
                } else if (args.takeIf("RETRYCOUNT", 1)) {
                    retryCount = args.takeLong("ERR Invalid RETRYCOUNT option argument for XCLAIM");
                } else if (args.takeIf("LASTID", 1)) {
                    lastId = StreamIds.take(args.take());
                } else {
                    throw new CommandError("ERR Unrecognized XCLAIM option '" + StreamReplies.text(args.take()) + "'");
                }
            }
            boolean sensible = delivery >= 0 && delivery <= nowMillis;
            long deliveryMillis = sensible ? delivery : nowMillis;
            return new ClaimOptions(deliveredUntilMillis, deliveryMillis, retryCount, force, justId, lastId);
        }
    }

    static Reply xclaim(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] groupName = args.take();
        byte[] consumerName = args.take();
        StreamEditor stream = StreamEditor.open(context, key);
        GroupEditor group = stream == null ? null : stream.editGroup(groupName);
        if (stream == null || group == null) {
            throw noGroup(key, groupName);
        }
        long deliveredUntil = deliveredUntil(context, args, "ERR Invalid min-idle-time argument for XCLAIM");
        List<StreamId> ids = new ArrayList<>();
        while (args.hasNext()) {
            StreamId id = StreamId.parse(args.peek(), 0);
            if (id == null) {
                break;
            }
            ids.add(id);
            args.take();
        }
        ClaimOptions options = ClaimOptions.take(args, context.nowMillis(), deliveredUntil);
        if (options.lastId != null) {
            group.advance(options.lastId);
        }
        StreamConsumer consumer = consumer(context, group, key, consumerName);
        List<Reply> claimed = new ArrayList<>();
        for (StreamId id : ids) {
            if (claim(stream, group, consumer, id, options)) {
                claimed.add(claimed(stream, id, options.justId));
            }
        }
        stream.finish();
        return Reply.array(claimed);
    }

    /** Gives one entry to the consumer; false if it is gone, not pending, or was delivered too lately. */
    private static boolean claim(
            StreamEditor stream, GroupEditor group, StreamConsumer consumer, StreamId id, ClaimOptions options) {
        PendingEntry old = group.pending(id);
        if (!stream.has(id)) {
            group.acknowledge(id);
            return false;
        }
        if (old == null && !options.force) {
            return false;
        }
        if (old != null && old.deliveryMillis() > options.deliveredUntilMillis) {
            return false;
        }
        long count = old == null ? 1 : old.deliveryCount();
        if (options.retryCount >= 0) {
            count = options.retryCount;
        } else if (!options.justId) {
            count++;
        }
        group.assign(old, id, consumer, options.deliveryMillis, count);
        group.activate(consumer);
        return true;
    }

    private static Reply claimed(StreamView stream, StreamId id, boolean justId) {
        StreamEntry entry = justId ? null : stream.entry(id);
        return entry == null ? StreamReplies.id(id) : StreamReplies.entry(entry);
    }

    // ---- XAUTOCLAIM ----

    static Reply xautoclaim(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] groupName = args.take();
        byte[] consumerName = args.take();
        long deliveredUntil = deliveredUntil(context, args, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
        StreamId from = StreamIds.takeStart(args.take());
        long count = DEFAULT_COUNT;
        boolean justId = false;
        while (args.hasNext()) {
            if (args.takeIf("COUNT", 1)) {
                count = args.takeLong(1, COUNT_MAX, "ERR COUNT must be > 0");
            } else if (args.takeIf("JUSTID")) {
                justId = true;
            } else {
                throw Errors.syntax();
            }
        }
        StreamEditor stream = StreamEditor.open(context, key);
        GroupEditor group = stream == null ? null : stream.editGroup(groupName);
        if (stream == null || group == null) {
            throw noGroup(key, groupName);
        }
        if (count > COUNT_ALLOCATED_MAX) {
            throw new CommandError("ERR Insufficient memory, failed allocating transient memory, COUNT too high.");
        }
        StreamConsumer consumer = consumer(context, group, key, consumerName);
        AutoClaim claim = new AutoClaim(stream, group, consumer, deliveredUntil, justId);
        StreamId next = claim.run(from, count);
        stream.finish();
        return Reply.array(StreamReplies.id(next), Reply.array(claim.claimed), StreamReplies.ids(claim.deleted));
    }

    /** One walk of XAUTOCLAIM over the pending entries of a group. */
    private static final class AutoClaim {
        private final StreamEditor stream;
        private final GroupEditor group;
        private final StreamConsumer consumer;
        private final long deliveredUntilMillis;
        private final boolean justId;
        private final List<Reply> claimed = new ArrayList<>();
        private final List<StreamId> deleted = new ArrayList<>();

        AutoClaim(
                StreamEditor stream,
                GroupEditor group,
                StreamConsumer consumer,
                long deliveredUntilMillis,
                boolean justId) {
            this.stream = stream;
            this.group = group;
            this.consumer = consumer;
            this.deliveredUntilMillis = deliveredUntilMillis;
            this.justId = justId;
        }

        /** Returns where the next walk begins, {@link StreamId#MIN} at the end. */
        StreamId run(StreamId from, long count) {
            long attempts = count * ATTEMPTS_PER_ENTRY;
            try (StreamView.Pending rows = stream.pending(group.group(), from, StreamId.MAX)) {
                while (attempts-- > 0 && claimed.size() + deleted.size() < count) {
                    PendingEntry entry = rows.next();
                    if (entry == null) {
                        return StreamId.MIN;
                    }
                    take(entry);
                }
                PendingEntry next = rows.next();
                return next == null ? StreamId.MIN : next.id();
            }
        }

        private void take(PendingEntry entry) {
            if (!stream.has(entry.id())) {
                group.acknowledge(entry.id());
                deleted.add(entry.id());
                return;
            }
            if (entry.deliveryMillis() > deliveredUntilMillis) {
                return;
            }
            group.redeliver(entry, consumer, !justId);
            group.activate(consumer);
            claimed.add(claimed(stream, entry.id(), justId));
        }
    }
}
