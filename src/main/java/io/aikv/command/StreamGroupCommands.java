package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.after;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.GroupEditor;
import io.aikv.data.PendingEntry;
import io.aikv.data.ReadContext;
import io.aikv.data.StreamConsumer;
import io.aikv.data.StreamCursor;
import io.aikv.data.StreamEditor;
import io.aikv.data.StreamEntry;
import io.aikv.data.StreamGroup;
import io.aikv.data.StreamId;
import io.aikv.data.StreamView;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Consumer groups of streams: XGROUP, reading as a consumer, acknowledging. XCLAIM is in {@link StreamClaimCommands}. */
final class StreamGroupCommands {
    private static final String NO_KEY = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you"
            + " may want to use the MKSTREAM option to create an empty stream automatically.";
    private static final int CREATE_ARGUMENTS_MAX = 8;

    private StreamGroupCommands() {}

    static void register(CommandTable table) {
        table.group(Group.STREAM)
                .waitingWrite(
                        "XREADGROUP",
                        -7,
                        List.of(after("STREAMS", 4, -1, 1, 2, RO, ACCESS)),
                        StreamGroupCommands::xreadgroup,
                        Waiting.GROUP_READ)
                .write("XACK", -4, key(1, RW, UPDATE), StreamGroupCommands::xack, FAST)
                .read("XPENDING", -3, key(1, RO, ACCESS), StreamGroupCommands::xpending)
                .write("XCLAIM", -6, key(1, RW, UPDATE), StreamClaimCommands::xclaim, FAST)
                .write("XAUTOCLAIM", -6, key(1, RW, DELETE), StreamClaimCommands::xautoclaim, FAST);
        table.group(Group.STREAM)
                .container("XGROUP", -2)
                .write("CREATE", -5, key(2, RW, INSERT), StreamGroupCommands::create, DENYOOM)
                .write("SETID", -5, key(2, RW, UPDATE), StreamGroupCommands::setid)
                .write("DESTROY", 4, key(2, RW, DELETE), StreamGroupCommands::destroy)
                .write("CREATECONSUMER", 5, key(2, RW, INSERT), StreamGroupCommands::createconsumer, DENYOOM)
                .write("DELCONSUMER", 5, key(2, RW, DELETE), StreamGroupCommands::delconsumer)
                .session("HELP", 2, StreamGroupCommands::help, LOADING, STALE);
    }

    // ---- XGROUP ----

    private static Reply help(Caller caller, Args args) {
        return StreamReplies.help(
                "XGROUP",
                "CREATE <key> <groupname> <id|$> [option]",
                "    Create a new consumer group. Options are:",
                "    * MKSTREAM",
                "      Create the empty stream if it does not exist.",
                "    * ENTRIESREAD entries_read",
                "      Set the group's entries_read counter (internal use).",
                "CREATECONSUMER <key> <groupname> <consumer>",
                "    Create a new consumer in the specified group.",
                "DELCONSUMER <key> <groupname> <consumer>",
                "    Remove the specified consumer.",
                "DESTROY <key> <groupname>",
                "    Remove the specified group.",
                "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
                "    Set the current group ID and entries_read counter.");
    }

    private static StreamEditor require(@Nullable StreamEditor stream) {
        if (stream == null) {
            throw new CommandError(NO_KEY);
        }
        return stream;
    }

    private static GroupEditor requireGroup(StreamEditor stream, byte[] key, byte[] name) {
        GroupEditor group = stream.editGroup(name);
        if (group == null) {
            throw StreamReplies.noSuchGroup(key, name);
        }
        return group;
    }

    private static long takeEntriesRead(Args args) {
        long entriesRead = args.takeLong();
        if (entriesRead < 0 && entriesRead != StreamGroup.UNKNOWN) {
            throw new CommandError("ERR value for ENTRIESREAD must be positive or -1");
        }
        return entriesRead;
    }

    private static boolean isDollar(byte[] text) {
        return text.length == 1 && text[0] == '$';
    }

