package io.aikv.cluster;

import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.TimeUnit;

/** Sends one request to a peer port. */
final class PeerTestClient {
    private PeerTestClient() {}

    static Reply ask(Endpoint endpoint, byte[]... request) throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            RespClient client = RespClient.connect(
                            loops,
                            RespClient.Options.of(endpoint.host(), endpoint.peerPort())
                                    .withResp2())
                    .get(5, TimeUnit.SECONDS);
            return client.send(request).get(5, TimeUnit.SECONDS);
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
