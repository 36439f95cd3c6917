package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Glob;
import io.aikv.base.Numbers;
import io.aikv.base.Slots;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DEBUG: what test suites and operators need to drive and look into a node. Allowed as {@code enable-debug-command} says.
 *
 * <p>One command, not a container, as in Redis: it names no keys, so it is never redirected, and looks at what this node
 * hosts. Nothing here ends or blocks the process. Everything but the cheapest runs in the background.
 */
public final class DebugCommands {
    private static final Logger LOG = LoggerFactory.getLogger(DebugCommands.class);

    /** Would end or harm the process in Redis. */
    private static final Set<String> REFUSED = Set.of(
            "ASSERT",
            "PANIC",
            "SEGFAULT",
            "OOM",
            "LEAK",
            "RESTART",
            "CRASH-AND-RECOVER",
            "STOP",
            "MALLCTL",
            "MALLCTL-STR",
            "CLOSE-LISTENERS");

    private static final double SLEEP_SECONDS_MAX = 24 * 3600;
    private static final Pattern ENCODING = Pattern.compile("encoding:(\\S+)");
    private static final Pattern SIZE = Pattern.compile("serializedlength:(\\d+)");

    private final NodeFacts node;
    private final ServerState state;
    private final KeyProbes probes;

    private DebugCommands(NodeFacts node, ServerState state, KeyProbes probes) {
        this.node = node;
        this.state = state;
        this.probes = probes;
    }

    static void register(CommandTable table, NodeFacts node, ServerState state, KeyProbes probes) {
        DebugCommands commands = new DebugCommands(node, state, probes);
        table.group(Group.SERVER).async("DEBUG", -2, commands::debug, ADMIN, NOSCRIPT, LOADING, STALE);
    }

    private void debug(Caller caller, Args args, Consumer<Reply> reply) {
        ProtectedCommand.DEBUG.require(node, caller);
        byte[] name = args.take();
        String subcommand = Bytes.text(name).toUpperCase(Locale.ROOT);
        if (REFUSED.contains(subcommand)) {
            throw new CommandError("ERR DEBUG " + subcommand + " is refused: it would harm the process");
        }
        boolean known = later(subcommand, caller, args, reply);
        if (!known) {
            Reply now = atOnce(subcommand, caller, args);
            if (now == null) {
                throw unknown(name);
            }
            reply.accept(now);
        }
    }

    private static CommandError unknown(byte[] name) {
        return new CommandError(
                "ERR unknown subcommand or wrong number of arguments for '" + Bytes.text(name) + "'. Try DEBUG HELP.");
    }

    // ---- answered later ----

    /** @return false if the subcommand is not one of these, or not with so many arguments */
    private boolean later(String subcommand, Caller caller, Args args, Consumer<Reply> reply) {
        int count = args.remaining();
        int database = caller.database();
        switch (subcommand) {
            case "SLEEP" -> {
                return count == 1 && sleep(args.take(), reply);
            }
            case "OBJECT" -> {
                byte[] key = count == 0 ? Bytes.EMPTY : args.take();
                boolean fits = count == 1 || (count == 2 && args.takeIf("FAST"));
                return fits && probe(reply, () -> onKey(probes.debugObject(), database, key));
            }
            case "DIGEST-VALUE" -> {
                return probe(reply, () -> digestValues(database, args));
            }
            case "DIGEST" -> {
                boolean ofGroup = count == 2 && args.takeIf("GROUP");
                return (count == 0 || ofGroup)
                        && probe(reply, () -> ofGroup ? groupDigest(args.take()) : datasetDigest());
            }
            case "RELOAD", "LOADAOF" -> {
                return probe(reply, () -> reload(subcommand, args));
            }
            case "LISTPACK", "QUICKLIST" -> {
                boolean fits = count == 1 || (count == 2 && subcommand.equals("QUICKLIST"));
                return fits && probe(reply, () -> encoded(subcommand, database, args.take()));
            }
            case "HTSTATS-KEY" -> {
                return count >= 1 && probe(reply, () -> tableStats(database, args.take()));
            }
            case "SDSLEN" -> {
                return count == 1 && probe(reply, () -> stringSizes(database, args.take()));
            }
            case "POPULATE" -> {
                return count >= 1 && count <= 3 && probe(reply, () -> Population.create(node, database, args));
            }
            default -> {
                return false;
            }
        }
    }

