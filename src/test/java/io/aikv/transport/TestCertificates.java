package io.aikv.transport;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An authority made for one test, and certificates by it, as files in PEM. Nothing of it outlives the test's directory. */
public final class TestCertificates {
    private final Path directory;
    private final X509Bundle authority;
    private final Path authorityFile;

    private TestCertificates(Path directory, X509Bundle authority) throws Exception {
        this.directory = directory;
        this.authority = authority;
        this.authorityFile = Files.writeString(directory.resolve("ca.pem"), authority.getRootCertificatePEM());
    }

    /** A certificate and its key. */
    public record Pair(Path certificate, Path key, X509Bundle bundle) {}

    /** A new authority, with its file in a new directory below {@code parent}. */
    public static TestCertificates authority(Path parent) throws Exception {
        Path directory = Files.createTempDirectory(parent, "certificates");
        X509Bundle authority = new CertificateBuilder()
                .algorithm(Algorithm.ecp256)
                .subject("CN=authority of " + directory.getFileName())
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        return new TestCertificates(directory, authority);
    }

    public Path authorityFile() {
        return authorityFile;
    }

    /** A certificate for this machine, good for a year, with its files named {@code name}. */
    public Pair issue(String name) throws Exception {
        return issue(name, Algorithm.ecp256, Instant.now().plus(365, ChronoUnit.DAYS));
    }

    /** Writes over the files of that name, so that they may be used in their place. */
    public Pair issue(String name, Algorithm algorithm, Instant end) throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .algorithm(algorithm)
                .subject("CN=" + name)
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .notBefore(Instant.now().minus(100, ChronoUnit.DAYS))
                .notAfter(end)
                .buildIssuedBy(authority);
        Path key = Files.writeString(directory.resolve(name + ".key"), bundle.getPrivateKeyPEM());
        Path certificate = Files.writeString(directory.resolve(name + ".pem"), bundle.getCertificatePathPEM());
        return new Pair(certificate, key, bundle);
    }

    /** What a node needs to speak TLS with this certificate, as settings of its configuration. */
    public List<String> settings(Pair pair) {
        return new ArrayList<>(List.of(
                "security.tls-cert-file=" + pair.certificate(),
                "security.tls-key-file=" + pair.key(),
                "security.tls-ca-cert-file=" + authorityFile));
    }

    /** What a client connects with that trusts this authority and shows {@code pair}, or nothing. */
    public SslContext client(@Nullable Pair pair) throws Exception {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .endpointIdentificationAlgorithm(null)
                .trustManager(authorityFile.toFile());
        if (pair != null) {
            builder.keyManager(pair.certificate().toFile(), pair.key().toFile());
        }
        return builder.build();
    }

    public TlsOptions options(Pair pair, TlsOptions.ClientAuth auth) {
        return new TlsOptions(
                pair.certificate().toString(),
                pair.key().toString(),
                "",
                authorityFile.toString(),
                auth,
                List.of(),
                List.of(),
                true);
    }
}
