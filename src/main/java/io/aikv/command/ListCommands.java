package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.counted;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.data.EventClass;
import io.aikv.data.ListReader;
import io.aikv.data.ListWriter;
import io.aikv.data.Lists;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Commands on lists: all of Redis 7.2. */
final class ListCommands {
    private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";
    private static final String NOT_IN_RANGE =
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
    private static final String RANK_ZERO = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the"
            + " second ... or use negative to start from the end of the list";

    /** Keys up to the timeout, which is the last argument. */
    private static final List<KeySpec> POPPED = List.of(keys(1, -2, RW, ACCESS, DELETE));

    private ListCommands() {}

    static void register(CommandTable table) {
        List<KeySpec> moves = List.of(key(1, RW, ACCESS, DELETE), key(2, RW, INSERT));
        table.group(Group.LIST)
                .read("LLEN", 2, key(1, RO), ListCommands::llen, FAST)
                .read("LINDEX", 3, key(1, RO, ACCESS), ListCommands::lindex)
                .read("LRANGE", 4, key(1, RO, ACCESS), ListCommands::lrange)
                .read("LPOS", -3, key(1, RO, ACCESS), ListCommands::lpos)
                .write("LPUSH", -3, key(1, RW, INSERT), (c, args) -> push(c, args, true), DENYOOM, FAST)
                .write("RPUSH", -3, key(1, RW, INSERT), (c, args) -> push(c, args, false), DENYOOM, FAST)
                .write("LPUSHX", -3, key(1, RW, INSERT), (c, args) -> pushx(c, args, true), DENYOOM, FAST)
                .write("RPUSHX", -3, key(1, RW, INSERT), (c, args) -> pushx(c, args, false), DENYOOM, FAST)
                .write("LPOP", -2, key(1, RW, ACCESS, DELETE), (c, args) -> pop(c, args, true), FAST)
                .write("RPOP", -2, key(1, RW, ACCESS, DELETE), (c, args) -> pop(c, args, false), FAST)
                .write("LMPOP", -4, counted(1, RW, ACCESS, DELETE), ListCommands::lmpop)
                .write("LMOVE", 5, moves, ListCommands::lmove, DENYOOM)
                .write("RPOPLPUSH", 3, moves, ListCommands::rpoplpush, DENYOOM)
                .waitingWrite("BLPOP", -3, POPPED, (c, args) -> popFirstOf(c, args, true), Waiting.pop(-1))
                .waitingWrite("BRPOP", -3, POPPED, (c, args) -> popFirstOf(c, args, false), Waiting.pop(-1))
                .waitingWrite(
                        "BLMPOP",
                        -5,
                        List.of(counted(2, RW, ACCESS, DELETE)),
                        ListCommands::blmpop,
                        Waiting.pop(1, ListCommands::takeMultiPop))
                .waitingWrite("BLMOVE", 6, moves, ListCommands::lmove, Waiting.pop(5, ListCommands::checkMove), DENYOOM)
                .waitingWrite("BRPOPLPUSH", 4, moves, ListCommands::rpoplpush, Waiting.pop(3), DENYOOM)
                .write("LSET", 4, key(1, RW, UPDATE), ListCommands::lset, DENYOOM)
                .write("LINSERT", 5, key(1, RW, INSERT), ListCommands::linsert, DENYOOM)
                .write("LREM", 4, key(1, RW, DELETE), ListCommands::lrem)
                .write("LTRIM", 4, key(1, RW, DELETE), ListCommands::ltrim);
    }

    // ---- reading ----

    private static Reply llen(ReadContext context, Args args) {
        ListReader list = Lists.find(context, args.take());
        return list == null ? Reply.ZERO : Reply.integer(list.count());
    }

    private static Reply lindex(ReadContext context, Args args) {
        ListReader list = Lists.find(context, args.take());
        if (list == null) {
            return Reply.NULL;
        }
        long index = args.takeLong();
        return Reply.bulkOrNull(list.element(index < 0 ? list.count() + index : index));
    }

    private static Reply lrange(ReadContext context, Args args) {
        byte[] key = args.take();
        long start = args.takeLong();
        long end = args.takeLong();
        ListReader list = Lists.find(context, key);
        if (list == null) {
            return Reply.EMPTY_ARRAY;
        }
        long from = first(start, list.count());
        long to = last(end, list.count());
        if (from > to) {
            return Reply.EMPTY_ARRAY;
        }
        return Listing.of(
                context,
                Reply.Form.ARRAY,
                () -> to - from + 1,
                () -> list.range(from, to).map(Reply::bulk));
    }

