package io.aikv.cluster;

import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.aikv.transport.PeerGate;
import io.aikv.transport.PeerSecurity;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.TimeUnit;

/** Sends requests to a peer port. */
final class PeerTestClient {
    private PeerTestClient() {}

    /** One request, on a connection of its own. */
    static Reply ask(Endpoint endpoint, byte[]... request) throws Exception {
        return on(endpoint, client -> client.send(request).get(5, TimeUnit.SECONDS));
    }

    /** Goes through the greeting as a node does, and asks; a refusal is the answer. */
    static Reply greetAndAsk(
            Endpoint endpoint, PeerIdentity self, PeerSecurity security, String node, byte[]... request)
            throws Exception {
        return on(endpoint, client -> {
            PeerGreeting greeting = PeerGreeting.connecting(new PeerGate(self, security), node);
            try {
                Reply challenge = client.send(greeting.hello(self)).get(5, TimeUnit.SECONDS);
                Reply welcome = client.send(greeting.proof(challenge)).get(5, TimeUnit.SECONDS);
                greeting.welcomed(welcome);
            } catch (CommandError refusal) {
                return Reply.error(refusal);
            }
            return client.send(request).get(5, TimeUnit.SECONDS);
        });
    }

    private interface Use {
        Reply with(RespClient client) throws Exception;
    }

    private static Reply on(Endpoint endpoint, Use use) throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            RespClient client = RespClient.connect(
                            loops,
                            RespClient.Options.of(endpoint.host(), endpoint.peerPort())
                                    .withResp2())
                    .get(5, TimeUnit.SECONDS);
            return use.with(client);
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
