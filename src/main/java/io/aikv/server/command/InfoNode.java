package io.aikv.server.command;

import io.aikv.raft.ReplicaStatus;
import io.aikv.server.config.Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The sections of INFO about the node itself and its groups. */
final class InfoNode {
    private static final int LRU_BITS = 24;
    private static final long BACKLOG_BYTES = 1 << 20;

    private final NodeFacts node;
    private final ServerState state;

    InfoNode(NodeFacts node, ServerState state) {
        this.node = node;
        this.state = state;
    }

    // ---- server ----

    void server(InfoText out) {
        long nowMillis = node.clock().epochMillis();
        long uptime = Math.max(0, nowMillis - node.startedMillis()) / 1000;
        Path file = node.configFile();
        out.section("Server")
                .field("redis_version", Version.REDIS)
                .field("redis_git_sha1", "00000000")
                .field("redis_git_dirty", 0)
                .field("redis_build_id", "0000000000000000")
                .field("redis_mode", node.config().cluster().enabled() ? "cluster" : "standalone")
                .field("server_name", "aikv")
                .field("aikv_version", Version.aikv())
                .field("aikv_node", node.nodeName())
                .field("os", ProcessFigures.operatingSystem())
                .field("arch_bits", 64)
                .field("monotonic_clock", "System.nanoTime")
                .field("multiplexing_api", node.figures().transport())
                .field("atomicvar_api", "java")
                .field("gcc_version", "0.0.0")
                .field("java_version", ProcessFigures.javaVersion())
                .field("process_id", ProcessFigures.pid())
                .field("process_supervised", "no")
                .field("run_id", state.runId())
                .field("tcp_port", node.port())
                .field("server_time_usec", nowMillis * 1000)
                .field("uptime_in_seconds", uptime)
                .field("uptime_in_days", uptime / (24 * 3600))
                .field("hz", node.settings().number("hz"))
                .field("configured_hz", node.settings().number("hz"))
                .field("lru_clock", nowMillis / 1000 & ((1L << LRU_BITS) - 1))
                .field("executable", ProcessFigures.executable())
                .field("config_file", file == null ? "" : file.toAbsolutePath().toString())
                .field("io_threads_active", node.settings().number("io-threads") > 1 ? 1 : 0);
        int number = 0;
        Config config = node.config();
        for (String host : config.security().tlsOnly()
                ? List.<String>of()
                : config.server().bind()) {
            out.field("listener" + number++, "name=tcp,bind=" + host + ",port=" + node.port());
        }
        int tlsPort = config.security().tlsPort();
        for (String host : tlsPort == 0 ? List.<String>of() : config.server().bind()) {
            out.field("listener" + number++, "name=tls,bind=" + host + ",port=" + tlsPort);
        }
    }

    // ---- clients ----

    void clients(InfoText out) {
        ServerFigures figures = node.figures();
        out.section("Clients")
                .field("connected_clients", figures.connectedClients())
                .field("cluster_connections", figures.clusterConnections())
                .field("maxclients", node.settings().number("maxclients"))
                .field("client_recent_max_input_buffer", figures.inputBytesMax())
                .field("client_recent_max_output_buffer", figures.outputBytesMax())
                .field("blocked_clients", figures.blockedClients())
                .field("tracking_clients", figures.trackingClients())
                .field("pubsub_clients", figures.pubsubClients())
                .field("watching_clients", figures.watchingClients())
                .field("clients_in_timeout_table", figures.clientsInTimeoutTable())
                .field("total_watched_keys", figures.watchedKeys())
                .field("total_blocking_keys", figures.blockingKeys())
                .field("total_blocking_keys_on_nokey", 0);
    }

    // ---- memory ----

