package io.aikv.server.command;

import io.aikv.server.acl.AclLog;
import io.aikv.server.stats.CommandStats;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/** The sections of INFO that count: stats, commandstats, errorstats, latencystats. */
final class InfoCounters {
    private final NodeFacts node;
    private final ServerState state;

    InfoCounters(NodeFacts node, ServerState state) {
        this.node = node;
        this.state = state;
    }

    void stats(InfoText out) {
        ServerFigures f = node.figures();
        Rates.Now rates = state.rates().now();
        out.section("Stats")
                .field("total_connections_received", f.connectionsReceived())
                .field("total_commands_processed", node.commandStats().processed())
                .field("instantaneous_ops_per_sec", Math.round(rates.commands()))
                .field("total_net_input_bytes", f.netInBytes())
                .field("total_net_output_bytes", f.netOutBytes())
                .field("total_net_repl_input_bytes", f.peerInBytes())
                .field("total_net_repl_output_bytes", f.peerOutBytes())
                .ratio("instantaneous_input_kbps", rates.inBytes() / 1024)
                .ratio("instantaneous_output_kbps", rates.outBytes() / 1024)
                .ratio("instantaneous_input_repl_kbps", rates.peerInBytes() / 1024)
                .ratio("instantaneous_output_repl_kbps", rates.peerOutBytes() / 1024)
                .field("rejected_connections", f.connectionsRejected())
                .field("sync_full", snapshotsInstalled())
                .fields(0, "sync_partial_ok", "sync_partial_err")
                .field("expired_keys", f.expiredKeys())
                .field("expired_stale_perc", "0.00")
                .fields(0, "expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds", "evicted_keys")
                .field("evicted_clients", f.clientsEvicted())
                .fields(0, "total_eviction_exceeded_time", "current_eviction_exceeded_time")
                .field("keyspace_hits", f.keyspaceHits())
                .field("keyspace_misses", f.keyspaceMisses())
                .field("pubsub_channels", f.pubsubChannels())
                .field("pubsub_patterns", f.pubsubPatterns())
                .field("pubsubshard_channels", f.pubsubShardChannels())
                .fields(0, "latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys")
                .fields(0, "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits")
                .fields(0, "active_defrag_key_misses", "total_active_defrag_time", "current_active_defrag_time")
                .field("tracking_total_keys", f.trackedKeys())
                .field("tracking_total_items", f.trackedItems())
                .field("tracking_total_prefixes", f.trackedPrefixes())
                .field("unexpected_error_replies", 0)
                .field("total_error_replies", node.errors().total())
                .field("dump_payload_sanitizations", 0)
                .field("total_reads_processed", f.socketReads())
                .field("total_writes_processed", f.socketWrites())
                .fields(0, "io_threaded_reads_processed", "io_threaded_writes_processed")
                .fields(0, "reply_buffer_shrinks", "reply_buffer_expands")
                .field("client_query_buffer_limit_disconnections", f.queryLimitDisconnections())
                .field("client_output_buffer_limit_disconnections", f.outputLimitDisconnections())
                .field("acl_access_denied_auth", f.accessDenied(AclLog.Reason.AUTH))
                .field("acl_access_denied_cmd", f.accessDenied(AclLog.Reason.COMMAND))
                .field("acl_access_denied_key", f.accessDenied(AclLog.Reason.KEY))
                .field("acl_access_denied_channel", f.accessDenied(AclLog.Reason.CHANNEL));
    }

    private long snapshotsInstalled() {
        return node.groups().stream()
                .mapToLong(group -> group.status().counters().installs())
                .sum();
    }

    void commandStats(InfoText out) {
        out.section("Commandstats");
        forEachCommand((name, counters) -> {
            double perCall = counters.calls() == 0 ? 0 : (double) counters.micros() / counters.calls();
            out.field(
                    "cmdstat_" + name,
                    String.format(
                            Locale.ROOT,
                            "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                            counters.calls(),
                            counters.micros(),
                            perCall,
                            counters.rejected(),
                            counters.failed()));
        });
    }

    private void forEachCommand(BiConsumer<String, CommandStats.Counters> visitor) {
        List<String> names = node.commandNames();
        for (int i = 0; i < names.size(); i++) {
            CommandStats.Counters counters = node.commandStats().sum(i);
            if (counters != null) {
                visitor.accept(names.get(i), counters);
            }
        }
    }

    void errorStats(InfoText out) {
        out.section("Errorstats");
        node.errors().byCode().forEach((code, count) -> out.field("errorstat_" + code, "count=" + count));
    }

    void latencyStats(InfoText out) {
        out.section("Latencystats");
        if (!node.settings().flag("latency-tracking")) {
            return;
        }
        List<BigDecimal> percentiles = percentiles();
        forEachCommand((name, counters) -> {
            if (counters.latency().total() == 0) {
                return;
            }
            List<String> values = new ArrayList<>();
            for (BigDecimal percentile : percentiles) {
                values.add(String.format(
                        Locale.ROOT,
                        "p%s=%.3f",
                        percentile.toPlainString(),
                        counters.latency().percentileMicros(percentile.doubleValue())));
            }
            out.field("latency_percentiles_usec_" + name, String.join(",", values));
        });
    }

    private List<BigDecimal> percentiles() {
        List<BigDecimal> percentiles = new ArrayList<>();
        for (String word :
                node.settings().text("latency-tracking-info-percentiles").split("\\s+")) {
            if (!word.isEmpty()) {
                percentiles.add(new BigDecimal(word).stripTrailingZeros());
            }
        }
        return percentiles;
    }
}
