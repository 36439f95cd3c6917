package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.LongDouble;
import io.aikv.base.Numbers;
import io.aikv.data.HashField;
import io.aikv.data.HashSample;
import io.aikv.data.HashView;
import io.aikv.data.HashWriter;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Commands on hashes, all of Redis 7.2. Those on the deadlines of fields are in {@link HashExpireCommands}. */
final class HashCommands {
    private static final String NOT_AN_INTEGER = "ERR hash value is not an integer";
    private static final String NOT_A_FLOAT = "ERR hash value is not a float";
    private static final String OUT_OF_RANGE = "ERR value is out of range";

    private HashCommands() {}

    static void register(CommandTable table) {
        table.group(Group.HASH)
                .read("HGET", 3, key(1, RO, ACCESS), HashCommands::hget, FAST)
                .read("HMGET", -3, key(1, RO, ACCESS), HashCommands::hmget, FAST)
                .read("HGETALL", 2, key(1, RO, ACCESS), HashCommands::hgetall)
                .read("HKEYS", 2, key(1, RO, ACCESS), HashCommands::hkeys)
                .read("HVALS", 2, key(1, RO, ACCESS), HashCommands::hvals)
                .read("HLEN", 2, key(1, RO), HashCommands::hlen, FAST)
                .read("HSTRLEN", 3, key(1, RO), HashCommands::hstrlen, FAST)
                .read("HEXISTS", 3, key(1, RO), HashCommands::hexists, FAST)
                .read("HRANDFIELD", -2, key(1, RO, ACCESS), HashCommands::hrandfield)
                .read("HSCAN", -3, key(1, RO, ACCESS), HashCommands::hscan)
                .write("HSET", -4, key(1, RW, UPDATE), HashCommands::hset, DENYOOM, FAST)
                .write("HMSET", -4, key(1, RW, UPDATE), HashCommands::hmset, DENYOOM, FAST)
                .write("HSETNX", 4, key(1, RW, INSERT), HashCommands::hsetnx, DENYOOM, FAST)
                .write("HDEL", -3, key(1, RW, DELETE), HashCommands::hdel, FAST)
                .write("HINCRBY", 4, key(1, RW, ACCESS, UPDATE), HashCommands::hincrby, DENYOOM, FAST)
                .write("HINCRBYFLOAT", 4, key(1, RW, ACCESS, UPDATE), HashCommands::hincrbyfloat, DENYOOM, FAST);
    }

    // ---- reading ----

    private static @Nullable HashField find(ReadContext context, Args args) {
        HashView hash = HashView.find(context, args.take());
        return hash == null ? null : hash.field(args.take());
    }

    /** The value of a field that may be absent. */
    static Reply value(@Nullable HashField field) {
        return field == null ? Reply.NULL : Reply.bulk(field.value());
    }

    private static Reply hget(ReadContext context, Args args) {
        return value(find(context, args));
    }

