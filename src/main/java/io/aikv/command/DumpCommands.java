package io.aikv.command;

import static io.aikv.command.Flag.ASKING;
import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.KeyDump;
import io.aikv.data.KeyRecord;
import io.aikv.data.KeyRestore;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.data.json.JsonDocument;
import io.aikv.data.json.JsonWork;
import io.aikv.data.rdb.RdbValue;
import io.aikv.resp.Reply;

/** DUMP and RESTORE: whole values in Redis' serialized form. */
final class DumpCommands {
    private static final String BUSY_KEY = "BUSYKEY Target key name already exists.";
    private static final String BAD_TTL = "ERR Invalid TTL value, must be >= 0";
    private static final String BAD_IDLE_TIME = "ERR Invalid IDLETIME value, must be >= 0";
    private static final String BAD_FREQUENCY = "ERR Invalid FREQ value, must be >= 0 and <= 255";
    private static final int FREQUENCY_MAX = 255;

    private DumpCommands() {}

    static void register(CommandTable table) {
        table.group(Group.GENERIC)
                .read("DUMP", 2, key(1, RO, ACCESS), DumpCommands::dump)
                .write("RESTORE", -4, key(1, OW, UPDATE), DumpCommands::restore, DENYOOM);
        table.group(Group.SERVER)
                .write("RESTORE-ASKING", -4, key(1, OW, UPDATE), DumpCommands::restore, DENYOOM, ASKING);
    }

    private static Reply dump(ReadContext context, Args args) {
        byte[] key = args.take();
        KeyRecord record = context.find(key);
        return record == null ? Reply.NULL : Reply.bulkOrNull(KeyDump.payload(context, key, record));
    }

    /** How long ago and how often a key was used is checked and forgotten: nothing here keeps it. */
    private static Reply restore(WriteContext context, Args args) {
        byte[] key = args.take();
        byte[] timeToLive = args.take();
        byte[] payload = args.take();
        Options options = Options.take(args);
        if (!options.replace && context.exists(key)) {
            throw new CommandError(BUSY_KEY);
        }
        long millis = Numbers.parseLong(timeToLive);
        if (millis < 0) {
            throw new CommandError(BAD_TTL);
        }
        RdbValue value = KeyRestore.decode(payload);
        if (value instanceof RdbValue.Json json) {
            value = new RdbValue.Json(JsonDocument.stored(json.text(), new JsonWork(context)));
        }
        long deadline = millis == 0 ? KeyRecord.NO_EXPIRY : options.absolute ? millis : millis + context.nowMillis();
        boolean removed = context.remove(key);
        boolean due = millis != 0 && deadline <= context.nowMillis();
        if (!due && !KeyRestore.isEmpty(context, value)) {
            KeyRestore.write(context, key, value, deadline);
            context.changed(EventClass.GENERIC, "restore", key);
        } else if (removed) {
            context.changed(EventClass.GENERIC, "del", key);
        }
        return Reply.OK;
    }

    /**
     * The options of RESTORE.
     *
     * @param absolute whether the time to live is an instant
     */
    private record Options(boolean replace, boolean absolute) {

        static Options take(Args args) {
            boolean replace = false;
            boolean absolute = false;
            boolean idleTime = false;
            boolean frequency = false;
            while (args.hasNext()) {
                if (args.takeIf("REPLACE")) {
                    replace = true;
                } else if (args.takeIf("ABSTTL")) {
                    absolute = true;
                } else if (!frequency && args.takeIf("IDLETIME", 1)) {
                    idleTime = true;
                    if (args.takeLong() < 0) {
                        throw new CommandError(BAD_IDLE_TIME);
                    }
                } else if (!idleTime && args.takeIf("FREQ", 1)) {
                    frequency = true;
                    long value = args.takeLong();
                    if (value < 0 || value > FREQUENCY_MAX) {
                        throw new CommandError(BAD_FREQUENCY);
                    }
                } else {
                    throw Errors.syntax();
                }
            }
            return new Options(replace, absolute);
        }
    }
}
