package io.aikv.command;

import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Errors;
import io.aikv.data.PendingEntry;
import io.aikv.data.ReadContext;
import io.aikv.data.StreamConsumer;
import io.aikv.data.StreamGroup;
import io.aikv.data.StreamId;
import io.aikv.data.StreamTrim;
import io.aikv.data.StreamView;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;

/** XINFO: what a stream, its groups and their consumers say about themselves. */
final class StreamInfoCommands {
    private static final long FULL_COUNT = 10;

    private StreamInfoCommands() {}

    static void register(CommandTable table) {
        table.group(Group.STREAM)
                .container("XINFO", -2)
                .read("STREAM", -3, key(2, RO, ACCESS), StreamInfoCommands::stream)
                .read("GROUPS", 3, key(2, RO, ACCESS), StreamInfoCommands::groups)
                .read("CONSUMERS", 4, key(2, RO, ACCESS), StreamInfoCommands::consumers)
                .session("HELP", 2, StreamInfoCommands::help, LOADING, STALE);
    }

    private static StreamView require(ReadContext context, byte[] key) {
        StreamView stream = StreamView.find(context, key);
        if (stream == null) {
            throw Errors.noSuchKey();
        }
        return stream;
    }

    private static Reply help(Caller caller, Args args) {
        return StreamReplies.help(
                "XINFO",
                "CONSUMERS <key> <groupname>",
                "    Show consumers of <groupname>.",
                "GROUPS <key>",
                "    Show the stream consumer groups.",
                "STREAM <key> [FULL [COUNT <count>]",
                "    Show information about the stream.");
    }

    // ---- STREAM ----

    private static Reply stream(ReadContext context, Args args) {
        StreamView stream = require(context, args.take());
        if (!args.hasNext()) {
            return new Reply.Map(summary(stream));
        }
        long count = FULL_COUNT;
        boolean counted = args.remaining() == 3;
        if ((!counted && args.remaining() != 1) || !args.takeIf("FULL") || (counted && !args.takeIf("COUNT"))) {
            throw StreamReplies.unknownSubcommand(args.argv());
        }
        if (counted) {
            long given = args.takeLong();
            count = given < 0 ? FULL_COUNT : given;
        }
        return new Reply.Map(full(stream, count));
    }

    private static void put(List<Reply> map, String name, Reply value) {
        map.add(Reply.text(name));
        map.add(value);
    }

    private static List<Reply> header(StreamView stream) {
        // Redis tells the size of its radix tree: one key per block of entries. There is none here.
        long blocks = (stream.length() + StreamTrim.BLOCK_ENTRIES - 1) / StreamTrim.BLOCK_ENTRIES;
        List<Reply> map = new ArrayList<>();
        put(map, "length", Reply.integer(stream.length()));
        put(map, "radix-tree-keys", Reply.integer(blocks));
        put(map, "radix-tree-nodes", Reply.integer(blocks + 1));
        put(map, "last-generated-id", StreamReplies.id(stream.lastId()));
        put(map, "max-deleted-entry-id", StreamReplies.id(stream.maxDeletedId()));
        put(map, "entries-added", Reply.integer(stream.entriesAdded()));
        put(map, "recorded-first-entry-id", StreamReplies.id(stream.firstId()));
        return map;
    }

    private static List<Reply> summary(StreamView stream) {
        List<Reply> map = header(stream);
        put(map, "groups", Reply.integer(stream.groups().size()));
        put(map, "first-entry", edge(stream, false));
        put(map, "last-entry", edge(stream, true));
        return map;
    }

    private static Reply edge(StreamView stream, boolean last) {
        List<Reply> one = StreamReplies.entries(stream, StreamId.MIN, StreamId.MAX, 1, last);
        return one.isEmpty() ? Reply.NULL : one.get(0);
    }

    private static List<Reply> full(StreamView stream, long count) {
        List<Reply> map = header(stream);
        put(map, "entries", Reply.array(StreamReplies.entries(stream, StreamId.MIN, StreamId.MAX, count, false)));
        List<Reply> groups = new ArrayList<>();
        for (StreamGroup group : stream.groups()) {
            groups.add(fullGroup(stream, group, count));
        }
        put(map, "groups", Reply.array(groups));
        return map;
    }

