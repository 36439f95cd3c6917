package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LONG_READ;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RM;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.Access.VARIABLE_FLAGS;
import static io.aikv.command.KeySpec.counted;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import io.aikv.base.Errors;
import io.aikv.base.LongDouble;
import io.aikv.base.Numbers;
import io.aikv.command.SetOptions.Condition;
import io.aikv.command.SetOptions.Dialect;
import io.aikv.command.SetOptions.Lifetime;
import io.aikv.data.CommonSubsequence;
import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Strings;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands on strings: all of Redis 7.2, and the conditional ones of Redis 8.4 and Valkey 9. */
public final class StringCommands {
    private static final int DIGEST_SIZE = 16;

    private StringCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.STRING)
                .read("GET", 2, key(1, RO, ACCESS), StringCommands::get, FAST)
                .read("MGET", -2, keys(1, -1, RO, ACCESS), StringCommands::mget, FAST)
                .read("STRLEN", 2, key(1, RO), StringCommands::strlen, FAST)
                .read("GETRANGE", 4, key(1, RO, ACCESS), StringCommands::getrange)
                .read("SUBSTR", 4, key(1, RO, ACCESS), StringCommands::getrange)
                .read("LCS", -3, keys(1, 2, RO, ACCESS), StringCommands::lcs, LONG_READ)
                .read("DIGEST", 2, key(1, RO, ACCESS), StringCommands::digest, FAST)
                .write("SET", -3, key(1, RW, ACCESS, UPDATE, VARIABLE_FLAGS), StringCommands::set, DENYOOM)
                .write("SETNX", 3, key(1, OW, INSERT), StringCommands::setnx, DENYOOM, FAST)
                .write("SETEX", 4, key(1, OW, UPDATE), StringCommands::setex, DENYOOM)
                .write("PSETEX", 4, key(1, OW, UPDATE), StringCommands::psetex, DENYOOM)
                .write("GETSET", 3, key(1, RW, ACCESS, UPDATE), StringCommands::getset, DENYOOM, FAST)
                .write("GETDEL", 2, key(1, RW, ACCESS, DELETE), StringCommands::getdel, FAST)
                .write("GETEX", -2, key(1, RW, ACCESS, UPDATE), StringCommands::getex, FAST)
                .write("MSET", -3, keys(1, -1, 2, OW, UPDATE), StringCommands::mset, DENYOOM)
                .write("MSETNX", -3, keys(1, -1, 2, OW, INSERT), StringCommands::msetnx, DENYOOM)
                .write("MSETEX", -4, counted(1, 2, 2, OW, UPDATE), StringCommands::msetex, DENYOOM)
                .write("APPEND", 3, key(1, RW, INSERT), StringCommands::append, DENYOOM, FAST)
                .write("SETRANGE", 4, key(1, RW, UPDATE), StringCommands::setrange, DENYOOM)
                .write("INCR", 2, key(1, RW, ACCESS, UPDATE), StringCommands::incr, DENYOOM, FAST)
                .write("DECR", 2, key(1, RW, ACCESS, UPDATE), StringCommands::decr, DENYOOM, FAST)
                .write("INCRBY", 3, key(1, RW, ACCESS, UPDATE), StringCommands::incrby, DENYOOM, FAST)
                .write("DECRBY", 3, key(1, RW, ACCESS, UPDATE), StringCommands::decrby, DENYOOM, FAST)
                .write("INCRBYFLOAT", 3, key(1, RW, ACCESS, UPDATE), StringCommands::incrbyfloat, DENYOOM, FAST)
                .write("DELIFEQ", 3, key(1, RM, ACCESS, DELETE), StringCommands::delifeq)
                .write("DELEX", -2, key(1, RW, DELETE, VARIABLE_FLAGS), StringCommands::delex, FAST);
    }

    // ---- reading ----

    private static Reply get(ReadContext context, Args args) {
        byte[] key = args.take();
        KeyRecord record = context.find(key, Type.STRING);
        return record == null ? Reply.NULL : bytes(context, key, record, 0, Strings.length(record));
    }

    /** A part of a value; a long one is read while it is sent, where that is possible. */
    private static Reply bytes(ReadContext context, byte[] key, KeyRecord record, int from, int to) {
        return context.streams() && to - from > Listing.STREAM_BYTES_MIN
                ? new Reply.Streamed(
                        Reply.Form.STRING,
                        to - from,
                        Strings.parts(context, key, record, from, to).map(Reply::bulk))
                : Reply.bulk(Strings.read(context, key, record, from, to));
    }

    /** The same long value named a million times would be more than any heap: so a long reply is read while it is sent. */
    private static Reply mget(ReadContext context, Args args) {
        List<byte[]> keys = List.of(args.takeRest());
        return Listing.of(
                context,
                Reply.Form.ARRAY,
                () -> findAll(context, keys),
                () -> Elements.of(keys).map(key -> valueOrNull(context, key)));
    }

    private static Reply valueOrNull(ReadContext context, byte[] key) {
        KeyRecord record = context.find(key);
        return record != null && record.type() == Type.STRING
                ? bytes(context, key, record, 0, Strings.length(record))
                : Reply.NULL;
    }

    /** Looks at every key, so that it is known which deadlines matter. Returns how many keys there are. */
    private static long findAll(ReadContext context, List<byte[]> keys) {
        keys.forEach(context::find);
        return keys.size();
    }

    private static Reply strlen(ReadContext context, Args args) {
        KeyRecord record = context.find(args.take(), Type.STRING);
        return Reply.integer(record == null ? 0 : Strings.length(record));
    }

    private static Reply getrange(ReadContext context, Args args) {
        byte[] key = args.take();
        long start = args.takeLong();
        long end = args.takeLong();
        KeyRecord record = context.find(key, Type.STRING);
        long length = record == null ? 0 : Strings.length(record);
        if (record == null || length == 0 || (start < 0 && end < 0 && start > end)) {
            return Reply.bulk(Bytes.EMPTY);
        }
        long from = Math.max(start < 0 ? length + start : start, 0);
        long to = Math.min(Math.max(end < 0 ? length + end : end, 0), length - 1);
        return from > to ? Reply.bulk(Bytes.EMPTY) : bytes(context, key, record, (int) from, (int) to + 1);
    }

    private static Reply digest(ReadContext context, Args args) {
        byte[] value = Strings.get(context, args.take());
        return value == null ? Reply.NULL : Reply.text(Strings.digest(value));
    }

    private static Reply lcs(ReadContext context, Args args) {
        byte[] a = lcsOperand(context, args.take());
        byte[] b = lcsOperand(context, args.take());
        boolean length = false;
        boolean index = false;
        boolean withLengths = false;
        long shortest = 0;
        while (args.hasNext()) {
            if (args.takeIf("IDX")) {
                index = true;
            } else if (args.takeIf("LEN")) {
                length = true;
            } else if (args.takeIf("WITHMATCHLEN")) {
                withLengths = true;
            } else if (args.takeIf("MINMATCHLEN", 1)) {
                shortest = args.takeLong();
            } else {
                throw Errors.syntax();
            }
        }
        if (index && length) {
            throw new CommandError("ERR If you want both the length and indexes, please just use IDX.");
        }
        context.willCompute(CommonSubsequence.workBytes(a, b));
        CommonSubsequence common = new CommonSubsequence(a, b);
        if (length) {
            return Reply.integer(common.length());
        }
        return index ? lcsMatches(common, shortest, withLengths) : Reply.bulk(common.bytes());
    }

    private static byte[] lcsOperand(ReadContext context, byte[] key) {
        KeyRecord record = context.find(key);
        if (record != null && record.type() != Type.STRING) {
            throw new CommandError("ERR The specified keys must contain string values");
        }
        return record == null ? Bytes.EMPTY : Strings.value(context, key, record);
    }

    private static Reply lcsMatches(CommonSubsequence common, long shortest, boolean withLengths) {
        List<Reply> matches = new ArrayList<>();
        for (CommonSubsequence.Match match : common.matches()) {
            if (match.length() >= shortest) {
                Reply inA = lcsRange(match.aStart(), match.length());
                Reply inB = lcsRange(match.bStart(), match.length());
                matches.add(withLengths ? Reply.array(inA, inB, Reply.integer(match.length())) : Reply.array(inA, inB));
            }
        }
        return Reply.map(
                Reply.text("matches"), Reply.array(matches), Reply.text("len"), Reply.integer(common.length()));
    }

    private static Reply lcsRange(int start, int length) {
        return Reply.array(Reply.integer(start), Reply.integer(start + length - 1L));
    }

    // ---- setting ----

    private static Reply set(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] value = args.take();
        if (!args.hasNext()) {
            store(context, key, value, KeyRecord.NO_EXPIRY, false);
            return Reply.OK;
        }
        SetOptions options = SetOptions.take(args, Dialect.SET);
        long deadline = options.deadline(context.nowMillis(), "set");
        KeyRecord old = null;
        if (options.get() || options.condition().compares()) {
            old = context.find(key, Type.STRING);
        } else if (options.condition() != Condition.ALWAYS || options.lifetime() == Lifetime.KEEPTTL) {
            old = context.find(key);
        }
        Reply answer = options.get() && old != null ? Reply.bulk(Strings.value(context, key, old)) : Reply.NULL;
        if (!holds(context, key, old, options.condition(), options.operand())) {
            return answer;
        }
        store(context, key, value, options.expiry(old, deadline), deadline != KeyRecord.NO_EXPIRY);
        return options.get() ? answer : Reply.OK;
    }

    private static void store(WriteContext context, byte[] key, byte[] value, long expireAt, boolean newExpiry) {
        Strings.set(context, key, value, expireAt);
        context.changed(EventClass.STRING, "set", key);
        if (newExpiry) {
            context.changed(EventClass.GENERIC, "expire", key);
        }
    }

    /** Whether a condition of SET or DELEX holds; {@code old} is a string's record if the condition compares. */
    private static boolean holds(
            ReadContext context, byte[] key, @Nullable KeyRecord old, Condition condition, byte[] operand) {
        return switch (condition) {
            case ALWAYS -> true;
            case NX -> old == null;
            case XX -> old != null;
            case IFEQ -> old != null && Strings.isEqual(context, key, old, operand);
            case IFNE -> old == null || !Strings.isEqual(context, key, old, operand);
            case IFDEQ -> old != null && hasDigest(context, key, old, operand);
            case IFDNE -> old == null || !hasDigest(context, key, old, operand);
        };
    }

    /** As Redis, checks the digest's length only, and only where there is something to compare. */
    private static boolean hasDigest(ReadContext context, byte[] key, KeyRecord old, byte[] digest) {
        if (digest.length != DIGEST_SIZE) {
            throw new CommandError("ERR must be exactly 16 hexadecimal characters");
        }
        return Bytes.equalsIgnoreCase(digest, Strings.digest(Strings.value(context, key, old)));
    }

    private static Reply setnx(WriteContext context, Args args) {
        byte[] key = args.take();
        if (context.exists(key)) {
            return Reply.ZERO;
        }
        store(context, key, args.take(), KeyRecord.NO_EXPIRY, false);
        return Reply.ONE;
    }

    private static Reply setex(WriteContext context, Args args) {
        return setWithLifetime(context, args, Lifetime.EX, "setex");
    }

    private static Reply psetex(WriteContext context, Args args) {
        return setWithLifetime(context, args, Lifetime.PX, "psetex");
    }

    private static Reply setWithLifetime(WriteContext context, Args args, Lifetime lifetime, String command) {
        byte[] key = args.take();
        long deadline = SetOptions.deadline(lifetime, args.take(), context.nowMillis(), command);
        store(context, key, args.take(), deadline, true);
        return Reply.OK;
    }

    private static Reply getset(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] old = Strings.get(context, key);
        store(context, key, args.take(), KeyRecord.NO_EXPIRY, false);
        return Reply.bulkOrNull(old);
    }

    private static Reply getdel(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] old = Strings.get(context, key);
        if (old != null) {
            delete(context, key);
        }
        return Reply.bulkOrNull(old);
    }

    private static Reply getex(WriteContext context, Args args) {
        byte[] key = args.take();
        SetOptions options = SetOptions.take(args, Dialect.GETEX);
        KeyRecord record = context.find(key, Type.STRING);
        if (record == null) {
            return Reply.NULL;
        }
        long deadline = options.deadline(context.nowMillis(), "getex");
        byte[] value = Strings.value(context, key, record);
        if (options.lifetime().isAbsolute() && deadline <= context.nowMillis()) {
            delete(context, key);
        } else if (options.lifetime().takesNumber()) {
            context.put(key, record.withExpiry(deadline));
            context.changed(EventClass.GENERIC, "expire", key);
        } else if (options.lifetime() == Lifetime.PERSIST && record.hasExpiry()) {
            context.put(key, record.withExpiry(KeyRecord.NO_EXPIRY));
            context.changed(EventClass.GENERIC, "persist", key);
        }
        return Reply.bulk(value);
    }

    private static void delete(WriteContext context, byte[] key) {
        context.remove(key);
        context.changed(EventClass.GENERIC, "del", key);
    }

    // ---- several keys ----

    private static Reply mset(WriteContext context, Args args) {
        requirePairs(args, "mset");
        storeAll(context, args);
        return Reply.OK;
    }

    private static Reply msetnx(WriteContext context, Args args) {
        requirePairs(args, "msetnx");
        byte[][] argv = args.argv();
        for (int i = args.position(); i < argv.length; i += 2) {
            if (context.exists(argv[i])) {
                return Reply.ZERO;
            }
        }
        storeAll(context, args);
        return Reply.ONE;
    }

    private static void requirePairs(Args args, String command) {
        if (args.remaining() % 2 != 0) {
            throw Errors.wrongArity(command);
        }
    }

    private static void storeAll(WriteContext context, Args args) {
        while (args.hasNext()) {
            store(context, args.take(), args.take(), KeyRecord.NO_EXPIRY, false);
        }
    }

    private static Reply msetex(WriteContext context, Args args) {
        long count = args.takeLong(1, Integer.MAX_VALUE, "ERR invalid numkeys value");
        if (args.remaining() < 2 * count) {
            throw new CommandError("ERR wrong number of key-value pairs");
        }
        List<byte[]> pairs = new ArrayList<>((int) (2 * count));
        for (long i = 0; i < 2 * count; i++) {
            pairs.add(args.take());
        }
        SetOptions options = SetOptions.take(args, Dialect.MSETEX);
        long deadline = options.deadline(context.nowMillis(), "msetex");
        if (options.condition() != Condition.ALWAYS) {
            boolean wanted = options.condition() == Condition.XX;
            for (int i = 0; i < pairs.size(); i += 2) {
                if (context.exists(pairs.get(i)) != wanted) {
                    return Reply.ZERO;
                }
            }
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            byte[] key = pairs.get(i);
            KeyRecord old = options.lifetime() == Lifetime.KEEPTTL ? context.find(key) : null;
            store(context, key, pairs.get(i + 1), options.expiry(old, deadline), deadline != KeyRecord.NO_EXPIRY);
        }
        return Reply.ONE;
    }

    // ---- changing in place ----

    private static Reply append(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] bytes = args.take();
        KeyRecord old = context.find(key, Type.STRING);
        long length = bytes.length;
        if (old == null) {
            Strings.set(context, key, bytes, KeyRecord.NO_EXPIRY);
        } else {
            Strings.requireLength(Strings.length(old), bytes.length);
            length = Strings.append(context, key, old, bytes);
        }
        context.changed(EventClass.STRING, "append", key);
        return Reply.integer(length);
    }

    private static Reply setrange(WriteContext context, Args args) {
        byte[] key = args.take();
        long offset = args.takeLong();
        byte[] bytes = args.take();
        if (offset < 0) {
            throw new CommandError("ERR offset is out of range");
        }
        KeyRecord old = context.find(key, Type.STRING);
        if (bytes.length == 0) {
            return Reply.integer(old == null ? 0 : Strings.length(old));
        }
        Strings.requireLength(offset, bytes.length);
        int length = Strings.setRange(context, key, old, (int) offset, bytes);
        context.changed(EventClass.STRING, "setrange", key);
        return Reply.integer(length);
    }

    private static Reply incr(WriteContext context, Args args) {
        return add(context, args.take(), 1);
    }

    private static Reply decr(WriteContext context, Args args) {
        return add(context, args.take(), -1);
    }

    private static Reply incrby(WriteContext context, Args args) {
        byte[] key = args.take();
        return add(context, key, args.takeLong());
    }

    private static Reply decrby(WriteContext context, Args args) {
        byte[] key = args.take();
        long decrement = args.takeLong();
        if (decrement == Long.MIN_VALUE) {
            throw new CommandError("ERR decrement would overflow");
        }
        return add(context, key, -decrement);
    }

    private static Reply add(WriteContext context, byte[] key, long increment) {
        KeyRecord old = context.find(key, Type.STRING);
        long value = old == null ? 0 : Numbers.parseLong(Strings.number(old));
        long sum = value + increment;
        if (((value ^ sum) & (increment ^ sum)) < 0) {
            throw new CommandError("ERR increment or decrement would overflow");
        }
        Strings.set(context, key, Numbers.encode(sum), old == null ? KeyRecord.NO_EXPIRY : old.expireAtMillis());
        context.changed(EventClass.STRING, "incrby", key);
        return Reply.integer(sum);
    }

    private static Reply incrbyfloat(WriteContext context, Args args) {
        byte[] key = args.take();
        KeyRecord old = context.find(key, Type.STRING);
        LongDouble value = LongDouble.parse(old == null ? Numbers.encode(0) : Strings.number(old));
        LongDouble sum = value.plus(LongDouble.parse(args.take()));
        if (!sum.isFinite()) {
            throw new CommandError("ERR increment would produce NaN or Infinity");
        }
        byte[] text = sum.format();
        Strings.setText(context, key, text, old == null ? KeyRecord.NO_EXPIRY : old.expireAtMillis());
        context.changed(EventClass.STRING, "incrbyfloat", key);
        return Reply.bulk(text);
    }

    // ---- conditional deletion ----

    private static Reply delifeq(WriteContext context, Args args) {
        byte[] key = args.take();
        KeyRecord old = context.find(key, Type.STRING);
        if (old == null || !Strings.isEqual(context, key, old, args.take())) {
            return Reply.ZERO;
        }
        delete(context, key);
        return Reply.ONE;
    }

    private static Reply delex(WriteContext context, Args args) {
        byte[] key = args.take();
        boolean conditional = args.hasNext();
        if (conditional && args.remaining() != 2) {
            throw Errors.wrongArity("delex");
        }
        KeyRecord old = context.find(key);
        if (old == null) {
            return Reply.ZERO;
        }
        if (conditional) {
            if (old.type() != Type.STRING) {
                throw new CommandError("ERR Key should be of string type if conditions are specified");
            }
            Condition condition = takeComparison(args);
            if (!holds(context, key, old, condition, args.take())) {
                return Reply.ZERO;
            }
        }
        delete(context, key);
        return Reply.ONE;
    }

    private static Condition takeComparison(Args args) {
        for (Condition condition : Condition.values()) {
            if (condition.compares() && args.takeIf(condition.name())) {
                return condition;
            }
        }
        throw new CommandError("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
    }
}
