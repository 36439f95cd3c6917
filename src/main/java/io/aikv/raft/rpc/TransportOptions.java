package io.aikv.raft.rpc;

import io.aikv.base.Check;
import io.aikv.transport.PeerGate;
import java.time.Duration;
import java.util.function.Predicate;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * How a node's transport works.
 *
 * @param node this node's name, for its threads and messages
 * @param host address to listen on
 * @param port port to listen on; 0 for any that is free
 * @param requestMax how long the answer to a message may take; one that carries a part of a snapshot, ten times as long
 * @param messageBytesMax the largest message that is sent or taken; a connection that announces a larger one is closed
 * @param loops event loops that carry the messages
 * @param locator where peers are
 * @param isOpen whether a group takes snapshots: Ratis 3.3.0 does not look whether it has opened the group yet, and then
 *     starts it twice
 * @param gate whom to let in, and what to speak
 */
public record TransportOptions(
        String node,
        String host,
        int port,
        Duration requestMax,
        int messageBytesMax,
        int loops,
        PeerLocator locator,
        Predicate<RaftGroupId> isOpen,
        PeerGate gate) {
    public TransportOptions {
        Check.argument(messageBytesMax > 0, "messages of %s bytes", messageBytesMax);
        Check.argument(loops > 0, "%s event loops", loops);
    }
}