    private static Reply hmget(ReadContext context, Args args) {
        HashView hash = HashView.find(context, args.take());
        List<Reply> values = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            byte[] name = args.take();
            values.add(hash == null ? Reply.NULL : value(hash.field(name)));
        }
        return Reply.array(values);
    }

    private static Reply hgetall(ReadContext context, Args args) {
        HashView hash = HashView.find(context, args.take());
        if (hash == null) {
            return new Reply.Map(List.of());
        }
        return Listing.of(
                context,
                Reply.Form.MAP,
                hash::count,
                () -> hash.fields(true)
                        .map(field -> new Reply.Pair(Reply.bulk(field.name()), Reply.bulk(field.value()))));
    }

    private static Reply hkeys(ReadContext context, Args args) {
        HashView hash = HashView.find(context, args.take());
        if (hash == null) {
            return Reply.EMPTY_ARRAY;
        }
        return Listing.of(
                context,
                Reply.Form.ARRAY,
                hash::count,
                () -> hash.fields(false).map(field -> Reply.bulk(field.name())));
    }

    private static Reply hvals(ReadContext context, Args args) {
        HashView hash = HashView.find(context, args.take());
        if (hash == null) {
            return Reply.EMPTY_ARRAY;
        }
        return Listing.of(
                context,
                Reply.Form.ARRAY,
                hash::count,
                () -> hash.fields(true).map(field -> Reply.bulk(field.value())));
    }

    private static Reply hlen(ReadContext context, Args args) {
        HashView hash = HashView.find(context, args.take());
        return Reply.integer(hash == null ? 0 : hash.count());
    }

    private static Reply hstrlen(ReadContext context, Args args) {
        HashField field = find(context, args);
        return Reply.integer(field == null ? 0 : field.valueSize());
    }

    private static Reply hexists(ReadContext context, Args args) {
        return find(context, args) == null ? Reply.ZERO : Reply.ONE;
    }

    // ---- by chance and step by step ----

    private static Reply hrandfield(ReadContext context, Args args) {
        byte[] key = args.take();
        if (!args.hasNext()) {
            HashView hash = HashView.find(context, key);
            HashField field = hash == null ? null : HashSample.one(hash);
            return field == null ? Reply.NULL : Reply.bulk(field.name());
        }
        long count = args.takeLong();
        if (count == Long.MIN_VALUE) {
            throw new CommandError(OUT_OF_RANGE + ", value must between " + -Long.MAX_VALUE + " and " + Long.MAX_VALUE);
        }
        boolean withValues = args.takeIf("WITHVALUES");
        args.requireEnd();
        if (withValues && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
            throw new CommandError(OUT_OF_RANGE);
        }
        HashView hash = HashView.find(context, key);
        if (hash == null) {
            return Reply.EMPTY_ARRAY;
        }
        Reply.Form form = withValues ? Reply.Form.PAIRS : Reply.Form.ARRAY;
        if (count < 0) {
            return Listing.drawn(
                    context,
                    form,
                    hash.count() == 0 ? 0 : -count,
                    some -> replies(HashSample.repeated(hash, some, withValues), withValues));
        }
        if (count > Listing.CHOSEN_WHOLE_MAX) {
            long chosen = Math.min(count, hash.count());
            return Listing.of(
                    context,
                    form,
                    () -> chosen,
                    () -> HashSample.openDistinct(hash, chosen, withValues).map(field -> reply(field, withValues)));
        }
        List<Reply> fields = replies(HashSample.distinct(hash, count, withValues), withValues);
        return withValues ? new Reply.Pairs(fields) : Reply.array(fields);
    }

    private static List<Reply> replies(List<HashField> fields, boolean withValues) {
        return fields.stream().map(field -> reply(field, withValues)).toList();
    }

    private static Reply reply(HashField field, boolean withValues) {
        Reply name = Reply.bulk(field.name());
        return withValues ? new Reply.Pair(name, Reply.bulk(field.value())) : name;
    }

    /** Redis looks at the options only where there is a hash. */
    private static Reply hscan(ReadContext context, Args args) {
        byte[] key = args.take();
        long position = KeyspaceCommands.parseCursor(args.take());
        HashView hash = HashView.find(context, key);
        if (hash == null) {
            return Reply.array(Reply.text("0"), Reply.EMPTY_ARRAY);
        }
        ScanOptions options = ScanOptions.take(args, ScanOptions.Extra.NOVALUES);
        Predicate<byte[]> matches = options.filter();
        List<Reply> items = new ArrayList<>();
        long next = hash.scan(position, options.count(), options.values(), field -> {
            if (matches.test(field.name())) {
                items.add(Reply.bulk(field.name()));
                if (options.values()) {
                    items.add(Reply.bulk(field.value()));
                }
            }
        });
        return Reply.array(Reply.text(Long.toString(next)), Reply.array(items));
    }

    // ---- writing ----

    private static Reply hset(WriteContext context, Args args) {
        return Reply.integer(setAll(context, args, "hset"));
    }

    private static Reply hmset(WriteContext context, Args args) {
        setAll(context, args, "hmset");
        return Reply.OK;
    }

    private static int setAll(WriteContext context, Args args, String command) {
        byte[] key = args.take();
        if (args.remaining() % 2 != 0) {
            throw Errors.wrongArity(command);
        }
        HashWriter hash = HashWriter.open(context, key);
        int created = 0;
        while (args.hasNext()) {
            byte[] name = args.take();
            if (hash.put(name, args.take(), KeyRecord.NO_EXPIRY)) {
                created++;
            }
        }
        hash.finish("hset");
        return created;
    }

    private static Reply hsetnx(WriteContext context, Args args) {
        HashWriter hash = HashWriter.open(context, args.take());
        byte[] name = args.take();
        if (hash.find(name) != null) {
            return Reply.ZERO;
        }
        hash.put(null, name, args.take(), KeyRecord.NO_EXPIRY);
        hash.finish("hset");
        return Reply.ONE;
    }

    private static Reply hdel(WriteContext context, Args args) {
        HashWriter hash = HashWriter.openExisting(context, args.take());
        if (hash == null) {
            return Reply.ZERO;
        }
        int removed = 0;
        while (args.hasNext()) {
            HashField field = hash.find(args.take());
            if (field != null) {
                hash.remove(field);
                removed++;
            }
        }
        if (removed > 0) {
            hash.finish("hdel");
        } else {
            hash.finish();
        }
        return Reply.integer(removed);
    }

    private static Reply hincrby(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] name = args.take();
        long increment = args.takeLong();
        HashWriter hash = HashWriter.open(context, key);
        HashField old = hash.find(name);
        long value = old == null ? 0 : Numbers.parseLong(old.value(), NOT_AN_INTEGER);
        long sum = value + increment;
        if (((value ^ sum) & (increment ^ sum)) < 0) {
            throw new CommandError("ERR increment or decrement would overflow");
        }
        replace(hash, old, name, Numbers.encode(sum), "hincrby");
        return Reply.integer(sum);
    }

    private static Reply hincrbyfloat(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] name = args.take();
        LongDouble increment = LongDouble.parse(args.take());
        if (!increment.isFinite()) {
            throw new CommandError("ERR value is NaN or Infinity");
        }
        HashWriter hash = HashWriter.open(context, key);
        HashField old = hash.find(name);
        LongDouble value =
                old == null ? LongDouble.parse(Numbers.encode(0)) : LongDouble.parse(old.value(), NOT_A_FLOAT);
        LongDouble sum = value.plus(increment);
        if (!sum.isFinite()) {
            throw new CommandError("ERR increment would produce NaN or Infinity");
        }
        byte[] text = sum.format();
        replace(hash, old, name, text, "hincrbyfloat");
        return Reply.bulk(text);
    }

    /** Sets a field that keeps its deadline. */
    private static void replace(HashWriter hash, @Nullable HashField old, byte[] name, byte[] value, String event) {
        hash.put(old, name, value, old == null ? KeyRecord.NO_EXPIRY : old.deadlineMillis());
        hash.finish(event);
    }
}
