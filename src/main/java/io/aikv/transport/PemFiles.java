package io.aikv.transport;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Reads certificates and private keys in PEM (RFC 7468), with the JDK's means alone. Stateless. */
final class PemFiles {
    private static final Pattern KEY = Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END");
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");
    private static final String ENCRYPTED = "ENCRYPTED ";
    private static final String PBES2 = "PBES2";
    private static final String PBES2_OID = "1.2.840.113549.1.5.13";

    private PemFiles() {}

    /**
     * Every certificate of a file.
     *
     * @param parameter the one that names the file, for the problem
     * @throws TlsProblem if there is none, or something else
     */
    static List<X509Certificate> certificates(String parameter, String file, byte[] bytes) throws TlsProblem {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(bytes))) {
                certificates.add((X509Certificate) certificate);
            }
        } catch (CertificateException e) {
            throw new TlsProblem(parameter, file + " is not a file of certificates in PEM: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw new TlsProblem(parameter, file + " holds no certificate");
        }
        return certificates;
    }

    /** The private key of a file. @throws TlsProblem if there is none that can be read */
    static PrivateKey key(String parameter, String file, byte[] bytes, String password) throws TlsProblem {
        Matcher pem = KEY.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new TlsProblem(parameter, file + " holds no private key in PEM");
        }
        String kind = pem.group(1);
        if (!kind.isEmpty() && !kind.equals(ENCRYPTED)) {
            throw new TlsProblem(
                    parameter,
                    file + " holds a key as \"" + kind + "PRIVATE KEY\", which is not read here; make it PKCS#8 with:"
                            + " openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            return key(kind.equals(ENCRYPTED) ? decrypt(der, password) : new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException | java.io.IOException | IllegalArgumentException e) {
            String hint = kind.equals(ENCRYPTED) ? " (is tls-key-file-pass right?)" : "";
            throw new TlsProblem(
                    parameter, file + ": the private key cannot be read" + hint + ": " + e.getMessage(), e);
        }
    }

    private static PrivateKey key(PKCS8EncodedKeySpec spec) throws GeneralSecurityException {
        @Nullable InvalidKeySpecException last = null;
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                last = e;
            }
        }
        throw new GeneralSecurityException("it is none of " + KEY_ALGORITHMS, last);
    }

    private static PKCS8EncodedKeySpec decrypt(byte[] der, String password)
            throws GeneralSecurityException, java.io.IOException {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        AlgorithmParameters parameters = info.getAlgParameters();
        String algorithm = info.getAlgName();
        if (parameters != null && (algorithm.equals(PBES2) || algorithm.equals(PBES2_OID))) {
            algorithm = parameters.toString(); // PBEWithHmacSHA256AndAES_256 and its like
        }
        SecretKey key = SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(password.toCharArray()));
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(Cipher.DECRYPT_MODE, key, parameters);
        return info.getKeySpec(cipher);
    }
}
