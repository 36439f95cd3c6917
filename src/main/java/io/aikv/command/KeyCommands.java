package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RM;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.data.CollectionHeader;
import io.aikv.data.EventClass;
import io.aikv.data.KeyInspection;
import io.aikv.data.KeyRecord;
import io.aikv.data.Keyspace;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Commands on keys of any type, by name. Those on deadlines are in {@link ExpireCommands}. */
public final class KeyCommands {
    static final String BAD_DATABASE = "ERR DB index is out of range";

    private static final String NO_MOVE = "ERR MOVE is not allowed in cluster mode";
    private static final String NO_COPY = "ERR Copying to another database is not allowed in cluster mode";

    /** In a cluster of one database COPY still knows as many as Redis has by default, to say that none of them is allowed. */
    private static final int DATABASES_KNOWN = 16;

    private static final String SAME_OBJECT = "ERR source and destination objects are the same";

    /** Redis' {@code list-max-listpack-size} of -2. */
    private static final int QUICKLIST_NODE_BYTES = 8192;

    private final int databases;
    private final boolean clusterOfOneDatabase;

    private KeyCommands(int databases, boolean clusterEnabled) {
        this.databases = databases;
        this.clusterOfOneDatabase = clusterEnabled && databases == 1;
    }

    /** @param clusterEnabled as {@link Families#register(CommandTable, int, boolean)} */
    static void register(CommandTable table, int databases, boolean clusterEnabled) {
        KeyCommands commands = new KeyCommands(databases, clusterEnabled);
        table.group(Group.GENERIC)
                .read("EXISTS", -2, keys(1, -1, RO), KeyCommands::exists, FAST)
                .read("TOUCH", -2, keys(1, -1, RO), KeyCommands::exists, FAST)
                .read("TYPE", 2, key(1, RO), KeyCommands::type, FAST)
                .write("DEL", -2, keys(1, -1, RM, DELETE), KeyCommands::del)
                .write("UNLINK", -2, keys(1, -1, RM, DELETE), KeyCommands::del, FAST)
                .write(
                        "RENAME",
                        3,
                        List.of(key(1, RW, ACCESS, DELETE), key(2, OW, UPDATE)),
                        (context, args) -> rename(context, args, false))
                .write(
                        "RENAMENX",
                        3,
                        List.of(key(1, RW, ACCESS, DELETE), key(2, OW, INSERT)),
                        (context, args) -> rename(context, args, true),
                        FAST)
                .write("COPY", -3, List.of(key(1, RO, ACCESS), key(2, OW, UPDATE)), commands::copy, DENYOOM)
                .write("MOVE", 3, key(1, RW, ACCESS, UPDATE), commands::move, FAST);
        table.group(Group.GENERIC)
                .container("OBJECT", -2)
                .read("ENCODING", 3, key(2, RO), KeyCommands::objectEncoding)
                .read("FREQ", 3, key(2, RO), KeyCommands::objectFreq)
                .read("IDLETIME", 3, key(2, RO), KeyCommands::objectIdletime)
                .read("REFCOUNT", 3, key(2, RO), KeyCommands::objectRefcount)
                .session("HELP", 2, KeyCommands::objectHelp, LOADING, STALE);
    }

    // ---- which keys there are ----

    private static Reply exists(ReadContext context, Args args) {
        long count = 0;
        while (args.hasNext()) {
            if (context.exists(args.take())) {
                count++;
            }
        }
        return Reply.integer(count);
    }

    private static Reply type(ReadContext context, Args args) {
        KeyRecord record = context.find(args.take());
        return Reply.simple(record == null ? "none" : record.type().redisName());
    }

    private static Reply del(WriteContext context, Args args) {
        long count = 0;
        while (args.hasNext()) {
            byte[] key = args.take();
            if (context.remove(key)) {
                context.changed(EventClass.GENERIC, "del", key);
                count++;
            }
        }
        return Reply.integer(count);
    }

    // ---- another name, another database ----

    private static Reply rename(WriteContext context, Args args, boolean onlyNew) {
        byte[] from = args.take();
        byte[] to = args.take();
        KeyRecord record = context.find(from);
        if (record == null) {
            throw Errors.noSuchKey();
        }
        boolean same = Arrays.equals(from, to);
        if (onlyNew && (same || context.exists(to))) {
            return Reply.ZERO;
        }
        if (!same) {
            Keyspace.rename(context, from, record, to);
            context.changed(EventClass.GENERIC, "rename_from", from);
            context.changed(EventClass.GENERIC, "rename_to", to);
        }
        return onlyNew ? Reply.ONE : Reply.OK;
    }

    private Reply copy(WriteContext context, Args args) {
        byte[] from = args.take();
        byte[] to = args.take();
        int database = context.database();
        boolean replace = false;
        while (args.hasNext()) {
            if (args.takeIf("REPLACE")) {
                replace = true;
            } else if (args.takeIf("DB", 1)) {
                database = takeDatabase(args, clusterOfOneDatabase ? DATABASES_KNOWN : databases);
            } else {
                throw Errors.syntax();
            }
        }
        if (clusterOfOneDatabase && database != 0) {
            throw new CommandError(NO_COPY);
        }
        if (database == context.database() && Arrays.equals(from, to)) {
            throw new CommandError(SAME_OBJECT);
        }
        KeyRecord record = context.find(from);
        WriteContext destination = context.inDatabase(database);
        if (record == null || (!replace && destination.exists(to))) {
            return Reply.ZERO;
        }
        Keyspace.copy(context, from, record, destination, to);
        destination.changed(EventClass.GENERIC, "copy_to", to);
        return Reply.ONE;
    }

