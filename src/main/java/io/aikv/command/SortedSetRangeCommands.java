package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.LexRange;
import io.aikv.data.ReadContext;
import io.aikv.data.ScoreRange;
import io.aikv.data.ScoredMember;
import io.aikv.data.SortedSetReader;
import io.aikv.data.SortedSetWriter;
import io.aikv.data.Span;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands on the members of a sorted set from one rank, score or member to another. */
final class SortedSetRangeCommands {
    private static final String NOT_A_SCORE = "ERR min or max is not a float";
    private static final String NOT_A_MEMBER = "ERR min or max not valid string range item";

    private SortedSetRangeCommands() {}

    /** What the ends of a range are. */
    private enum By {
        RANK,
        SCORE,
        LEX
    }

    static void register(CommandTable table) {
        table.group(Group.SORTED_SET)
                .read("ZRANGE", -4, key(1, RO, ACCESS), (c, args) -> range(c, args, null, false))
                .read("ZREVRANGE", -4, key(1, RO, ACCESS), (c, args) -> range(c, args, By.RANK, true))
                .read("ZRANGEBYSCORE", -4, key(1, RO, ACCESS), (c, args) -> range(c, args, By.SCORE, false))
                .read("ZREVRANGEBYSCORE", -4, key(1, RO, ACCESS), (c, args) -> range(c, args, By.SCORE, true))
                .read("ZRANGEBYLEX", -4, key(1, RO, ACCESS), (c, args) -> range(c, args, By.LEX, false))
                .read("ZREVRANGEBYLEX", -4, key(1, RO, ACCESS), (c, args) -> range(c, args, By.LEX, true))
                .read("ZCOUNT", 4, key(1, RO, ACCESS), SortedSetRangeCommands::zcount, FAST)
                .read("ZLEXCOUNT", 4, key(1, RO, ACCESS), SortedSetRangeCommands::zlexcount, FAST)
                .write(
                        "ZRANGESTORE",
                        -5,
                        List.of(key(1, OW, UPDATE), key(2, RO, ACCESS)),
                        SortedSetRangeCommands::zrangestore,
                        DENYOOM)
                .write("ZREMRANGEBYRANK", 4, key(1, RW, DELETE), SortedSetRangeCommands::zremrangebyrank)
                .write("ZREMRANGEBYSCORE", 4, key(1, RW, DELETE), SortedSetRangeCommands::zremrangebyscore)
                .write("ZREMRANGEBYLEX", 4, key(1, RW, DELETE), SortedSetRangeCommands::zremrangebylex);
    }

    // ---- a range and its options ----

    /**
     * What a command of the ZRANGE family asks for.
     *
     * @param scores where {@code by} is SCORE
     * @param members where {@code by} is LEX
     * @param start where {@code by} is RANK, as {@code stop}
     * @param limit negative for all
     */
    private record Query(
            By by,
            boolean reverse,
            boolean withScores,
            @Nullable ScoreRange scores,
            @Nullable LexRange members,
            long start,
            long stop,
            long offset,
            long limit) {

        /** What is asked for, in its order. */
        Elements<ScoredMember> open(SortedSetReader set) {
            if (by == By.RANK) {
                Ranks ranks = Ranks.of(start, stop, set.count());
                return set.elements(Span.ALL, reverse, ranks.first, ranks.count);
            }
            if (offset < 0) {
                return Elements.of(List.of());
            }
            return set.elements(span(set), reverse, offset, limit < 0 ? Long.MAX_VALUE : limit);
        }

        private Span span(SortedSetReader set) {
            return scores != null ? set.span(scores) : members != null ? set.span(members, reverse) : Span.ALL;
        }

        /** How many {@link #open} has. Costs two ranks, unless it is asked by rank. */
        long count(SortedSetReader set) {
            if (by == By.RANK) {
                return Ranks.of(start, stop, set.count()).count;
            }
            long behind = offset < 0 ? 0 : Math.max(0, set.countIn(span(set)) - offset);
            return limit < 0 ? behind : Math.min(limit, behind);
        }
    }

