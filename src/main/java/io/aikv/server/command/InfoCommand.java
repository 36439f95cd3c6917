package io.aikv.server.command;

import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** INFO: every section of Redis 7.2, and {@code raft}. */
public final class InfoCommand {
    /** Sections that INFO shows only when asked for them, or for all. */
    private static final Set<String> ON_REQUEST = Set.of("commandstats", "latencystats");

    private final Map<String, Consumer<InfoText>> sections = new LinkedHashMap<>();

    private InfoCommand(NodeFacts node, ServerState state) {
        InfoNode nodeSections = new InfoNode(node, state);
        InfoCounters counterSections = new InfoCounters(node, state);
        sections.put("server", nodeSections::server);
        sections.put("clients", nodeSections::clients);
        sections.put("memory", nodeSections::memory);
        sections.put("persistence", nodeSections::persistence);
        sections.put("stats", counterSections::stats);
        sections.put("replication", nodeSections::replication);
        sections.put("cpu", nodeSections::cpu);
        sections.put("modules", out -> out.section("Modules"));
        sections.put("commandstats", counterSections::commandStats);
        sections.put("errorstats", counterSections::errorStats);
        sections.put("latencystats", counterSections::latencyStats);
        sections.put("cluster", nodeSections::cluster);
        sections.put("raft", nodeSections::raft);
        sections.put("keyspace", nodeSections::keyspace);
    }

    static void register(CommandTable table, NodeFacts node, ServerState state) {
        InfoCommand command = new InfoCommand(node, state);
        table.group(Group.SERVER).session("INFO", -1, command::info, LOADING, STALE);
    }

    private Reply info(Caller caller, Args args) {
        Set<String> wanted = new LinkedHashSet<>();
        boolean all = false;
        boolean defaults = !args.hasNext();
        while (args.hasNext()) {
            String name = Bytes.text(args.take()).toLowerCase(Locale.ROOT);
            all |= name.equals("all") || name.equals("everything");
            defaults |= name.equals("default");
            wanted.add(name);
        }
        InfoText text = new InfoText();
        for (Map.Entry<String, Consumer<InfoText>> section : sections.entrySet()) {
            String name = section.getKey();
            if (all || wanted.contains(name) || (defaults && !ON_REQUEST.contains(name))) {
                section.getValue().accept(text);
            }
        }
        return new Reply.Verbatim("txt", Bytes.utf8(text.toString()));
    }
}
