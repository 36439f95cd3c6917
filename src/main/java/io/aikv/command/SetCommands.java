package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.counted;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import io.aikv.base.Errors;
import io.aikv.data.CollectionHeader;
import io.aikv.data.CollectionWriter;
import io.aikv.data.EventClass;
import io.aikv.data.RandomMembers;
import io.aikv.data.ReadContext;
import io.aikv.data.SetAlgebra;
import io.aikv.data.Sets;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands on sets: all of Redis 7.2. */
final class SetCommands {
    private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";
    private static final String NOT_IN_RANGE =
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

    private static final Reply EMPTY_SET = new Reply.Set(List.of());

    private SetCommands() {}

    static void register(CommandTable table) {
        table.group(Group.SET)
                .read("SISMEMBER", 3, key(1, RO), SetCommands::sismember, FAST)
                .read("SMISMEMBER", -3, key(1, RO, ACCESS), SetCommands::smismember, FAST)
                .read("SMEMBERS", 2, key(1, RO, ACCESS), SetCommands::smembers)
                .read("SCARD", 2, key(1, RO), SetCommands::scard, FAST)
                .read("SRANDMEMBER", -2, key(1, RO, ACCESS), SetCommands::srandmember)
                .read("SSCAN", -3, key(1, RO, ACCESS), SetCommands::sscan)
                .read("SINTER", -2, keys(1, -1, RO, ACCESS), SetCommands::sinter)
                .read("SINTERCARD", -3, counted(1, RO, ACCESS), SetCommands::sintercard)
                .read("SUNION", -2, keys(1, -1, RO, ACCESS), SetCommands::sunion)
                .read("SDIFF", -2, keys(1, -1, RO, ACCESS), SetCommands::sdiff)
                .write("SADD", -3, key(1, RW, INSERT), SetCommands::sadd, DENYOOM, FAST)
                .write("SREM", -3, key(1, RW, DELETE), SetCommands::srem, FAST)
                .write("SPOP", -2, key(1, RW, ACCESS, DELETE), SetCommands::spop, FAST)
                .write("SMOVE", 4, List.of(key(1, RW, ACCESS, DELETE), key(2, RW, INSERT)), SetCommands::smove, FAST)
                .write("SINTERSTORE", -3, storeKeys(), SetCommands::sinterstore, DENYOOM)
                .write("SUNIONSTORE", -3, storeKeys(), SetCommands::sunionstore, DENYOOM)
                .write("SDIFFSTORE", -3, storeKeys(), SetCommands::sdiffstore, DENYOOM);
    }

    private static List<KeySpec> storeKeys() {
        return List.of(key(1, OW, UPDATE), keys(2, -1, RO, ACCESS));
    }

    private static @Nullable CollectionHeader find(ReadContext context, byte[] key) {
        return CollectionHeader.find(context, key, Type.SET);
    }

    // ---- reading ----

    private static Reply sismember(ReadContext context, Args args) {
        byte[] key = args.take();
        CollectionHeader set = find(context, key);
        return set != null && Sets.contains(context, key, set, args.take()) ? Reply.ONE : Reply.ZERO;
    }

