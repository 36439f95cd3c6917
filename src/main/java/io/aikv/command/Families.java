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
        register(table, databases, false);
    }

    /**
     * As {@link #register(CommandTable, int)}.
     *
     * @param clusterEnabled whether clients see a cluster: then SORT takes patterns only within the slot of its key, SWAPDB
     *     is refused, and so are MOVE and COPY to another database if there is only one. For the same reason as {@code
     *     databases} it must be the same on every node.
     */
    public static void register(CommandTable table, int databases, boolean clusterEnabled) {
        StringCommands.register(table);
        ListCommands.register(table);
        SetCommands.register(table);
        StreamCommands.register(table);
        KeyCommands.register(table, databases, clusterEnabled);
        ExpireCommands.register(table);
        KeyspaceCommands.register(table, databases, clusterEnabled);
        DumpCommands.register(table);
        SortCommands.register(table, clusterEnabled);
        HashCommands.register(table);
        HashExpireCommands.register(table);
        SortedSetCommands.register(table);
        GeoCommands.register(table);
        BitmapCommands.register(table);
        HyperLogLogCommands.register(table);
        JsonReadCommands.register(table);
        JsonWriteCommands.register(table);
        JsonArrayCommands.register(table);
        TransactionRequest.register(table);
    }
}
