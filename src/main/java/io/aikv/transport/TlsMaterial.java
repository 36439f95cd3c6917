package io.aikv.transport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What the files held when they were read.
 *
 * @param chain this node's certificate first
 * @param authorities empty where no file is configured
 */
record TlsMaterial(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> authorities) {
    private static final String CERT = "tls-cert-file";
    private static final String KEY = "tls-key-file";
    private static final String CA = "tls-ca-cert-file";

    /** The bytes of the files, so that what is checked is what is used. */
    record Contents(byte[] cert, byte[] key, byte[] ca) {
        /** @throws TlsProblem naming the file that cannot be read */
        static Contents read(TlsOptions options) throws TlsProblem {
            return new Contents(
                    bytes(CERT, options.certFile()),
                    bytes(KEY, options.keyFile()),
                    options.caFile().isEmpty() ? new byte[0] : bytes(CA, options.caFile()));
        }

        /** Differs when any of the files does. */
        byte[] digest() {
            try {
                MessageDigest sha = MessageDigest.getInstance("SHA-256");
                for (byte[] file : List.of(cert, key, ca)) {
                    sha.update(Integer.toString(file.length).getBytes(StandardCharsets.US_ASCII));
                    sha.update((byte) ' ');
                    sha.update(file);
                }
                return sha.digest();
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError("every JDK has SHA-256", e);
            }
        }

        private static byte[] bytes(String parameter, String file) throws TlsProblem {
            if (file.isEmpty()) {
                throw new TlsProblem(parameter, "is empty; name a file in PEM");
            }
            try {
                return Files.readAllBytes(Path.of(file));
            } catch (NoSuchFileException e) {
                throw new TlsProblem(parameter, "there is no file " + file, e);
            } catch (IOException | RuntimeException e) {
                throw new TlsProblem(parameter, file + " cannot be read: " + e.getMessage(), e);
            }
        }
    }

    TlsMaterial {
        chain = List.copyOf(chain);
        authorities = List.copyOf(authorities);
    }

    /** @throws TlsProblem if something is not what it should be, or the key is that of another certificate */
    static TlsMaterial of(TlsOptions options, Contents files) throws TlsProblem {
        List<X509Certificate> chain = PemFiles.certificates(CERT, options.certFile(), files.cert());
        PrivateKey key = PemFiles.key(KEY, options.keyFile(), files.key(), options.keyPass());
        List<X509Certificate> authorities =
                options.caFile().isEmpty() ? List.of() : PemFiles.certificates(CA, options.caFile(), files.ca());
        requireMatch(options, key, chain.get(0));
        return new TlsMaterial(key, chain, authorities);
    }

    private static void requireMatch(TlsOptions options, PrivateKey key, X509Certificate certificate)
            throws TlsProblem {
        byte[] something = {1, 2, 3};
        boolean same;
        try {
            String algorithm = switch (key.getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> "EdDSA";
            };
            Signature sign = Signature.getInstance(algorithm);
            sign.initSign(key);
            sign.update(something);
            byte[] signature = sign.sign();
            sign.initVerify(certificate.getPublicKey());
            sign.update(something);
            same = sign.verify(signature);
        } catch (GeneralSecurityException e) {
            same = false; // A key of another kind.
        }
        if (!same) {
            throw new TlsProblem(
                    KEY, options.keyFile() + " is not the key of the first certificate in " + options.certFile());
        }
    }

    /** When the first of this node's certificates ends, Unix time in milliseconds. */
    long expiresMillis() {
        long first = Long.MAX_VALUE;
        for (X509Certificate certificate : chain) {
            first = Math.min(first, certificate.getNotAfter().getTime());
        }
        return first;
    }

    // ---- as the JDK wants it ----

    X509ExtendedKeyManager keyManager() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] none = new char[0];
        store.setKeyEntry("node", key, none, chain.toArray(new X509Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, none);
        for (KeyManager manager : factory.getKeyManagers()) {
            if (manager instanceof X509ExtendedKeyManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("no key manager for X.509");
    }

    X509ExtendedTrustManager trustManager() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("ca" + i, authorities.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("no trust manager for X.509");
    }
}
