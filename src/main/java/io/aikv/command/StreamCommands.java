package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
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
import io.aikv.data.ReadContext;
import io.aikv.data.StreamEditor;
import io.aikv.data.StreamId;
import io.aikv.data.StreamTrim;
import io.aikv.data.StreamTrim.References;
import io.aikv.data.StreamView;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands on the entries of streams: all of Redis 7.2, XREAD's {@code +} of 7.4, and what 8.2 knows of references. Those
 * on consumer groups are in {@link StreamGroupCommands}, XINFO in {@link StreamInfoCommands}.
 */
public final class StreamCommands {
    /** Bytes of an entry that Redis refuses, although nobody can send so many. */
    private static final long ENTRY_BYTES_MAX = 1L << 30;

    private static final long NO_ID = -1;
    private static final long DELETED = 1;
    private static final long STILL_REFERENCED = 2;

    private StreamCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.STREAM)
                .read("XLEN", 2, key(1, RO), StreamCommands::xlen, FAST)
                .read("XRANGE", -4, key(1, RO, ACCESS), StreamCommands::xrange)
                .read("XREVRANGE", -4, key(1, RO, ACCESS), StreamCommands::xrevrange)
                .waitingRead(
                        "XREAD", -4, after("STREAMS", 1, -1, 1, 2, RO, ACCESS), StreamCommands::xread, Waiting.READ)
                .read(
                        Waiting.READ_FROM,
                        -4,
                        after("STREAMS", 1, -1, 1, 2, RO, ACCESS),
                        StreamCommands::readFrom,
                        Flag.INTERNAL)
                .write("XADD", -5, key(1, RW, UPDATE), StreamCommands::xadd, DENYOOM, FAST)
                .write("XTRIM", -4, key(1, RW, DELETE), StreamCommands::xtrim)
                .write("XDEL", -3, key(1, RW, DELETE), StreamCommands::xdel, FAST)
                .write("XDELEX", -5, key(1, RW, DELETE), StreamCommands::xdelex, FAST)
                .write("XACKDEL", -6, key(1, RW, UPDATE, DELETE), StreamCommands::xackdel, FAST)
                .write("XSETID", -3, key(1, RW, UPDATE), StreamCommands::xsetid, DENYOOM, FAST);
        StreamGroupCommands.register(table);
        StreamInfoCommands.register(table);
    }

    // ---- reading ----

    private static Reply xlen(ReadContext context, Args args) {
        StreamView stream = StreamView.find(context, args.take());
        return Reply.integer(stream == null ? 0 : stream.length());
    }

    private static Reply xrange(ReadContext context, Args args) {
        byte[] key = args.take();
        StreamId from = StreamIds.takeStart(args.take());
        StreamId to = StreamIds.takeEnd(args.take());
        return range(context, key, from, to, args, false);
    }

    private static Reply xrevrange(ReadContext context, Args args) {
        byte[] key = args.take();
        byte[] end = args.take();
        StreamId from = StreamIds.takeStart(args.take());
        StreamId to = StreamIds.takeEnd(end);
        return range(context, key, from, to, args, true);
    }

    private static Reply range(
            ReadContext context, byte[] key, StreamId from, StreamId to, Args args, boolean reverse) {
        boolean limited = false;
        long count = 0;
        while (args.hasNext()) {
            if (!args.takeIf("COUNT", 1)) {
                throw Errors.syntax();
            }
            limited = true;
            count = Math.max(args.takeLong(), 0);
        }
        StreamView stream = StreamView.find(context, key);
        if (stream == null) {
            return Reply.EMPTY_ARRAY;
        }
        if (limited && count == 0) {
            return Reply.NULL_ARRAY;
        }
        long most = count;
        boolean all = count == 0 && from.equals(StreamId.MIN) && to.equals(StreamId.MAX);
        return Listing.of(
                context,
                Reply.Form.ARRAY,
                all ? stream::length : null,
                () -> StreamReplies.openEntries(stream, from, to, most, reverse));
    }

    /** Does not wait: where there is nothing to read it answers as if the time of BLOCK were over. */
    private static Reply xread(ReadContext context, Args args) {
        StreamReadOptions options = StreamReadOptions.ofXread(args.argv(), context.nowMillis());
        List<StreamId> behind = new ArrayList<>(options.count());
        for (int i = 0; i < options.count(); i++) {
            behind.add(readBehind(StreamView.find(context, options.key(i)), options.id(i)));
        }
        List<Reply> streams = new ArrayList<>();
        StreamReplies.Room room = new StreamReplies.Room();
        for (int i = 0; i < options.count(); i++) {
            StreamView stream = StreamView.find(context, options.key(i));
            StreamId from = behind.get(i).next();
            if (stream == null || from == null) {
                continue;
            }
            List<Reply> entries = StreamReplies.entriesThatFit(stream, from, options.entriesMax(), room);
            if (!entries.isEmpty()) {
                streams.add(Reply.bulk(options.key(i)));
                streams.add(Reply.array(entries));
            }
        }
        return streams.isEmpty() ? Reply.NULL_ARRAY : new Reply.MapOrPairs(streams);
    }

    /** The arguments of an XREAD with the ids behind which it begins, as of now, instead of {@code $}. */
    private static Reply readFrom(ReadContext context, Args args) {
        byte[][] argv = args.argv();
        StreamReadOptions options = StreamReadOptions.ofXread(argv, context.nowMillis());
        List<Reply> resolved = new ArrayList<>(argv.length);
        for (int i = 0; i < argv.length; i++) {
            int stream = i - (argv.length - options.count());
            boolean last = stream >= 0 && argv[i].length == 1 && argv[i][0] == '$';
            resolved.add(
                    last
                            ? Reply.text(readBehind(StreamView.find(context, options.key(stream)), argv[i])
                                    .toString())
                            : Reply.bulk(argv[i]));
        }
        return Reply.array(resolved);
    }

    /** The id behind which XREAD begins. */
    private static StreamId readBehind(@Nullable StreamView stream, byte[] text) {
        char sign = text.length == 1 ? (char) text[0] : 0;
        if (sign == '$') {
            return stream == null ? StreamId.MIN : stream.lastId();
        }
        if (sign == '+') {
            StreamId last = stream == null ? null : stream.lastLiveId();
            StreamId before = last == null ? null : last.previous();
            return before != null ? before : stream == null ? StreamId.MIN : stream.lastId();
        }
        if (sign == '>') {
            throw new CommandError("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
                    + " <consumer> option.");
        }
        return StreamIds.take(text);
    }

    // ---- adding ----

    private static Reply xadd(WriteContext context, Args args) {
        byte[][] argv = args.argv();
        StreamAddOptions options = StreamAddOptions.ofXadd(argv);
        byte[] key = argv[1];
        StreamEditor old = StreamEditor.open(context, key);
        if (old == null && !options.makesStream()) {
            return Reply.NULL;
        }
        StreamId last = old == null ? StreamId.MIN : old.lastId();
        if (last.equals(StreamId.MAX)) {
            throw new CommandError("ERR The stream has exhausted the last possible ID, unable to add more items");
        }
        StreamId id = newId(options.id(), last, context.nowMillis());
        requireSize(argv, options.position());
        StreamEditor stream = old == null ? StreamEditor.create(context, key) : old;
        stream.append(id, argv, options.position());
        StreamTrim trim = options.trim();
        boolean trimmed = trim != null && stream.trim(trim) > 0;
        stream.finish();
        context.changed(EventClass.STREAM, "xadd", key);
        if (trimmed) {
            context.changed(EventClass.STREAM, "xtrim", key);
        }
        return StreamReplies.id(id);
    }

    /** The id of a new entry; {@code last} is not the greatest there is. */
    private static StreamId newId(StreamId.@Nullable Incomplete given, StreamId last, long nowMillis) {
        StreamId id;
        if (given == null) {
            id = Long.compareUnsigned(nowMillis, last.ms()) > 0 ? new StreamId(nowMillis, 0) : last.next();
        } else if (given.seq() != null) {
            id = new StreamId(given.ms(), given.seq());
        } else if (given.ms() == last.ms()) {
            id = last.seq() == -1 ? null : last.next();
        } else {
            id = new StreamId(given.ms(), 0);
        }
        if (id == null || !id.isAfter(last)) {
            throw new CommandError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
        }
        return id;
    }

    private static void requireSize(byte[][] argv, int start) {
        long size = 0;
        for (int i = start; i < argv.length; i++) {
            size += argv[i].length;
        }
        if (size > ENTRY_BYTES_MAX) {
            throw new CommandError("ERR Elements are too large to be stored");
        }
    }

    // ---- removing ----

    private static Reply xtrim(WriteContext context, Args args) {
        StreamTrim trim = StreamAddOptions.ofXtrim(args.argv());
        byte[] key = args.take();
        StreamEditor stream = StreamEditor.open(context, key);
        long removed = stream == null ? 0 : stream.trim(trim);
        if (stream != null) {
            stream.finish();
        }
        if (removed > 0) {
            context.changed(EventClass.STREAM, "xtrim", key);
        }
        return Reply.integer(removed);
    }

    private static Reply xdel(WriteContext context, Args args) {
        byte[] key = args.take();
        StreamEditor stream = StreamEditor.open(context, key);
        if (stream == null) {
            return Reply.ZERO;
        }
        long deleted = 0;
        for (StreamId id : StreamIds.takeAll(args.argv(), args.position(), args.argv().length)) {
            deleted += stream.delete(id) ? 1 : 0;
        }
        finish(context, stream, key, deleted > 0);
        return Reply.integer(deleted);
    }

    private static void finish(WriteContext context, StreamEditor stream, byte[] key, boolean deleted) {
        stream.finish();
        if (deleted) {
            context.changed(EventClass.STREAM, "xdel", key);
        }
    }

    /** {@code [KEEPREF|DELREF|ACKED] IDS numids id ...}, in any order. */
    private record Deletion(References references, List<StreamId> ids) {
        static Deletion take(Args args) {
            References references = null;
            List<byte[]> texts = null;
            while (args.hasNext()) {
                References named = StreamAddOptions.referencesOf(args.peek());
                if (named != null && references == null) {
                    references = named;
                    args.take();
                } else if (named == null && texts == null && args.takeIf("IDS", 1)) {
                    texts = takeIds(args);
                } else {
                    throw Errors.syntax();
                }
            }
            if (texts == null) {
                throw Errors.syntax();
            }
            return new Deletion(
                    references == null ? References.KEEP : references,
                    texts.stream().map(StreamIds::take).toList());
        }

        private static List<byte[]> takeIds(Args args) {
            long count = args.takeLong(1, Integer.MAX_VALUE, "ERR Number of IDs must be a positive integer");
            if (count > args.remaining()) {
                throw new CommandError("ERR The `numids` parameter must match the number of arguments");
            }
            List<byte[]> ids = new ArrayList<>((int) count);
            for (long i = 0; i < count; i++) {
                ids.add(args.take());
            }
            return ids;
        }

        Reply nothingFound() {
            return Reply.array(Collections.nCopies(ids.size(), Reply.integer(NO_ID)));
        }
    }

    private static Reply xdelex(WriteContext context, Args args) {
        byte[] key = args.take();
        Deletion deletion = Deletion.take(args);
        StreamEditor stream = StreamEditor.open(context, key);
        if (stream == null) {
            return deletion.nothingFound();
        }
        boolean deleted = false;
        List<Reply> results = new ArrayList<>(deletion.ids.size());
        for (StreamId id : deletion.ids) {
            long result = STILL_REFERENCED;
            if (stream.release(id, deletion.references)) {
                result = stream.delete(id) ? DELETED : NO_ID;
            }
            deleted |= result == DELETED;
            results.add(Reply.integer(result));
        }
        finish(context, stream, key, deleted);
        return Reply.array(results);
    }

    private static Reply xackdel(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] groupName = args.take();
        Deletion deletion = Deletion.take(args);
        StreamEditor stream = StreamEditor.open(context, key);
        GroupEditor group = stream == null ? null : stream.editGroup(groupName);
        if (stream == null || group == null) {
            return deletion.nothingFound();
        }
        boolean deleted = false;
        List<Reply> results = new ArrayList<>(deletion.ids.size());
        for (StreamId id : deletion.ids) {
            long result = NO_ID;
            if (group.acknowledge(id)) {
                result = STILL_REFERENCED;
                if (stream.release(id, deletion.references)) {
                    deleted |= stream.delete(id);
                    result = DELETED;
                }
            }
            results.add(Reply.integer(result));
        }
        finish(context, stream, key, deleted);
        return Reply.array(results);
    }

    // ---- XSETID ----

    private static Reply xsetid(WriteContext context, Args args) {
        byte[] key = args.take();
        StreamId lastId = StreamIds.take(args.take());
        Long entriesAdded = null;
        StreamId maxDeletedId = null;
        while (args.hasNext()) {
            if (args.takeIf("ENTRIESADDED", 1)) {
                entriesAdded = Numbers.parseLong(args.take());
                if (entriesAdded < 0) {
                    throw new CommandError("ERR entries_added must be positive");
                }
            } else if (args.takeIf("MAXDELETEDID", 1)) {
                maxDeletedId = StreamIds.take(args.take());
                if (lastId.isBefore(maxDeletedId)) {
                    throw new CommandError(
                            "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
                }
            } else {
                throw Errors.syntax();
            }
        }
        StreamEditor stream = StreamEditor.open(context, key);
        if (stream == null) {
            throw Errors.noSuchKey();
        }
        requireOrder(stream, lastId, entriesAdded);
        boolean setsDeleted = maxDeletedId != null && !maxDeletedId.equals(StreamId.MIN);
        stream.setIds(lastId, entriesAdded, setsDeleted ? maxDeletedId : null);
        stream.finish();
        context.changed(EventClass.STREAM, "xsetid", key);
        return Reply.OK;
    }

    private static void requireOrder(StreamView stream, StreamId lastId, @Nullable Long entriesAdded) {
        if (lastId.isBefore(stream.maxDeletedId())) {
            throw new CommandError("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
        }
        StreamId lastLive = stream.lastLiveId();
        if (lastLive == null) {
            return;
        }
        if (lastId.isBefore(lastLive)) {
            throw new CommandError("ERR The ID specified in XSETID is smaller than the target stream top item");
        }
        if (entriesAdded != null && stream.length() > entriesAdded) {
            throw new CommandError(
                    "ERR The entries_added specified in XSETID is smaller than the target stream length");
        }
    }
}
