package io.aikv.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.ConfigError;
import io.aikv.transport.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may not stand in {@code [security]}: said with file, line, key and what to do. */
final class SecurityConfigTest {
    @TempDir
    private Path directory;

    private static String error(String... lines) {
        String text = "[security]\n" + String.join("\n", lines) + "\n";
        return assertThrows(ConfigError.class, () -> Config.parse(text, "aikv.toml", List.of()))
                .getMessage();
    }

    @Test
    void tlsNeedsItsFiles() throws Exception {
        TestCertificates authority = TestCertificates.authority(directory);
        TestCertificates.Pair node = authority.issue("node");
        String certificate = "tls-cert-file = \"" + node.certificate() + "\"";
        String key = "tls-key-file = \"" + node.key() + "\"";

        assertEquals(
                "aikv.toml: security.tls-cert-file: is empty; name a file in PEM",
                error("tls-port = 6380").replaceFirst("aikv.toml:[0-9]+", "aikv.toml"));
        assertEquals(
                "aikv.toml:3: security.tls-cert-file: there is no file /no/such.pem",
                error("tls-port = 6380", "tls-cert-file = \"/no/such.pem\""));
        assertEquals(
                "aikv.toml:4: security.tls-key-file: " + node.certificate() + " holds no private key in PEM",
                error("tls-port = 6380", certificate, "tls-key-file = \"" + node.certificate() + "\""));
        assertTrue(error("tls-port = 6380", certificate, key).contains("security.tls-ca-cert-file: is empty"));
        assertTrue(error("tls-port = 6380", certificate, key, "tls-protocols = \"SSLv3\"")
                .startsWith("aikv.toml:5: security.tls-protocols: \"SSLv3\" is not spoken here"));
        assertTrue(error("tls-cluster = true", certificate, key, "tls-auth-clients = \"no\"")
                .contains("security.tls-ca-cert-file: is empty, so no other node could be trusted"));
        assertTrue(error("tls-only = true").contains("security.tls-only: true leaves clients no port"));
        Config good = Config.parse(
                "[security]\ntls-port = 6380\ntls-auth-clients = \"no\"\n" + certificate + "\n" + key + "\n",
                "aikv.toml",
                List.of());
        assertTrue(good.security().usesTls());
        assertEquals("6380", Settings.from(good).text("tls-port"));
        assertEquals(node.key().toString(), Settings.from(good).text("tls-key-file"));
        assertFalse(Config.defaults().security().usesTls());
    }

    @Test
    void aSecretIsLongAndStandsInOnePlaceAndGrpcHasNone() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty"), "\n \n");
        Path file = Files.writeString(directory.resolve("secret"), "a secret of enough bytes\nand another one, too\n");

        assertEquals(
                "aikv.toml:2: security.peer-secret: a secret of less than 16 bytes", error("peer-secret = \"short\""));
        assertEquals(
                "aikv.toml:2: security.peer-secret-file: " + empty + " holds no secret",
                error("peer-secret-file = \"" + empty + "\""));
        assertEquals(
                "aikv.toml:2: security.peer-secret-file: there is no file /no/such",
                error("peer-secret-file = \"/no/such\""));
        assertTrue(error("peer-secret = \"a secret of enough bytes\"", "peer-secret-file = \"" + file + "\"")
                .contains("security.peer-secret-file: is set beside security.peer-secret"));
        assertTrue(error("peer-secret = \"a secret of enough bytes\"", "[raft]", "rpc = \"grpc\"")
                .contains("security.peer-secret: cannot be asked for by raft.rpc = \"grpc\""));
        Config good = Config.parse("[security]\npeer-secret-file = \"" + file + "\"\n", "aikv.toml", List.of());
        assertEquals("2 required", SecurityFiles.secret(good.security()).toString());
        Config secret =
                Config.parse("[security]\npeer-secret = \"a secret of enough bytes\"\n", "aikv.toml", List.of());
        assertFalse(secret.toString().contains("enough bytes"));
    }
}