    /** The rank an index from either end begins at; may be behind the last. */
    private static long first(long index, long count) {
        return Math.max(index < 0 ? count + index : index, 0);
    }

    /** The rank an index from either end ends at; may be before the first. */
    private static long last(long index, long count) {
        return Math.min(index < 0 ? count + index : index, count - 1);
    }

    private static Reply bulks(List<byte[]> elements) {
        List<Reply> replies = new ArrayList<>(elements.size());
        for (byte[] element : elements) {
            replies.add(Reply.bulk(element));
        }
        return Reply.array(replies);
    }

    private static Reply lpos(ReadContext context, Args args) {
        byte[] key = args.take();
        byte[] value = args.take();
        long rank = 1;
        long count = -1;
        long compared = 0;
        while (args.hasNext()) {
            if (args.takeIf("RANK", 1)) {
                rank = args.takeLong();
                if (rank == Long.MIN_VALUE) {
                    throw new CommandError(NOT_IN_RANGE);
                }
                if (rank == 0) {
                    throw new CommandError(RANK_ZERO);
                }
            } else if (args.takeIf("COUNT", 1)) {
                count = args.takeLong(0, Long.MAX_VALUE, "ERR COUNT can't be negative");
            } else if (args.takeIf("MAXLEN", 1)) {
                compared = args.takeLong(0, Long.MAX_VALUE, "ERR MAXLEN can't be negative");
            } else {
                throw Errors.syntax();
            }
        }
        ListReader list = Lists.find(context, key);
        boolean single = count < 0;
        if (list == null) {
            return single ? Reply.NULL : Reply.EMPTY_ARRAY;
        }
        long wanted = single ? 1 : count == 0 ? Long.MAX_VALUE : count;
        List<Long> ranks =
                list.ranksOf(value, Math.abs(rank) - 1, wanted, compared == 0 ? Long.MAX_VALUE : compared, rank < 0);
        if (single) {
            return ranks.isEmpty() ? Reply.NULL : Reply.integer(ranks.get(0));
        }
        List<Reply> replies = new ArrayList<>(ranks.size());
        for (long found : ranks) {
            replies.add(Reply.integer(found));
        }
        return Reply.array(replies);
    }

    // ---- the ends ----

    private static Reply push(WriteContext context, Args args, boolean first) {
        byte[] key = args.take();
        return push(context, key, ListWriter.open(context, key), args, first);
    }

    private static Reply pushx(WriteContext context, Args args, boolean first) {
        byte[] key = args.take();
        ListWriter list = ListWriter.openExisting(context, key);
        return list == null ? Reply.ZERO : push(context, key, list, args, first);
    }

    private static Reply push(WriteContext context, byte[] key, ListWriter list, Args args, boolean first) {
        while (args.hasNext()) {
            list.push(first, args.take());
        }
        finishPush(context, key, list, first);
        return Reply.integer(list.count());
    }

    private static void finishPush(WriteContext context, byte[] key, ListWriter list, boolean first) {
        list.finish();
        context.changed(EventClass.LIST, first ? "lpush" : "rpush", key);
    }

    private static Reply pop(WriteContext context, Args args, boolean first) {
        byte[] key = args.take();
        if (args.remaining() > 1) {
            throw Errors.wrongArity(first ? "lpop" : "rpop");
        }
        boolean counts = args.hasNext();
        long count = counts ? args.takeLong(0, Long.MAX_VALUE, NOT_POSITIVE) : 1;
        ListWriter list = ListWriter.openExisting(context, key);
        if (list == null) {
            return counts ? Reply.NULL_ARRAY : Reply.NULL;
        }
        if (count == 0) {
            return Reply.EMPTY_ARRAY;
        }
        List<byte[]> elements = list.pop(first, count);
        finishRemoval(context, key, list, first ? "lpop" : "rpop");
        return counts ? bulks(elements) : Reply.bulk(elements.get(0));
    }

    private static void finishRemoval(WriteContext context, byte[] key, ListWriter list, String event) {
        boolean remains = list.finish();
        context.changed(EventClass.LIST, event, key);
        if (!remains) {
            context.changed(EventClass.GENERIC, "del", key);
        }
    }

    /** BLPOP, BRPOP: the first key that has an element gives one. */
    private static Reply popFirstOf(WriteContext context, Args args, boolean first) {
        while (args.remaining() > 1) {
            byte[] key = args.take();
            ListWriter list = ListWriter.openExisting(context, key);
            if (list != null) {
                byte[] element = list.pop(first, 1).get(0);
                finishRemoval(context, key, list, first ? "lpop" : "rpop");
                return Reply.array(Reply.bulk(key), Reply.bulk(element));
            }
        }
        return Reply.NULL_ARRAY;
    }

