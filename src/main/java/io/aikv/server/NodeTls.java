package io.aikv.server;

import io.aikv.server.config.Config;
import io.aikv.server.config.SecurityFiles;
import io.aikv.server.config.Settings;
import io.aikv.transport.Tls;
import io.aikv.transport.TlsProblem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the node's TLS as the configuration and the files say: CONFIG SET reloads at once, changed files are found by
 * looking, a certificate that ends soon is complained about daily. The background thread's and CONFIG SET's.
 */
final class NodeTls {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTls.class);
    private static final Duration WARN_BEFORE = Duration.ofDays(30);
    private static final Duration WARN_EVERY = Duration.ofDays(1);

    /** What Redis answers; what exactly is wrong stands in the log there too. */
    private static final String REFUSED = "Unable to update TLS configuration. Check server logs.";

    private static final List<String> PARAMETERS = List.of(
            "tls-cert-file",
            "tls-key-file",
            "tls-key-file-pass",
            "tls-ca-cert-file",
            "tls-auth-clients",
            "tls-protocols",
            "tls-ciphers");

    private final Tls tls;
    private final Settings settings;
    private final boolean peers;

    private NodeTls(Tls tls, Settings settings, boolean peers) {
        this.tls = tls;
        this.settings = settings;
        this.peers = peers;
    }

    /**
     * Reads what the configuration names and follows it from now on.
     *
     * @return null if nobody is spoken to by TLS
     * @throws TlsProblem if it is not fit
     */
    static @Nullable Tls open(Config config, Settings settings, ScheduledExecutorService background) throws TlsProblem {
        Config.Security security = config.security();
        if (!security.usesTls()) {
            return null;
        }
        Tls tls = Tls.load(SecurityFiles.tls(settings, security.tlsCluster()));
        NodeTls node = new NodeTls(tls, settings, security.tlsCluster());
        PARAMETERS.forEach(name -> settings.onChange(name, node::changed));
        background.scheduleWithFixedDelay(node::warn, 0, WARN_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        long periodMillis = security.tlsReload().toMillis();
        if (periodMillis > 0) {
            background.scheduleWithFixedDelay(node::look, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
        }
        return tls;
    }

    private @Nullable String changed(String name, String value) {
        try {
            tls.reload(SecurityFiles.tls(settings, peers));
            warn();
            return null;
        } catch (TlsProblem | IllegalArgumentException e) {
            LOG.error("CONFIG SET {} \"{}\": {}", name, name.endsWith("-pass") ? "..." : value, e.getMessage());
            return REFUSED;
        }
    }

    private void look() {
        if (tls.reloadIfChanged()) {
            warn();
        }
    }

    private void warn() {
        long leftMillis = tls.expiresMillis() - System.currentTimeMillis();
        if (leftMillis < WARN_BEFORE.toMillis()) {
            LOG.warn(
                    "the certificate in {} {} {}",
                    tls.options().certFile(),
                    leftMillis < 0 ? "has ended on" : "ends on",
                    Instant.ofEpochMilli(tls.expiresMillis()));
        }
    }
}