    private static Reply create(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] name = args.take();
        byte[] idText = args.take();
        boolean makesStream = false;
        long entriesRead = StreamGroup.UNKNOWN;
        while (args.hasNext()) {
            if (args.takeIf("MKSTREAM")) {
                makesStream = true;
            } else if (args.takeIf("ENTRIESREAD", 1)) {
                entriesRead = takeEntriesRead(args);
            } else {
                throw StreamReplies.unknownSubcommand(args.argv());
            }
        }
        StreamEditor old = StreamEditor.open(context, key);
        if (!makesStream) {
            require(old);
        }
        if (args.argv().length > CREATE_ARGUMENTS_MAX) {
            throw StreamReplies.unknownSubcommand(args.argv());
        }
        StreamId lastStreamId = old == null ? StreamId.MIN : old.lastId();
        StreamId id = isDollar(idText) ? lastStreamId : StreamIds.take(idText);
        if (old != null && old.group(name) != null) {
            throw new CommandError("BUSYGROUP Consumer Group name already exists");
        }
        StreamEditor stream = old == null ? StreamEditor.create(context, key) : old;
        stream.createGroup(name, id, entriesRead);
        stream.finish();
        context.changed(EventClass.STREAM, "xgroup-create", key);
        return Reply.OK;
    }

    private static Reply setid(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] name = args.take();
        byte[] idText = args.take();
        long entriesRead = StreamGroup.UNKNOWN;
        int options = args.remaining();
        while (args.hasNext()) {
            if (!args.takeIf("ENTRIESREAD", 1)) {
                throw StreamReplies.unknownSubcommand(args.argv());
            }
            entriesRead = takeEntriesRead(args);
        }
        StreamEditor stream = require(StreamEditor.open(context, key));
        GroupEditor group = requireGroup(stream, key, name);
        if (options > 2) {
            throw StreamReplies.unknownSubcommand(args.argv());
        }
        group.setPosition(isDollar(idText) ? stream.lastId() : StreamIds.takeAny(idText, 0), entriesRead);
        stream.finish();
        context.changed(EventClass.STREAM, "xgroup-setid", key);
        return Reply.OK;
    }

    private static Reply destroy(WriteContext context, Args args) {
        byte[] key = args.take();
        StreamEditor stream = require(StreamEditor.open(context, key));
        StreamGroup group = stream.group(args.take());
        if (group == null) {
            return Reply.ZERO;
        }
        stream.destroyGroup(group);
        stream.finish();
        context.changed(EventClass.STREAM, "xgroup-destroy", key);
        return Reply.ONE;
    }

    private static Reply createconsumer(WriteContext context, Args args) {
        byte[] key = args.take();
        StreamEditor stream = require(StreamEditor.open(context, key));
        GroupEditor group = requireGroup(stream, key, args.take());
        byte[] name = args.take();
        if (group.consumer(name) != null) {
            return Reply.ZERO;
        }
        group.createConsumer(name);
        stream.finish();
        context.changed(EventClass.STREAM, "xgroup-createconsumer", key);
        return Reply.ONE;
    }

    private static Reply delconsumer(WriteContext context, Args args) {
        byte[] key = args.take();
        StreamEditor stream = require(StreamEditor.open(context, key));
        GroupEditor group = requireGroup(stream, key, args.take());
        StreamConsumer consumer = group.consumer(args.take());
        if (consumer == null) {
            return Reply.ZERO;
        }
        long pending = consumer.pendingCount();
        group.removeConsumer(consumer);
        stream.finish();
        context.changed(EventClass.STREAM, "xgroup-delconsumer", key);
        return Reply.integer(pending);
    }

    // ---- XREADGROUP ----

    /** Does not wait: where there is nothing to read it answers as if the time of BLOCK were over. */
    private static Reply xreadgroup(WriteContext context, Args args) {
        StreamReadOptions options = StreamReadOptions.ofXreadgroup(args.argv(), context.nowMillis());
        List<@Nullable StreamId> behind = new ArrayList<>(options.count());
        for (int i = 0; i < options.count(); i++) {
            StreamView stream = StreamView.find(context, options.key(i));
            if (stream == null || stream.group(options.group()) == null) {
                throw StreamReplies.noSuchGroup(options.key(i), options.group(), " in XREADGROUP with GROUP option");
            }
            behind.add(historyBehind(options.id(i)));
        }
        List<Reply> streams = new ArrayList<>();
        StreamReplies.Room room = new StreamReplies.Room();
        for (int i = 0; i < options.count(); i++) {
            List<Reply> entries = readAs(context, options, i, behind.get(i), room);
            if (entries != null) {
                streams.add(Reply.bulk(options.key(i)));
                streams.add(Reply.array(entries));
            }
        }
        return streams.isEmpty() ? Reply.NULL_ARRAY : new Reply.MapOrPairs(streams);
    }

    /** The id behind which a consumer wants to see its history again; null for new entries. */
    private static @Nullable StreamId historyBehind(byte[] text) {
        char sign = text.length == 1 ? (char) text[0] : 0;
        if (sign == '>') {
            return null;
        }
        if (sign == '$' || sign == '+') {
            throw new CommandError(
                    "ERR The " + sign + " ID is meaningless in the context of XREADGROUP: you want to read"
                            + " the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The "
                            + sign + " ID would just return an empty result set.");
        }
        StreamId id = StreamIds.take(text);
        return id.equals(StreamId.MAX) ? null : id; // As in Redis, where the greatest id stands for '>'.
    }

    /** What the consumer gets of one stream; null for nothing. */
    private static @Nullable List<Reply> readAs(
            WriteContext context,
            StreamReadOptions options,
            int index,
            @Nullable StreamId behind,
            StreamReplies.Room room) {
        byte[] key = options.key(index);
        StreamEditor stream = StreamEditor.open(context, key);
        GroupEditor group = stream == null ? null : stream.editGroup(options.group());
        if (stream == null || group == null) {
            return null;
        }
        StreamConsumer consumer = StreamClaimCommands.consumer(context, group, key, options.consumer());
        List<Reply> entries = behind == null
                ? deliverNew(stream, group, consumer, options, room)
                : history(stream, new Reader(group, consumer, behind), options.entriesMax(), room);
        stream.finish();
        return entries;
    }

    private static @Nullable List<Reply> deliverNew(
            StreamEditor stream,
            GroupEditor group,
            StreamConsumer consumer,
            StreamReadOptions options,
            StreamReplies.Room room) {
        List<Reply> replies = new ArrayList<>();
        StreamId from = group.group().lastId().next();
        long max = options.entriesMax();
        if (from == null) {
            return null;
        }
        try (StreamCursor rows = stream.entries(from, StreamId.MAX, false)) {
            while ((max == 0 || replies.size() < max) && room.hasMore() && rows.next()) {
                StreamEntry entry = rows.entry();
                group.read(entry.id());
                if (!options.isAcknowledged()) {
                    group.deliver(entry.id(), consumer);
                    group.activate(consumer);
                }
                replies.add(room.take(StreamReplies.entry(entry)));
            }
        }
        return replies.isEmpty() ? null : replies;
    }

    /** A consumer that wants to see its history behind an id again. */
    private record Reader(GroupEditor group, StreamConsumer consumer, StreamId behind) {}

    /** What is pending for the consumer; entries that are gone are shown with their id only. */
    private static List<Reply> history(StreamEditor stream, Reader reader, long max, StreamReplies.Room room) {
        List<Reply> replies = new ArrayList<>();
        GroupEditor group = reader.group;
        StreamConsumer consumer = reader.consumer;
        StreamId from = reader.behind.next();
        if (from == null) {
            return replies;
        }
        try (StreamView.Pending rows = stream.pending(group.group(), consumer, from, StreamId.MAX)) {
            while ((max == 0 || replies.size() < max) && room.hasMore()) {
                PendingEntry pending = rows.next();
                if (pending == null) {
                    break;
                }
                StreamEntry entry = stream.entry(pending.id());
                if (entry == null) {
                    replies.add(room.take(Reply.array(StreamReplies.id(pending.id()), Reply.NULL_ARRAY)));
                } else {
                    group.redeliver(pending, consumer, true);
                    replies.add(room.take(StreamReplies.entry(entry)));
                }
            }
        }
        return replies;
    }

    // ---- XACK, XPENDING ----

    private static Reply xack(WriteContext context, Args args) {
        byte[] key = args.take();
        StreamEditor stream = StreamEditor.open(context, key);
        GroupEditor group = stream == null ? null : stream.editGroup(args.take());
        if (stream == null || group == null) {
            return Reply.ZERO;
        }
        long acknowledged = 0;
        for (StreamId id : StreamIds.takeAll(args.argv(), args.position(), args.argv().length)) {
            acknowledged += group.acknowledge(id) ? 1 : 0;
        }
        stream.finish();
        return Reply.integer(acknowledged);
    }

    private static Reply xpending(ReadContext context, Args args) {
        byte[][] argv = args.argv();
        byte[] key = args.take();
        byte[] groupName = args.take();
        if (!args.hasNext()) {
            StreamView stream = StreamView.find(context, key);
            return pendingSummary(requireStream(stream, key, groupName), requireGroup(stream, key, groupName));
        }
        if (argv.length < 6 || argv.length > 9) {
            throw Errors.syntax();
        }
        long idleMin = 0;
        if (args.takeIf("IDLE")) {
            idleMin = args.takeLong();
            if (argv.length < 8) {
                throw Errors.syntax();
            }
        }
        byte[] start = args.take();
        byte[] end = args.take();
        long count = Math.max(Numbers.parseLong(args.take()), 0);
        StreamId from = StreamIds.takeStart(start);
        StreamId to = StreamIds.takeEnd(end);
        byte[] consumerName = args.hasNext() ? args.take() : null;
        StreamView found = StreamView.find(context, key);
        StreamView stream = requireStream(found, key, groupName);
        StreamGroup group = requireGroup(found, key, groupName);
        StreamConsumer consumer = consumerName == null ? null : stream.consumer(group, consumerName);
        if (consumerName != null && consumer == null) {
            return Reply.EMPTY_ARRAY;
        }
        try (StreamView.Pending rows =
                consumer == null ? stream.pending(group, from, to) : stream.pending(group, consumer, from, to)) {
            return pendingEntries(context, stream, group, rows, new Page(idleMin, count));
        }
    }

    private static StreamView requireStream(@Nullable StreamView stream, byte[] key, byte[] groupName) {
        if (stream == null) {
            throw StreamReplies.noSuchGroup(key, groupName, "");
        }
        return stream;
    }

    private static StreamGroup requireGroup(@Nullable StreamView stream, byte[] key, byte[] groupName) {
        StreamGroup group = stream == null ? null : stream.group(groupName);
        if (group == null) {
            throw StreamReplies.noSuchGroup(key, groupName, "");
        }
        return group;
    }

    private static Reply pendingSummary(StreamView stream, StreamGroup group) {
        PendingEntry first = stream.pendingEdge(group, false);
        PendingEntry last = stream.pendingEdge(group, true);
        if (first == null || last == null) {
            return Reply.array(Reply.ZERO, Reply.NULL, Reply.NULL, Reply.NULL_ARRAY);
        }
        List<Reply> consumers = new ArrayList<>();
        for (StreamConsumer consumer : stream.consumers(group)) {
            if (consumer.pendingCount() > 0) {
                consumers.add(
                        Reply.array(Reply.bulk(consumer.name()), Reply.bulk(Numbers.encode(consumer.pendingCount()))));
            }
        }
        return Reply.array(
                Reply.integer(group.pendingCount()),
                StreamReplies.id(first.id()),
                StreamReplies.id(last.id()),
                Reply.array(consumers));
    }

    /** Which pending entries are wanted: those idle for so long, and how many at most. */
    private record Page(long idleMin, long count) {}

    private static Reply pendingEntries(
            ReadContext context, StreamView stream, StreamGroup group, StreamView.Pending rows, Page page) {
        List<Reply> entries = new ArrayList<>();
        while (entries.size() < page.count) {
            PendingEntry entry = rows.next();
            if (entry == null) {
                break;
            }
            long idleMillis = context.nowMillis() - entry.deliveryMillis();
            if (page.idleMin == 0 || idleMillis >= page.idleMin) {
                entries.add(Reply.array(
                        StreamReplies.id(entry.id()),
                        Reply.bulk(stream.consumerName(group, entry)),
                        Reply.integer(Math.max(idleMillis, 0)),
                        Reply.integer(entry.deliveryCount())));
            }
        }
        return Reply.array(entries);
    }
}
