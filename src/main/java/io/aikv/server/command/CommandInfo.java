package io.aikv.server.command;

import io.aikv.command.Command;
import io.aikv.command.Flag;
import io.aikv.command.KeySpec;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A row of the command table as COMMAND INFO shows it. */
final class CommandInfo {
    /** The order in which Redis lists them. */
    private static final List<Flag> FLAGS = List.of(
            Flag.WRITE,
            Flag.READONLY,
            Flag.DENYOOM,
            Flag.ADMIN,
            Flag.PUBSUB,
            Flag.NOSCRIPT,
            Flag.BLOCKING,
            Flag.LOADING,
            Flag.STALE,
            Flag.SKIP_MONITOR,
            Flag.SKIP_SLOWLOG,
            Flag.ASKING,
            Flag.FAST,
            Flag.NO_AUTH,
            Flag.MAY_REPLICATE,
            Flag.NO_MANDATORY_KEYS,
            Flag.NO_ASYNC_LOADING,
            Flag.NO_MULTI,
            Flag.MOVABLEKEYS,
            Flag.ALLOW_BUSY,
            Flag.TOUCHES_ARBITRARY_KEYS);

    /** First key, last key, step: what COMMAND INFO showed before there were key specifications. */
    record LegacyRange(int first, int last, int step) {
        /**
         * What is common to all specifications of fixed positions that follow one another without a gap, as Redis works it
         * out; all zero if there are none.
         */
        static LegacyRange of(List<KeySpec> specs) {
            if (specs.size() == 1 && specs.get(0) instanceof KeySpec.Range range) {
                return new LegacyRange(range.first(), range.last(), range.step());
            }
            int first = Integer.MAX_VALUE;
            int last = 0;
            int previousLast = 0;
            for (KeySpec spec : specs) {
                boolean usable = spec instanceof KeySpec.Range range
                        && range.step() == 1
                        && (previousLast == 0 || previousLast == range.first() - 1);
                if (usable) {
                    KeySpec.Range range = (KeySpec.Range) spec;
                    first = Math.min(first, range.first());
                    last = Integer.compareUnsigned(last, range.last()) > 0 ? last : range.last();
                    previousLast = last;
                }
            }
            return first == Integer.MAX_VALUE ? new LegacyRange(0, 0, 0) : new LegacyRange(first, last, 1);
        }
    }

    private CommandInfo() {}

    /** The ten fields. */
    static Reply of(Command command, CommandDocs docs) {
        List<KeySpec> keys = command.keys().stream().map(KeySpec::shown).toList();
        LegacyRange range = LegacyRange.of(keys);
        CommandDocs.Doc doc = docs.of(command.name());
        return Reply.array(
                Reply.text(command.name()),
                Reply.integer(command.arity()),
                flags(command),
                Reply.integer(range.first()),
                Reply.integer(range.last()),
                Reply.integer(range.step()),
                new Reply.Set(doc.categories().stream()
                        .map(category -> Reply.simple("@" + category))
                        .toList()),
                new Reply.Set(doc.tips().stream().map(Reply::text).toList()),
                new Reply.Set(keys.stream().map(CommandInfo::keySpec).toList()),
                new Reply.Set(command.subcommands().values().stream()
                        .filter(subcommand -> !subcommand.has(Flag.INTERNAL))
                        .map(subcommand -> of(subcommand, docs))
                        .toList()));
    }

    private static Reply flags(Command command) {
        List<Reply> shown = new ArrayList<>();
        for (Flag flag : FLAGS) {
            if (command.has(flag)) {
                shown.add(Reply.simple(flag.redisName()));
            }
        }
        return new Reply.Set(shown);
    }

    /** {@code RO}, {@code access}, ... as a set. */
    static Reply access(Set<KeySpec.Access> access) {
        return new Reply.Set(access.stream()
                .sorted()
                .map(flag -> Reply.simple(
                        flag.ordinal() <= KeySpec.Access.RM.ordinal()
                                ? flag.name()
                                : flag.name().toLowerCase(java.util.Locale.ROOT)))
                .toList());
    }

    private static Reply keySpec(KeySpec spec) {
        Reply begin;
        Reply find;
        if (spec instanceof KeySpec.Range range) {
            int last = range.last() >= 0 ? range.last() - range.first() : range.last();
            begin = typed("index", pair("index", range.first()));
            find = range(last, range.step(), range.limit());
        } else if (spec instanceof KeySpec.Counted counted) {
            begin = typed("index", pair("index", counted.countIndex()));
            find = typed(
                    "keynum",
                    pair("keynumidx", 0),
                    pair("firstkey", counted.first() - counted.countIndex()),
                    pair("keystep", counted.step()));
        } else if (spec instanceof KeySpec.After after) {
            begin = typed(
                    "keyword",
                    List.of(Reply.text("keyword"), Reply.text(after.keyword())),
                    pair("startfrom", after.from()));
            find = range(after.last(), after.step(), after.limit());
        } else {
            begin = typed("unknown");
            find = typed("unknown");
        }
        return Reply.map(
                Reply.text("flags"),
                access(spec.access()),
                Reply.text("begin_search"),
                begin,
                Reply.text("find_keys"),
                find);
    }

    private static Reply range(int last, int step, int limit) {
        return typed("range", pair("lastkey", last), pair("keystep", step), pair("limit", limit));
    }

    private static List<Reply> pair(String name, int value) {
        return List.of(Reply.text(name), Reply.integer(value));
    }

    @SafeVarargs
    private static Reply typed(String type, List<Reply>... pairs) {
        List<Reply> all = new ArrayList<>();
        for (List<Reply> pair : pairs) {
            all.addAll(pair);
        }
        return Reply.map(Reply.text("type"), Reply.text(type), Reply.text("spec"), new Reply.Map(all));
    }
}
