package io.aikv.transport;

import java.util.List;

/**
 * What TLS is to be made of; names and meanings are those of Redis.
 *
 * @param certFile PEM: the certificate of this node, then those between it and its authority
 * @param keyFile PEM: its private key in PKCS#8
 * @param keyPass the key's password; empty if it has none
 * @param caFile PEM: whom to trust, for certificates of clients and of other nodes; empty: nobody
 * @param clientAuth whether clients show a certificate
 * @param protocols {@code TLSv1.2}, {@code TLSv1.3}; empty: both
 * @param ciphers names as Java has them; empty: those that Java allows
 * @param peers whether other nodes are spoken to by TLS too: they always show a certificate
 */
public record TlsOptions(
        String certFile,
        String keyFile,
        String keyPass,
        String caFile,
        ClientAuth clientAuth,
        List<String> protocols,
        List<String> ciphers,
        boolean peers) {
    /** Whether a client shows a certificate. */
    public enum ClientAuth {
        /** It must, and it must be one that a trusted authority has signed. */
        YES,
        /** It is not asked. */
        NO,
        /** It may; a bad one is refused. */
        OPTIONAL
    }

    public TlsOptions {
        protocols = List.copyOf(protocols);
        ciphers = List.copyOf(ciphers);
    }

    /** The password is left out. */
    @Override
    public String toString() {
        return "cert=" + certFile + " key=" + keyFile + " ca=" + caFile + " auth-clients=" + clientAuth;
    }
}
