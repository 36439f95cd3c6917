package io.aikv.server.acl;

import io.aikv.base.Bytes;
import io.aikv.command.Permissions;

/**
 * What the connections of a user share: the user as it is now. Connections keep the account; when the user is changed they all
 * follow, and when it is removed they may do nothing any more. Any thread.
 */
public final class Account {
    private final Bytes name;
    private volatile User user;
    private volatile boolean restricted;
    private volatile boolean removed;

    Account(User user) {
        this.name = user.name();
        this.user = user;
        this.restricted = !user.permissions().isUnrestricted();
    }

    public Bytes name() {
        return name;
    }

    /** The user as it is now; of a removed one, as it last was. */
    public User user() {
        return user;
    }

    /** Whether requests must be checked: false for a user that may do everything. One field is read. */
    public boolean isRestricted() {
        return restricted;
    }

    /** What the user may do now. */
    public Permissions permissions() {
        return removed ? Permissions.NONE : user.permissions();
    }

    /** Whether there is no such user any more. */
    public boolean isRemoved() {
        return removed;
    }

    void follow(User now) {
        user = now;
        restricted = !now.permissions().isUnrestricted();
    }

    void remove() {
        removed = true;
        restricted = true;
    }

    /** The name, as CLIENT LIST shows it. */
    @Override
    public String toString() {
        return name.toString();
    }
}
