package io.aikv.server.pubsub;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Slots;
import io.aikv.cluster.ClusterNode;
import io.aikv.cluster.PeerHandler;
import io.aikv.resp.Reply;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.GroupInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Published messages on their way to other nodes and from them:
 *
 * <pre>
 * PEER.PUBLISH (channel|shard name message)+     OK
 * </pre>
 *
 * One request to a node is on its way at a time; what is published meanwhile travels together in the next one, so a lone
 * message waits for nobody and many cost little. At most once: what a node that is not linked misses, and what exceeds
 * {@link #QUEUE_BYTES_MAX}, is given up. Any thread.
 */
public final class PeerMessages implements PeerHandler {
    /** The request's first word. */
    public static final String REQUEST = "PEER.PUBLISH";

    /** What may wait for one node. */
    static final long QUEUE_BYTES_MAX = 64L << 20;

    private static final long OVERHEAD_BYTES = 64;
    private static final long BATCH_BYTES_MAX = 1 << 20;
    private static final int BATCH_MESSAGES_MAX = 1024;

    private static final byte[] REQUEST_BYTES = Bytes.utf8(REQUEST);
    private static final byte[] TO_CHANNEL = Bytes.utf8("channel");
    private static final byte[] TO_SHARD = Bytes.utf8("shard");

    private final ClusterNode cluster;
    private final String self;
    private final PubSub pubsub;
    private final Map<String, Outbox> outboxes = new ConcurrentHashMap<>();

    private record Message(byte[] kind, byte[] channel, byte[] message) {
        long bytes() {
            return channel.length + message.length + OVERHEAD_BYTES;
        }
    }

    /** @param self this node's name */
    public PeerMessages(ClusterNode cluster, String self, PubSub pubsub) {
        this.cluster = cluster;
        this.self = self;
        this.pubsub = pubsub;
    }

    // ---- to others ----

    /** Sends a message to every other node. */
    void send(byte[] channel, byte[] message) {
        List<String> nodes = cluster.linkedNodes();
        if (!nodes.isEmpty()) {
            Message shared = new Message(TO_CHANNEL, channel, message);
            for (String node : nodes) {
                outbox(node).offer(shared);
            }
        }
    }

    /** Sends a message to the other nodes that have a replica of the channel's slot. */
    void sendSharded(byte[] channel, byte[] message) {
        ClusterMap map = cluster.map();
        GroupInfo group = map == null ? null : map.groupOf(Slots.of(channel));
        if (group != null) {
            Message shared = new Message(TO_SHARD, channel, message);
            for (String node : group.replicas()) {
                if (!node.equals(self)) {
                    outbox(node).offer(shared);
                }
            }
        }
    }

    private Outbox outbox(String node) {
        return outboxes.computeIfAbsent(node, Outbox::new);
    }

    /** What waits for one node. */
    private final class Outbox {
        private final String node;
        private final Queue<Message> queue = new ConcurrentLinkedQueue<>();
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicBoolean sending = new AtomicBoolean();

        Outbox(String node) {
            this.node = node;
        }

        void offer(Message message) {
            long size = message.bytes();
            if (bytes.addAndGet(size) > QUEUE_BYTES_MAX) {
                bytes.addAndGet(-size);
                pubsub.countDropped(1);
                return;
            }
            queue.add(message);
            pump();
        }

        private void pump() {
            while (!queue.isEmpty() && sending.compareAndSet(false, true)) {
                if (cluster.isLinked(node)) {
                    List<byte[]> batch = takeBatch();
                    if (!batch.isEmpty()) {
                        cluster.send(node, batch.toArray(new byte[0][])).whenComplete((reply, error) -> {
                            sending.set(false);
                            pump();
                        });
                        return;
                    }
                } else {
                    drop();
                }
                sending.set(false);
            }
        }

        /** The request for what waits; empty if nothing does. */
        private List<byte[]> takeBatch() {
            List<byte[]> request = new ArrayList<>();
            long size = 0;
            for (int i = 0; i < BATCH_MESSAGES_MAX && size < BATCH_BYTES_MAX; i++) {
                Message message = queue.poll();
                if (message == null) {
                    break;
                }
                if (request.isEmpty()) {
                    request.add(REQUEST_BYTES);
                }
                request.add(message.kind);
                request.add(message.channel);
                request.add(message.message);
                size += message.bytes();
            }
            bytes.addAndGet(-size);
            return request;
        }

        private void drop() {
            long count = 0;
            for (Message message = queue.poll(); message != null; message = queue.poll()) {
                bytes.addAndGet(-message.bytes());
                count++;
            }
            pubsub.countDropped(count);
        }
    }

    // ---- from others ----

    @Override
    public void handle(String peer, byte[][] args, Consumer<Reply> reply) {
        if (args.length % 3 != 1) {
            throw new CommandError("ERR " + REQUEST + " takes messages of three words each");
        }
        for (int i = 1; i < args.length; i += 3) {
            if (Bytes.equalsIgnoreCase(args[i], "SHARD")) {
                pubsub.publishShardedHere(args[i + 1], args[i + 2]);
            } else {
                pubsub.publishHere(args[i + 1], args[i + 2]);
            }
        }
        reply.accept(Reply.OK);
    }
}
