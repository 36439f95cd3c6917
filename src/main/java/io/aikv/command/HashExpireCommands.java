package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.HashField;
import io.aikv.data.HashView;
import io.aikv.data.HashWriter;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands on the deadlines of fields of hashes: those of Redis 7.4 and 8.0. */
final class HashExpireCommands {
    /** Redis keeps such deadlines in 46 bits. */
    private static final long DEADLINE_MAX_MILLIS = (1L << 46) - 1;

    private static final String FIELDS_MISSING =
            "ERR Mandatory argument FIELDS is missing or not at the right position";
    private static final String FIELDS_MISMATCH = "ERR The `numfields` parameter must match the number of arguments";
    private static final String COUNT_NOT_POSITIVE = "ERR Number of fields must be a positive integer";
    private static final String EXPIRE_COUNT_NOT_POSITIVE = "ERR Parameter `numFields` should be greater than 0";
    private static final String SETEX_COUNT_INVALID = "ERR invalid number of fields";
    private static final String TWO_LIFETIMES =
            "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
    private static final String TWO_CONDITIONS = "ERR Only one of FXX or FNX arguments can be specified";

    private static final Reply NO_FIELD = Reply.integer(-2);
    private static final Reply NO_DEADLINE = Reply.integer(-1);
    private static final Reply DELETED = Reply.integer(2);

    private HashExpireCommands() {}

    static void register(CommandTable table) {
        table.group(Group.HASH)
                .write("HEXPIRE", -6, key(1, RW, UPDATE), (c, a) -> hexpire(c, a, "hexpire", Unit.EX), DENYOOM, FAST)
                .write("HPEXPIRE", -6, key(1, RW, UPDATE), (c, a) -> hexpire(c, a, "hpexpire", Unit.PX), DENYOOM, FAST)
                .write(
                        "HEXPIREAT",
                        -6,
                        key(1, RW, UPDATE),
                        (c, a) -> hexpire(c, a, "hexpireat", Unit.EXAT),
                        DENYOOM,
                        FAST)
                .write(
                        "HPEXPIREAT",
                        -6,
                        key(1, RW, UPDATE),
                        (c, a) -> hexpire(c, a, "hpexpireat", Unit.PXAT),
                        DENYOOM,
                        FAST)
                .write("HPERSIST", -5, key(1, RW, UPDATE), HashExpireCommands::hpersist, FAST)
                .read("HTTL", -5, key(1, RO, ACCESS), (c, a) -> deadlines(c, a, true, c.nowMillis()), FAST)
                .read("HPTTL", -5, key(1, RO, ACCESS), (c, a) -> deadlines(c, a, false, c.nowMillis()), FAST)
                .read("HEXPIRETIME", -5, key(1, RO, ACCESS), (c, a) -> deadlines(c, a, true, 0), FAST)
                .read("HPEXPIRETIME", -5, key(1, RO, ACCESS), (c, a) -> deadlines(c, a, false, 0), FAST)
                .write("HSETEX", -6, key(1, RW, UPDATE), HashExpireCommands::hsetex, DENYOOM, FAST)
                .write("HGETEX", -5, key(1, RW, ACCESS, UPDATE), HashExpireCommands::hgetex, FAST)
                .write("HGETDEL", -5, key(1, RW, ACCESS, DELETE), HashExpireCommands::hgetdel, FAST);
    }

    /** In what a deadline is given. */
    private enum Unit {
        EX,
        PX,
        EXAT,
        PXAT;

        private static final Unit[] ALL = values();

        /** Takes its name. Null if the next argument is none. */
        static @Nullable Unit take(Args args) {
            for (Unit unit : ALL) {
                if (args.takeIf(unit.name())) {
                    return unit;
                }
            }
            return null;
        }

        /** The deadline that a number stands for, in milliseconds since the epoch. */
        long deadline(byte[] number, long nowMillis, String command) {
            long value = Numbers.parseLong(number);
            if (value < 0) {
                throw new CommandError("ERR invalid expire time, must be >= 0");
            }
            boolean seconds = this == EX || this == EXAT;
            long baseMillis = this == EX || this == PX ? nowMillis : 0;
            if (seconds && value > DEADLINE_MAX_MILLIS / 1000) {
                throw Errors.invalidExpireTime(command);
            }
            long millis = seconds ? value * 1000 : value;
            if (millis > DEADLINE_MAX_MILLIS - baseMillis) {
                throw Errors.invalidExpireTime(command);
            }
            return millis + baseMillis;
        }
    }

