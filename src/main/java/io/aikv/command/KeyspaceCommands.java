package io.aikv.command;

import static io.aikv.command.Flag.FAST;
import static io.aikv.command.Flag.LONG_READ;
import static io.aikv.command.Flag.TOUCHES_ARBITRARY_KEYS;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Glob;
import io.aikv.data.KeyScan;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Commands on whole databases. Each runs in every group that the node leads; its merge function makes one reply of
 * theirs.
 */
final class KeyspaceCommands {
    private static final String INVALID_CURSOR = "ERR invalid cursor";
    private static final BigInteger CURSOR_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final int CURSOR_DIGITS_MAX = 64;

    private final int databases;
    private final boolean clusterEnabled;

    private KeyspaceCommands(int databases, boolean clusterEnabled) {
        this.databases = databases;
        this.clusterEnabled = clusterEnabled;
    }

    /** @param clusterEnabled as {@link Families#register(CommandTable, int, boolean)} */
    static void register(CommandTable table, int databases, boolean clusterEnabled) {
        KeyspaceCommands commands = new KeyspaceCommands(databases, clusterEnabled);
        table.group(Group.GENERIC)
                .readAll("KEYS", 2, KeyspaceCommands::keys, KeyspaceCommands::mergeKeys, LONG_READ)
                .readAll(
                        "SCAN",
                        -2,
                        KeyspaceCommands::scan,
                        KeyspaceCommands::mergeScan,
                        TOUCHES_ARBITRARY_KEYS,
                        LONG_READ)
                .readAll(
                        "RANDOMKEY",
                        1,
                        KeyspaceCommands::randomkey,
                        KeyspaceCommands::mergeRandomkey,
                        TOUCHES_ARBITRARY_KEYS);
        table.group(Group.SERVER)
                .readAll("DBSIZE", 1, KeyspaceCommands::dbsize, KeyspaceCommands::mergeSum, FAST)
                .writeAll("FLUSHDB", -1, KeyspaceCommands::flushdb, KeyspaceCommands::mergeSame)
                .writeAll("FLUSHALL", -1, commands::flushall, KeyspaceCommands::mergeSame)
                .writeAll("SWAPDB", 3, commands::swapdb, KeyspaceCommands::mergeSame, FAST);
    }

    // ---- reading ----

    private static Reply keys(ReadContext context, Args args) {
        byte[] pattern = args.take();
        boolean all = pattern.length == 1 && pattern[0] == '*';
        return Listing.of(
                context,
                Reply.Form.ARRAY,
                null,
                () -> KeyScan.all(context, key -> all || Glob.matches(pattern, key))
                        .map(Reply::bulk));
    }

    private static Reply scan(ReadContext context, Args args) {
        byte[] cursor = args.take();
        long position = parseCursor(cursor);
        ScanOptions options = ScanOptions.take(args, ScanOptions.Extra.TYPE);
        Predicate<byte[]> matches = options.filter();
        KeyScan.Page page = KeyScan.scan(
                context,
                position,
                options.count(),
                (key, record) -> (!options.typed() || record.type() == options.type()) && matches.test(key));
        return scanReply(page.next(), page.keys());
    }

    private static Reply scanReply(long next, List<byte[]> keys) {
        return Reply.array(Reply.text(Long.toString(next)), bulks(keys));
    }

    /**
     * Reads a cursor as Redis does, by strtoul: an optional sign, decimal digits, nothing behind them; nothing at all is
     * 0; a minus sign wraps around; more than 64 bits are refused.
     */
    static long parseCursor(byte[] text) {
        int at = text.length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
        if (text.length == 0) {
            return 0;
        }
        if (at == text.length || text.length > CURSOR_DIGITS_MAX) {
            throw new CommandError(INVALID_CURSOR);
        }
        for (int i = at; i < text.length; i++) {
            if (text[i] < '0' || text[i] > '9') {
                throw new CommandError(INVALID_CURSOR);
            }
        }
        BigInteger value = new BigInteger(Bytes.text(text).substring(at));
        if (value.compareTo(CURSOR_MAX) > 0) {
            throw new CommandError(INVALID_CURSOR);
        }
        return text[0] == '-' ? -value.longValue() : value.longValue();
    }