    private static Reply blmpop(WriteContext context, Args args) {
        args.take();
        return lmpop(context, args);
    }

    private static MultiPop takeMultiPop(Args args) {
        return MultiPop.take(args, ListCommands::takeEnd);
    }

    private static Reply lmpop(WriteContext context, Args args) {
        MultiPop pop = takeMultiPop(args);
        for (byte[] key : pop.keys()) {
            ListWriter list = ListWriter.openExisting(context, key);
            if (list != null) {
                List<byte[]> elements = list.pop(pop.first(), pop.count());
                finishRemoval(context, key, list, pop.first() ? "lpop" : "rpop");
                return Reply.array(Reply.bulk(key), bulks(elements));
            }
        }
        return Reply.NULL_ARRAY;
    }

    private static void checkMove(Args args) {
        args.take();
        args.take();
        takeEnd(args);
        takeEnd(args);
    }

    /** Takes LEFT (true) or RIGHT, otherwise {@code ERR syntax error}. */
    private static boolean takeEnd(Args args) {
        if (args.takeIf("LEFT")) {
            return true;
        }
        if (args.takeIf("RIGHT")) {
            return false;
        }
        throw Errors.syntax();
    }

    private static Reply lmove(WriteContext context, Args args) {
        byte[] from = args.take();
        byte[] to = args.take();
        boolean fromFirst = takeEnd(args);
        return move(context, from, to, fromFirst, takeEnd(args));
    }

    private static Reply rpoplpush(WriteContext context, Args args) {
        return move(context, args.take(), args.take(), false, true);
    }

    private static Reply move(WriteContext context, byte[] from, byte[] to, boolean fromFirst, boolean toFirst) {
        ListWriter source = ListWriter.openExisting(context, from);
        if (source == null) {
            return Reply.NULL;
        }
        boolean same = Arrays.equals(from, to);
        ListWriter destination = same ? source : ListWriter.open(context, to);
        byte[] element = source.pop(fromFirst, 1).get(0);
        destination.push(toFirst, element);
        finishPush(context, to, destination, toFirst);
        finishRemoval(context, from, source, fromFirst ? "lpop" : "rpop");
        return Reply.bulk(element);
    }

    // ---- the middle ----

    private static Reply lset(WriteContext context, Args args) {
        byte[] key = args.take();
        ListWriter list = ListWriter.openExisting(context, key);
        if (list == null) {
            throw Errors.noSuchKey();
        }
        long index = args.takeLong();
        long rank = index < 0 ? list.count() + index : index;
        if (rank < 0 || rank >= list.count()) {
            throw new CommandError(Errors.INDEX_OUT_OF_RANGE);
        }
        list.set(rank, args.take());
        list.finish();
        context.changed(EventClass.LIST, "lset", key);
        return Reply.OK;
    }

    private static Reply linsert(WriteContext context, Args args) {
        byte[] key = args.take();
        boolean behind = args.takeIf("AFTER");
        if (!behind && !args.takeIf("BEFORE")) {
            throw Errors.syntax();
        }
        ListWriter list = ListWriter.openExisting(context, key);
        if (list == null) {
            return Reply.ZERO;
        }
        byte[] pivot = args.take();
        if (!list.insert(pivot, behind, args.take())) {
            return Reply.integer(-1);
        }
        list.finish();
        context.changed(EventClass.LIST, "linsert", key);
        return Reply.integer(list.count());
    }

    private static Reply lrem(WriteContext context, Args args) {
        byte[] key = args.take();
        long count = args.takeLong();
        ListWriter list = ListWriter.openExisting(context, key);
        if (list == null) {
            return Reply.ZERO;
        }
        boolean all = count == 0 || count == Long.MIN_VALUE;
        long removed = list.remove(args.take(), all ? Long.MAX_VALUE : Math.abs(count), count < 0);
        if (removed > 0) {
            finishRemoval(context, key, list, "lrem");
        }
        return Reply.integer(removed);
    }

    private static Reply ltrim(WriteContext context, Args args) {
        byte[] key = args.take();
        long start = args.takeLong();
        long end = args.takeLong();
        ListWriter list = ListWriter.openExisting(context, key);
        if (list == null) {
            return Reply.OK;
        }
        long from = first(start, list.count());
        long to = last(end, list.count());
        if (from > to) {
            list.clear();
        } else {
            list.trim(from, to);
        }
        finishRemoval(context, key, list, "ltrim");
        return Reply.OK;
    }
}