    /** Ranks as Redis reads them, negative ones from the end: {@code count} is 0 for an empty range. */
    private record Ranks(long first, long count) {
        static Ranks of(long start, long stop, long size) {
            long first = Math.max(0, start < 0 ? size + start : start);
            long last = Math.min(size - 1, stop < 0 ? size + stop : stop);
            return first > last ? new Ranks(0, 0) : new Ranks(first, last - first + 1);
        }
    }

    /** Takes {@code min max} and the options behind them. A null {@code fixed} leaves the kind to the options. */
    private static Query takeQuery(Args args, @Nullable By fixed, boolean reverseFixed, boolean stores) {
        byte[] first = args.take();
        byte[] second = args.take();
        By by = fixed;
        boolean reverse = reverseFixed;
        boolean withScores = false;
        long offset = 0;
        long limit = -1;
        while (args.hasNext()) {
            if (!stores && args.takeIf("WITHSCORES")) {
                withScores = true;
            } else if (args.takeIf("LIMIT", 2)) {
                offset = args.takeLong();
                limit = args.takeLong();
            } else if (fixed == null && !reverse && args.takeIf("REV")) {
                reverse = true;
            } else if (by == null && args.takeIf("BYLEX")) {
                by = By.LEX;
            } else if (by == null && args.takeIf("BYSCORE")) {
                by = By.SCORE;
            } else {
                throw Errors.syntax();
            }
        }
        By kind = by == null ? By.RANK : by;
        if (limit != -1 && kind == By.RANK) {
            throw new CommandError(
                    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
        }
        if (withScores && kind == By.LEX) {
            throw new CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
        }
        byte[] min = reverse && kind != By.RANK ? second : first;
        byte[] max = reverse && kind != By.RANK ? first : second;
        return new Query(
                kind,
                reverse,
                withScores,
                kind == By.SCORE ? scoreRange(min, max) : null,
                kind == By.LEX ? lexRange(min, max) : null,
                kind == By.RANK ? Numbers.parseLong(min) : 0,
                kind == By.RANK ? Numbers.parseLong(max) : 0,
                offset,
                limit);
    }

    private static ScoreRange scoreRange(byte[] min, byte[] max) {
        boolean minExclusive = isOpen(min);
        boolean maxExclusive = isOpen(max);
        double low = Numbers.parseRangeEnd(min, minExclusive ? 1 : 0, NOT_A_SCORE);
        double high = Numbers.parseRangeEnd(max, maxExclusive ? 1 : 0, NOT_A_SCORE);
        return new ScoreRange(low, minExclusive, high, maxExclusive);
    }

    private static boolean isOpen(byte[] end) {
        return end.length > 0 && end[0] == '(';
    }

    private static LexRange lexRange(byte[] min, byte[] max) {
        return new LexRange(lexBound(min), lexBound(max));
    }

    private static LexRange.Bound lexBound(byte[] end) {
        int mark = end.length == 0 ? 0 : end[0];
        boolean alone = end.length == 1 || (end.length > 1 && end[1] == 0);
        if (mark == '-' && alone) {
            return LexRange.Bound.LOWEST;
        }
        if (mark == '+' && alone) {
            return LexRange.Bound.HIGHEST;
        }
        if (mark != '(' && mark != '[') {
            throw new CommandError(NOT_A_MEMBER);
        }
        return new LexRange.Bound(
                mark == '(' ? LexRange.Kind.EXCLUSIVE : LexRange.Kind.INCLUSIVE,
                Arrays.copyOfRange(end, 1, end.length));
    }

    // ---- reading ----

    private static Reply range(ReadContext context, Args args, @Nullable By by, boolean reverse) {
        byte[] key = args.take();
        Query query = takeQuery(args, by, reverse, false);
        SortedSetReader set = SortedSetReader.find(context, key);
        if (set == null) {
            return Reply.EMPTY_ARRAY;
        }
        Reply.Form form = query.withScores ? Reply.Form.PAIRS : Reply.Form.ARRAY;
        return Listing.of(
                context,
                form,
                () -> query.count(set),
                () -> query.open(set).map(entry -> {
                    Reply member = Reply.bulk(entry.member());
                    return query.withScores ? new Reply.Pair(member, new Reply.Double(entry.score())) : member;
                }));
    }

    private static Reply zcount(ReadContext context, Args args) {
        byte[] key = args.take();
        ScoreRange range = scoreRange(args.take(), args.take());
        SortedSetReader set = SortedSetReader.find(context, key);
        return Reply.integer(set == null ? 0 : set.countIn(set.span(range)));
    }

    private static Reply zlexcount(ReadContext context, Args args) {
        byte[] key = args.take();
        LexRange range = lexRange(args.take(), args.take());
        SortedSetReader set = SortedSetReader.find(context, key);
        return Reply.integer(set == null ? 0 : set.countIn(set.span(range, false)));
    }

    // ---- storing and removing ----

    private static Reply zrangestore(WriteContext context, Args args) {
        byte[] destination = args.take();
        byte[] source = args.take();
        Query query = takeQuery(args, null, false, true);
        SortedSetReader set = SortedSetReader.find(context, source);
        List<ScoredMember> found = new ArrayList<>();
        if (set != null) {
            try (Elements<ScoredMember> elements = query.open(set)) {
                ScoredMember member = elements.next();
                while (member != null) {
                    found.add(member);
                    member = elements.next();
                }
            }
        }
        boolean sizeKnown = query.by == By.RANK && SortedSetWriter.isLarge(found.size());
        List<ScoredMember> members = sizeKnown ? found : SortedSetWriter.asIfAddedToSmallSet(found);
        return store(context, destination, members, "zrangestore");
    }

    /** Puts members in the place of what a key holds, and answers how many. */
    static Reply store(WriteContext context, byte[] destination, List<ScoredMember> members, String event) {
        boolean existed = context.exists(destination);
        SortedSetWriter.replace(context, destination, members);
        if (!members.isEmpty()) {
            context.changed(EventClass.SORTED_SET, event, destination);
        } else if (existed) {
            context.changed(EventClass.GENERIC, "del", destination);
        }
        return Reply.integer(members.size());
    }

    private static Reply zremrangebyrank(WriteContext context, Args args) {
        byte[] key = args.take();
        long start = args.takeLong();
        long stop = args.takeLong();
        SortedSetWriter set = SortedSetWriter.openExisting(context, key);
        if (set == null) {
            return Reply.ZERO;
        }
        Ranks ranks = Ranks.of(start, stop, set.count());
        return removeRange(context, key, set, new Removal(Span.ALL, ranks, "zremrangebyrank"));
    }

    private static Reply zremrangebyscore(WriteContext context, Args args) {
        byte[] key = args.take();
        ScoreRange range = scoreRange(args.take(), args.take());
        SortedSetWriter set = SortedSetWriter.openExisting(context, key);
        if (set == null) {
            return Reply.ZERO;
        }
        Ranks all = new Ranks(0, Long.MAX_VALUE);
        return removeRange(context, key, set, new Removal(set.reader().span(range), all, "zremrangebyscore"));
    }

    private static Reply zremrangebylex(WriteContext context, Args args) {
        byte[] key = args.take();
        LexRange range = lexRange(args.take(), args.take());
        SortedSetWriter set = SortedSetWriter.openExisting(context, key);
        if (set == null) {
            return Reply.ZERO;
        }
        Ranks all = new Ranks(0, Long.MAX_VALUE);
        return removeRange(context, key, set, new Removal(set.reader().span(range, false), all, "zremrangebylex"));
    }

    /** The members of these ranks within a span, and the event that tells of their removal. */
    private record Removal(Span span, Ranks ranks, String event) {}

    private static Reply removeRange(WriteContext context, byte[] key, SortedSetWriter set, Removal removal) {
        long removed = set.removeAll(removal.span, removal.ranks.first, removal.ranks.count);
        SortedSetCommands.finishRemoval(context, key, set, removed, removal.event);
        return Reply.integer(removed);
    }
}
