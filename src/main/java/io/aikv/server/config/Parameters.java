package io.aikv.server.config;

import static io.aikv.server.config.Parameter.Flag.HIDDEN;
import static io.aikv.server.config.Parameter.Flag.IMMUTABLE;
import static io.aikv.server.config.Parameter.Flag.PROTECTED;

import io.aikv.base.Check;
import io.aikv.server.config.Parameter.Flag;
import io.aikv.server.config.ParameterType.Unit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every parameter of Redis 7.2 (and those Valkey 8.0 adds and its test suite sets), with its default and range. Most have
 * no effect here; they are accepted, checked and echoed because tools and test suites set them without asking.
 *
 * <p>Different from Redis on purpose: what says where a node is reached ({@code port}, {@code bind},
 * {@code cluster-announce-*}) cannot be changed while it runs.
 */
final class Parameters {
    private static final long INT_MAX = Integer.MAX_VALUE;
    private static final long MAX = Long.MAX_VALUE;

    private final Map<String, Parameter> byName = new TreeMap<>();

    private Parameters() {
        network();
        clients();
        memory();
        encodings();
        persistence();
        replication();
        cluster();
        process();
        tls();
    }

    /** By name, aliases too (both names lead to the same parameter), in the order of names. */
    static Map<String, Parameter> all() {
        return new LinkedHashMap<>(new Parameters().byName);
    }

    private void network() {
        number("port", 6379, 0, 65535, IMMUTABLE);
        text("bind", "127.0.0.1", IMMUTABLE);
        text("bind-source-addr", "");
        number("tcp-backlog", 511, 0, INT_MAX, IMMUTABLE);
        number("tcp-keepalive", 300, 0, INT_MAX);
        number("timeout", 0, 0, INT_MAX);
        text("unixsocket", "", IMMUTABLE);
        number("unixsocketperm", 0, 0, 511, IMMUTABLE);
        text("unixsocketgroup", "", IMMUTABLE);
        number("io-threads", 1, 1, 1024, IMMUTABLE);
        bool("io-threads-do-reads", "no", IMMUTABLE);
        number("socket-mark-id", 0, 0, 0xffff_ffffL, IMMUTABLE);
        bool("protected-mode", "yes");
        number("max-new-connections-per-cycle", 10, 1, 1000);
        number("max-new-tls-connections-per-cycle", 1, 1, 1000);
        number("events-per-io-thread", 2, 0, INT_MAX, HIDDEN);
        number("prefetch-batch-max-size", 16, 0, 128);
    }

