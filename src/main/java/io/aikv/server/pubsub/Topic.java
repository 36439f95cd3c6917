package io.aikv.server.pubsub;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import io.aikv.resp.ReplyWriter;
import io.aikv.server.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A channel, a pattern or a shard channel with its subscribers on this node. The subscribers on one event loop are touched on
 * that loop only; messages may be posted by any thread and arrive in the order of one thread's posts.
 */
final class Topic {
    /** A shorter message is put into its form once for all its receivers; a longer one is not copied at all. */
    private static final int SHARED_BYTES_MAX = 16 << 10;

    final SubscriptionKind kind;
    final byte[] name;

    private final Map<LoopQueue, Members> members = new ConcurrentHashMap<>();

    /** Changed within the registry's compute only, so that a topic without subscribers leaves it in one step. */
    final AtomicInteger subscribers = new AtomicInteger();

    Topic(SubscriptionKind kind, Bytes name) {
        this.kind = kind;
        this.name = name.array();
    }

    // ---- subscribers: on their loop ----

    void add(LoopQueue loop, Session session) {
        members.computeIfAbsent(loop, l -> new Members()).add(session);
    }

    void remove(LoopQueue loop, Session session) {
        Members here = members.get(loop);
        if (here != null && here.remove(session)) {
            members.remove(loop);
        }
    }

    /** The subscribers of one loop. An array of them is kept for messages, so that it may change while one is written. */
    private static final class Members {
        private final Set<Session> sessions = new LinkedHashSet<>();
        private Session @Nullable [] array;

        void add(Session session) {
            sessions.add(session);
            array = null;
        }

        /** Whether nobody is left. */
        boolean remove(Session session) {
            sessions.remove(session);
            array = null;
            return sessions.isEmpty();
        }

        Session[] all() {
            Session[] all = array;
            if (all == null) {
                all = sessions.toArray(new Session[0]);
                array = all;
            }
            return all;
        }

        boolean contains(Session session, Session[] seen) {
            return array == seen || sessions.contains(session);
        }
    }

    // ---- messages: any thread ----

    /**
     * Posts a message to every subscriber.
     *
     * @param bytes what it holds in memory
     * @param dropped counts the loops that have no room
     */
    void post(Reply message, long bytes, LongAdder dropped) {
        for (LoopQueue loop : members.keySet()) {
            if (!loop.offer(new Message(message, bytes))) {
                dropped.increment();
            }
        }
    }

    /**
     * The node no longer serves the slot of this shard channel: unsubscribes whoever may not stay, and tells them.
     *
     * @param replica whether those who said READONLY may stay
     */
    void evict(PubSub pubsub, boolean replica) {
        for (LoopQueue loop : members.keySet()) {
            loop.offer(new Eviction(pubsub, replica)); // Without room: at the next look.
        }
    }

    private final class Message implements Delivery {
        private final Reply reply;
        private final long bytes;
        private byte @Nullable [] resp2;
        private byte @Nullable [] resp3;

        Message(Reply reply, long bytes) {
            this.reply = reply;
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void deliver(LoopQueue queue) {
            Members here = members.get(queue);
            if (here == null) {
                return;
            }
            Session[] all = here.all();
            boolean share = all.length > 1 && bytes < SHARED_BYTES_MAX;
            for (Session session : all) {
                if (!here.contains(session, all)) {
                    continue; // It has unsubscribed since: a flush can let requests in.
                }
                if (share) {
                    queue.write(session, encoded(session.protocol()));
                } else {
                    queue.write(session, reply);
                }
            }
        }

        private byte[] encoded(int protocol) {
            byte[] known = protocol == 2 ? resp2 : resp3;
            if (known == null) {
                ByteBuf out = Unpooled.buffer();
                ReplyWriter.write(reply, protocol, out);
                known = ByteBufUtil.getBytes(out);
                if (protocol == 2) {
                    resp2 = known;
                } else {
                    resp3 = known;
                }
            }
            return known;
        }
    }

    private final class Eviction implements Delivery {
        private final PubSub pubsub;
        private final boolean replica;

        Eviction(PubSub pubsub, boolean replica) {
            this.pubsub = pubsub;
            this.replica = replica;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void deliver(LoopQueue queue) {
            Members here = members.get(queue);
            if (here == null) {
                return;
            }
            for (Session session : here.all()) {
                if (!(replica && session.state().readonly)) {
                    queue.write(session, pubsub.unsubscribe(session, kind, name));
                }
            }
        }
    }
}