    void memory(InfoText out) {
        ServerFigures figures = node.figures();
        long used = state.memory().note();
        long peak = state.memory().peak();
        long startup = Math.min(used, state.memory().startup());
        long resident = ProcessFigures.residentBytes();
        long dataset = Math.min(used, figures.storeBytes());
        long overhead = used - dataset;
        long heapMax = Runtime.getRuntime().maxMemory();
        long heapReserved = Runtime.getRuntime().totalMemory();
        long limit = node.settings().number("maxmemory");
        out.section("Memory")
                .bytes("used_memory", used)
                .bytes("used_memory_rss", resident)
                .bytes("used_memory_peak", peak)
                .field("used_memory_peak_perc", percent(used, peak))
                .field("used_memory_overhead", overhead)
                .field("used_memory_startup", startup)
                .field("used_memory_dataset", dataset)
                .field("used_memory_dataset_perc", percent(dataset, used - startup))
                .field("allocator_allocated", used)
                .field("allocator_active", heapReserved + figures.storeBytes() + figures.networkBytes())
                .field("allocator_resident", resident)
                .bytes("total_system_memory", ProcessFigures.machineBytes())
                .bytes("used_memory_lua", 0)
                .field("used_memory_vm_eval", 0)
                .field("used_memory_scripts_eval", 0)
                .field("number_of_cached_scripts", figures.cachedScripts())
                .field("number_of_functions", figures.functions())
                .field("number_of_libraries", figures.libraries())
                .field("used_memory_vm_functions", 0)
                .bytes("used_memory_vm_total", 0)
                .field("used_memory_functions", 0)
                .bytes("used_memory_scripts", 0)
                .bytes("maxmemory", limit)
                .field("maxmemory_policy", node.settings().text("maxmemory-policy"));
        out.ratio("allocator_frag_ratio", ratio(heapReserved, used))
                .field("allocator_frag_bytes", Math.max(0, heapReserved - used))
                .ratio("allocator_rss_ratio", ratio(resident, used))
                .field("allocator_rss_bytes", Math.max(0, resident - used))
                .ratio("rss_overhead_ratio", 1)
                .field("rss_overhead_bytes", 0)
                .ratio("mem_fragmentation_ratio", ratio(resident, used))
                .field("mem_fragmentation_bytes", resident - used)
                .fields(0, "mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers")
                .field("mem_clients_slaves", 0)
                .field("mem_clients_normal", figures.clientBytes())
                .fields(0, "mem_cluster_links", "mem_aof_buffer")
                .field("mem_allocator", "jvm-" + ProcessFigures.javaVersion())
                .field("mem_heap_max", heapMax)
                .field("mem_heap_reserved", heapReserved)
                .field("mem_store", figures.storeBytes())
                .field("mem_network", figures.networkBytes())
                .fields(0, "active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects");
    }

