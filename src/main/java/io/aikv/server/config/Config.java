package io.aikv.server.config;

import io.aikv.base.ConfigError;
import io.aikv.topology.Layout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The configuration of a node: one record per section of {@code conf/aikv.toml}, one component per key
 * ({@code electionTimeoutMin} is {@code election-timeout-min}). Read once at start from the file and the
 * {@code --set section.key=value} options; an unknown key, a bad value or an impossible combination is a
 * {@link ConfigError} that names file, line, key and what is allowed. {@code conf/aikv.toml} says at length what each
 * key does; a test holds it equal to this file.
 *
 * @param redis values for the parameters of CONFIG SET, as strings, in the order of the file; see {@link Settings}
 * @param given the keys ({@code section.key}) whose value differs from the default
 */
public record Config(
        Server server,
        Cluster cluster,
        Raft raft,
        Storage storage,
        Limits limits,
        Security security,
        Metrics metrics,
        Logging logging,
        Map<String, String> redis,
        Set<String> given) {

    /** The distance of the derived Raft port from the client port, as the cluster bus of Redis. */
    public static final int RAFT_PORT_OFFSET = Layout.RAFT_PORT_OFFSET;

    /** The distance of the derived peer port from the client port. */
    public static final int PEER_PORT_OFFSET = Layout.PEER_PORT_OFFSET;

    /** Section {@code [server]}: the listener for clients and the process.
     *
     * @param bind addresses to listen on; the first one is announced unless {@code cluster.announce-host} is set
     * @param port port for clients; 0: any free one
     * @param ioThreads event loops; 0: one per core
     * @param tcpBacklog length of the queue of connections that are not yet accepted
     * @param shutdownTimeout the longest an orderly stop may take
     */
    public record Server(
            @Key("127.0.0.1") List<String> bind,
            @Key(value = "6379", max = 65535) int port,
            @Key(value = "0", max = 1024) int ioThreads,
            @Key(value = "511", min = 1, max = 65535) int tcpBacklog,
            @Key(value = "10s", min = 100) Duration shutdownTimeout) {}

    /** How clients reach the keys of other nodes. */
    public enum Mode {
        /** The client follows MOVED. */
        SMART_CLIENT,
        /** Every node answers for every key; not available yet. */
        PROXY
    }

    /** Section {@code [cluster]}.
     *
     * @param enabled whether clients see a cluster: redirects and the CLUSTER commands
     * @param mode always {@link Mode#SMART_CLIENT} for now
     * @param nodeId this node's name in the layout
     * @param layout the layout file that seeds a new cluster
     * @param announceHost what clients and nodes are told; empty: the layout's host
     * @param announcePort 0: the port listened on
     * @param announceRaftPort 0: the port listened on
     * @param announcePeerPort 0: the port listened on
     * @param announceTlsPort 0: the port listened on
     * @param reach where this node reaches others, as {@code name=host:raftPort:peerPort}, if not where they say they are
     * @param databases numbered databases while {@code enabled}
     * @param requireFullCoverage whether a node refuses keys while a slot has no leader or majority that it knows of
     * @param crossSlotInGroup whether a MULTI may have keys of several slots of one group
     * @param balanceLeaders whether leaders move to where the layout prefers them
     * @param notifyCluster whether keyspace notifications go to the subscribers of every node
     * @param leaderWait how long a request is held for a leader before it is answered CLUSTERDOWN
     * @param failoverTimeout the longest a CLUSTER FAILOVER may take
     * @param transferTimeout the longest one planned transfer of a group's leadership may take
     */
    public record Cluster(
            @Key("false") boolean enabled,
            @Key("smart_client") Mode mode,
            @Key("n1") String nodeId,
            @Key("raft-groups/single-node.toml") String layout,
            @Key String announceHost,
            @Key(value = "0", max = 65535) int announcePort,
            @Key(value = "0", max = 65535) int announceRaftPort,
            @Key(value = "0", max = 65535) int announcePeerPort,
            @Key(value = "0", max = 65535) int announceTlsPort,
            @Key List<String> reach,
            @Key(value = "1", min = 1, max = 256) int databases,
            @Key("true") boolean requireFullCoverage,
            @Key("false") boolean crossSlotInGroup,
            @Key("true") boolean balanceLeaders,
            @Key("false") boolean notifyCluster,
            @Key(value = "2s", min = 1) Duration leaderWait,
            @Key(value = "5s", min = 1) Duration failoverTimeout,
            @Key(value = "3s", min = 1) Duration transferTimeout) {}

    /** The transport between the replicas of a group. */
    public enum Rpc {
        NETTY,
        GRPC
    }

    /** Section {@code [raft]}.
     *
     * @param rpc transport between replicas
     * @param port port for Raft; 0: {@code server.port} + 10000
     * @param peerPort port for the links between nodes; 0: {@code server.port} + 20000
     * @param electionTimeoutMin a follower that hears nothing for this long (up to the maximum) stands for election
     * @param electionTimeoutMax see {@code electionTimeoutMin}
     * @param requestTimeout for the answer to one message between replicas
     * @param entryBytesMax the largest log entry; a larger request is split
     * @param batchBytesMax a batch of requests is closed at this size
     * @param batchCommandsMax a batch of requests is closed at this many
     * @param entriesInFlight entries of a group that may be proposed and not yet applied; more than one only if full
     * @param gatherMax how long a command waits at most for others to share its entry; 0: never
     * @param queueBytesMax requests of a group waiting for their batch; beyond, sockets are not read
     * @param queueCommandsMax see {@code queueBytesMax}
     * @param snapshotEntries entries applied between two snapshots
     * @param snapshotBytes bytes of the entries between two snapshots
     * @param logSegmentSize bytes of one file of the log; of each group two files are held in the heap
     * @param logPreserveEntries entries kept behind a snapshot for followers that were away
     * @param logPreserveBytes bytes of the entries kept behind a snapshot, at most
     * @param leaderLease whether reads are served under a lease; without it each batch of reads costs an entry, except in
     *     a group with one replica
     * @param barrierTimeout the longest a read on a replica waits for the leader to say how far it must have applied
     * @param properties handed to Ratis as they are, after everything else
     */
    public record Raft(
            @Key("netty") Rpc rpc,
            @Key(value = "0", max = 65535) int port,
            @Key(value = "0", max = 65535) int peerPort,
            @Key(value = "500ms", min = 10) Duration electionTimeoutMin,
            @Key(value = "1s", min = 10) Duration electionTimeoutMax,
            @Key(value = "2s", min = 10) Duration requestTimeout,

            @Key(value = "4mb", size = true, min = 64 << 10, max = 32 << 20)
            int entryBytesMax,

            @Key(value = "1mb", size = true, min = 4 << 10, max = 32 << 20)
            int batchBytesMax,

            @Key(value = "4096", min = 1, max = 1 << 20) int batchCommandsMax,
            @Key(value = "2", min = 1, max = 64) int entriesInFlight,
            @Key(value = "2ms", max = 1000) Duration gatherMax,
            @Key(value = "64mb", size = true, min = 1 << 20) long queueBytesMax,
            @Key(value = "65536", min = 1) int queueCommandsMax,
            @Key(value = "200000", min = 100) long snapshotEntries,

            @Key(value = "256mb", size = true, min = 1 << 20)
            long snapshotBytes,

            @Key(value = "8mb", size = true, min = 1 << 20, max = 1 << 30)
            long logSegmentSize,

            @Key(value = "100000") long logPreserveEntries,
            @Key(value = "128mb", size = true) long logPreserveBytes,
            @Key("true") boolean leaderLease,
            @Key(value = "2s", min = 10) Duration barrierTimeout,
            @Key Map<String, String> properties) {}

    /** Where the data lives. */
    public enum Engine {
        ROCKSDB,
        /** Nothing survives a restart. */
        MEMORY
    }

    /** Section {@code [storage]}; sizes are those of the node, shared by its groups, unless said otherwise.
     *
     * @param engine disk or memory
     * @param dir where everything this node writes goes
     * @param blockCache bytes of the cache of uncompressed blocks
     * @param writeBuffer bytes of all memtables together; beyond, the oldest is flushed
     * @param keyHeads bytes for what writes remember about keys, 16 a key; without it they read the old row
     * @param writeBuffersPerGroup memtables that each of the five tables of a group may hold before its writes stall
     * @param backgroundThreads flushes and compactions at once
     * @param databases numbered databases of a standalone server
     * @param writeRateLimit bytes per second of flushes and compactions; 0: as the load needs, at most 256 MB
     */
    public record Storage(
            @Key("rocksdb") Engine engine,
            @Key("data") String dir,

            @Key(value = "256mb", size = true, min = 1 << 20)
            long blockCache,

            @Key(value = "64mb", size = true, min = 4 << 20) long writeBuffer,
            @Key(value = "64mb", size = true, min = 0) long keyHeads,
            @Key(value = "4", min = 2, max = 64) int writeBuffersPerGroup,
            @Key(value = "2", min = 1, max = 256) int backgroundThreads,
            @Key(value = "16", min = 1, max = 256) int databases,
            @Key(value = "0", size = true) long writeRateLimit) {}

    /** Section {@code [limits]}: names, units and defaults of Redis where Redis has the parameter.
     *
     * @param protoMaxBulkLen bytes of one argument, and of a string value
     * @param multibulkArgsMax arguments of one command
     * @param inlineBytesMax bytes of an inline command, and of the line before an argument
     * @param clientQueryBufferLimit bytes of a connection that are received and not yet executed
     * @param requestMemory the same summed over all connections; beyond, sockets are not read; a request that alone takes
     *     more than half of it is refused; 0: a quarter of the heap
     * @param maxclients connections
     * @param clientOutputBufferLimit {@code class hard soft seconds}; those of class slave have no effect
     * @param streamedRepliesMax replies that are read while they are sent, at once; each keeps a snapshot of its group
     * @param streamedReplyStall a client that takes nothing of such a reply for so long is closed
     * @param streamedReplyTimeMax and one that has not taken all of it after so long
     * @param timeout seconds after which an idle connection is closed; 0: never
     * @param tcpKeepalive seconds between probes; 0: none
     * @param slowlogLogSlowerThan microseconds; -1: nothing is logged
     * @param slowlogMaxLen entries kept
     * @param scriptStepsMax instructions of Lua's that a script may take, and what else counts as such
     * @param scriptMemoryMax bytes that the values of a script may take
     */
    public record Limits(
            @Key(value = "512mb", size = true, min = 1 << 20, max = Integer.MAX_VALUE)
            long protoMaxBulkLen,

            @Key(value = "2147483647", min = 16, max = Integer.MAX_VALUE)
            int multibulkArgsMax,

            @Key(value = "64kb", size = true, min = 1024, max = 16 << 20)
            int inlineBytesMax,

            @Key(value = "1gb", size = true, min = 1 << 20) long clientQueryBufferLimit,
            @Key(value = "0", size = true) long requestMemory,
            @Key(value = "10000", min = 1) int maxclients,

            @Key("normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60")
            String clientOutputBufferLimit,

            @Key(value = "128", min = 1) int streamedRepliesMax,
            @Key(value = "1m", min = 100) Duration streamedReplyStall,
            @Key(value = "30m", min = 100) Duration streamedReplyTimeMax,
            @Key(value = "0", max = Integer.MAX_VALUE) int timeout,
            @Key(value = "300", max = Integer.MAX_VALUE) int tcpKeepalive,
            @Key(value = "10000", min = -1) long slowlogLogSlowerThan,
            @Key(value = "128") long slowlogMaxLen,

            @Key(value = "10000000", min = 10000, max = 1000000000)
            long scriptStepsMax,

            @Key(value = "32mb", size = true, min = 1 << 20, max = 1 << 30)
            long scriptMemoryMax) {

        /** {@code request-memory} in bytes, with the default worked out from the heap of this JVM. */
        public long requestMemoryBytes() {
            return requestMemory > 0 ? requestMemory : Runtime.getRuntime().maxMemory() / 4;
        }

        /**
         * The most that one request may take: half of it. While a request is applied, it takes twice its size again, and each
         * group of a node may be sent one.
         */
        public long requestBytesMax() {
            return Math.max(1, requestMemoryBytes() / 2);
        }
    }

    /** Section {@code [security]}.
     *
     * @param requirepass the default user's password; empty: none is asked
     * @param users the users of a new cluster, {@code name rules...} each; ACL SETUSER makes others
     * @param protectedMode whether a server without a password serves only the loopback addresses
     * @param tlsPort port for clients that speak TLS; 0: none
     * @param tlsOnly whether {@code server.port} is not listened on
     * @param tlsCertFile PEM: this node's certificate and those between it and its authority
     * @param tlsKeyFile PEM: its private key, PKCS#8
     * @param tlsKeyFilePass the key's password
     * @param tlsCaCertFile PEM: the authorities that clients and nodes are trusted by
     * @param tlsAuthClients whether clients must show a certificate
     * @param tlsProtocols separated by spaces; empty: TLSv1.2 and TLSv1.3
     * @param tlsCiphers Java's names, separated by colons; empty: Java's choice
     * @param tlsReload how often the files are looked at; 0: never
     * @param tlsCluster whether nodes speak TLS to each other
     * @param peerSecret what a node must know to talk to others; empty: nothing is asked
     * @param peerSecretFile the same in a file, one for each line, the first one is shown
     * @param peerSecretRequired whether nodes without a secret are refused
     */
    public record Security(
            @Key String requirepass,
            @Key List<String> users,
            @Key("true") boolean protectedMode,
            @Key(value = "0", max = 65535) int tlsPort,
            @Key("false") boolean tlsOnly,
            @Key String tlsCertFile,
            @Key String tlsKeyFile,
            @Key String tlsKeyFilePass,
            @Key String tlsCaCertFile,

            @Key(
                    value = "yes",
                    allowed = {"yes", "no", "optional"})
            String tlsAuthClients,

            @Key String tlsProtocols,
            @Key String tlsCiphers,
            @Key(value = "10s") Duration tlsReload,
            @Key("false") boolean tlsCluster,
            @Key String peerSecret,
            @Key String peerSecretFile,
            @Key("true") boolean peerSecretRequired) {

        /** Whether TLS is spoken to anybody. */
        public boolean usesTls() {
            return tlsPort != 0 || tlsCluster;
        }

        /** Nothing that is secret. */
        @Override
        public String toString() {
            return "Security[protectedMode=" + protectedMode + ", tlsPort=" + tlsPort + ", tlsCluster=" + tlsCluster
                    + ", the rest hidden]";
        }
    }

    /** Section {@code [metrics]}: Prometheus text, {@code /health} and {@code /ready} over HTTP.
     *
     * @param port 0: not served
     * @param host address to listen on
     */
    public record Metrics(
            @Key(value = "0", max = 65535) int port,
            @Key("127.0.0.1") String host) {}

    /** Section {@code [logging]}.
     *
     * @param level trace, debug, info, warn or error; where it is not given, that of {@code conf/logback.xml}
     * @param file empty: standard output
     * @param format text for people, json for machines
     */
    public record Logging(
            @Key(
                    value = "info",
                    allowed = {"trace", "debug", "info", "warn", "error"})
            String level,

            @Key String file,

            @Key(
                    value = "text",
                    allowed = {"text", "json"})
            String format) {}

    public Config {
        redis = Collections.unmodifiableMap(new LinkedHashMap<>(redis));
        given = Set.copyOf(given);
    }

    /** What a server without a file and options runs with. */
    public static Config defaults() {
        return ConfigReader.read("", "defaults", List.of());
    }

    /**
     * Reads a file and applies overrides in their order.
     *
     * @param overrides {@code section.key=value} each, the value in TOML's syntax or as a bare string
     * @throws ConfigError if anything is wrong, also if the file cannot be read
     */
    public static Config load(Path file, List<String> overrides) {
        return ConfigReader.load(file, overrides);
    }

    /** As {@link #load} for a text; {@code source} names it in messages. */
    public static Config parse(String text, String source, List<String> overrides) {
        return ConfigReader.read(text, source, overrides);
    }

    /** Whether {@code key} ({@code section.key}) has a value that is not the default. */
    public boolean isGiven(String key) {
        return given.contains(key);
    }

    /** The databases that SELECT accepts. */
    public int databases() {
        return cluster.enabled ? cluster.databases : storage.databases;
    }

    /**
     * The port Raft listens on: the configured one or the derived one. 0, any free one, if the client port is 0 or, on a
     * standalone server, too high to derive another from it.
     */
    public int raftPort() {
        return derived(raft.port, RAFT_PORT_OFFSET);
    }

    /** The port for links between nodes, as {@link #raftPort}. */
    public int peerPort() {
        return derived(raft.peerPort, PEER_PORT_OFFSET);
    }

    private int derived(int port, int offset) {
        if (port != 0 || server.port == 0) {
            return port;
        }
        boolean impossible = server.port + offset > 65535 && !cluster.enabled;
        return impossible ? 0 : server.port + offset;
    }

    /**
     * This configuration with the ports and the host that {@code layout} gives to {@code cluster.node-id}, for each that
     * still has its default: in a cluster it is enough to name the node.
     *
     * @throws ConfigError if the layout has no such node
     */
    public Config withLayout(Layout layout) {
        Layout.Node node = layout.node(cluster.nodeId);
        if (node == null) {
            throw ConfigError.at(
                    layout.source(),
                    0,
                    "",
                    "cluster.node-id is \"" + cluster.nodeId + "\" but the layout's nodes are "
                            + String.join(", ", layout.nodeNames()));
        }
        Server s = server;
        int port = isGiven("server.port") ? s.port : node.port();
        boolean moved = port != node.port();
        int raftPort = isGiven("raft.port") || moved ? raft.port : node.raftPort();
        int peerPort = isGiven("raft.peer-port") || moved ? raft.peerPort : node.peerPort();
        Cluster c = cluster;
        Raft r = raft;
        return new Config(
                new Server(s.bind, port, s.ioThreads, s.tcpBacklog, s.shutdownTimeout),
                new Cluster(
                        c.enabled,
                        c.mode,
                        c.nodeId,
                        c.layout,
                        c.announceHost.isEmpty() ? node.host() : c.announceHost,
                        c.announcePort,
                        c.announceRaftPort,
                        c.announcePeerPort,
                        c.announceTlsPort,
                        c.reach,
                        c.databases,
                        c.requireFullCoverage,
                        c.crossSlotInGroup,
                        c.balanceLeaders,
                        c.notifyCluster,
                        c.leaderWait,
                        c.failoverTimeout,
                        c.transferTimeout),
                new Raft(
                        r.rpc,
                        raftPort,
                        peerPort,
                        r.electionTimeoutMin,
                        r.electionTimeoutMax,
                        r.requestTimeout,
                        r.entryBytesMax,
                        r.batchBytesMax,
                        r.batchCommandsMax,
                        r.entriesInFlight,
                        r.gatherMax,
                        r.queueBytesMax,
                        r.queueCommandsMax,
                        r.snapshotEntries,
                        r.snapshotBytes,
                        r.logSegmentSize,
                        r.logPreserveEntries,
                        r.logPreserveBytes,
                        r.leaderLease,
                        r.barrierTimeout,
                        r.properties),
                storage,
                limits,
                security,
                metrics,
                logging,
                redis,
                given);
    }
}