    private static Reply randomkey(ReadContext context, Args args) {
        return Reply.bulkOrNull(KeyScan.randomKey(context));
    }

    private static Reply dbsize(ReadContext context, Args args) {
        return Reply.integer(context.keyCount());
    }

    static Reply bulks(List<byte[]> values) {
        List<Reply> replies = new ArrayList<>(values.size());
        for (byte[] value : values) {
            replies.add(Reply.bulk(value));
        }
        return Reply.array(replies);
    }

    // ---- writing ----

    private static Reply flushdb(WriteContext context, Args args) {
        requireFlushMode(args);
        context.flushDatabase();
        return Reply.OK;
    }

    private Reply flushall(WriteContext context, Args args) {
        requireFlushMode(args);
        for (int database = 0; database < databases; database++) {
            WriteContext other = context.inDatabase(database);
            if (other.keyCount() > 0) {
                other.flushDatabase();
            }
        }
        return Reply.OK;
    }

    /** Both modes are the same here: the keys are gone at once, their space comes back in the background. */
    private static void requireFlushMode(Args args) {
        if (args.hasNext() && (args.remaining() > 1 || !(args.takeIf("ASYNC") || args.takeIf("SYNC")))) {
            throw Errors.syntax();
        }
    }

    /** Refused in a cluster, as Redis and Valkey do: the groups would not swap at one moment. */
    private Reply swapdb(WriteContext context, Args args) {
        if (clusterEnabled) {
            throw new CommandError("ERR SWAPDB is not allowed in cluster mode");
        }
        long a = args.takeLong(Integer.MIN_VALUE, Integer.MAX_VALUE, "ERR invalid first DB index");
        long b = args.takeLong(Integer.MIN_VALUE, Integer.MAX_VALUE, "ERR invalid second DB index");
        if (a < 0 || a >= databases || b < 0 || b >= databases) {
            throw new CommandError(KeyCommands.BAD_DATABASE);
        }
        if (a != b) {
            context.swapDatabases((int) a, (int) b);
        }
        return Reply.OK;
    }

    // ---- one reply of several ----

    private static Reply mergeSame(List<Reply> parts, SplittableRandom random) {
        return parts.get(0);
    }

    private static Reply mergeSum(List<Reply> parts, SplittableRandom random) {
        long sum = 0;
        for (Reply part : parts) {
            sum += ((Reply.Int) part).value();
        }
        return Reply.integer(sum);
    }

    private static Reply mergeKeys(List<Reply> parts, SplittableRandom random) {
        return Listing.join(parts);
    }

    private static Reply mergeRandomkey(List<Reply> parts, SplittableRandom random) {
        List<Reply> keys =
                parts.stream().filter(part -> part instanceof Reply.Bulk).toList();
        return keys.isEmpty() ? Reply.NULL : keys.get(random.nextInt(keys.size()));
    }

    /**
     * Every group scanned from the same position, each to its own: up to the first of these all have been scanned, so the
     * scan goes on there and what was found beyond it is left for the next step. Right however the slots are spread.
     */
    private static Reply mergeScan(List<Reply> parts, SplittableRandom random) {
        long next = 0;
        for (Reply part : parts) {
            long own = Long.parseLong(Bytes.text(((Reply.Bulk) items(part).get(0)).value()));
            if (own != 0 && (next == 0 || own < next)) {
                next = own;
            }
        }
        List<byte[]> keys = new ArrayList<>();
        for (Reply part : parts) {
            for (Reply item : items(items(part).get(1))) {
                byte[] key = ((Reply.Bulk) item).value();
                if (next == 0 || KeyScan.position(key) < next) {
                    keys.add(key);
                }
            }
        }
        return scanReply(next, keys);
    }

    private static List<Reply> items(Reply array) {
        return ((Reply.Array) array).items();
    }
}