    private static Reply fullGroup(StreamView stream, StreamGroup group, long count) {
        List<Reply> map = new ArrayList<>();
        put(map, "name", Reply.bulk(group.name()));
        put(map, "last-delivered-id", StreamReplies.id(group.lastId()));
        put(map, "entries-read", StreamReplies.integerOrNull(group.entriesRead(), StreamGroup.UNKNOWN));
        put(map, "lag", StreamReplies.integerOrNull(stream.lag(group), StreamGroup.UNKNOWN));
        put(map, "pel-count", Reply.integer(group.pendingCount()));
        List<Reply> pending = new ArrayList<>();
        try (StreamView.Pending rows = stream.pending(group, StreamId.MIN, StreamId.MAX)) {
            while (count == 0 || pending.size() < count) {
                PendingEntry entry = rows.next();
                if (entry == null) {
                    break;
                }
                pending.add(Reply.array(
                        StreamReplies.id(entry.id()),
                        Reply.bulk(stream.consumerName(group, entry)),
                        Reply.integer(entry.deliveryMillis()),
                        Reply.integer(entry.deliveryCount())));
            }
        }
        put(map, "pending", Reply.array(pending));
        List<Reply> consumers = new ArrayList<>();
        for (StreamConsumer consumer : stream.consumers(group)) {
            consumers.add(fullConsumer(stream, group, consumer, count));
        }
        put(map, "consumers", Reply.array(consumers));
        return new Reply.Map(map);
    }

    private static Reply fullConsumer(StreamView stream, StreamGroup group, StreamConsumer consumer, long count) {
        List<Reply> map = new ArrayList<>();
        put(map, "name", Reply.bulk(consumer.name()));
        put(map, "seen-time", Reply.integer(consumer.seenMillis()));
        put(map, "active-time", Reply.integer(consumer.activeMillis()));
        put(map, "pel-count", Reply.integer(consumer.pendingCount()));
        List<Reply> pending = new ArrayList<>();
        try (StreamView.Pending rows = stream.pending(group, consumer, StreamId.MIN, StreamId.MAX)) {
            while (count == 0 || pending.size() < count) {
                PendingEntry entry = rows.next();
                if (entry == null) {
                    break;
                }
                pending.add(Reply.array(
                        StreamReplies.id(entry.id()),
                        Reply.integer(entry.deliveryMillis()),
                        Reply.integer(entry.deliveryCount())));
            }
        }
        put(map, "pending", Reply.array(pending));
        return new Reply.Map(map);
    }

    // ---- GROUPS, CONSUMERS ----

    private static Reply groups(ReadContext context, Args args) {
        StreamView stream = require(context, args.take());
        List<Reply> groups = new ArrayList<>();
        for (StreamGroup group : stream.groups()) {
            List<Reply> map = new ArrayList<>();
            put(map, "name", Reply.bulk(group.name()));
            put(map, "consumers", Reply.integer(group.consumerCount()));
            put(map, "pending", Reply.integer(group.pendingCount()));
            put(map, "last-delivered-id", StreamReplies.id(group.lastId()));
            put(map, "entries-read", StreamReplies.integerOrNull(group.entriesRead(), StreamGroup.UNKNOWN));
            put(map, "lag", StreamReplies.integerOrNull(stream.lag(group), StreamGroup.UNKNOWN));
            groups.add(new Reply.Map(map));
        }
        return Reply.array(groups);
    }

    private static Reply consumers(ReadContext context, Args args) {
        byte[] key = args.take();
        byte[] name = args.take();
        StreamView stream = require(context, key);
        StreamGroup group = stream.group(name);
        if (group == null) {
            throw StreamReplies.noSuchGroup(key, name);
        }
        List<Reply> consumers = new ArrayList<>();
        for (StreamConsumer consumer : stream.consumers(group)) {
            boolean wasActive = consumer.activeMillis() != StreamConsumer.NEVER;
            long inactive = wasActive ? context.nowMillis() - consumer.activeMillis() : StreamConsumer.NEVER;
            List<Reply> map = new ArrayList<>();
            put(map, "name", Reply.bulk(consumer.name()));
            put(map, "pending", Reply.integer(consumer.pendingCount()));
            put(map, "idle", Reply.integer(Math.max(context.nowMillis() - consumer.seenMillis(), 0)));
            put(map, "inactive", Reply.integer(inactive));
            consumers.add(new Reply.Map(map));
        }
        return Reply.array(consumers);
    }
}
