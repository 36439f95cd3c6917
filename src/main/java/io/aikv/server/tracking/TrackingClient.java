package io.aikv.server.tracking;

import io.aikv.base.Bytes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** A session with CLIENT TRACKING on. Changed on the session's event loop, but for the redirection that breaks; read by any thread. */
public final class TrackingClient {
    private final Set<Bytes> prefixes = new ConcurrentSkipListSet<>();
    private volatile TrackingOptions options;
    private volatile boolean cachingGiven;
    private volatile boolean redirectionBroken;

    TrackingClient(TrackingOptions options) {
        this.options = options;
    }

    public TrackingOptions options() {
        return options;
    }

    void options(TrackingOptions changed) {
        options = changed;
        redirectionBroken = false;
    }

    /** In the order of their bytes. */
    public List<byte[]> prefixes() {
        return prefixes.stream().map(Bytes::array).toList();
    }

    /** Whether it is new. */
    boolean addPrefix(Bytes prefix) {
        return prefixes.add(prefix);
    }

    /** Whether CLIENT CACHING was said about the next command. */
    public boolean isCachingGiven() {
        return cachingGiven;
    }

    public void cachingGiven(boolean given) {
        cachingGiven = given;
    }

    /** Whether the client that was to get the messages is gone. */
    public boolean isRedirectionBroken() {
        return redirectionBroken;
    }

    void breakRedirection() {
        redirectionBroken = true;
    }

    /** Whether the keys of a read that runs now are to be remembered. */
    boolean remembersReads() {
        TrackingOptions now = options;
        return !now.broadcast() && !(now.optIn() && !cachingGiven) && !(now.optOut() && cachingGiven);
    }
}
