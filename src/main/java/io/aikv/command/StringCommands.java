package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;

/** Commands on strings. */
public final class StringCommands {
    private StringCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.STRING)
                .read("GET", 2, key(1, RO, ACCESS), StringCommands::get, FAST)
                .write("SET", -3, key(1, RW, ACCESS, UPDATE), StringCommands::set, DENYOOM);
    }

    static Reply get(ReadContext context, Args args) {
        KeyRecord record = context.find(args.take(), Type.STRING);
        return record == null ? Reply.NULL : Reply.bulk(record.payload());
    }

    static Reply set(WriteContext context, Args args) {
        byte[] key = args.take();
        context.put(key, KeyRecord.of(Type.STRING, 0, KeyRecord.NO_EXPIRY, args.take()));
        context.changed(EventClass.STRING, "set", key);
        return Reply.OK;
    }
}