    private static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.2f%%", whole <= 0 ? 0.0 : Math.min(100.0, 100.0 * part / whole));
    }

    private static double ratio(long a, long b) {
        return b <= 0 ? 0 : (double) a / b;
    }

    // ---- persistence ----

    /** The Raft log is what the append-only file is to Redis: always on, and every acknowledged write is in it. */
    void persistence(InfoText out) {
        Saves saves = state.saves();
        Saves.Last last = saves.last();
        out.section("Persistence")
                .field("loading", node.loading() ? 1 : 0)
                .fields(0, "async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age")
                .field("current_fork_perc", "0.00")
                .fields(0, "current_save_keys_processed", "current_save_keys_total")
                .field("rdb_changes_since_last_save", saves.changes())
                .field("rdb_bgsave_in_progress", saves.isRunning() ? 1 : 0)
                .field("rdb_last_save_time", last.epochSeconds())
                .field("rdb_last_bgsave_status", last.succeeded() ? "ok" : "err")
                .field("rdb_last_bgsave_time_sec", last.seconds())
                .field("rdb_current_bgsave_time_sec", saves.runningSeconds())
                .field("rdb_saves", last.count())
                .fields(0, "rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded")
                .field("aof_enabled", 1)
                .fields(0, "aof_rewrite_in_progress", "aof_rewrite_scheduled")
                .fields(-1, "aof_last_rewrite_time_sec", "aof_current_rewrite_time_sec")
                .field("aof_last_bgrewrite_status", "ok")
                .fields(0, "aof_rewrites", "aof_rewrites_consecutive_failures")
                .field("aof_last_write_status", anyFailed() ? "err" : "ok")
                .fields(0, "aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size")
                .fields(0, "aof_current_size", "aof_base_size", "aof_pending_rewrite", "aof_buffer_length")
                .fields(0, "aof_pending_bio_fsync", "aof_delayed_fsync");
    }

    private boolean anyFailed() {
        return node.groups().stream().anyMatch(group -> group.status().failure() != null);
    }

    // ---- replication ----

    void replication(InfoText out) {
        Replication replication = Replication.of(node);
        Replication.Peer master = replication.master();
        out.section("Replication").field("role", master == null ? "master" : "slave");
        if (master != null) {
            out.field("master_host", master.address().host())
                    .field("master_port", master.address().port())
                    .field("master_link_status", "up")
                    .fields(0, "master_last_io_seconds_ago", "master_sync_in_progress")
                    .field("slave_read_repl_offset", replication.offset())
                    .field("slave_repl_offset", replication.offset())
                    .field("slave_priority", node.settings().number("replica-priority"))
                    .fields(1, "slave_read_only", "replica_announced");
        }
        List<Replication.Peer> replicas = replication.replicas();
        out.field("connected_slaves", replicas.size());
        for (int i = 0; i < replicas.size(); i++) {
            Replication.Peer replica = replicas.get(i);
            out.field(
                    "slave" + i,
                    "ip=" + replica.address().host() + ",port="
                            + replica.address().port() + ",state=online,offset=" + replica.offset() + ",lag="
                            + replica.lastContactMillis() / 1000);
        }
        String changed = state.changedHistoryId();
        out.field("master_failover_state", "no-failover")
                .field("master_replid", changed.isEmpty() ? node.historyId() : changed)
                .field("master_replid2", "0".repeat(40))
                .field("master_repl_offset", replication.offset())
                .field("second_repl_offset", -1)
                .field("repl_backlog_active", 0)
                .field("repl_backlog_size", BACKLOG_BYTES)
                .fields(0, "repl_backlog_first_byte_offset", "repl_backlog_histlen");
    }

    // ---- cpu, cluster ----

    void cpu(InfoText out) {
        ProcessFigures.Cpu cpu = ProcessFigures.cpu();
        out.section("CPU")
                .field("used_cpu_sys", seconds(cpu.system()))
                .field("used_cpu_user", seconds(cpu.user()))
                .field("used_cpu_sys_children", seconds(cpu.childrenSystem()))
                .field("used_cpu_user_children", seconds(cpu.childrenUser()))
                .field("used_cpu_sys_main_thread", seconds(0))
                .field("used_cpu_user_main_thread", seconds(0));
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }

    void cluster(InfoText out) {
        out.section("Cluster").field("cluster_enabled", node.config().cluster().enabled() ? 1 : 0);
    }

    // ---- raft ----

    /** One line per group, in the form of the keyspace's lines; {@code lag} is in entries, on the leader its worst follower's. */
    void raft(InfoText out) {
        List<? extends HostedGroup> groups = node.groups();
        out.section("Raft")
                .field("raft_node", node.nodeName())
                .field("raft_groups", groups.size())
                .field(
                        "raft_groups_led",
                        groups.stream().filter(HostedGroup::leads).count());
        for (HostedGroup group : groups) {
            ReplicaStatus s = group.status();
            ReplicaStatus.Counters counters = s.counters();
            long lag = s.followers().stream()
                    .mapToLong(follower -> s.lastIndex() - follower.matchIndex())
                    .max()
                    .orElse(s.committedIndex() - s.appliedIndex());
            String leader = s.leader();
            out.field(
                    "group_" + group.name(),
                    "role=" + s.role() + ",leader=" + (leader == null ? "" : leader) + ",term=" + s.term()
                            + ",applied=" + s.appliedIndex() + ",commit=" + s.committedIndex() + ",last="
                            + s.lastIndex()
                            + ",durable=" + s.durableIndex() + ",snapshot=" + s.snapshotIndex() + ",lag="
                            + Math.max(0, lag) + ",lease=" + (s.leaseHeld() ? 1 : 0) + ",queue=" + s.queuedCommands()
                            + ",inflight=" + s.entriesInFlight() + ",entries=" + counters.entries() + ",commands="
                            + counters.commands() + ",barriers=" + counters.barriers() + ",elections="
                            + counters.elections() + ",installs=" + counters.installs() + ",overloads="
                            + counters.overloads() + ",indeterminate=" + counters.indeterminate() + ",state="
                            + (s.failure() == null ? "ok" : "failed"));
        }
    }

    // ---- keyspace ----

    void keyspace(InfoText out) {
        out.section("Keyspace");
        for (int database = 0; database < node.databases(); database++) {
            KeyspaceFigures.Database d = state.keyspace().database(database);
            if (d.keys() > 0) {
                out.field(
                        "db" + database,
                        "keys=" + d.keys() + ",expires=" + d.expires() + ",avg_ttl=" + d.averageTtlMillis());
            }
        }
    }
}
