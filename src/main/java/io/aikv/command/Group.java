package io.aikv.command;

import java.util.Locale;

/** The group a command is documented under, as COMMAND DOCS names it. */
public enum Group {
    GENERIC,
    STRING,
    LIST,
    SET,
    SORTED_SET,
    HASH,
    PUBSUB,
    TRANSACTIONS,
    CONNECTION,
    SERVER,
    SCRIPTING,
    HYPERLOGLOG,
    CLUSTER,
    GEO,
    STREAM,
    BITMAP,
    MODULE;

    /** {@code sorted-set}. */
    public String redisName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
