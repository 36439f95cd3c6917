package io.aikv.command;

/**
 * Who issues a command, as far as a family outside {@code server} may know. The server's session implements it; families
 * that live with the server use the session itself.
 */
public interface Caller {
    /** The connection's id, as CLIENT ID answers it. */
    long id();

    /** The selected logical database. */
    int database();

    /** 2 or 3. */
    int protocol();

    /** Whether the connection is protected by TLS: such a client is told the ports at which others speak it too. */
    default boolean tls() {
        return false;
    }
}
