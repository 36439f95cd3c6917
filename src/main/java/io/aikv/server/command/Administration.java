package io.aikv.server.command;

import io.aikv.command.CommandTable;

/**
 * The families that administer a node: CONFIG, INFO, SLOWLOG, LATENCY, MEMORY, DEBUG, and Redis' commands for persistence,
 * replication and modules.
 */
public final class Administration {
    private Administration() {}

    /**
     * Registers every family.
     *
     * @return to be {@linkplain Rates#sample sampled} ten times a second, for INFO's instantaneous figures
     */
    public static Rates register(CommandTable table, NodeFacts node, KeyProbes probes) {
        ServerState state = new ServerState(node);
        ConfigCommands.register(table, node, state.rates());
        InfoCommand.register(table, node, state);
        SlowlogCommands.register(table, node);
        LatencyCommands.register(table, node);
        MemoryCommands.register(table, node, state, probes.memoryUsage());
        DebugCommands.register(table, node, state, probes);
        ServerCommands.register(table, node, state);
        ReplicationCommands.register(table, node);
        ModuleCommands.register(table, node);
        return state.rates();
    }
}