    private Reply move(WriteContext context, Args args) {
        if (clusterOfOneDatabase) {
            throw new CommandError(NO_MOVE);
        }
        byte[] key = args.take();
        int database = takeDatabase(args, databases);
        if (database == context.database()) {
            throw new CommandError(SAME_OBJECT);
        }
        KeyRecord record = context.find(key);
        WriteContext destination = context.inDatabase(database);
        if (record == null || destination.exists(key)) {
            return Reply.ZERO;
        }
        Keyspace.move(context, key, record, destination);
        context.changed(EventClass.GENERIC, "move_from", key);
        destination.changed(EventClass.GENERIC, "move_to", key);
        return Reply.ONE;
    }

    private static int takeDatabase(Args args, int count) {
        int database = args.takeInt();
        if (database < 0 || database >= count) {
            throw new CommandError(BAD_DATABASE);
        }
        return database;
    }

    // ---- OBJECT ----

    private static Reply objectEncoding(ReadContext context, Args args) {
        byte[] key = args.take();
        KeyRecord record = context.find(key);
        return record == null ? Reply.NULL : Reply.text(KeyInspection.encoding(context, key, record));
    }

    private static Reply objectFreq(ReadContext context, Args args) {
        if (!context.exists(args.take())) {
            return Reply.NULL;
        }
        throw new CommandError("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
                + " that when switching between policies at runtime LRU and LFU data will take some time to adjust.");
    }

    /** Reads leave no trace in the store, so nothing is ever known to be idle: 0 for every key. */
    private static Reply objectIdletime(ReadContext context, Args args) {
        return context.exists(args.take()) ? Reply.ZERO : Reply.NULL;
    }

    private static Reply objectRefcount(ReadContext context, Args args) {
        KeyRecord record = context.find(args.take());
        return record == null ? Reply.NULL : Reply.integer(KeyInspection.referenceCount(record));
    }

    private static Reply objectHelp(Caller caller, Args args) {
        return help(
                "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                "ENCODING <key>",
                "    Return the kind of internal representation used in order to store the value",
                "    associated with a <key>.",
                "FREQ <key>",
                "    Return the access frequency index of the <key>. The returned integer is",
                "    proportional to the logarithm of the recent access frequency of the key.",
                "IDLETIME <key>",
                "    Return the idle time of the <key>, that is the approximated number of",
                "    seconds elapsed since the last access to the key.",
                "REFCOUNT <key>",
                "    Return the number of references of the value associated with the specified",
                "    <key>.",
                "HELP",
                "    Print this help.");
    }

    private static Reply help(String... lines) {
        List<Reply> replies = new ArrayList<>(lines.length);
        for (String line : lines) {
            replies.add(Reply.simple(line));
        }
        return Reply.array(replies);
    }

    // ---- reads of containers that the server owns ----

    /** {@code MEMORY USAGE key [SAMPLES count]}; {@code args} stands behind the subcommand. A long read. */
    public static Reply memoryUsage(ReadContext context, Args args) {
        byte[] key = args.take();
        while (args.hasNext()) {
            if (!args.takeIf("SAMPLES", 1)) {
                throw Errors.syntax();
            }
            if (args.takeLong() < 0) {
                throw Errors.syntax();
            }
        }
        KeyRecord record = context.find(key);
        return record == null ? Reply.NULL : Reply.integer(KeyInspection.memoryUsage(context, key, record));
    }

    /** {@code DEBUG OBJECT key}; {@code args} stands behind the subcommand. A long read. */
    public static Reply debugObject(ReadContext context, Args args) {
        byte[] key = args.take();
        KeyRecord record = context.find(key);
        if (record == null) {
            throw Errors.noSuchKey();
        }
        String encoding = KeyInspection.encoding(context, key, record);
        long size = KeyInspection.serializedSize(context, key, record);
        return Reply.simple("Value at:0x000000000000 refcount:1 encoding:" + encoding + " serializedlength:" + size
                + " lru:0 lru_seconds_idle:0"
                + (encoding.equals("quicklist") ? quicklistFields(CollectionHeader.countOf(record), size) : ""));
    }

    /** What Redis says of a list's nodes, as if they were filled to its default limit. */
    private static String quicklistFields(long count, long size) {
        long nodes = Math.max(1, (size + QUICKLIST_NODE_BYTES - 1) / QUICKLIST_NODE_BYTES);
        return String.format(
                Locale.ROOT,
                " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:-2 ql_compressed:0 ql_uncompressed_size:%d",
                nodes,
                (double) count / nodes,
                size);
    }

    /** {@code DEBUG DIGEST-VALUE [key ...]}; {@code args} stands behind the subcommand. A long read. */
    public static Reply debugDigestValue(ReadContext context, Args args) {
        List<Reply> digests = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            byte[] key = args.take();
            KeyRecord record = context.find(key);
            digests.add(Reply.simple(
                    record == null ? "0".repeat(40) : Bytes.text(KeyInspection.digest(context, key, record))));
        }
        return Reply.array(digests);
    }
}
