package io.aikv.transport;

import io.aikv.base.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that the nodes of a cluster share, and the proofs that a node knows it: HMAC-SHA256 over what both sides have
 * said, a fresh nonce of each among it, so that a proof is worth nothing on another connection. The secret itself never
 * travels. Immutable.
 *
 * <p>It may be several: the first one proves, each is accepted, so that a new one can be brought in node by node.
 */
public final class PeerSecret {
    /** No secret: proofs are made, but anybody can make them. */
    public static final PeerSecret NONE = new PeerSecret(List.of(), false);

    /** Bytes of a nonce, and of a proof. */
    public static final int BYTES = 32;

    /** The least length of a secret, in bytes. */
    public static final int LENGTH_MIN = 16;

    private static final String MAC = "HmacSHA256";
    private static final byte[] OPEN = key("");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<byte[]> keys;
    private final boolean required;

    private PeerSecret(List<byte[]> keys, boolean required) {
        this.keys = keys;
        this.required = required;
    }

    /**
     * A secret of one or more words.
     *
     * @param secrets each of at least {@link #LENGTH_MIN} bytes, the one that proves first; none: {@link #NONE}
     * @param required whether nodes without a secret are refused; false only while a secret is introduced node by node
     */
    public static PeerSecret of(List<String> secrets, boolean required) {
        List<byte[]> keys = new ArrayList<>();
        for (String secret : secrets) {
            Check.argument(
                    secret.getBytes(StandardCharsets.UTF_8).length >= LENGTH_MIN,
                    "a secret of less than %s bytes",
                    LENGTH_MIN);
            keys.add(key(secret));
        }
        return keys.isEmpty() ? NONE : new PeerSecret(List.copyOf(keys), required);
    }

    private static byte[] key(String secret) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return sha.digest(("aikv peer " + secret).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** Whether there is one. */
    public boolean isSet() {
        return !keys.isEmpty();
    }

    /** Whether a node that has one, or has none, may be spoken to, as far as this node is concerned. */
    public boolean fits(boolean otherHasOne) {
        return !isSet() || otherHasOne || !required;
    }

    public static byte[] nonce() {
        byte[] nonce = new byte[BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    // ---- proofs ----

    /** The keys that count between this node and another: those of the secret, or the open one if the other has none. */
    private List<byte[]> keys(boolean otherHasOne) {
        return isSet() && otherHasOne ? keys : List.of(OPEN);
    }

    /**
     * A proof by the side that connects, or by the other one with the key that has convinced it.
     *
     * @param role who proves in which protocol: a proof is good for this role only
     * @param key which of the keys; 0 for the side that connects
     * @param said everything both sides have said so far, in order
     */
    public byte[] prove(String role, boolean otherHasOne, int key, List<byte[]> said) {
        return mac(keys(otherHasOne).get(key), role, said);
    }

    /** Which of the keys has made this proof, or -1 if none has. Takes the same time whatever is wrong with it. */
    public int verify(String role, boolean otherHasOne, byte[] proof, List<byte[]> said) {
        int found = -1;
        List<byte[]> all = keys(otherHasOne);
        for (int i = 0; i < all.size(); i++) {
            if (MessageDigest.isEqual(mac(all.get(i), role, said), proof)) {
                found = i;
            }
        }
        return found;
    }

    private static byte[] mac(byte[] key, String role, List<byte[]> said) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            add(mac, role.getBytes(StandardCharsets.UTF_8));
            said.forEach(part -> add(mac, part));
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has " + MAC, e);
        }
    }

    /** With its length, so that two lists of parts never give the same bytes. */
    private static void add(Mac mac, byte[] part) {
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
        mac.update(part);
    }

    /** Nothing of the secret. */
    @Override
    public String toString() {
        return isSet() ? keys.size() + (required ? " required" : " optional") : "none";
    }
}