    private boolean probe(Consumer<Reply> reply, Supplier<Reply> task) {
        LongTask.run(node, reply, task);
        return true;
    }

    /** Only this connection waits; in Redis all do. What is no number counts as 0, as {@code strtod} has it. */
    private boolean sleep(byte[] text, Consumer<Reply> reply) {
        double seconds;
        try {
            seconds = Math.min(SLEEP_SECONDS_MAX, Math.max(0, Numbers.parseDouble(text)));
        } catch (CommandError e) {
            seconds = 0;
        }
        try {
            node.background().schedule(() -> reply.accept(Reply.OK), (long) (seconds * 1e6), TimeUnit.MICROSECONDS);
        } catch (RejectedExecutionException e) {
            reply.accept(Reply.OK); // The node is stopping: nobody waits for it.
        }
        return true;
    }

    /** Runs a read on the group of a key as this node has it. */
    private Reply onKey(Handler.OnRead read, int database, byte[] key) {
        HostedGroup group = node.groupOf(Slots.of(key));
        if (group == null) {
            throw Errors.noSuchKey();
        }
        ReadContext context = group.context(database);
        return read.run(context, new Args(new byte[][] {key}, 0));
    }

    private Reply digestValues(int database, Args args) {
        List<Reply> digests = new ArrayList<>();
        while (args.hasNext()) {
            byte[] key = args.take();
            boolean hosted = node.groupOf(Slots.of(key)) != null;
            digests.addAll(
                    hosted
                            ? ((Reply.Array) onKey(probes.debugDigestValue(), database, key)).items()
                            : List.of(Reply.simple("0".repeat(40))));
        }
        return Reply.array(digests);
    }

    private Reply datasetDigest() {
        DatasetDigest digest = new DatasetDigest(probes.debugDigestValue());
        for (HostedGroup group : state.keyspace().groups()) {
            for (int database = 0; database < node.databases(); database++) {
                if (group.reader().keyCount(database) > 0) {
                    digest.add(group, database);
                }
            }
        }
        return Reply.simple(digest.hex());
    }

    /** {@code DEBUG DIGEST GROUP g1}: applied index and digest of the replica's whole state, to compare replicas. */
    private Reply groupDigest(byte[] name) {
        for (HostedGroup group : node.groups()) {
            if (group.name().equals(Bytes.text(name))) {
                HostedGroup.StateDigest digest = group.digest();
                return Reply.simple(digest.appliedIndex() + " " + digest.hex());
            }
        }
        throw new CommandError("ERR this node does not host group '" + Bytes.text(name) + "'");
    }

    /**
     * A restart of this node's stores, one group after the other: what is answered afterwards comes from disk. NOSAVE does
     * not lose what is committed, which is in the log in any case.
     */
    private Reply reload(String subcommand, Args args) {
        while (subcommand.equals("RELOAD") && args.hasNext()) {
            if (!args.takeIf("MERGE") && !args.takeIf("NOFLUSH") && !args.takeIf("NOSAVE")) {
                throw new CommandError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
            }
        }
        for (HostedGroup group : node.groups()) {
            try {
                group.reload();
            } catch (IOException e) {
                throw new CommandError("ERR Error trying to load the RDB dump, check server logs.");
            }
        }
        return Reply.OK;
    }

    /** DEBUG OBJECT's line. */
    private String description(int database, byte[] key) {
        return ((Reply.Simple) onKey(probes.debugObject(), database, key)).text();
    }

