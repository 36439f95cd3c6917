package io.aikv.command;

import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.Set;

/** Commands on the deadlines of keys. */
final class ExpireCommands {
    private static final Reply NO_KEY = Reply.integer(-2);
    private static final Reply NO_DEADLINE = Reply.integer(-1);

    private ExpireCommands() {}

    static void register(CommandTable table) {
        table.group(Group.GENERIC)
                .write("EXPIRE", -3, key(1, RW, UPDATE), (c, a) -> expire(c, a, "expire", true, false), FAST)
                .write("PEXPIRE", -3, key(1, RW, UPDATE), (c, a) -> expire(c, a, "pexpire", false, false), FAST)
                .write("EXPIREAT", -3, key(1, RW, UPDATE), (c, a) -> expire(c, a, "expireat", true, true), FAST)
                .write("PEXPIREAT", -3, key(1, RW, UPDATE), (c, a) -> expire(c, a, "pexpireat", false, true), FAST)
                .write("PERSIST", 2, key(1, RW, UPDATE), ExpireCommands::persist, FAST)
                .read("TTL", 2, key(1, RO, ACCESS), (c, a) -> deadline(c, a, true, c.nowMillis()), FAST)
                .read("PTTL", 2, key(1, RO, ACCESS), (c, a) -> deadline(c, a, false, c.nowMillis()), FAST)
                .read("EXPIRETIME", 2, key(1, RO, ACCESS), (c, a) -> deadline(c, a, true, 0), FAST)
                .read("PEXPIRETIME", 2, key(1, RO, ACCESS), (c, a) -> deadline(c, a, false, 0), FAST);
    }

    private static Reply expire(WriteContext context, Args args, String command, boolean seconds, boolean absolute) {
        byte[] key = args.take();
        byte[] number = args.take();
        Condition condition = Condition.take(args);
        long deadline = deadline(number, seconds, absolute ? 0 : context.nowMillis(), command);

        KeyRecord record = context.find(key);
        if (record == null || !condition.holds(record, deadline)) {
            return Reply.ZERO;
        }
        if (deadline <= context.nowMillis()) {
            context.remove(key);
            context.changed(EventClass.GENERIC, "del", key);
        } else {
            context.put(key, record.withExpiry(deadline));
            context.changed(EventClass.GENERIC, "expire", key);
        }
        return Reply.ONE;
    }

    private static long deadline(byte[] number, boolean seconds, long baseMillis, String command) {
        long value = Numbers.parseLong(number);
        if (seconds && (value > Long.MAX_VALUE / 1000 || value < Long.MIN_VALUE / 1000)) {
            throw Errors.invalidExpireTime(command);
        }
        long millis = seconds ? value * 1000 : value;
        if (millis > Long.MAX_VALUE - baseMillis) {
            throw Errors.invalidExpireTime(command);
        }
        return millis + baseMillis;
    }

    private static Reply persist(WriteContext context, Args args) {
        byte[] key = args.take();
        KeyRecord record = context.find(key);
        if (record == null || !record.hasExpiry()) {
            return Reply.ZERO;
        }
        context.put(key, record.withExpiry(KeyRecord.NO_EXPIRY));
        context.changed(EventClass.GENERIC, "persist", key);
        return Reply.ONE;
    }

    private static Reply deadline(ReadContext context, Args args, boolean seconds, long baseMillis) {
        KeyRecord record = context.find(args.take());
        if (record == null) {
            return NO_KEY;
        }
        if (!record.hasExpiry()) {
            return NO_DEADLINE;
        }
        long millis = record.expireAtMillis() - baseMillis;
        return Reply.integer(seconds ? millis / 1000 + (millis % 1000 + 500) / 1000 : millis);
    }

    /** NX, XX, GT and LT: whether the deadline may be set, given the one there is. */
    private record Condition(boolean nx, boolean xx, boolean gt, boolean lt) {
        private static final List<String> TOKENS = List.of("NX", "XX", "GT", "LT");

        static Condition take(Args args) {
            Set<String> tokens = args.takeAnyOf(TOKENS);
            if (args.hasNext()) {
                throw new CommandError("ERR Unsupported option " + Bytes.text(args.take()));
            }
            boolean nx = tokens.contains("NX");
            boolean xx = tokens.contains("XX");
            boolean gt = tokens.contains("GT");
            boolean lt = tokens.contains("LT");
            if (nx && (xx || gt || lt)) {
                throw new CommandError("ERR NX and XX, GT or LT options at the same time are not compatible");
            }
            if (gt && lt) {
                throw new CommandError("ERR GT and LT options at the same time are not compatible");
            }
            return new Condition(nx, xx, gt, lt);
        }

        /** No deadline counts as infinitely late. */
        boolean holds(KeyRecord record, long deadline) {
            boolean has = record.hasExpiry();
            long current = record.expireAtMillis();
            return !(nx && has)
                    && !(xx && !has)
                    && !(gt && (!has || deadline <= current))
                    && !(lt && has && deadline >= current);
        }
    }
}
