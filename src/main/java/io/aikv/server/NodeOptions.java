package io.aikv.server;

import io.aikv.raft.RaftOptions;
import io.aikv.server.config.Config;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import java.nio.file.Path;

/** Translates the configuration into the options of the layers below, which never read {@link Config}. */
final class NodeOptions {
    private static final int COMMAND_OVERHEAD_BYTES = 1 << 20;

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

    static StoreResources resources(Config config) {
        Config.Storage storage = config.storage();
        long cacheBytes = Math.max(storage.blockCache(), storage.writeBuffer() / 2) + storage.writeBuffer();
        return new StoreResources(cacheBytes, storage.writeBuffer(), storage.backgroundThreads());
    }

    /** @param host address to listen on */
    static RaftOptions raft(Config config, String host, int port) {
        Config.Raft raft = config.raft();
        RaftOptions.Rpc rpc = raft.rpc() == Config.Rpc.GRPC ? RaftOptions.Rpc.GRPC : RaftOptions.Rpc.NETTY;
        long commandBytes = Math.min(
                config.limits().protoMaxBulkLen() + COMMAND_OVERHEAD_BYTES, Integer.MAX_VALUE - COMMAND_OVERHEAD_BYTES);
        return RaftOptions.defaults(config.cluster().nodeId(), directory(config), host, port)
                .withRpc(rpc)
                .withInMemory(inMemory(config))
                .withTiming(new RaftOptions.Timing(
                        raft.electionTimeoutMin(),
                        raft.electionTimeoutMax(),
                        config.cluster().leaderWait(),
                        raft.barrierTimeout()))
                .withLimits(new RaftOptions.Limits(
                        raft.entriesInFlight(),
                        Math.min(raft.batchBytesMax(), raft.entryBytesMax()),
                        raft.batchCommandsMax(),
                        raft.queueCommandsMax(),
                        raft.queueBytesMax(),
                        (int) commandBytes))
                .withLog(new RaftOptions.LogOptions(
                        raft.logSegmentSize(), raft.snapshotEntries(), raft.logPreserveEntries()))
                .withProperties(raft.properties());
    }
}
