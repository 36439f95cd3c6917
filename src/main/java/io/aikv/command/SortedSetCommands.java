package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.counted;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.ReadContext;
import io.aikv.data.ScoredMember;
import io.aikv.data.SortedSetReader;
import io.aikv.data.SortedSetSample;
import io.aikv.data.SortedSetWriter;
import io.aikv.data.Span;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Commands on the members of a sorted set. Those on ranges are in {@link SortedSetRangeCommands}, those on several sets in
 * {@link SortedSetAlgebraCommands}.
 */
final class SortedSetCommands {

    /** Keys up to the timeout, which is the last argument. */
    private static final List<KeySpec> POPPED = List.of(keys(1, -2, RW, ACCESS, DELETE));

    private SortedSetCommands() {}

    static void register(CommandTable table) {
        table.group(Group.SORTED_SET)
                .write("ZADD", -4, key(1, RW, UPDATE), SortedSetCommands::zadd, DENYOOM, FAST)
                .write("ZINCRBY", 4, key(1, RW, ACCESS, UPDATE), SortedSetCommands::zincrby, DENYOOM, FAST)
                .write("ZREM", -3, key(1, RW, DELETE), SortedSetCommands::zrem, FAST)
                .write("ZPOPMIN", -2, key(1, RW, ACCESS, DELETE), (c, args) -> zpop(c, args, false), FAST)
                .write("ZPOPMAX", -2, key(1, RW, ACCESS, DELETE), (c, args) -> zpop(c, args, true), FAST)
                .write("ZMPOP", -4, counted(1, RW, ACCESS, DELETE), SortedSetCommands::zmpop)
                .waitingWrite("BZPOPMIN", -3, POPPED, (c, args) -> popFirstOf(c, args, false), Waiting.pop(-1), FAST)
                .waitingWrite("BZPOPMAX", -3, POPPED, (c, args) -> popFirstOf(c, args, true), Waiting.pop(-1), FAST)
                .waitingWrite(
                        "BZMPOP",
                        -5,
                        List.of(counted(2, RW, ACCESS, DELETE)),
                        SortedSetCommands::bzmpop,
                        Waiting.pop(1, SortedSetCommands::takeMultiPop))
                .read("ZCARD", 2, key(1, RO), SortedSetCommands::zcard, FAST)
                .read("ZSCORE", 3, key(1, RO, ACCESS), SortedSetCommands::zscore, FAST)
                .read("ZMSCORE", -3, key(1, RO, ACCESS), SortedSetCommands::zmscore, FAST)
                .read("ZRANK", -3, key(1, RO, ACCESS), (c, args) -> zrank(c, args, false), FAST)
                .read("ZREVRANK", -3, key(1, RO, ACCESS), (c, args) -> zrank(c, args, true), FAST)
                .read("ZRANDMEMBER", -2, key(1, RO, ACCESS), SortedSetCommands::zrandmember)
                .read("ZSCAN", -3, key(1, RO, ACCESS), SortedSetCommands::zscan);
        SortedSetRangeCommands.register(table);
        SortedSetAlgebraCommands.register(table);
    }

    // ---- what replies are made of ----

    /** Members, with their scores where these are wanted: pairs in RESP3, a flat array in RESP2. */
    static Reply members(List<ScoredMember> members, boolean withScores) {
        List<Reply> replies = replies(members, withScores);
        return withScores ? new Reply.Pairs(replies) : Reply.array(replies);
    }

    private static List<Reply> replies(List<ScoredMember> members, boolean withScores) {
        return members.stream().map(entry -> reply(entry, withScores)).toList();
    }

    private static Reply reply(ScoredMember entry, boolean withScores) {
        Reply member = Reply.bulk(entry.member());
        return withScores ? new Reply.Pair(member, new Reply.Double(entry.score())) : member;
    }

    // ---- adding and removing ----

    private static Reply zadd(WriteContext context, Args args) {
        return add(context, args, false);
    }

    private static Reply zincrby(WriteContext context, Args args) {
        return add(context, args, true);
    }

    /** What ZADD may do to a member. */
    record AddOptions(boolean nx, boolean xx, boolean gt, boolean lt, boolean ch, boolean incr) {
        private static final List<String> TOKENS = List.of("NX", "XX", "GT", "LT", "CH", "INCR");

        static AddOptions take(Args args, boolean incr) {
            return of(args.takeAnyOf(TOKENS), incr);
        }

        static AddOptions of(Set<String> tokens, boolean incr) {
            return new AddOptions(
                    tokens.contains("NX"),
                    tokens.contains("XX"),
                    tokens.contains("GT"),
                    tokens.contains("LT"),
                    tokens.contains("CH"),
                    incr || tokens.contains("INCR"));
        }

        void check(int pairs) {
            if (nx && xx) {
                throw new CommandError("ERR XX and NX options at the same time are not compatible");
            }
            if ((gt && nx) || (lt && nx) || (gt && lt)) {
                throw new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
            }
            if (incr && pairs > 1) {
                throw new CommandError("ERR INCR option supports a single increment-element pair");
            }
        }

