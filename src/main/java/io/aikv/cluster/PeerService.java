package io.aikv.cluster;

import io.aikv.cluster.PeerGreeting.Hello;
import io.aikv.resp.Reply;
import java.util.function.Consumer;

/** What a node does for its peers. Called on the peer server's event loop: must not block. */
interface PeerService {
    /** A peer's link opened; it says where it is reached. */
    void greeted(Hello hello);

    /** The link over which {@code hello} came is closed. */
    void left(Hello hello);

    /** Answers a request exactly once, on any thread. Throwing CommandError instead is allowed. */
    void handle(String peer, byte[][] args, Consumer<Reply> reply);
}
