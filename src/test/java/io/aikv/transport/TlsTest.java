package io.aikv.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.transport.TlsOptions.ClientAuth;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OutputEncryptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of certificates and keys: what is read, what is said about what cannot be, what a change of them does. */
final class TlsTest {
    private static final Instant NEXT_YEAR =
            Instant.now().plus(365, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);

    @TempDir
    private Path directory;

    private TestCertificates authority;

    @BeforeEach
    void makeAnAuthority() throws Exception {
        authority = TestCertificates.authority(directory);
    }

    private static TlsProblem problem(TlsOptions options) {
        return assertThrows(TlsProblem.class, () -> Tls.load(options));
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
    void keysOfTheUsualKindsAreRead(Algorithm algorithm) throws Exception {
        TestCertificates.Pair node = authority.issue("node", algorithm, NEXT_YEAR);

        Tls tls = Tls.load(authority.options(node, ClientAuth.YES));

        assertEquals(NEXT_YEAR.toEpochMilli(), tls.expiresMillis());
    }

    @Test
    void anEncryptedKeyNeedsItsPassword() throws Exception {
        TestCertificates.Pair node = authority.issue("node");
        encrypt(node, "secret");
        TlsOptions without = authority.options(node, ClientAuth.YES);

        Tls.load(withPassword(without, "secret"));
        TlsProblem problem = problem(withPassword(without, "other"));

        assertEquals("tls-key-file", problem.parameter());
        assertTrue(problem.getMessage()
                .contains(node.key() + ": the private key cannot be read (is tls-key-file-pass right?)"));
    }

    private static TlsOptions withPassword(TlsOptions o, String password) {
        return new TlsOptions(
                o.certFile(), o.keyFile(), password, o.caFile(), o.clientAuth(), o.protocols(), o.ciphers(), o.peers());
    }

    /** As openssl pkcs8 -topk8 does. */
    private static void encrypt(TestCertificates.Pair node, String password) throws Exception {
        OutputEncryptor encryptor = new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                .setProvider(new BouncyCastleProvider())
                .setPRF(PKCS8Generator.PRF_HMACSHA256)
                .setPassword(password.toCharArray())
                .build();
        try (JcaPEMWriter pem = new JcaPEMWriter(Files.newBufferedWriter(node.key()))) {
            pem.writeObject(new JcaPKCS8Generator(node.bundle().getKeyPair().getPrivate(), encryptor));
        }
    }

    @Test
    void whatIsWrongIsSaidWithTheNameOfTheFile() throws Exception {
        TestCertificates.Pair node = authority.issue("node");
        TestCertificates.Pair other = authority.issue("other");
        TlsOptions good = authority.options(node, ClientAuth.YES);
        Path broken = Files.writeString(directory.resolve("broken.pem"), "no certificate at all");
        Path old = Files.writeString(
                directory.resolve("old.key"), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        Path missing = directory.resolve("missing.pem");

        TlsProblem noFile = problem(with(good, missing, Path.of(good.keyFile()), good.caFile()));
        assertEquals("tls-cert-file: there is no file " + missing, noFile.parameter() + ": " + noFile.getMessage());
        TlsProblem noCertificate = problem(with(good, broken, Path.of(good.keyFile()), good.caFile()));
        assertEquals("tls-cert-file", noCertificate.parameter());
        assertTrue(noCertificate.getMessage().contains(broken.toString()), noCertificate.getMessage());
        TlsProblem otherKey = problem(with(good, node.certificate(), other.key(), good.caFile()));
        assertEquals(
                other.key() + " is not the key of the first certificate in " + node.certificate(),
                otherKey.getMessage());
        TlsProblem oldKey = problem(with(good, node.certificate(), old, good.caFile()));
        assertTrue(oldKey.getMessage().contains("openssl pkcs8 -topk8"), oldKey.getMessage());
        TlsProblem noAuthority = problem(with(good, node.certificate(), node.key(), ""));
        assertEquals("tls-ca-cert-file", noAuthority.parameter());
        TlsProblem noCipher = problem(new TlsOptions(
                good.certFile(),
                good.keyFile(),
                "",
                good.caFile(),
                ClientAuth.YES,
                List.of(),
                List.of("TLS_NO_SUCH_CIPHER"),
                true));
        assertEquals("tls-ciphers", noCipher.parameter());
    }

    private static TlsOptions with(TlsOptions o, Path certificate, Path key, String ca) {
        return new TlsOptions(
                certificate.toString(), key.toString(), "", ca, o.clientAuth(), o.protocols(), o.ciphers(), o.peers());
    }

    @Test
    void changedFilesAreTakenAndBrokenOnesAreNot() throws Exception {
        TestCertificates.Pair node = authority.issue("node", Algorithm.ecp256, NEXT_YEAR);
        Tls tls = Tls.load(authority.options(node, ClientAuth.YES));
        assertFalse(tls.reloadIfChanged());

        Files.writeString(node.certificate(), "half a certifi");
        assertFalse(tls.reloadIfChanged());
        assertFalse(tls.reloadIfChanged());
        assertEquals(NEXT_YEAR.toEpochMilli(), tls.expiresMillis());
        Files.delete(node.certificate());
        assertFalse(tls.reloadIfChanged());
        Instant later = NEXT_YEAR.plus(100, ChronoUnit.DAYS);
        authority.issue("node", Algorithm.rsa2048, later);

        assertTrue(tls.reloadIfChanged());
        assertEquals(later.toEpochMilli(), tls.expiresMillis());
        assertFalse(tls.reloadIfChanged());
    }
}
