package io.aikv.transport;

import org.jspecify.annotations.Nullable;

/**
 * How nodes protect what they say to each other.
 *
 * @param secret what they must know
 * @param tls what they speak, or null for plain TCP
 */
public record PeerSecurity(PeerSecret secret, @Nullable Tls tls) {
    /** Neither. */
    public static final PeerSecurity NONE = new PeerSecurity(PeerSecret.NONE, null);
}