        /** Whether a member may get this score. */
        boolean permits(@Nullable Double old, double score) {
            if (old == null) {
                return !xx;
            }
            return !nx && (!lt || score < old) && (!gt || score > old);
        }
    }

    private static Reply add(WriteContext context, Args args, boolean incr) {
        byte[] key = args.take();
        AddOptions options = AddOptions.take(args, incr);
        if (args.remaining() == 0 || args.remaining() % 2 != 0) {
            throw Errors.syntax();
        }
        options.check(args.remaining() / 2);
        List<ScoredMember> pairs = new ArrayList<>(args.remaining() / 2);
        while (args.hasNext()) {
            double score = args.takeDouble();
            pairs.add(new ScoredMember(args.take(), score));
        }
        return add(context, key, pairs, options);
    }

    /** Adds members or changes their scores, as ZADD does. */
    static Reply add(WriteContext context, byte[] key, List<ScoredMember> pairs, AddOptions options) {
        SortedSetWriter set = SortedSetWriter.open(context, key);
        long added = 0;
        long updated = 0;
        Double result = null;
        for (ScoredMember pair : pairs) {
            Double old = set.score(pair.member());
            double score = incremented(old, pair.score(), options);
            if (!options.permits(old, score)) {
                continue;
            }
            result = score;
            if (old == null) {
                set.insert(new ScoredMember(pair.member(), score));
                added++;
            } else if (score != old) {
                set.update(new ScoredMember(pair.member(), score), old);
                updated++;
            }
        }
        set.finish();
        if (added + updated > 0) {
            context.changed(EventClass.SORTED_SET, options.incr ? "zincr" : "zadd", key);
        }
        if (options.incr) {
            return result == null ? Reply.NULL : new Reply.Double(result);
        }
        return Reply.integer(options.ch ? added + updated : added);
    }

    private static double incremented(@Nullable Double old, double score, AddOptions options) {
        if (!options.incr || old == null || options.nx) {
            return score;
        }
        double sum = old + score;
        if (Double.isNaN(sum)) {
            throw new CommandError("ERR resulting score is not a number (NaN)");
        }
        return sum;
    }

    private static Reply zrem(WriteContext context, Args args) {
        byte[] key = args.take();
        SortedSetWriter set = SortedSetWriter.openExisting(context, key);
        if (set == null) {
            return Reply.ZERO;
        }
        long removed = 0;
        while (args.hasNext() && set.count() > 0) {
            if (set.remove(args.take())) {
                removed++;
            }
        }
        finishRemoval(context, key, set, removed, "zrem");
        return Reply.integer(removed);
    }

    /** Writes the header and tells of what happened, if anything was removed. */
    static void finishRemoval(WriteContext context, byte[] key, SortedSetWriter set, long removed, String event) {
        boolean present = set.finish();
        if (removed > 0) {
            context.changed(EventClass.SORTED_SET, event, key);
            if (!present) {
                context.changed(EventClass.GENERIC, "del", key);
            }
        }
    }

    // ---- popping ----

    private static Reply zpop(WriteContext context, Args args, boolean max) {
        if (args.remaining() > 2) {
            throw Errors.syntax();
        }
        byte[] key = args.take();
        boolean counted = args.hasNext();
        long count = counted ? args.takeLong(0, Long.MAX_VALUE, "ERR value is out of range, must be positive") : 1;
        SortedSetWriter set = SortedSetWriter.openExisting(context, key);
        if (set == null || count == 0) {
            return Reply.EMPTY_ARRAY;
        }
        List<ScoredMember> popped = pop(context, key, set, max, count);
        if (counted) {
            return members(popped, true);
        }
        return popped.isEmpty()
                ? Reply.EMPTY_ARRAY
                : Reply.array(
                        Reply.bulk(popped.get(0).member()),
                        new Reply.Double(popped.get(0).score()));
    }

    private static List<ScoredMember> pop(
            WriteContext context, byte[] key, SortedSetWriter set, boolean max, long count) {
        List<ScoredMember> popped = set.removeFrom(Span.ALL, max, 0, count);
        finishRemoval(context, key, set, popped.size(), max ? "zpopmax" : "zpopmin");
        return popped;
    }

    /** BZPOPMIN, BZPOPMAX: the first key that has a member gives one. */
    private static Reply popFirstOf(WriteContext context, Args args, boolean max) {
        while (args.remaining() > 1) {
            byte[] key = args.take();
            SortedSetWriter set = SortedSetWriter.openExisting(context, key);
            if (set != null) {
                ScoredMember popped = pop(context, key, set, max, 1).get(0);
                return Reply.array(Reply.bulk(key), Reply.bulk(popped.member()), new Reply.Double(popped.score()));
            }
        }
        return Reply.NULL_ARRAY;
    }

    private static Reply bzmpop(WriteContext context, Args args) {
        args.take();
        return zmpop(context, args);
    }

    private static MultiPop takeMultiPop(Args args) {
        return MultiPop.take(args, SortedSetCommands::takeMax);
    }