    private static String group(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    private Reply encoded(String subcommand, int database, byte[] key) {
        String word = subcommand.toLowerCase(Locale.ROOT);
        if (!group(ENCODING, description(database, key)).equals(word)) {
            throw new CommandError("ERR Not a " + word + " encoded object.");
        }
        String structure = word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
        return Reply.simple(structure + " structure printed on stdout");
    }

    private Reply tableStats(int database, byte[] key) {
        if (!group(ENCODING, description(database, key)).equals("hashtable")) {
            throw new CommandError("ERR The value stored at the specified key is not represented using an hash table");
        }
        return verbatim("No stats available: the value is kept in sorted rows\n");
    }

    private Reply stringSizes(int database, byte[] key) {
        String line = description(database, key);
        String encoding = group(ENCODING, line);
        if (!encoding.equals("raw") && !encoding.equals("embstr")) {
            throw new CommandError("ERR Not an sds encoded string.");
        }
        String size = group(SIZE, line);
        return Reply.simple("key_sds_len:" + key.length + ", key_sds_avail:0, key_zmalloc: " + key.length
                + ", val_sds_len:" + size + ", val_sds_avail:0, val_zmalloc: " + size);
    }

    private static Reply verbatim(String text) {
        return new Reply.Verbatim("txt", Bytes.utf8(text));
    }

    // ---- answered at once ----

    /** @return null if the subcommand is unknown, or not known with so many arguments */
    private @Nullable Reply atOnce(String subcommand, Caller caller, Args args) {
        String withCount = subcommand + " " + args.remaining();
        return switch (withCount) {
            case "HELP 0" -> DebugHelp.REPLY;
            case "PROTOCOL 1" -> DebugProtocol.value(args.take(), caller.protocol());
            case "ERROR 1" ->
                Reply.error(Bytes.text(args.take()).replace('\n', ' ').replace('\r', ' '));
            case "LOG 1" -> log(args.take());
            case "SET-ACTIVE-EXPIRE 1" -> setActiveExpire(args.take());
            case "STRINGMATCH-LEN 2" -> Reply.integer(Glob.matches(args.take(), args.take()) ? 1 : 0);
            case "STRINGMATCH-TEST 0" -> Reply.simple("Apparently Redis did not crash: test passed");
            case "STRUCTSIZE 0" -> Reply.text("bits:64 ");
            case "HTSTATS 1", "HTSTATS 2" -> databaseStats(args);
            case "CHANGE-REPL-ID 0" -> changeReplicationId();
            case "QUICKLIST-PACKED-THRESHOLD 1" -> packedThreshold(args.take());
            case "DROP-CLUSTER-PACKET-FILTER 1" -> {
                args.takeLong();
                yield Reply.OK;
            }
            case "CLIENT-EVICTION 0" -> throw new CommandError("ERR maxmemory-clients is disabled.");
            // Accepted without effect: they tune or disturb parts of Redis that do not exist here.
            case "SET-DISABLE-DENY-SCRIPTS 1",
                    "SET-SKIP-CHECKSUM-VALIDATION 1",
                    "AOF-FLUSH-SLEEP 1",
                    "PAUSE-CRON 1",
                    "DICT-RESIZING 1",
                    "HASHTABLE-RESIZING 1",
                    "DELAY-RDB-CLIENT-FREE-SECOND 1",
                    "REPLYBUFFER 2",
                    "CONFIG-REWRITE-FORCE-ALL 0" -> Reply.OK;
            default -> subcommand.equals("REPLICATE") && args.remaining() >= 1 ? Reply.OK : null;
        };
    }

    private static Reply log(byte[] message) {
        LOG.warn("DEBUG LOG: {}", Bytes.text(message).replace('\n', ' ').replace('\r', ' '));
        return Reply.OK;
    }

    /** What is no number counts as 0, as {@code atoi} has it. */
    private Reply setActiveExpire(byte[] text) {
        node.activeExpiry(Numbers.isLong(text) && Numbers.parseLong(text) != 0);
        return Reply.OK;
    }

    private Reply databaseStats(Args args) {
        long database = args.takeLong();
        if (database < 0 || database >= node.databases()) {
            throw new CommandError("ERR Out of range database");
        }
        KeyspaceFigures.Database figures = state.keyspace().database((int) database);
        return verbatim("[Dictionary HT]\n" + table(figures.keys()) + "[Expires HT]\n" + table(figures.expires()));
    }

    private static String table(long count) {
        return "Hash table 0 stats (main hash table):\n"
                + (count == 0 ? "No stats available for empty dictionaries\n" : " number of elements: " + count + "\n");
    }

    private Reply changeReplicationId() {
        state.changeHistoryId();
        return Reply.OK;
    }

    /** Checked as Redis checks it; what it tunes does not exist here. */
    private static Reply packedThreshold(byte[] text) {
        if (!Bytes.text(text).toLowerCase(Locale.ROOT).matches("\\d{1,10}([kmg]?b?)")) {
            throw new CommandError("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
        }
        return Reply.OK;
    }
}