    /** Takes {@code FIELDS count} and checks that so many arguments follow. */
    private static void requireFields(Args args, String countError) {
        if (!args.takeIf("FIELDS")) {
            throw new CommandError(FIELDS_MISSING);
        }
        if (!args.hasNext()) {
            throw new CommandError(FIELDS_MISMATCH);
        }
        long count = args.takeLong(1, Long.MAX_VALUE, countError);
        if (count != args.remaining()) {
            throw new CommandError(FIELDS_MISMATCH);
        }
    }

    private static Reply forEachOf(Args args, Reply reply) {
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            args.take();
            replies.add(reply);
        }
        return Reply.array(replies);
    }

    // ---- deadlines alone ----

    private static Reply hexpire(WriteContext context, Args args, String command, Unit unit) {
        HashWriter hash = HashWriter.openExisting(context, args.take());
        long deadline = unit.deadline(args.take(), context.nowMillis(), command);
        Condition condition = Condition.take(args);
        requireFields(args, EXPIRE_COUNT_NOT_POSITIVE);
        if (hash == null) {
            return forEachOf(args, NO_FIELD);
        }
        boolean isPast = deadline <= context.nowMillis();
        boolean changed = false;
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            HashField field = hash.find(args.take());
            if (field == null) {
                replies.add(NO_FIELD);
            } else if (!condition.holds(field, deadline)) {
                replies.add(Reply.ZERO);
            } else {
                setOrRemove(hash, field, deadline, isPast);
                replies.add(isPast ? DELETED : Reply.ONE);
                changed = true;
            }
        }
        finish(hash, changed, isPast ? "hdel" : "hexpire");
        return Reply.array(replies);
    }

    private static void setOrRemove(HashWriter hash, HashField field, long deadline, boolean isPast) {
        if (isPast) {
            hash.remove(field);
        } else {
            hash.setDeadline(field, deadline);
        }
    }

    private static void finish(HashWriter hash, boolean changed, String event) {
        if (changed) {
            hash.finish(event);
        } else {
            hash.finish();
        }
    }

    private static Reply hpersist(WriteContext context, Args args) {
        HashWriter hash = HashWriter.openExisting(context, args.take());
        requireFields(args, COUNT_NOT_POSITIVE);
        if (hash == null) {
            return forEachOf(args, NO_FIELD);
        }
        boolean changed = false;
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            HashField field = hash.find(args.take());
            if (field == null) {
                replies.add(NO_FIELD);
            } else if (!field.hasDeadline()) {
                replies.add(NO_DEADLINE);
            } else {
                hash.setDeadline(field, KeyRecord.NO_EXPIRY);
                replies.add(Reply.ONE);
                changed = true;
            }
        }
        finish(hash, changed, "hpersist");
        return Reply.array(replies);
    }

    private static Reply deadlines(ReadContext context, Args args, boolean seconds, long baseMillis) {
        HashView hash = HashView.find(context, args.take());
        requireFields(args, COUNT_NOT_POSITIVE);
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            byte[] name = args.take();
            HashField field = hash == null ? null : hash.field(name);
            if (field == null) {
                replies.add(NO_FIELD);
            } else if (!field.hasDeadline()) {
                replies.add(NO_DEADLINE);
            } else {
                long millis = field.deadlineMillis() - baseMillis;
                replies.add(Reply.integer(seconds ? (millis + 999) / 1000 : millis));
            }
        }
        return Reply.array(replies);
    }

    /** NX, XX, GT and LT, of which there can be one. No deadline counts as infinitely late. */
    private enum Condition {
        NX,
        XX,
        GT,
        LT,
        ALWAYS;

        private static final Condition[] ALL = values();

        static Condition take(Args args) {
            for (Condition condition : ALL) {
                if (condition != ALWAYS && args.takeIf(condition.name())) {
                    return condition;
                }
            }
            return ALWAYS;
        }

        boolean holds(HashField field, long deadline) {
            boolean has = field.hasDeadline();
            return switch (this) {
                case NX -> !has;
                case XX -> has;
                case GT -> has && deadline > field.deadlineMillis();
                case LT -> !has || deadline < field.deadlineMillis();
                case ALWAYS -> true;
            };
        }
    }

    // ---- values and deadlines ----

    private static Reply hgetex(WriteContext context, Args args) {
        HashWriter hash = HashWriter.openExisting(context, args.take());
        Unit unit = Unit.take(args);
        boolean persist = unit == null && args.takeIf("PERSIST");
        long deadline = unit == null ? KeyRecord.NO_EXPIRY : unit.deadline(args.take(), context.nowMillis(), "hgetex");
        requireFields(args, COUNT_NOT_POSITIVE);
        if (hash == null) {
            return forEachOf(args, Reply.NULL);
        }
        boolean isPast = unit != null && deadline <= context.nowMillis();
        boolean changed = false;
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            HashField field = hash.find(args.take());
            replies.add(HashCommands.value(field));
            if (field != null && (unit != null || (persist && field.hasDeadline()))) {
                setOrRemove(hash, field, deadline, isPast);
                changed = true;
            }
        }
        finish(hash, changed, persist ? "hpersist" : isPast ? "hdel" : "hexpire");
        return Reply.array(replies);
    }

    private static Reply hgetdel(WriteContext context, Args args) {
        HashWriter hash = HashWriter.openExisting(context, args.take());
        requireFields(args, COUNT_NOT_POSITIVE);
        if (hash == null) {
            return forEachOf(args, Reply.NULL);
        }
        boolean changed = false;
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            HashField field = hash.find(args.take());
            replies.add(HashCommands.value(field));
            if (field != null) {
                hash.remove(field);
                changed = true;
            }
        }
        finish(hash, changed, "hdel");
        return Reply.array(replies);
    }

    private static Reply hsetex(WriteContext context, Args args) {
        byte[] key = args.take();
        SetexOptions options = SetexOptions.take(args, context.nowMillis());
        HashWriter hash = HashWriter.open(context, key);
        if (!holds(hash, options, args)) {
            hash.finish();
            return Reply.ZERO;
        }
        boolean isPast = options.sets() && options.deadline() <= context.nowMillis();
        while (args.hasNext()) {
            byte[] name = args.take();
            byte[] value = args.take();
            HashField old = hash.find(name);
            if (!isPast) {
                hash.put(old, name, value, options.deadlineAfter(old));
            } else if (old != null) {
                hash.remove(old);
            }
        }
        if (!options.sets()) {
            hash.finish("hset");
        } else if (!hash.finish("hset", isPast ? "hdel" : "hexpire") && hash.isNew()) {
            // Redis makes the hash and removes it again.
            context.changed(EventClass.GENERIC, "del", key);
        }
        return Reply.ONE;
    }

    private static boolean holds(HashWriter hash, SetexOptions options, Args args) {
        byte[][] argv = args.argv();
        for (int i = args.position(); (options.fnx() || options.fxx()) && i < argv.length; i += 2) {
            boolean exists = hash.find(argv[i]) != null;
            if (exists ? options.fnx() : options.fxx()) {
                return false;
            }
        }
        return true;
    }

    /**
     * What stands before the fields of HSETEX.
     *
     * @param deadline {@link KeyRecord#NO_EXPIRY} if none is given
     */
    private record SetexOptions(boolean fnx, boolean fxx, boolean keepTtl, long deadline) {
        /** Takes everything up to the first field. */
        static SetexOptions take(Args args, long nowMillis) {
            boolean fnx = false;
            boolean fxx = false;
            boolean keepTtl = false;
            long deadline = KeyRecord.NO_EXPIRY;
            while (!args.takeIf("FIELDS")) {
                boolean hasLifetime = keepTtl || deadline != KeyRecord.NO_EXPIRY;
                Unit unit = args.hasNext() ? Unit.take(args) : null;
                boolean isFnx = unit == null && args.takeIf("FNX");
                boolean isFxx = unit == null && !isFnx && args.takeIf("FXX");
                boolean isKeep = unit == null && !isFnx && !isFxx && args.takeIf("KEEPTTL");
                if ((unit != null || isKeep) && hasLifetime) {
                    throw new CommandError(TWO_LIFETIMES);
                }
                if ((isFnx || isFxx) && (fnx || fxx)) {
                    throw new CommandError(TWO_CONDITIONS);
                }
                if (unit != null) {
                    if (!args.hasNext()) {
                        throw new CommandError("ERR missing expire time");
                    }
                    deadline = unit.deadline(args.take(), nowMillis, "hsetex");
                } else if (!isFnx && !isFxx && !isKeep) {
                    if (!args.hasNext()) {
                        throw Errors.wrongArity("hsetex");
                    }
                    throw new CommandError("ERR unknown argument: " + Bytes.text(args.take()));
                }
                fnx |= isFnx;
                fxx |= isFxx;
                keepTtl |= isKeep;
            }
            requirePairs(args);
            return new SetexOptions(fnx, fxx, keepTtl, deadline);
        }

        private static void requirePairs(Args args) {
            if (args.remaining() < 3) {
                throw Errors.wrongArity("hsetex");
            }
            long count = args.takeLong(1, Integer.MAX_VALUE, SETEX_COUNT_INVALID);
            if (args.remaining() % 2 != 0 || count != args.remaining() / 2) {
                throw Errors.wrongArity("hsetex");
            }
        }

        boolean sets() {
            return deadline != KeyRecord.NO_EXPIRY;
        }

        long deadlineAfter(@Nullable HashField old) {
            return keepTtl && old != null ? old.deadlineMillis() : deadline;
        }
    }
}