    private void clients() {
        number("maxclients", 10000, 1, 0xffff_ffffL);
        memory("maxmemory-clients", Unit.MEMORY_OR_PERCENT, 0, -100, MAX);
        memory("client-query-buffer-limit", Unit.MEMORY, 1L << 30, 1 << 20, MAX);
        memory("proto-max-bulk-len", Unit.MEMORY, 512L << 20, 1 << 20, MAX);
        add(
                "client-output-buffer-limit",
                new ParameterType.OutputBufferLimit(),
                "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
        number("slowlog-log-slower-than", 10000, -1, MAX);
        number("slowlog-max-len", 128, 0, MAX);
        number("latency-monitor-threshold", 0, 0, MAX);
        bool("latency-tracking", "yes");
        add("latency-tracking-info-percentiles", new ParameterType.Percentiles(), "50 99 99.9");
        number("busy-reply-threshold|lua-time-limit", 5000, 0, MAX);
        add("notify-keyspace-events", new ParameterType.KeyspaceEvents(), "");
        bool("notify-cluster", "no"); // Ours.
        number("tracking-table-max-keys", 1000000, 0, MAX);
        text("requirepass", "");
        text("aclfile", "", IMMUTABLE);
        number("acllog-max-len", 128, 0, MAX);
        word("acl-pubsub-default", "resetchannels", null, "allchannels", "resetchannels");
        word("enable-protected-configs", "no", IMMUTABLE, "no", "yes", "local");
        // Redis' default is no; here DEBUG cannot end or block the process, and operators and test suites need it.
        word("enable-debug-command", "local", IMMUTABLE, "no", "yes", "local");
        word("enable-module-command", "no", IMMUTABLE, "no", "yes", "local");
        bool("hide-user-data-from-log", "yes");
        bool("extended-redis-compatibility", "no");
        bool("lua-enable-insecure-api", "no", HIDDEN);
    }

    private void memory() {
        memory("maxmemory", Unit.MEMORY, 0, 0, ParameterType.Number.UNSIGNED);
        word(
                "maxmemory-policy",
                "noeviction",
                null,
                "volatile-lru",
                "volatile-lfu",
                "volatile-random",
                "volatile-ttl",
                "allkeys-lru",
                "allkeys-lfu",
                "allkeys-random",
                "noeviction");
        number("maxmemory-samples", 5, 1, INT_MAX);
        number("maxmemory-eviction-tenacity", 10, 0, 100);
        number("lfu-log-factor", 10, 0, INT_MAX);
        number("lfu-decay-time", 1, 0, INT_MAX);
        number("active-expire-effort", 1, 1, 10);
        bool("lazyfree-lazy-eviction", "no");
        bool("lazyfree-lazy-expire", "no");
        bool("lazyfree-lazy-server-del", "no");
        bool("lazyfree-lazy-user-del", "no");
        bool("lazyfree-lazy-user-flush", "no");
        bool("activerehashing", "yes");
        bool("jemalloc-bg-thread", "yes");
        bool("activedefrag", "no");
        memory("active-defrag-ignore-bytes", Unit.MEMORY, 100L << 20, 1, MAX);
        number("active-defrag-threshold-lower", 10, 0, 1000);
        number("active-defrag-threshold-upper", 100, 0, 1000);
        number("active-defrag-cycle-min", 1, 1, 99);
        number("active-defrag-cycle-max", 25, 1, 99);
        number("active-defrag-max-scan-fields", 1000, 1, MAX);
    }

    private void encodings() {
        number("hash-max-listpack-entries|hash-max-ziplist-entries", 512, 0, MAX);
        memory("hash-max-listpack-value|hash-max-ziplist-value", Unit.MEMORY, 64, 0, MAX);
        number("set-max-intset-entries", 512, 0, MAX);
        number("set-max-listpack-entries", 128, 0, MAX);
        memory("set-max-listpack-value", Unit.MEMORY, 64, 0, MAX);
        number("zset-max-listpack-entries|zset-max-ziplist-entries", 128, 0, MAX);
        memory("zset-max-listpack-value|zset-max-ziplist-value", Unit.MEMORY, 64, 0, MAX);
        number("list-max-listpack-size|list-max-ziplist-size", -2, Integer.MIN_VALUE, INT_MAX);
        number("list-compress-depth", 0, 0, INT_MAX);
        memory("hll-sparse-max-bytes", Unit.MEMORY, 3000, 0, MAX);
        memory("stream-node-max-bytes", Unit.MEMORY, 4096, 0, MAX);
        add(
                "stream-node-max-entries",
                new ParameterType.FixedNumber(100, "argument must be 100: replicas must trim streams alike"),
                "100");
    }

    private void persistence() {
        text("dir", "./", PROTECTED);
        text("dbfilename", "dump.rdb", PROTECTED);
        add("save", new ParameterType.Save(), "3600 1 300 100 60 10000");
        bool("stop-writes-on-bgsave-error", "yes");
        bool("rdbcompression", "yes");
        bool("rdbchecksum", "yes", IMMUTABLE);
        bool("rdb-del-sync-files", "no");
        bool("rdb-save-incremental-fsync", "yes");
        number("rdb-key-save-delay", 0, Integer.MIN_VALUE, INT_MAX, HIDDEN);
        number("key-load-delay", 0, Integer.MIN_VALUE, INT_MAX, HIDDEN);
        number("loading-process-events-interval-bytes", 2 << 20, 1024, INT_MAX, HIDDEN);
        word("rdb-version-check", "strict", null, "strict", "relaxed");
        word("sanitize-dump-payload", "no", null, "no", "yes", "clients");
        bool("appendonly", "no");
        word("appendfsync", "everysec", null, "everysec", "always", "no");
        text("appendfilename", "appendonly.aof", IMMUTABLE);
        text("appenddirname", "appendonlydir", IMMUTABLE);
        bool("no-appendfsync-on-rewrite", "no");
        number("auto-aof-rewrite-percentage", 100, 0, INT_MAX);
        memory("auto-aof-rewrite-min-size", Unit.MEMORY, 64L << 20, 0, MAX);
        bool("aof-load-truncated", "yes");
        bool("aof-use-rdb-preamble", "yes");
        bool("aof-timestamp-enabled", "no");
        bool("aof-rewrite-incremental-fsync", "yes");
        bool("aof-disable-auto-gc", "no");
    }

    private void replication() {
        text("replicaof|slaveof", "", IMMUTABLE);
        text("masterauth|primaryauth", "");
        text("masteruser|primaryuser", "");
        bool("replica-serve-stale-data|slave-serve-stale-data", "yes");
        bool("replica-read-only|slave-read-only", "yes");
        bool("replica-lazy-flush|slave-lazy-flush", "no");
        bool("replica-ignore-maxmemory|slave-ignore-maxmemory", "yes");
        bool("replica-ignore-disk-write-errors", "no");
        bool("replica-announced", "yes");
        text("replica-announce-ip|slave-announce-ip", "");
        number("replica-announce-port|slave-announce-port", 0, 0, 65535);
        number("replica-priority|slave-priority", 100, 0, INT_MAX);
        number("min-replicas-to-write|min-slaves-to-write", 0, 0, INT_MAX);
        number("min-replicas-max-lag|min-slaves-max-lag", 10, 0, INT_MAX);
        number("repl-ping-replica-period|repl-ping-slave-period", 10, 1, INT_MAX);
        number("repl-timeout", 60, 1, INT_MAX);
        bool("repl-disable-tcp-nodelay", "no");
        bool("repl-diskless-sync", "yes");
        number("repl-diskless-sync-delay", 5, 0, INT_MAX);
        number("repl-diskless-sync-max-replicas", 0, 0, INT_MAX);
        word("repl-diskless-load", "disabled", null, "disabled", "on-empty-db", "swapdb");
        add("repl-backlog-size", new ParameterType.Number(Unit.MEMORY, 1, MAX, 16 << 10, MAX), Long.toString(1L << 20));
        number("repl-backlog-ttl", 3600, 0, MAX);
        bool("dual-channel-replication-enabled", "no");
        bool("close-on-replica-write", "yes", HIDDEN);
        word("propagation-error-behavior", "ignore", null, "ignore", "panic", "panic-on-replicas");
    }

    private void cluster() {
        bool("cluster-enabled", "no", IMMUTABLE);
        text("cluster-config-file", "nodes.conf", IMMUTABLE);
        number("cluster-port", 0, 0, 65535, IMMUTABLE);
        number("cluster-node-timeout", 15000, 0, MAX);
        number("cluster-migration-barrier", 1, 0, INT_MAX);
        number("cluster-replica-validity-factor|cluster-slave-validity-factor", 10, 0, INT_MAX);
        bool("cluster-replica-no-failover|cluster-slave-no-failover", "no");
        bool("cluster-require-full-coverage", "yes");
        bool("cluster-allow-reads-when-down", "no");
        bool("cluster-allow-pubsubshard-when-down", "yes");
        bool("cluster-allow-replica-migration", "yes");
        memory("cluster-link-sendbuf-limit", Unit.MEMORY, 0, 0, ParameterType.Number.UNSIGNED);
        text("cluster-announce-ip", "", IMMUTABLE);
        number("cluster-announce-port", 0, 0, 65535, IMMUTABLE);
        number("cluster-announce-bus-port", 0, 0, 65535, IMMUTABLE);
        number("cluster-announce-tls-port", 0, 0, 65535, IMMUTABLE);
        text("cluster-announce-hostname", "", IMMUTABLE);
        text("cluster-announce-human-nodename", "", IMMUTABLE);
        word("cluster-preferred-endpoint-type", "ip", null, "ip", "hostname", "unknown-endpoint");
        bool("cluster-slot-stats-enabled", "no");
        number("cluster-databases", 1, 1, INT_MAX, IMMUTABLE);
        text("availability-zone", "");
    }

    private void process() {
        number("databases", 16, 1, INT_MAX, IMMUTABLE);
        bool("daemonize", "no", IMMUTABLE);
        text("pidfile", "", IMMUTABLE);
        text("logfile", "", IMMUTABLE);
        word("loglevel", "notice", null, "debug", "verbose", "notice", "warning");
        bool("syslog-enabled", "no", IMMUTABLE);
        text("syslog-ident", "redis", IMMUTABLE);
        word(
                "syslog-facility",
                "local0",
                IMMUTABLE,
                "user",
                "local0",
                "local1",
                "local2",
                "local3",
                "local4",
                "local5",
                "local6",
                "local7");
        word("supervised", "no", IMMUTABLE, "upstart", "systemd", "auto", "no");
        bool("always-show-logo", "no", IMMUTABLE);
        bool("set-proc-title", "yes", IMMUTABLE);
        add("proc-title-template", new ParameterType.TitleTemplate(), "{title} {listen-addr} {server-mode}");
        bool("crash-log-enabled", "yes");
        bool("crash-memcheck-enabled", "yes");
        bool("use-exit-on-panic", "no", HIDDEN);
        bool("disable-thp", "yes", IMMUTABLE);
        add("hz", new ParameterType.Number(Unit.INTEGER, 0, INT_MAX, 1, 500), "10");
        bool("dynamic-hz", "yes");
        number("watchdog-period", 0, 0, INT_MAX, HIDDEN);
        number("shutdown-timeout", 10, 0, INT_MAX);
        add("shutdown-on-sigint", new ParameterType.ShutdownOptions(), "default");
        add("shutdown-on-sigterm", new ParameterType.ShutdownOptions(), "default");
        add(
                "oom-score-adj",
                new ParameterType.Word(List.of("no", "yes", "relative", "absolute"), "relative=yes"),
                "no");
        add("oom-score-adj-values", new ParameterType.OomScores(), "0 200 800");
        text("ignore-warnings", "");
        text("locale-collate", "");
        for (String list : List.of("server", "bio", "aof_rewrite", "bgsave")) {
            text(list + "_cpulist|" + list.replace('_', '-') + "-cpulist", "", IMMUTABLE);
        }
    }

    private void tls() {
        number("tls-port", 0, 0, 65535, IMMUTABLE);
        number("tls-session-cache-size", 20480, 0, INT_MAX);
        number("tls-session-cache-timeout", 300, 0, INT_MAX);
        bool("tls-cluster", "no", IMMUTABLE);
        bool("tls-replication", "no");
        word("tls-auth-clients", "yes", null, "no", "yes", "optional");
        bool("tls-prefer-server-ciphers", "no");
        bool("tls-session-caching", "yes");
        for (String name : List.of(
                "cert-file",
                "key-file",
                "key-file-pass",
                "client-cert-file",
                "client-key-file",
                "client-key-file-pass",
                "dh-params-file",
                "ca-cert-file",
                "ca-cert-dir",
                "protocols",
                "ciphers",
                "ciphersuites")) {
            text("tls-" + name, "");
        }
    }

    // ---- rows ----

    private void bool(String names, String defaultValue, Flag... flags) {
        add(names, new ParameterType.Bool(), defaultValue, flags);
    }

    private void number(String names, long defaultValue, long min, long max, Flag... flags) {
        add(names, new ParameterType.Number(Unit.INTEGER, min, max), Long.toString(defaultValue), flags);
    }

    private void memory(String names, Unit unit, long defaultValue, long min, long max) {
        add(names, new ParameterType.Number(unit, min, max), Long.toString(defaultValue));
    }

    private void text(String names, String defaultValue, Flag... flags) {
        add(names, new ParameterType.Text(), defaultValue, flags);
    }

    private void word(String name, String defaultValue, @Nullable Flag flag, String... words) {
        ParameterType type = new ParameterType.Word(List.of(words), "");
        if (flag == null) {
            add(name, type, defaultValue);
        } else {
            add(name, type, defaultValue, flag);
        }
    }

    private void add(String names, ParameterType type, String defaultValue, Flag... flags) {
        int bar = names.indexOf('|');
        String name = bar < 0 ? names : names.substring(0, bar);
        String alias = bar < 0 ? null : names.substring(bar + 1);
        Parameter parameter = new Parameter(name, alias, type, Set.of(flags), defaultValue);
        Check.invariant(byName.put(name, parameter) == null, "parameter %s twice", name);
        if (alias != null) {
            Check.invariant(byName.put(alias, parameter) == null, "parameter %s twice", alias);
        }
    }
}
