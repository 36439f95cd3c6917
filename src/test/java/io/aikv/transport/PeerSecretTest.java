package io.aikv.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proofs: good for one role and one conversation, and for nobody without the secret. */
final class PeerSecretTest {
    private static final String OLD = "an old secret of the cluster";
    private static final String NEW = "a new secret of the cluster";
    private static final List<byte[]> SAID = List.of(new byte[] {1, 2}, new byte[] {3});

    @Test
    void aProofIsGoodForWhatWasSaidAndForItsRole() {
        PeerSecret secret = PeerSecret.of(List.of(OLD), true);
        byte[] proof = secret.prove("raft connecting", true, 0, SAID);

        assertEquals(PeerSecret.BYTES, proof.length);
        assertEquals(0, secret.verify("raft connecting", true, proof, SAID));
        assertEquals(-1, secret.verify("raft accepting", true, proof, SAID));
        assertEquals(-1, secret.verify("raft connecting", true, proof, List.of(new byte[] {1}, new byte[] {2, 3})));
        assertEquals(-1, secret.verify("raft connecting", true, new byte[0], SAID));
        assertEquals(-1, PeerSecret.of(List.of(NEW), true).verify("raft connecting", true, proof, SAID));
        assertEquals(-1, PeerSecret.NONE.verify("raft connecting", true, proof, SAID));
    }

    @Test
    void severalSecretsAreAcceptedAndTheFirstProves() {
        PeerSecret old = PeerSecret.of(List.of(OLD), true);
        PeerSecret turning = PeerSecret.of(List.of(NEW, OLD), true);
        byte[] byOld = old.prove("a", true, 0, SAID);
        byte[] byNew = turning.prove("a", true, 0, SAID);

        assertEquals(1, turning.verify("a", true, byOld, SAID));
        assertEquals(0, turning.verify("a", true, byNew, SAID));
        assertEquals(-1, old.verify("a", true, byNew, SAID));
        assertEquals(0, old.verify("a", true, turning.prove("a", true, 1, SAID), SAID));
    }

    @Test
    void whoHasASecretTalksToThoseWithoutOnlyIfToldSo() {
        PeerSecret required = PeerSecret.of(List.of(OLD), true);
        PeerSecret optional = PeerSecret.of(List.of(OLD), false);

        assertFalse(required.fits(false));
        assertTrue(required.fits(true));
        assertTrue(optional.fits(false));
        assertTrue(PeerSecret.NONE.fits(true));
        byte[] open = PeerSecret.NONE.prove("a", true, 0, SAID);
        assertEquals(0, optional.verify("a", false, open, SAID));
        assertEquals(-1, optional.verify("a", true, open, SAID));
    }

    @Test
    void noncesDifferAndShortSecretsAreRefused() {
        assertFalse(Arrays.equals(PeerSecret.nonce(), PeerSecret.nonce()));
        assertThrows(IllegalArgumentException.class, () -> PeerSecret.of(List.of("short"), true));
        assertNotEquals(true, PeerSecret.of(List.of(OLD), true).toString().contains("old"));
    }
}
