package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.Numbers;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.LargeReply;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The data commands of a MULTI as one request, so that they are one part of one entry, and are routed, proposed and answered as any
 * other request is.
 *
 * <pre>
 * name term watched (database existed key)... (database argc arg...)...
 * </pre>
 *
 * {@code term} is the one that a watch was taken for, 0 without one; {@code watched} counts the watched keys, {@code existed} is 1
 * for those that were there when they were watched. All numbers are decimal. Answers an array of the commands' replies, or {@link
 * Reply#NULL_ARRAY} if the watch does not hold.
 *
 * @see <a href="https://redis.io/docs/latest/develop/interact/transactions/">Redis transactions</a>
 */
public final class TransactionRequest {
    /** Name of the request if a command in it writes. */
    public static final String WRITE = "AIKV.EXEC";

    /** Name of the request if none does: costs no entry. */
    public static final String READ = "AIKV.EXECREAD";

    /** Tells which of its keys exist: what WATCH remembers of them. */
    public static final String EXISTING = "AIKV.EXISTING";

    private static final int HEAD = 3;

    /** A command with the logical database that it runs in. */
    public record Queued(int database, Command command, byte[][] argv) {}

    /** A watched key, and whether it was there. */
    public record Watched(int database, byte[] key, boolean existed) {}

    private final CommandTable table;

    private TransactionRequest(CommandTable table) {
        this.table = table;
    }

    static void register(CommandTable table) {
        TransactionRequest request = new TransactionRequest(table);
        KeySpec keys =
                KeySpec.unknown(request::visitKeys, KeySpec.Access.RW, KeySpec.Access.ACCESS, KeySpec.Access.UPDATE);
        table.group(Group.TRANSACTIONS)
                .write(WRITE, -HEAD, keys, request::write, Flag.INTERNAL)
                .read(READ, -HEAD, keys, request::read, Flag.INTERNAL, Flag.LONG_READ)
                .read(
                        EXISTING,
                        -2,
                        KeySpec.keys(1, -1, KeySpec.Access.RO),
                        TransactionRequest::existing,
                        Flag.INTERNAL);
    }

    /**
     * The request of these commands, at least one or a watched key.
     *
     * @param term that the watch holds in; 0 without one
     */
    public static byte[][] of(List<Queued> commands, long term, List<Watched> watched) {
        boolean writes = commands.stream().anyMatch(queued -> queued.command().isWrite());
        List<byte[]> argv = new ArrayList<>();
        argv.add(Bytes.utf8(writes ? WRITE : READ));
        argv.add(Numbers.encode(term));
        argv.add(Numbers.encode(watched.size()));
        for (Watched key : watched) {
            argv.add(Numbers.encode(key.database()));
            argv.add(Numbers.encode(key.existed() ? 1 : 0));
            argv.add(key.key());
        }
        for (Queued queued : commands) {
            argv.add(Numbers.encode(queued.database()));
            argv.add(Numbers.encode(queued.argv().length));
            argv.addAll(List.of(queued.argv()));
        }
        return argv.toArray(byte[][]::new);
    }

    // ---- running it ----

    private Reply write(WriteContext context, Args args) {
        long term = args.takeLong();
        if ((term != 0 && term != context.term()) || !holds(context, args)) {
            return Reply.NULL_ARRAY;
        }
        Replies replies = new Replies();
        WriteContext there = context;
        while (args.hasNext()) {
            int database = args.takeInt();
            if (database != there.database()) {
                there = context.inDatabase(database);
            }
            byte[][] argv = takeCommand(args);
            replies.add(require(argv).run(there, argv));
        }
        return Reply.array(replies.all);
    }

    private Reply read(ReadContext context, Args args) {
        args.takeLong();
        if (!holds(context, args)) {
            return Reply.NULL_ARRAY;
        }
        Replies replies = new Replies();
        while (args.hasNext()) {
            // Of its own, as it must not stream: replies that go on reading cannot be part of another.
            ReadContext there = context.inDatabase(args.takeInt());
            byte[][] argv = takeCommand(args);
            replies.add(require(argv).run(there, argv));
            context.include(there);
        }
        return Reply.array(replies.all);
    }

    /** Gathers the replies, bounded: what is larger than the room that is left is replaced by an error, though it was done. */
    private static final class Replies {
        private static final int SMALL = 1024;
        private static final Reply LEFT_OUT =
                Reply.error("ERR the command was executed, but its reply is left out: those of a"
                        + " transaction may hold " + Listing.WHOLE_BYTES_MAX + " bytes");

        private final List<Reply> all = new ArrayList<>();
        private long room = Listing.WHOLE_BYTES_MAX;

        void add(Reply reply) {
            long bytes = Math.max(Listing.heapBytes(reply), LargeReply.stringBytes(reply));
            if (bytes > SMALL && bytes > room) {
                all.add(LEFT_OUT);
            } else {
                room -= bytes;
                all.add(reply);
            }
        }
    }

    /**
     * Whether the watched keys are there, or not, as when they were watched. That none was modified is decided before, but for what
     * deadlines and exchanged databases do.
     */
    private static boolean holds(ReadContext context, Args args) {
        boolean holds = true;
        for (int left = args.takeInt(); left > 0; left--) {
            ReadContext there = context.inDatabase(args.takeInt());
            boolean existed = args.takeInt() != 0;
            holds &= existed == there.exists(args.take());
            context.include(there);
        }
        return holds;
    }

    private static Reply existing(ReadContext context, Args args) {
        List<Reply> replies = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            replies.add(Reply.integer(context.exists(args.take()) ? 1 : 0));
        }
        return Reply.array(replies);
    }

    private static byte[][] takeCommand(Args args) {
        int count = args.takeInt();
        Check.state(count > 0 && count <= args.remaining(), "a queued command of %s arguments", count);
        byte[][] argv = new byte[count][];
        for (int i = 0; i < count; i++) {
            argv[i] = args.take();
        }
        return argv;
    }

    private Command require(byte[][] argv) {
        return Objects.requireNonNull(table.find(argv), "a transaction holds a command that this node does not know");
    }

    // ---- its keys ----

    /** The keys of the queued commands; of the watched ones, which may be of other slots of the group, the first if there are no commands. */
    private void visitKeys(byte[][] argv, KeySpec.Visitor visitor) {
        Args args = new Args(argv, 2);
        int watched = args.takeInt();
        int firstWatched = args.position() + 2;
        for (int left = 3 * watched; left > 0; left--) {
            args.take();
        }
        if (!args.hasNext() && watched > 0) {
            visitor.key(firstWatched);
        }
        while (args.hasNext()) {
            args.take();
            int start = args.position() + 1;
            byte[][] queued = takeCommand(args);
            require(queued).forEachKey(queued, index -> visitor.key(start + index));
        }
    }
}