    private static Reply smismember(ReadContext context, Args args) {
        byte[] key = args.take();
        CollectionHeader set = find(context, key);
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            byte[] member = args.take();
            replies.add(set != null && Sets.contains(context, key, set, member) ? Reply.ONE : Reply.ZERO);
        }
        return Reply.array(replies);
    }

    private static Reply smembers(ReadContext context, Args args) {
        byte[] key = args.take();
        CollectionHeader set = find(context, key);
        return set == null ? EMPTY_SET : all(context, key, set, Reply.Form.SET);
    }

    private static Reply all(ReadContext context, byte[] key, CollectionHeader set, Reply.Form form) {
        return Listing.of(
                context,
                form,
                set::count,
                () -> Sets.elements(context, key, set).map(Reply::bulk));
    }

    private static Reply scard(ReadContext context, Args args) {
        CollectionHeader set = find(context, args.take());
        return set == null ? Reply.ZERO : Reply.integer(set.count());
    }

    private static Reply srandmember(ReadContext context, Args args) {
        byte[] key = args.take();
        if (!args.hasNext()) {
            CollectionHeader set = find(context, key);
            return set == null ? Reply.NULL : Reply.bulkOrNull(RandomMembers.one(context, key, set));
        }
        if (args.remaining() > 1) {
            throw Errors.syntax();
        }
        long count = args.takeLong();
        if (count == Long.MIN_VALUE) {
            throw new CommandError(NOT_IN_RANGE);
        }
        CollectionHeader set = find(context, key);
        if (set == null || count == 0) {
            return Reply.EMPTY_ARRAY;
        }
        if (count < 0) {
            return Listing.drawn(
                    context, Reply.Form.ARRAY, -count, some -> bulks(RandomMembers.repeated(context, key, set, some)));
        }
        if (count >= set.count()) {
            return all(context, key, set, Reply.Form.ARRAY);
        }
        if (count > Listing.CHOSEN_WHOLE_MAX) {
            return Listing.of(
                    context,
                    Reply.Form.ARRAY,
                    () -> count,
                    () -> RandomMembers.openDistinct(context, key, set, count).map(Reply::bulk));
        }
        return Reply.array(bulks(RandomMembers.distinctMembers(context, key, set, count)));
    }

    private static Reply sscan(ReadContext context, Args args) {
        byte[] key = args.take();
        long position = KeyspaceCommands.parseCursor(args.take());
        CollectionHeader set = find(context, key);
        if (set == null) {
            return scanReply(0, List.of());
        }
        ScanOptions options = ScanOptions.take(args, ScanOptions.Extra.NONE);
        Sets.Page page = Sets.scan(context, key, set, position, options.count(), options.filter());
        return scanReply(page.next(), page.members());
    }

    private static Reply scanReply(long next, List<byte[]> members) {
        return Reply.array(Reply.text(Long.toString(next)), Reply.array(bulks(members)));
    }

    private static List<Reply> bulks(List<byte[]> values) {
        List<Reply> replies = new ArrayList<>(values.size());
        for (byte[] value : values) {
            replies.add(Reply.bulk(value));
        }
        return replies;
    }

    private static Reply setOf(List<byte[]> members) {
        return new Reply.Set(bulks(members));
    }

    // ---- several sets ----

    /** What makes one set of several. */
    @FunctionalInterface
    private interface Operation {
        Elements<byte[]> open(ReadContext context, List<SetAlgebra.Source> sources);
    }

    private static Reply sinter(ReadContext context, Args args) {
        return combined(context, args, SetAlgebra::intersection);
    }

    private static Reply sunion(ReadContext context, Args args) {
        return combined(context, args, SetAlgebra::union);
    }

    private static Reply sdiff(ReadContext context, Args args) {
        return combined(context, args, SetAlgebra::difference);
    }

    private static Reply combined(ReadContext context, Args args, Operation operation) {
        List<SetAlgebra.Source> sources = sources(context, args.takeRest());
        return Listing.of(
                context,
                Reply.Form.SET,
                null,
                () -> operation.open(context, sources).map(sub -> Reply.bulk(SetAlgebra.member(sub))));
    }

    private static List<SetAlgebra.Source> sources(ReadContext context, byte[][] keys) {
        List<SetAlgebra.Source> sources = new ArrayList<>(keys.length);
        for (byte[] key : keys) {
            sources.add(new SetAlgebra.Source(key, find(context, key)));
        }
        return sources;
    }

    private static Reply sintercard(ReadContext context, Args args) {
        long keyCount = args.takeLong(1, Long.MAX_VALUE, "ERR numkeys should be greater than 0");
        if (keyCount > args.remaining()) {
            throw new CommandError("ERR Number of keys can't be greater than number of args");
        }
        byte[][] keys = new byte[(int) keyCount][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = args.take();
        }
        long limit = args.takeCountLimit();
        long count = 0;
        try (Elements<byte[]> members = SetAlgebra.intersection(context, sources(context, keys))) {
            while (count < limit && members.next() != null) {
                count++;
            }
        }
        return Reply.integer(count);
    }

    private static Reply sinterstore(WriteContext context, Args args) {
        return store(context, args, SetAlgebra::intersection, "sinterstore");
    }

    private static Reply sunionstore(WriteContext context, Args args) {
        return store(context, args, SetAlgebra::union, "sunionstore");
    }

    private static Reply sdiffstore(WriteContext context, Args args) {
        return store(context, args, SetAlgebra::difference, "sdiffstore");
    }

    /** The destination may be one of the sources. The entry holds a row for each member of the result. */
    private static Reply store(WriteContext context, Args args, Operation operation, String event) {
        byte[] destination = args.take();
        List<SetAlgebra.Source> sources = sources(context, args.takeRest());
        CollectionWriter result = CollectionWriter.replace(context, destination, Type.SET);
        try (Elements<byte[]> members = operation.open(context, sources)) {
            byte[] sub = members.next();
            while (sub != null) {
                SetAlgebra.append(result, sub);
                sub = members.next();
            }
        }
        if (result.count() > 0) {
            result.finish();
            context.changed(EventClass.SET, event, destination);
        } else if (context.remove(destination)) {
            context.changed(EventClass.GENERIC, "del", destination);
        }
        return Reply.integer(result.count());
    }

    // ---- writing ----

    private static Reply sadd(WriteContext context, Args args) {
        byte[] key = args.take();
        CollectionWriter set = CollectionWriter.open(context, key, Type.SET);
        long added = 0;
        while (args.hasNext()) {
            if (Sets.add(set, args.take())) {
                added++;
            }
        }
        set.finish();
        if (added > 0) {
            context.changed(EventClass.SET, "sadd", key);
        }
        return Reply.integer(added);
    }

    private static Reply srem(WriteContext context, Args args) {
        byte[] key = args.take();
        CollectionWriter set = CollectionWriter.openExisting(context, key, Type.SET);
        if (set == null) {
            return Reply.ZERO;
        }
        long removed = 0;
        while (args.hasNext()) {
            if (Sets.remove(set, args.take())) {
                removed++;
            }
        }
        if (removed > 0) {
            finishRemoval(context, set, "srem");
        }
        return Reply.integer(removed);
    }

    private static void finishRemoval(WriteContext context, CollectionWriter set, String event) {
        boolean remains = set.finish();
        context.changed(EventClass.SET, event, set.key());
        if (!remains) {
            context.changed(EventClass.GENERIC, "del", set.key());
        }
    }

    private static Reply spop(WriteContext context, Args args) {
        byte[] key = args.take();
        boolean counts = args.hasNext();
        if (args.remaining() > 1) {
            throw Errors.syntax();
        }
        long count = counts ? args.takeLong(0, Long.MAX_VALUE, NOT_POSITIVE) : 1;
        CollectionWriter set = CollectionWriter.openExisting(context, key, Type.SET);
        if (set == null || count == 0) {
            return counts ? EMPTY_SET : Reply.NULL;
        }
        List<byte[]> members = Sets.pop(set, count);
        finishRemoval(context, set, "spop");
        return counts ? setOf(members) : Reply.bulk(members.get(0));
    }

    private static Reply smove(WriteContext context, Args args) {
        byte[] from = args.take();
        byte[] to = args.take();
        byte[] member = args.take();
        CollectionWriter source = CollectionWriter.openExisting(context, from, Type.SET);
        if (source == null) {
            return Reply.ZERO;
        }
        CollectionWriter destination = CollectionWriter.open(context, to, Type.SET);
        if (Arrays.equals(from, to)) {
            CollectionHeader set = find(context, from);
            return set != null && Sets.contains(context, from, set, member) ? Reply.ONE : Reply.ZERO;
        }
        if (!Sets.remove(source, member)) {
            return Reply.ZERO;
        }
        finishRemoval(context, source, "srem");
        boolean added = Sets.add(destination, member);
        destination.finish();
        if (added) {
            context.changed(EventClass.SET, "sadd", to);
        }
        return Reply.ONE;
    }
}
