package io.aikv.server.config;

import io.aikv.base.CommandError;
import io.aikv.base.ConfigError;
import io.aikv.transport.Tls;
import io.aikv.transport.TlsProblem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** What must hold between the keys of a configuration, each key being fine by itself. */
final class ConfigRules {
    /** Less would let flushes fall behind for good. */
    private static final long WRITE_RATE_MIN = 1 << 20;

    /** One entry of {@code cluster.reach}. */
    private static final Pattern REACH = Pattern.compile("[^=\\s]+=[^=\\s]+:[0-9]{1,5}:[0-9]{1,5}");

    private final Config config;
    private final BiFunction<String, String, ConfigError> error;

    private ConfigRules(Config config, BiFunction<String, String, ConfigError> error) {
        this.config = config;
        this.error = error;
    }

    /** @param error makes the error for a key and a problem */
    static void check(Config config, BiFunction<String, String, ConfigError> error) {
        ConfigRules rules = new ConfigRules(config, error);
        rules.cluster();
        rules.raft();
        rules.storage();
        rules.ports();
        rules.redis();
        rules.secret();
        rules.tls();
    }

    private void cluster() {
        Config.Cluster cluster = config.cluster();
        if (cluster.mode() == Config.Mode.PROXY) {
            throw error.apply(
                    "cluster.mode",
                    "\"proxy\" is not available yet: nodes do not forward commands to other nodes; use"
                            + " \"smart_client\", which every Redis Cluster client speaks");
        }
        if (cluster.enabled()) {
            require(!cluster.nodeId().isBlank(), "cluster.node-id", "is empty; name a node of the layout");
            require(!cluster.layout().isBlank(), "cluster.layout", "is empty; name a layout file");
        }
        for (String reach : cluster.reach()) {
            require(
                    REACH.matcher(reach).matches(),
                    "cluster.reach",
                    "\"" + reach
                            + "\" is not understood; use \"n2=127.0.0.1:30001:30002\" (node, host, Raft port, peer port)");
        }
    }

    private void raft() {
        Config.Raft raft = config.raft();
        require(
                raft.electionTimeoutMin().compareTo(raft.electionTimeoutMax()) < 0,
                "raft.election-timeout-max",
                raft.electionTimeoutMax().toMillis() + "ms is not more than raft.election-timeout-min ("
                        + raft.electionTimeoutMin().toMillis()
                        + "ms); followers that time out together elect nobody, use about twice as much");
        require(
                raft.batchBytesMax() <= raft.entryBytesMax(),
                "raft.batch-bytes-max",
                raft.batchBytesMax() + " bytes is more than raft.entry-bytes-max (" + raft.entryBytesMax()
                        + "), but a batch becomes one entry");
        require(
                raft.queueBytesMax() >= raft.entryBytesMax(),
                "raft.queue-bytes-max",
                raft.queueBytesMax() + " bytes is less than raft.entry-bytes-max (" + raft.entryBytesMax()
                        + "), so the largest request could never be queued");
        require(
                raft.logSegmentSize() >= raft.entryBytesMax(),
                "raft.log-segment-size",
                raft.logSegmentSize() + " bytes is less than raft.entry-bytes-max (" + raft.entryBytesMax() + ")");
        for (String key : raft.properties().keySet()) {
            require(
                    key.startsWith("raft."),
                    "raft.properties",
                    "\"" + key + "\" is not a property of Ratis; their names begin with \"raft.\"");
        }
    }

    private void storage() {
        long rate = config.storage().writeRateLimit();
        require(
                rate == 0 || rate >= WRITE_RATE_MIN,
                "storage.write-rate-limit",
                rate + " is not allowed; use 0, or at least " + WRITE_RATE_MIN + " bytes a second");
    }

    private void ports() {
        if (config.cluster().enabled() && config.server().port() != 0) {
            derivable(config.raft().port(), config.raftPort(), "raft.port");
            derivable(config.raft().peerPort(), config.peerPort(), "raft.peer-port");
        }
        Map<Integer, String> used = new HashMap<>();
        claim(used, config.server().port(), "server.port");
        claim(used, config.raftPort(), "raft.port");
        claim(used, config.peerPort(), "raft.peer-port");
        claim(used, config.security().tlsPort(), "security.tls-port");
        claim(used, config.metrics().port(), "metrics.port");
    }

    private void derivable(int configured, int port, String key) {
        require(
                port <= 65535,
                key,
                configured + " stands for " + port + ", derived from server.port ("
                        + config.server().port() + "), which is beyond 65535; set it");
    }

    private void claim(Map<Integer, String> used, int port, String key) {
        if (port != 0) {
            String other = used.putIfAbsent(port, key);
            require(other == null, key, port + " is already the port of " + other);
        }
    }

    private void secret() {
        Config.Security security = config.security();
        require(
                security.peerSecret().isEmpty() || security.peerSecretFile().isEmpty(),
                "security.peer-secret-file",
                "is set beside security.peer-secret; use one of them");
        String key = security.peerSecretFile().isEmpty() ? "security.peer-secret" : "security.peer-secret-file";
        boolean set;
        try {
            set = SecurityFiles.secret(security).isSet();
        } catch (NoSuchFileException e) {
            throw error.apply(key, "there is no file " + security.peerSecretFile());
        } catch (IOException | RuntimeException e) {
            throw error.apply(key, String.valueOf(e.getMessage()));
        }
        require(
                !set || config.raft().rpc() == Config.Rpc.NETTY,
                key,
                "cannot be asked for by raft.rpc = \"grpc\": Ratis opens its channels itself and has no place where one"
                        + " could be presented; use \"netty\", or security.tls-cluster = true without a secret");
    }

    private void tls() {
        Config.Security security = config.security();
        require(
                !security.tlsOnly() || security.tlsPort() != 0,
                "security.tls-only",
                "true leaves clients no port; set security.tls-port");
        if (!security.usesTls()) {
            return;
        }
        try {
            Tls.load(SecurityFiles.tls(Settings.from(config), security.tlsCluster()));
        } catch (IllegalArgumentException e) {
            throw error.apply("security.tls-protocols", String.valueOf(e.getMessage()));
        } catch (TlsProblem e) {
            throw error.apply("security." + e.parameter(), String.valueOf(e.getMessage()));
        }
    }

    private void redis() {
        try {
            Settings.from(config);
        } catch (Settings.BadParameter e) {
            throw error.apply(e.key(), e.problem());
        } catch (CommandError e) {
            throw error.apply(ConfigReader.REDIS, e.line());
        }
    }

    private void require(boolean condition, String key, String problem) {
        if (!condition) {
            throw error.apply(key, problem);
        }
    }
}
