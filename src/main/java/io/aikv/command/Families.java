package io.aikv.command;

/** The families whose commands concern only the data: what every replica can apply, and nothing else. */
public final class Families {
    private Families() {}

    /**
     * Registers every data family. Families of upper packages are added by the node itself.
     *
     * @param databases how many logical databases there are, 1 to 256. Commands that name one (MOVE, COPY, SWAPDB) answer
     *     by it inside the log, so it must be the same on every node of a cluster and may only change with the cluster
     *     stopped.
     */
    public static void register(CommandTable table, int databases) {
        StringCommands.register(table);
        ListCommands.register(table);
        SetCommands.register(table);
        StreamCommands.register(table);
        KeyCommands.register(table, databases);
        ExpireCommands.register(table);
        KeyspaceCommands.register(table, databases);
        HashCommands.register(table);
        HashExpireCommands.register(table);
        SortedSetCommands.register(table);
        GeoCommands.register(table);
        JsonReadCommands.register(table);
        JsonWriteCommands.register(table);
        JsonArrayCommands.register(table);
    }
}
