package io.aikv.cluster;

import io.aikv.resp.Reply;
import java.util.function.Consumer;

/** Answers one kind of request of other nodes. Called on the peer server's event loop: must not block. */
@FunctionalInterface
public interface PeerHandler {
    /**
     * Must complete {@code reply} exactly once, on any thread. Throwing CommandError instead is allowed.
     *
     * @param peer the name of the node that asks
     * @param args the request, its first word the command
     */
    void handle(String peer, byte[][] args, Consumer<Reply> reply);
}
