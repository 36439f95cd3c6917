package io.aikv.server.session;

/** What the server says it is to those who ask for a version of Redis. */
public final class Compatibility {
    /** Clients and tools decide by it which commands and reply shapes to expect. */
    public static final String REDIS_VERSION = "7.2.5";

    private Compatibility() {}
}
