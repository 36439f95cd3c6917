package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import io.aikv.transport.Introduction;
import io.aikv.transport.PeerGate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a peer link begins: the messages of {@link Introduction} as requests and replies.
 *
 * <pre>
 * PEER.HELLO version nonce has-secret cluster-id|- meta-uuid node expected-node host client-port raft-port peer-port tls-port
 * *2 nonce has-secret
 * PEER.PROOF hmac
 * *4 cluster-id|- meta-uuid node hmac
 * </pre>
 *
 * One connection's, on its event loop.
 */
final class PeerGreeting {
    static final int VERSION = 2;

    private static final String PROTOCOL = "peer";
    private static final String HELLO = "PEER.HELLO";
    private static final String PROOF = "PEER.PROOF";

    private final Introduction introduction;
    private @Nullable Endpoint endpoint;

    private PeerGreeting(Introduction introduction) {
        this.introduction = introduction;
    }

    /** What a node that connected has said and proved. */
    record Hello(String node, Endpoint endpoint) {}

    static PeerGreeting connecting(PeerGate gate, String expectedNode) {
        return new PeerGreeting(Introduction.connecting(gate, PROTOCOL, expectedNode));
    }

    static PeerGreeting accepting(PeerGate gate) {
        return new PeerGreeting(Introduction.accepting(gate, PROTOCOL));
    }

    // ---- the side that connects ----

    byte[][] hello(PeerIdentity identity) {
        List<byte[]> request = new ArrayList<>(List.of(PeerIdentity.args(HELLO, VERSION)));
        request.addAll(introduction.hello(identity.address()));
        return request.toArray(new byte[0][]);
    }

    /** The request that answers a challenge. @throws CommandError that says why these two do not talk */
    byte[][] proof(Reply challenge) {
        List<byte[]> request = new ArrayList<>(List.of(PeerIdentity.args(PROOF)));
        request.addAll(introduction.proof(parts(challenge)));
        return request.toArray(new byte[0][]);
    }

    /** Looks at the answer to the proof. @throws CommandError that says why this is not the expected node */
    void welcomed(Reply welcome) {
        introduction.welcomed(parts(welcome));
    }

    private static List<byte[]> parts(Reply reply) {
        if (reply instanceof Reply.Error refusal) {
            throw new CommandError(refusal.line());
        }
        List<byte[]> parts = new ArrayList<>();
        if (reply instanceof Reply.Array array) {
            for (Reply item : array.items()) {
                parts.add(item instanceof Reply.Bulk bulk ? bulk.value() : new byte[0]);
            }
        }
        if (parts.isEmpty()) {
            throw new CommandError("NOHELLO that is not a peer port");
        }
        return parts;
    }

    // ---- the side that is connected to ----

    /**
     * Answers a request of a peer that is not known yet. Once {@link #known} is not null, it is.
     *
     * @throws CommandError that says why it may not talk to this node
     */
    Reply answer(byte[][] request) {
        boolean hello = Bytes.equalsIgnoreCase(request[0], HELLO);
        if (!hello && !Bytes.equalsIgnoreCase(request[0], PROOF)) {
            throw new CommandError("NOHELLO a peer link begins with PEER.HELLO");
        }
        List<byte[]> parts = Arrays.asList(request).subList(1, request.length);
        if (!hello) {
            List<byte[]> welcome = introduction.welcome(parts);
            endpoint = PeerIdentity.address(introduction.more());
            return reply(welcome);
        }
        String version = parts.isEmpty() ? "?" : Bytes.text(parts.get(0));
        if (!version.equals(Integer.toString(VERSION))) {
            throw new CommandError("VERSION the peer protocol " + version + " is not understood here");
        }
        return reply(introduction.challenge(parts.subList(1, parts.size())));
    }

    private static Reply reply(List<byte[]> parts) {
        return Reply.array(
                parts.stream().map(part -> (Reply) new Reply.Bulk(part)).toList());
    }

    /** Who connected, once that is proved; null before. */
    @Nullable
    Hello known() {
        Endpoint said = endpoint;
        return said == null ? null : new Hello(introduction.otherNode(), said);
    }
}
