package io.aikv.command;

import java.util.Locale;

/**
 * Redis' command flags, as COMMAND INFO lists them. WRITE, READONLY and MOVABLEKEYS are derived from handler and key
 * specs, not given by hand.
 */
public enum Flag {
    WRITE,
    READONLY,
    DENYOOM,
    ADMIN,
    PUBSUB,
    NOSCRIPT,
    BLOCKING,
    LOADING,
    STALE,
    SKIP_MONITOR,
    SKIP_SLOWLOG,
    ASKING,
    FAST,
    NO_AUTH,
    MOVABLEKEYS,
    MAY_REPLICATE,
    NO_MULTI,
    ALLOW_BUSY,
    NO_ASYNC_LOADING,
    NO_MANDATORY_KEYS,
    TOUCHES_ARBITRARY_KEYS,
    /** Ours: a read that may be long; it runs on a reader thread, not on the event loop. Not shown to clients. */
    LONG_READ,
    /** Ours: not for clients; only peers or the node itself may issue it. Not shown to clients. */
    INTERNAL;

    /** The name in COMMAND INFO: {@code no_auth}. */
    public String redisName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean shownToClients() {
        return this != LONG_READ && this != INTERNAL;
    }
}
