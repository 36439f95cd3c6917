package io.aikv.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.MAY_REPLICATE;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.data.EventClass;
import io.aikv.data.HyperLogLog;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Strings;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** HyperLogLogs, which are strings: all commands of Redis 7.2. */
public final class HyperLogLogCommands {
    private static final int SELF_TEST_ELEMENTS = 100_000;
    private static final double STANDARD_ERROR = 1.04 / Math.sqrt(HyperLogLog.REGISTERS);

    private HyperLogLogCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.HYPERLOGLOG)
                .read("PFCOUNT", -2, keys(1, -1, RW, ACCESS), HyperLogLogCommands::pfcount, MAY_REPLICATE)
                .write("PFADD", -2, key(1, RW, INSERT), HyperLogLogCommands::pfadd, DENYOOM, FAST)
                .write(
                        "PFMERGE",
                        -2,
                        List.of(key(1, RW, ACCESS, INSERT), keys(2, -1, RO, ACCESS)),
                        HyperLogLogCommands::pfmerge,
                        DENYOOM)
                .write("PFDEBUG", 3, key(2, RW, ACCESS), HyperLogLogCommands::pfdebug, DENYOOM, ADMIN)
                .session("PFSELFTEST", 1, HyperLogLogCommands::pfselftest, ADMIN);
    }

    private static @Nullable HyperLogLog find(ReadContext context, byte[] key) {
        KeyRecord record = context.find(key, Type.STRING);
        return record == null ? null : HyperLogLog.of(context, key, record);
    }

    private static void store(WriteContext context, byte[] key, HyperLogLog log, @Nullable KeyRecord old) {
        Strings.setRaw(context, key, log.value(), old == null ? KeyRecord.NO_EXPIRY : old.expireAtMillis());
    }

    private static Reply pfadd(WriteContext context, Args args) {
        byte[] key = args.take();
        KeyRecord record = context.find(key, Type.STRING);
        HyperLogLog log = record == null ? HyperLogLog.create() : HyperLogLog.of(context, key, record);
        if (!log.add(args.argv(), args.position()) && record != null) {
            Strings.makeRaw(context, key, record);
            return Reply.ZERO;
        }
        log.invalidate();
        store(context, key, log, record);
        context.changed(EventClass.STRING, "pfadd", key);
        return Reply.ONE;
    }

    private static Reply pfcount(ReadContext context, Args args) {
        if (args.remaining() == 1) {
            HyperLogLog log = find(context, args.take());
            return Reply.integer(log == null ? 0 : log.cardinality());
        }
        byte[] registers = new byte[HyperLogLog.REGISTERS];
        while (args.hasNext()) {
            HyperLogLog log = find(context, args.take());
            if (log != null) {
                log.mergeInto(registers);
            }
        }
        return Reply.integer(HyperLogLog.estimate(registers));
    }

    private static Reply pfmerge(WriteContext context, Args args) {
        byte[] destination = args.peek();
        byte[] registers = new byte[HyperLogLog.REGISTERS];
        boolean isDense = false;
        while (args.hasNext()) {
            HyperLogLog log = find(context, args.take());
            if (log != null) {
                isDense |= log.isDense();
                log.mergeInto(registers);
            }
        }
        KeyRecord record = context.find(destination, Type.STRING);
        HyperLogLog merged = record == null ? HyperLogLog.create() : HyperLogLog.of(context, destination, record);
        if (isDense) {
            merged.toDense();
        }
        merged.raiseAll(registers);
        merged.invalidate();
        store(context, destination, merged, record);
        // As Redis: a mass of additions.
        context.changed(EventClass.STRING, "pfadd", destination);
        return Reply.OK;
    }

    private static Reply pfdebug(WriteContext context, Args args) {
        byte[] subcommand = args.take();
        byte[] key = args.take();
        KeyRecord record = context.find(key, Type.STRING);
        if (record == null) {
            throw new CommandError("ERR The specified key does not exist");
        }
        HyperLogLog log = HyperLogLog.of(context, key, record);
        boolean wasDense = log.isDense();
        Reply reply = debug(Bytes.text(subcommand), log);
        if (log.isDense() != wasDense) {
            store(context, key, log, record);
        } else {
            Strings.makeRaw(context, key, record);
        }
        return reply;
    }

    /** GETREG and TODENSE change the encoding. */
    private static Reply debug(String subcommand, HyperLogLog log) {
        switch (subcommand.toLowerCase(Locale.ROOT)) {
            case "getreg" -> {
                log.toDense();
                byte[] registers = new byte[HyperLogLog.REGISTERS];
                log.mergeInto(registers);
                List<Reply> values = new ArrayList<>(registers.length);
                for (byte register : registers) {
                    values.add(Reply.integer(register));
                }
                return Reply.array(values);
            }
            case "decode" -> {
                String opcodes = log.decode();
                if (opcodes == null) {
                    throw new CommandError("ERR HLL encoding is not sparse");
                }
                return Reply.text(opcodes);
            }
            case "encoding" -> {
                return Reply.simple(log.isDense() ? "dense" : "sparse");
            }
            case "todense" -> {
                boolean converts = !log.isDense();
                log.toDense();
                return converts ? Reply.ONE : Reply.ZERO;
            }
            default -> throw new CommandError("ERR Unknown PFDEBUG subcommand '" + subcommand + "'");
        }
    }

    /**
     * Adds known elements to a sparse and a dense value and compares both with each other and with the truth. Redis adds ten
     * millions, which would hold up other connections for seconds; this takes some milliseconds.
     */
    private static Reply pfselftest(Caller caller, Args args) {
        HyperLogLog sparse = HyperLogLog.create();
        HyperLogLog dense = HyperLogLog.create();
        dense.toDense();
        int checkpoint = 1;
        for (int count = 1; count <= SELF_TEST_ELEMENTS; count++) {
            byte[][] element = {ByteBuffer.allocate(Long.BYTES).putLong(count).array()};
            sparse.add(element, 0);
            dense.add(element, 0);
            if (count < checkpoint) {
                continue;
            }
            sparse.invalidate();
            dense.invalidate();
            long estimate = dense.cardinality();
            if (count < HyperLogLog.SPARSE_SIZE_MAX / 2 && sparse.isDense()) {
                throw new CommandError("ERR TESTFAILED sparse encoding not used");
            }
            if (sparse.cardinality() != estimate) {
                throw new CommandError("ERR TESTFAILED dense/sparse disagree");
            }
            long error = Math.abs(estimate - count);
            if (error > Math.ceil(STANDARD_ERROR * 6 * count)) {
                throw new CommandError("ERR TESTFAILED Too big error. card:" + count + " abserr:" + error);
            }
            checkpoint *= 10;
        }
        return Reply.OK;
    }
}
