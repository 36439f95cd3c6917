package io.aikv.server.command;

import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.LONG_READ;
import static io.aikv.command.Flag.STALE;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Bytes;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.resp.Reply;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** MEMORY: what the process uses; the size of one key is the data families' business. */
public final class MemoryCommands {
    private static final long BIG_CLIENT_BYTES = 32L << 20;
    private static final double HEAP_FULL = 0.9;

    private final NodeFacts node;
    private final ServerState state;

    private MemoryCommands(NodeFacts node, ServerState state) {
        this.node = node;
        this.state = state;
    }

    static void register(CommandTable table, NodeFacts node, ServerState state, Handler.OnRead usage) {
        MemoryCommands commands = new MemoryCommands(node, state);
        table.group(Group.SERVER)
                .container("MEMORY", -2)
                .session("DOCTOR", 2, commands::doctor)
                .session("MALLOC-STATS", 2, MemoryCommands::mallocStats)
                .session("PURGE", 2, MemoryCommands::purge)
                .session("STATS", 2, commands::stats)
                .read("USAGE", -3, key(2, RO), usage, LONG_READ)
                .session("HELP", 2, MemoryCommands::help, LOADING, STALE);
    }

    // ---- doctor ----

    private Reply doctor(Caller caller, Args args) {
        List<String> issues = issues();
        String text = issues.isEmpty()
                ? "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this"
                        + " base.\n"
                : "Sam, I detected a few issues in this instance memory implants:\n\n"
                        + String.join("\n", issues)
                        + "\nI'm here to keep you safe, Sam. I want to help you.\n";
        return new Reply.Verbatim("txt", Bytes.utf8(text));
    }

    private List<String> issues() {
        List<String> issues = new ArrayList<>();
        Runtime runtime = Runtime.getRuntime();
        long heap = runtime.totalMemory() - runtime.freeMemory();
        if (heap > runtime.maxMemory() * HEAP_FULL) {
            issues.add(String.format(
                    Locale.ROOT,
                    " * Full heap: %s of %s are in use. Collections will be frequent and may delay answers beyond the"
                            + " election timeout. Start the server with a larger heap.\n",
                    InfoText.human(heap),
                    InfoText.human(runtime.maxMemory())));
        }
        long machine = ProcessFigures.machineBytes();
        long resident = ProcessFigures.residentBytes();
        if (machine > 0 && resident > machine * HEAP_FULL) {
            issues.add(String.format(
                    Locale.ROOT,
                    " * Full machine: the process holds %s of %s. The system may end it.\n",
                    InfoText.human(resident),
                    InfoText.human(machine)));
        }
        if (node.figures().outputBytesMax() > BIG_CLIENT_BYTES) {
            issues.add(String.format(
                    Locale.ROOT,
                    " * Big client buffers: a client has not taken %s of replies. CLIENT LIST shows which (omem).\n",
                    InfoText.human(node.figures().outputBytesMax())));
        }
        return issues;
    }

    // ---- stats ----

    private Reply stats(Caller caller, Args args) {
        ServerFigures figures = node.figures();
        long used = state.memory().note();
        long peak = state.memory().peak();
        long startup = Math.min(used, state.memory().startup());
        long dataset = Math.min(used, figures.storeBytes());
        long resident = ProcessFigures.residentBytes();
        long reserved = Runtime.getRuntime().totalMemory() + figures.storeBytes() + figures.networkBytes();
        long keys = state.keyspace().keys();
        List<Reply> out = new ArrayList<>();
        add(out, "peak.allocated", peak);
        add(out, "total.allocated", used);
        add(out, "startup.allocated", startup);
        add(out, "replication.backlog", 0);
        add(out, "clients.slaves", 0);
        add(out, "clients.normal", figures.clientBytes());
        add(out, "cluster.links", 0);
        add(out, "aof.buffer", 0);
        add(out, "lua.caches", 0);
        add(out, "functions.caches", 0);
        addDatabases(out);
        add(out, "overhead.total", used - dataset);
        add(out, "keys.count", keys);
        add(out, "keys.bytes-per-key", keys == 0 ? 0 : dataset / keys);
        add(out, "dataset.bytes", dataset);
        add(out, "dataset.percentage", used <= startup ? 0 : Math.min(100, 100.0 * dataset / (used - startup)));
        add(out, "peak.percentage", peak == 0 ? 0 : 100.0 * used / peak);
        add(out, "allocator.allocated", used);
        add(out, "allocator.active", reserved);
        add(out, "allocator.resident", resident);
        add(out, "allocator-fragmentation.ratio", ratio(reserved, used));
        add(out, "allocator-fragmentation.bytes", Math.max(0, reserved - used));
        add(out, "allocator-rss.ratio", ratio(resident, reserved));
        add(out, "allocator-rss.bytes", Math.max(0, resident - reserved));
        add(out, "rss-overhead.ratio", 1.0);
        add(out, "rss-overhead.bytes", 0);
        add(out, "fragmentation", ratio(resident, used));
        add(out, "fragmentation.bytes", resident - used);
        return new Reply.Map(out);
    }

    /** Keys are in the stores, not in hash tables: nothing is spent on those. */
    private void addDatabases(List<Reply> out) {
        for (int database = 0; database < node.databases(); database++) {
            if (state.keyspace().keys(database) > 0) {
                List<Reply> overhead = new ArrayList<>();
                add(overhead, "overhead.hashtable.main", 0);
                add(overhead, "overhead.hashtable.expires", 0);
                add(overhead, "overhead.hashtable.slot-to-keys", 0);
                out.add(Reply.text("db." + database));
                out.add(new Reply.Map(overhead));
            }
        }
    }

    private static double ratio(long a, long b) {
        return b <= 0 ? 0 : (double) a / b;
    }

    private static void add(List<Reply> out, String name, long value) {
        out.add(Reply.text(name));
        out.add(Reply.integer(value));
    }

    private static void add(List<Reply> out, String name, double value) {
        out.add(Reply.text(name));
        out.add(new Reply.Double(value));
    }

    // ---- the virtual machine's memory ----

    private static Reply mallocStats(Caller caller, Args args) {
        StringBuilder out = new StringBuilder("___ Begin JVM memory pools ___\n");
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage usage = pool.getUsage();
            if (usage != null) {
                out.append(String.format(
                        Locale.ROOT,
                        "%s: used %s, committed %s, max %s\n",
                        pool.getName(),
                        InfoText.human(usage.getUsed()),
                        InfoText.human(usage.getCommitted()),
                        usage.getMax() < 0 ? "-" : InfoText.human(usage.getMax())));
            }
        }
        return new Reply.Verbatim(
                "txt", Bytes.utf8(out.append("--- End JVM memory pools ---\n").toString()));
    }

    /** Nothing to do: the collector gives memory back by itself, and to force it would stop every group of the node. */
    private static Reply purge(Caller caller, Args args) {
        return Reply.OK;
    }

    private static Reply help(Caller caller, Args args) {
        return HelpReply.of(
                "MEMORY",
                "DOCTOR",
                "    Return memory problems reports.",
                "MALLOC-STATS",
                "    Return internal statistics report from the memory allocator.",
                "PURGE",
                "    Attempt to purge dirty pages for reclamation by the allocator.",
                "STATS",
                "    Return information about the memory usage of the server.",
                "USAGE <key> [SAMPLES <count>]",
                "    Return memory in bytes used by <key> and its value. Nested values are",
                "    sampled up to <count> times (default: 5, 0 means sample all).");
    }
}
