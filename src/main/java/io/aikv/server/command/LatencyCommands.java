package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import io.aikv.server.stats.CommandStats;
import io.aikv.server.stats.LatencyEvents;
import io.aikv.server.stats.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** LATENCY: slow events over time, and the distribution of every command's latency. */
public final class LatencyCommands {
    private final NodeFacts node;

    private LatencyCommands(NodeFacts node) {
        this.node = node;
    }

    static void register(CommandTable table, NodeFacts node) {
        LatencyCommands commands = new LatencyCommands(node);
        table.group(Group.SERVER)
                .container("LATENCY", -2)
                .session("DOCTOR", 2, commands::doctor, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("GRAPH", 3, commands::graph, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("HISTORY", 3, commands::history, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("LATEST", 2, commands::latest, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("RESET", -2, commands::reset, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("HISTOGRAM", -2, commands::histogram, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("HELP", 2, LatencyCommands::help, LOADING, STALE);
    }

    // ---- events ----

    private Reply history(Caller caller, Args args) {
        String event = Bytes.text(args.take());
        return Reply.array(node.latencyEvents().of(event).samples().stream()
                .map(sample -> Reply.array(Reply.integer(sample.epochSeconds()), Reply.integer(sample.millis())))
                .toList());
    }

    private Reply latest(Caller caller, Args args) {
        return Reply.array(node.latencyEvents().all().stream()
                .map(series -> Reply.array(
                        Reply.text(series.event()),
                        Reply.integer(series.latest().epochSeconds()),
                        Reply.integer(series.latest().millis()),
                        Reply.integer(series.maxMillis())))
                .toList());
    }

    private Reply reset(Caller caller, Args args) {
        List<String> events = new ArrayList<>();
        while (args.hasNext()) {
            events.add(Bytes.text(args.take()));
        }
        return Reply.integer(node.latencyEvents().reset(events));
    }

    private Reply graph(Caller caller, Args args) {
        String event = Bytes.text(args.take());
        LatencyEvents.Series series = node.latencyEvents().of(event);
        if (series.samples().isEmpty()) {
            throw new CommandError("ERR No samples available for event '" + event + "'");
        }
        return verbatim(LatencyReport.graph(series, nowSeconds()));
    }

    private Reply doctor(Caller caller, Args args) {
        return verbatim(LatencyReport.doctor(
                node.latencyEvents().all(),
                nowSeconds(),
                node.settings().number("latency-monitor-threshold"),
                node.settings().number("slowlog-log-slower-than"),
                node.settings().number("slowlog-max-len")));
    }

    private long nowSeconds() {
        return node.clock().epochMillis() / 1000;
    }

    private static Reply verbatim(String text) {
        return new Reply.Verbatim("txt", Bytes.utf8(text));
    }

    // ---- distributions ----

    private Reply histogram(Caller caller, Args args) {
        CommandCommands.requireFewNames(args);
        List<Reply> pairs = new ArrayList<>();
        if (!args.hasNext()) {
            for (int i = 0; i < node.commandNames().size(); i++) {
                addHistogram(pairs, i);
            }
        }
        while (args.hasNext()) {
            String name = Bytes.text(args.take()).toLowerCase(Locale.ROOT);
            for (int i = 0; i < node.commandNames().size(); i++) {
                String full = node.commandNames().get(i);
                if (full.equals(name) || full.startsWith(name + "|")) {
                    addHistogram(pairs, i);
                }
            }
        }
        return new Reply.Map(pairs);
    }

    private void addHistogram(List<Reply> pairs, int command) {
        CommandStats.Counters counters = node.commandStats().sum(command);
        if (counters == null || counters.latency().total() == 0) {
            return;
        }
        pairs.add(Reply.text(node.commandNames().get(command)));
        pairs.add(Reply.map(
                Reply.text("calls"),
                Reply.integer(counters.latency().total()),
                Reply.text("histogram_usec"),
                new Reply.Map(cumulated(counters.latency()))));
    }

    /** Upper ends of buckets that double, with how many calls were not slower; only where the count grows. */
    private static List<Reply> cumulated(LatencyHistogram latency) {
        List<Reply> pairs = new ArrayList<>();
        long previous = 0;
        for (long nanos = 1024; previous < latency.total() && nanos > 0; nanos *= 2) {
            // The upper end in microseconds that Redis' histogram of 7 significant bits has.
            long micros = (nanos + nanos / 128 - 1) / 1000;
            long count = latency.countUpTo(micros);
            if (count > previous) {
                pairs.add(Reply.integer(micros));
                pairs.add(Reply.integer(count));
            }
            previous = count;
        }
        return pairs;
    }

    private static Reply help(Caller caller, Args args) {
        return HelpReply.of(
                "LATENCY",
                "DOCTOR",
                "    Return a human readable latency analysis report.",
                "GRAPH <event>",
                "    Return an ASCII latency graph for the <event> class.",
                "HISTORY <event>",
                "    Return time-latency samples for the <event> class.",
                "LATEST",
                "    Return the latest latency samples for all events.",
                "RESET [<event> ...]",
                "    Reset latency data of one or more <event> classes.",
                "    (default: reset all data for all event classes)",
                "HISTOGRAM [COMMAND ...]",
                "    Return a cumulative distribution of latencies in the format of a histogram for the specified"
                        + " command names.",
                "    If no commands are specified then all histograms are replied.");
    }
}
