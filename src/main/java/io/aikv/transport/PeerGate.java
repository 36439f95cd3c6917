package io.aikv.transport;

/** What a transport between nodes needs to know to let in those of its own cluster and nobody else. */
public record PeerGate(LinkIdentity identity, PeerSecurity security) {
    /** Everybody is let in: for tests of what lies below a cluster. */
    public static PeerGate open(String node) {
        return new PeerGate(LinkIdentity.of(node), PeerSecurity.NONE);
    }

    public PeerSecret secret() {
        return security.secret();
    }
}
