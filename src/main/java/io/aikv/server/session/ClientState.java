package io.aikv.server.session;

import io.aikv.server.acl.Account;
import io.aikv.server.pubsub.Subscriptions;
import io.aikv.server.tracking.TrackingClient;
import org.jspecify.annotations.Nullable;

/**
 * What a client has set about itself, and counters about it. Changed on the session's event loop only; other threads may read
 * and see values that are a little old.
 */
public final class ClientState {
    /** CLIENT REPLY. */
    public enum ReplyMode {
        ON,
        OFF,
        /** The next command is not answered. */
        SKIP_NEXT
    }

    public int database;
    public int protocol = 2;
    public volatile String name = "";
    public volatile String libraryName = "";
    public volatile String libraryVersion = "";

    /** Who the client is; the default user's until it has logged in as another. */
    public volatile Account user;

    /** The connection changes users: if it removes its own, it is still told so before it is closed. */
    public volatile boolean changesUsers;

    /** By its own change of users it has lost a right that it makes use of: it is closed once that is answered. */
    public boolean closesAfterChange;

    public boolean authenticated;
    public boolean readonly;
    public boolean asking;
    public boolean noEvict;
    public boolean noTouch;
    public boolean monitor;

    /** Set once, when the connection is accepted. */
    public boolean tls;

    public ReplyMode replyMode = ReplyMode.ON;
    /** Null without any. */
    public volatile @Nullable Subscriptions subscriptions;
    /** Null while CLIENT TRACKING is off. */
    public volatile @Nullable TrackingClient tracking;

    public @Nullable CommandEntry lastCommand;
    public long lastInteractionMillis;
    public long netInBytes;
    public long netOutBytes;
    public long commands;

    ClientState(long nowMillis, Account user, boolean authenticated) {
        this.user = user;
        this.lastInteractionMillis = nowMillis;
        this.authenticated = authenticated;
    }

    /** Whether there is any subscription: the class {@code pubsub}. Any thread. */
    public boolean isSubscriber() {
        return subscriptions != null;
    }

    /** RESET: as a new connection, but for what was counted, the library's name, and who it is. */
    public void reset() {
        database = 0;
        protocol = 2;
        name = "";
        readonly = false;
        asking = false;
        noEvict = false;
        noTouch = false;
        monitor = false;
        replyMode = ReplyMode.ON;
    }
}
