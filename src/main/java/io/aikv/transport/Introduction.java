package io.aikv.transport;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How two nodes get to know each other on a new connection, whatever carries the four messages:
 *
 * <pre>
 * hello      connecting   nonce has-secret cluster realm node expected-node more...
 * challenge  accepting    nonce has-secret
 * proof      connecting   HMAC
 * welcome    accepting    cluster realm node HMAC
 * </pre>
 *
 * The one that connects proves first, so that a stranger learns nothing; the other proves too, so that nobody can pose as a
 * node by listening at its address. Which cluster it is is looked at after the proof. One connection's, one thread's.
 */
public final class Introduction {
    private static final int PART_BYTES_MAX = 1024;
    private static final int HELLO_PARTS = 6;
    private static final byte[] YES = {'1'};
    private static final byte[] NO = {'0'};

    private final PeerGate gate;
    private final String protocol;
    private final @Nullable String expected;
    private final List<byte[]> said = new ArrayList<>();
    private final byte[] nonce = PeerSecret.nonce();

    private boolean otherHasSecret;
    private int messages;
    private @Nullable List<byte[]> hello;

    private Introduction(PeerGate gate, String protocol, @Nullable String expected) {
        this.gate = gate;
        this.protocol = protocol;
        this.expected = expected;
    }

    /**
     * The side that connects.
     *
     * @param protocol what is spoken afterwards: a proof for one protocol is none for another
     * @param expected the node that is to answer
     */
    public static Introduction connecting(PeerGate gate, String protocol, String expected) {
        return new Introduction(gate, protocol, expected);
    }

    /** The side that is connected to. */
    public static Introduction accepting(PeerGate gate, String protocol) {
        return new Introduction(gate, protocol, null);
    }

    private byte[] hasSecret() {
        return gate.secret().isSet() ? YES : NO;
    }

    private List<byte[]> self() {
        LinkIdentity identity = gate.identity();
        return List.of(Bytes.utf8(identity.clusterId()), Bytes.utf8(identity.realm()), Bytes.utf8(identity.node()));
    }

    private void expect(int message) {
        if (messages != message) {
            throw new CommandError("NOHELLO the messages of the greeting are not in their order");
        }
        messages++;
    }

    private static void requireParts(List<byte[]> parts, int count, boolean more) {
        boolean fits = more ? parts.size() >= count && parts.size() < 4 * count : parts.size() == count;
        if (!fits || parts.stream().anyMatch(part -> part.length > PART_BYTES_MAX)) {
            throw new CommandError("NOHELLO a message of the greeting is not what it should be");
        }
    }

    private static void requireNonce(byte[] part) {
        if (part.length != PeerSecret.BYTES) {
            throw new CommandError("NOHELLO a message of the greeting is not what it should be");
        }
    }

    private void requireFit(boolean has) {
        otherHasSecret = has;
        if (!gate.secret().fits(has)) {
            throw new CommandError("NOSECRET node " + gate.identity().node()
                    + " talks only to nodes that know the cluster's secret, security.peer-secret");
        }
    }

    private void requireProof(String role, byte[] proof, String node) {
        if (gate.secret().verify(protocol + role, otherHasSecret, proof, said) < 0) {
            throw new CommandError(wrongSecret(node));
        }
    }

    private static String wrongSecret(String node) {
        return "WRONGSECRET node " + node + " does not know the secret of this cluster, security.peer-secret";
    }

    private void requireMember(List<byte[]> who) {
        String refusal = gate.identity().refusal(text(who, 0), text(who, 1), text(who, 2));
        if (refusal != null) {
            throw new CommandError(refusal);
        }
    }

    private static String text(List<byte[]> parts, int index) {
        return Bytes.text(parts.get(index));
    }

    // ---- the side that connects ----

    /** The first message. @param more what the other side is to be told besides */
    public List<byte[]> hello(List<byte[]> more) {
        Check.state(expected != null, "not the side that connects");
        List<byte[]> message = new ArrayList<>(List.of(nonce, hasSecret()));
        message.addAll(self());
        message.add(Bytes.utf8(String.valueOf(expected)));
        message.addAll(more);
        said.addAll(message);
        return message;
    }

    /** The answer to a challenge. @throws CommandError that says why this node does not want to talk */
    public List<byte[]> proof(List<byte[]> challenge) {
        expect(0);
        requireParts(challenge, 2, false);
        requireNonce(challenge.get(0));
        requireFit(Arrays.equals(challenge.get(1), YES));
        said.addAll(challenge);
        return List.of(gate.secret().prove(protocol + " connecting", otherHasSecret, 0, said));
    }

    /** Looks at the last message. @throws CommandError that says why this is not the expected node */
    public void welcomed(List<byte[]> welcome) {
        expect(1);
        requireParts(welcome, 4, false);
        List<byte[]> who = welcome.subList(0, 3);
        said.addAll(who);
        requireProof(" accepting", welcome.get(3), String.valueOf(expected));
        requireMember(who);
        requireName(text(who, 2), String.valueOf(expected));
    }

    private static void requireName(String node, String wanted) {
        if (!node.equals(wanted)) {
            throw new CommandError("WRONGNODE node " + node + " answers where " + wanted + " was expected");
        }
    }

    // ---- the side that is connected to ----

    /** The answer to a hello. @throws CommandError that says why this node does not want to talk */
    public List<byte[]> challenge(List<byte[]> newHello) {
        expect(0);
        requireParts(newHello, HELLO_PARTS, true);
        requireNonce(newHello.get(0));
        requireFit(Arrays.equals(newHello.get(1), YES));
        hello = List.copyOf(newHello);
        said.addAll(newHello);
        List<byte[]> challenge = List.of(nonce, hasSecret());
        said.addAll(challenge);
        return challenge;
    }

    /** The answer to a proof: from now on the other node is known. @throws CommandError that says why it may not talk */
    public List<byte[]> welcome(List<byte[]> proof) {
        expect(1);
        requireParts(proof, 1, false);
        List<byte[]> other = greeting();
        int key = gate.secret().verify(protocol + " connecting", otherHasSecret, proof.get(0), said);
        if (key < 0) {
            throw new CommandError(wrongSecret(text(other, 4)));
        }
        requireMember(other.subList(2, 5));
        requireName(gate.identity().node(), text(other, 5));
        List<byte[]> welcome = new ArrayList<>(self());
        said.addAll(welcome);
        welcome.add(gate.secret().prove(protocol + " accepting", otherHasSecret, key, said));
        return welcome;
    }

    private List<byte[]> greeting() {
        List<byte[]> known = hello;
        if (known == null) {
            throw new IllegalStateException("no hello yet");
        }
        return known;
    }

    /** The name of the node that connected, as it says. */
    public String otherNode() {
        return text(greeting(), 4);
    }

    /** What it said besides. */
    public List<byte[]> more() {
        return greeting().subList(HELLO_PARTS, greeting().size());
    }
}
