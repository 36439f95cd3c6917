package io.aikv.admin;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.File;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** How to speak TLS to nodes: the options of redis-cli. Like there, names of hosts are not compared with certificates. */
final class TlsArguments {
    @Option(names = "--tls", scope = ScopeType.INHERIT, description = "Connect by TLS, to the node's TLS port.")
    private boolean tls;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Whom to trust, PEM (default: Java's authorities).")
    private @Nullable File authorities;

    @Option(
            names = "--cert",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The certificate to show, PEM.")
    private @Nullable File certificate;

    @Option(names = "--key", paramLabel = "FILE", scope = ScopeType.INHERIT, description = "Its private key, PEM.")
    private @Nullable File key;

    @Option(names = "--insecure", scope = ScopeType.INHERIT, description = "Trust any certificate.")
    private boolean insecure;

    /** What to connect with, or null for plain TCP. @throws AdminError with exit code 2 if a file is not fit */
    @Nullable
    SslContext context() {
        if (!tls) {
            return null;
        }
        if ((certificate == null) != (key == null)) {
            throw new AdminError(CommandLine.ExitCode.USAGE, "--cert and --key belong together");
        }
        SslContextBuilder builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm(null);
        try {
            if (insecure) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            } else if (authorities != null) {
                builder.trustManager(authorities);
            }
            if (certificate != null) {
                builder.keyManager(certificate, key);
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new AdminError(CommandLine.ExitCode.USAGE, e.getMessage() + ": " + cause.getMessage());
        }
    }
}
