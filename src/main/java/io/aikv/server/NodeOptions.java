package io.aikv.server;

import io.aikv.base.ConfigError;
import io.aikv.cluster.ClusterOptions;
import io.aikv.cluster.Endpoint;
import io.aikv.raft.RaftOptions;
import io.aikv.script.Budget;
import io.aikv.script.ScriptOptions;
import io.aikv.server.config.Config;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.topology.Layout;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecurity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Translates the configuration into the options of the layers below, which never read {@link Config}. */
final class NodeOptions {
    private static final int COMMAND_OVERHEAD_BYTES = 1 << 20;
    private static final int PORT_MAX = 65_535;

    private NodeOptions() {}

    static Path directory(Config config) {
        return Path.of(config.storage().dir()).toAbsolutePath().normalize();
    }

    static boolean inMemory(Config config) {
        return config.storage().engine() == Config.Engine.MEMORY;
    }

    static StoreOptions store(Config config) {
        return new StoreOptions(inMemory(config));
    }

    /** How scripts run: what they may use, and what they see of the cluster. */
    static ScriptOptions scripts(Config config) {
        Config.Limits limits = config.limits();
        return new ScriptOptions(
                new Budget(limits.scriptStepsMax(), limits.scriptMemoryMax()),
                config.databases(),
                config.cluster().enabled());
    }

    static StoreResources resources(Config config) {
        Config.Storage storage = config.storage();
        long cacheBytes = storage.blockCache() + storage.writeBuffer();
        return new StoreResources(new StoreResources.Sizes(
                cacheBytes,
                storage.writeBuffer(),
                storage.keyHeads(),
                storage.writeBuffersPerGroup(),
                storage.backgroundThreads(),
                storage.writeRateLimit()));
    }

    /** The configured layout; on a standalone server, one group that owns every slot and has its only replica here. */
    static Layout layout(Config config) {
        if (config.cluster().enabled()) {
            return Layout.read(Path.of(config.cluster().layout()));
        }
        String node = config.cluster().nodeId();
        return Layout.parse("""
                [[nodes]]
                name = "%s"
                host = "127.0.0.1"
                port = 6379

                [[groups]]
                name = "g1"
                slots = ["0-16383"]
                replicas = ["%s"]
                """.formatted(node, node), "standalone");
    }

    /** The address the node listens on for its peers: alone, nobody else has any business there. */
    static String peerHost(Config config) {
        String first = config.server().bind().get(0);
        return !config.cluster().enabled() ? "127.0.0.1" : first.equals("*") ? "0.0.0.0" : first;
    }

    /** Where the node says it is reached; ports that are not configured are taken from those that are free. */
    static Endpoint endpoint(Config config) throws IOException {
        Config.Cluster cluster = config.cluster();
        String host = cluster.announceHost().isEmpty() ? "127.0.0.1" : cluster.announceHost();
        int clientPort = cluster.announcePort() != 0
                ? cluster.announcePort()
                : config.server().port();
        int tlsPort = cluster.announceTlsPort() != 0
                ? cluster.announceTlsPort()
                : config.security().tlsPort();
        return new Endpoint(
                host,
                config.security().tlsOnly() ? 0 : clientPort,
                cluster.announceRaftPort() != 0 ? cluster.announceRaftPort() : orFree(config.raftPort()),
                cluster.announcePeerPort() != 0 ? cluster.announcePeerPort() : orFree(config.peerPort()),
                tlsPort);
    }

    /** The configuration with a free port if {@code server.port} leaves the choice: the cluster's map must name it. */
    static Config withPort(Config config) throws IOException {
        if (config.server().port() != 0) {
            return config;
        }
        Config.Server server = config.server();
        return new Config(
                new Config.Server(
                        server.bind(), orFree(0), server.ioThreads(), server.tcpBacklog(), server.shutdownTimeout()),
                config.cluster(),
                config.raft(),
                config.storage(),
                config.limits(),
                config.security(),
                config.metrics(),
                config.logging(),
                config.redis(),
                config.given());
    }

    /** A free port in place of 0, and of one derived from a port of the system's choice that is too high. */
    private static int orFree(int port) throws IOException {
        if (port > 0 && port <= PORT_MAX) {
            return port;
        }
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static ClusterOptions cluster(Config config, Layout layout, Endpoint endpoint, PeerSecurity security) {
        Config.Cluster cluster = config.cluster();
        ClusterOptions.Timing timing = ClusterOptions.Timing.defaults();
        return new ClusterOptions(
                cluster.nodeId(),
                directory(config),
                layout,
                endpoint,
                reach(cluster),
                peerHost(config),
                cluster.enabled(),
                cluster.requireFullCoverage(),
                cluster.balanceLeaders(),
                new ClusterOptions.Timing(
                        timing.ping(),
                        timing.suspectAfter(),
                        timing.failAfter(),
                        timing.stable(),
                        cluster.transferTimeout(),
                        cluster.failoverTimeout()),
                security);
    }

    /** {@code name=host:raft-port:peer-port} of each. */
    private static Map<String, Endpoint> reach(Config.Cluster cluster) {
        Map<String, Endpoint> reach = new HashMap<>();
        for (String item : cluster.reach()) {
            try {
                int name = item.indexOf('=');
                int peer = item.lastIndexOf(':');
                int raft = item.lastIndexOf(':', peer - 1);
                reach.put(
                        item.substring(0, name),
                        new Endpoint(
                                item.substring(name + 1, raft),
                                0,
                                Integer.parseInt(item.substring(raft + 1, peer)),
                                Integer.parseInt(item.substring(peer + 1))));
            } catch (RuntimeException e) {
                throw new ConfigError(
                        "cluster.reach: \"" + item + "\" is not of the form name=host:raft-port:peer-port");
            }
        }
        return reach;
    }

    /** @param port to listen on for Raft; @param gate which nodes to talk to */
    static RaftOptions raft(Config config, int port, PeerGate gate) {
        Config.Raft raft = config.raft();
        RaftOptions.Rpc rpc = raft.rpc() == Config.Rpc.GRPC ? RaftOptions.Rpc.GRPC : RaftOptions.Rpc.NETTY;
        long commandBytes = Math.min(
                config.limits().protoMaxBulkLen() + COMMAND_OVERHEAD_BYTES, Integer.MAX_VALUE - COMMAND_OVERHEAD_BYTES);
        return RaftOptions.defaults(config.cluster().nodeId(), directory(config), peerHost(config), port)
                .withRpc(rpc)
                .withGate(gate)
                .withInMemory(inMemory(config))
                .withLeaderLease(raft.leaderLease())
                .withTiming(new RaftOptions.Timing(
                        raft.electionTimeoutMin(),
                        raft.electionTimeoutMax(),
                        config.cluster().leaderWait(),
                        raft.barrierTimeout(),
                        raft.requestTimeout(),
                        raft.gatherMax()))
                .withLimits(new RaftOptions.Limits(
                        raft.entriesInFlight(),
                        raft.entryBytesMax(),
                        raft.batchBytesMax(),
                        raft.batchCommandsMax(),
                        raft.queueCommandsMax(),
                        raft.queueBytesMax(),
                        (int) commandBytes))
                .withLog(new RaftOptions.LogOptions(
                        raft.logSegmentSize(),
                        raft.snapshotEntries(),
                        raft.snapshotBytes(),
                        raft.logPreserveEntries(),
                        raft.logPreserveBytes()))
                .withProperties(raft.properties());
    }
}
