package io.aikv.server.config;

import io.aikv.transport.PeerSecret;
import io.aikv.transport.TlsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Makes options of what the section {@code [security]}, and later CONFIG SET, say about TLS and the peers' secret. */
public final class SecurityFiles {
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.2", "TLSv1.3");

    private SecurityFiles() {}

    /**
     * TLS as the settings have it now.
     *
     * @param peers whether nodes speak it to each other
     * @throws IllegalArgumentException for a protocol that is not spoken
     */
    public static TlsOptions tls(Settings settings, boolean peers) {
        return new TlsOptions(
                settings.text("tls-cert-file"),
                settings.text("tls-key-file"),
                settings.text("tls-key-file-pass"),
                settings.text("tls-ca-cert-file"),
                TlsOptions.ClientAuth.valueOf(settings.text("tls-auth-clients").toUpperCase(Locale.ROOT)),
                protocols(settings.text("tls-protocols")),
                words(settings.text("tls-ciphers"), "[:, ]+"),
                peers);
    }

    private static List<String> protocols(String text) {
        List<String> protocols = words(text, "[, ]+");
        for (String protocol : protocols) {
            if (!PROTOCOLS.contains(protocol)) {
                throw new IllegalArgumentException("\"" + protocol
                        + "\" is not spoken here; use \"TLSv1.2\", \"TLSv1.3\" or both, separated by a space");
            }
        }
        return protocols;
    }

    private static List<String> words(String text, String separators) {
        return Stream.of(text.split(separators)).filter(word -> !word.isEmpty()).toList();
    }

    /**
     * The secret of the nodes.
     *
     * @throws IOException if the file cannot be read, or holds no secret, or one that is too short
     */
    public static PeerSecret secret(Config.Security security) throws IOException {
        List<String> secrets = List.of();
        if (!security.peerSecretFile().isEmpty()) {
            secrets = Files.readAllLines(Path.of(security.peerSecretFile())).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
            if (secrets.isEmpty()) {
                throw new IOException(security.peerSecretFile() + " holds no secret");
            }
        } else if (!security.peerSecret().isEmpty()) {
            secrets = List.of(security.peerSecret());
        }
        try {
            return PeerSecret.of(secrets, security.peerSecretRequired());
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