    /** Takes MAX (true) or MIN, otherwise {@code ERR syntax error}. */
    private static boolean takeMax(Args args) {
        boolean max = args.takeIf("MAX");
        if (!max && !args.takeIf("MIN")) {
            throw Errors.syntax();
        }
        return max;
    }

    private static Reply zmpop(WriteContext context, Args args) {
        MultiPop pop = takeMultiPop(args);
        for (byte[] key : pop.keys()) {
            SortedSetWriter set = SortedSetWriter.openExisting(context, key);
            if (set != null) {
                List<Reply> pairs = new ArrayList<>();
                for (ScoredMember entry : pop(context, key, set, pop.first(), pop.count())) {
                    pairs.add(Reply.array(Reply.bulk(entry.member()), new Reply.Double(entry.score())));
                }
                return Reply.array(Reply.bulk(key), Reply.array(pairs));
            }
        }
        return Reply.NULL_ARRAY;
    }

    // ---- asking ----

    private static Reply zcard(ReadContext context, Args args) {
        SortedSetReader set = SortedSetReader.find(context, args.take());
        return Reply.integer(set == null ? 0 : set.count());
    }

    private static Reply zscore(ReadContext context, Args args) {
        SortedSetReader set = SortedSetReader.find(context, args.take());
        return score(set, args.take());
    }

    private static Reply zmscore(ReadContext context, Args args) {
        SortedSetReader set = SortedSetReader.find(context, args.take());
        List<Reply> scores = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            scores.add(score(set, args.take()));
        }
        return Reply.array(scores);
    }

    private static Reply score(@Nullable SortedSetReader set, byte[] member) {
        Double score = set == null ? null : set.score(member);
        return score == null ? Reply.NULL : new Reply.Double(score);
    }

    private static Reply zrank(ReadContext context, Args args, boolean reverse) {
        byte[] key = args.take();
        byte[] member = args.take();
        if (args.remaining() > 1) {
            throw Errors.wrongArity(reverse ? "zrevrank" : "zrank");
        }
        boolean withScore = args.takeIf("WITHSCORE");
        args.requireEnd();
        SortedSetReader set = SortedSetReader.find(context, key);
        Double score = set == null ? null : set.score(member);
        if (set == null || score == null) {
            return withScore ? Reply.NULL_ARRAY : Reply.NULL;
        }
        long rank = set.rank(new ScoredMember(member, score));
        Reply answer = Reply.integer(reverse ? set.count() - 1 - rank : rank);
        return withScore ? Reply.array(answer, new Reply.Double(score)) : answer;
    }

    private static Reply zrandmember(ReadContext context, Args args) {
        byte[] key = args.take();
        if (!args.hasNext()) {
            SortedSetReader set = SortedSetReader.find(context, key);
            ScoredMember found = set == null ? null : set.at(context.random().nextLong(set.count()));
            return found == null ? Reply.NULL : Reply.bulk(found.member());
        }
        long count = args.takeLong();
        if (count == Long.MIN_VALUE) {
            throw new CommandError(
                    "ERR value is out of range, must be between " + -Long.MAX_VALUE + " and " + Long.MAX_VALUE);
        }
        boolean withScores = args.takeIf("WITHSCORES");
        args.requireEnd();
        if (withScores && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
            throw new CommandError("ERR value is out of range");
        }
        SortedSetReader set = SortedSetReader.find(context, key);
        if (set == null || count == 0) {
            return Reply.EMPTY_ARRAY;
        }
        SortedSetSample sample = new SortedSetSample(set, context.random());
        Reply.Form form = withScores ? Reply.Form.PAIRS : Reply.Form.ARRAY;
        if (count < 0) {
            return Listing.drawn(context, form, -count, some -> replies(sample.repeating(some), withScores));
        }
        if (count > Listing.CHOSEN_WHOLE_MAX) {
            long chosen = Math.min(count, set.count());
            return Listing.of(
                    context,
                    form,
                    () -> chosen,
                    () -> sample.openDistinct(chosen).map(entry -> reply(entry, withScores)));
        }
        return members(sample.distinct(count), withScores);
    }

    private static Reply zscan(ReadContext context, Args args) {
        byte[] key = args.take();
        long position = KeyspaceCommands.parseCursor(args.take());
        SortedSetReader set = SortedSetReader.find(context, key);
        if (set == null) {
            return Reply.array(Reply.text("0"), Reply.EMPTY_ARRAY);
        }
        ScanOptions options = ScanOptions.take(args, ScanOptions.Extra.NONE);
        SortedSetReader.Page page = set.scan(position, options.count(), options.filter());
        List<Reply> flat = new ArrayList<>(2 * page.members().size());
        for (ScoredMember entry : page.members()) {
            flat.add(Reply.bulk(entry.member()));
            flat.add(Reply.bulk(Numbers.formatDouble(entry.score())));
        }
        return Reply.array(Reply.text(Long.toString(page.next())), Reply.array(flat));
    }
}
