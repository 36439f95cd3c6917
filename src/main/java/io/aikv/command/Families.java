package io.aikv.command;

/** The families whose commands concern only the data: what every replica can apply, and nothing else. */
public final class Families {
    private Families() {}

    /** Registers every data family. Families of upper packages are added by the node itself. */
    public static void register(CommandTable table) {
        StringCommands.register(table);
    }
}
