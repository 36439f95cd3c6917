package io.aikv.server.pubsub;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Glob;
import io.aikv.command.Permissions;
import io.aikv.resp.Reply;
import io.aikv.server.session.ClientState;
import io.aikv.server.session.Session;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Who listens to what on this node, and the way of a message to them. Subscribing and unsubscribing is done on the session's
 * event loop, everything else on any thread.
 *
 * <p>A message is delivered at most once, in the order in which one thread publishes: to the subscribers of its channel, then
 * to those of each pattern that it matches. Nothing is kept for who is not there.
 */
public final class PubSub {
    /** More subscriptions of one connection are refused. */
    static final int SUBSCRIPTIONS_MAX = 1_000_000;

    /** A longer message cannot travel to other nodes. */
    private static final int MESSAGE_BYTES_MAX = 32 << 20;

    private final Map<SubscriptionKind, ConcurrentMap<Bytes, Topic>> topics = new EnumMap<>(SubscriptionKind.class);
    private final Map<EventLoop, LoopQueue> loops = new ConcurrentHashMap<>();
    private final AtomicInteger clients = new AtomicInteger();
    private final LongAdder published = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private volatile @Nullable PeerMessages peers;

    public PubSub() {
        for (SubscriptionKind kind : SubscriptionKind.values()) {
            topics.put(kind, new ConcurrentHashMap<>());
        }
    }

    /** From now on what is published here travels to the other nodes, too. */
    public void connect(PeerMessages others) {
        peers = others;
    }

    private ConcurrentMap<Bytes, Topic> of(SubscriptionKind kind) {
        ConcurrentMap<Bytes, Topic> all = topics.get(kind);
        if (all == null) {
            throw new IllegalStateException("no topics of " + kind);
        }
        return all;
    }

    /** Where deliveries to the sessions of a session's event loop go. */
    public LoopQueue queueOf(Session session) {
        return loops.computeIfAbsent(session.eventLoop(), LoopQueue::new);
    }

    // ---- subscribing: on the session's loop ----

    /**
     * Checks that a connection may subscribe to {@code more}.
     *
     * @throws CommandError {@code ERR too many subscriptions of one connection}
     */
    public void requireRoom(Session session, int more) {
        Subscriptions own = session.state().subscriptions;
        if ((own == null ? 0 : own.count()) + more > SUBSCRIPTIONS_MAX) {
            throw new CommandError("ERR too many subscriptions of one connection");
        }
    }

    /** Subscribes a session, which may have been before. @return the reply that tells it so */
    public Reply subscribe(Session session, SubscriptionKind kind, byte[] name) {
        Bytes key = Bytes.of(name);
        ClientState state = session.state();
        Subscriptions own = state.subscriptions;
        if (own == null) {
            own = new Subscriptions(queueOf(session));
            state.subscriptions = own;
            clients.incrementAndGet();
        }
        if (!own.has(kind, key)) {
            Topic topic = of(kind).compute(key, (k, known) -> {
                Topic counted = known == null ? new Topic(kind, k) : known;
                counted.subscribers.incrementAndGet();
                return counted;
            });
            own.add(kind, key, topic);
            topic.add(own.loop, session);
        }
        return told(kind.subscribed, Reply.bulk(name), own.counted(kind));
    }

    /** Unsubscribes a session, which need not have been subscribed. @return the reply that tells it so */
    public Reply unsubscribe(Session session, SubscriptionKind kind, byte[] name) {
        Subscriptions own = session.state().subscriptions;
        if (own == null) {
            return told(kind.unsubscribed, Reply.bulk(name), 0);
        }
        Bytes key = Bytes.of(name);
        if (own.has(kind, key)) {
            of(kind).computeIfPresent(key, (k, topic) -> {
                topic.remove(own.loop, session);
                return topic.subscribers.decrementAndGet() == 0 ? null : topic;
            });
            own.remove(kind, key);
        }
        int left = own.counted(kind);
        forgetIfNothingIsLeft(session, own);
        return told(kind.unsubscribed, Reply.bulk(name), left);
    }

    /** Unsubscribes a session from everything of a kind. @return a reply for each, or the one that says that there is none */
    public List<Reply> unsubscribeAll(Session session, SubscriptionKind kind) {
        Subscriptions own = session.state().subscriptions;
        List<Bytes> names = own == null ? List.of() : own.names(kind);
        if (names.isEmpty()) {
            return List.of(told(kind.unsubscribed, Reply.NULL, own == null ? 0 : own.counted(kind)));
        }
        List<Reply> replies = new ArrayList<>(names.size());
        for (Bytes name : names) {
            replies.add(unsubscribe(session, kind, name.array()));
        }
        return replies;
    }

    /** Whether a session is subscribed to nothing that these rights do not allow. Patterns times subscriptions. */
    public boolean allowsAll(Session session, Permissions rights) {
        Subscriptions own = session.state().subscriptions;
        if (own != null) {
            for (SubscriptionKind kind : SubscriptionKind.values()) {
                for (Bytes name : own.names(kind)) {
                    if (!rights.allowsChannel(name.array(), kind == SubscriptionKind.PATTERN)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** The session ends, or begins anew: it is subscribed to nothing any more. */
    public void leave(Session session) {
        if (session.state().subscriptions != null) {
            for (SubscriptionKind kind : SubscriptionKind.values()) {
                unsubscribeAll(session, kind);
            }
        }
    }

    private void forgetIfNothingIsLeft(Session session, Subscriptions own) {
        if (own.count() == 0) {
            session.state().subscriptions = null;
            clients.decrementAndGet();
        }
    }

    private static Reply told(Reply word, Reply name, int count) {
        return new Reply.Push(List.of(word, name, Reply.integer(count)));
    }

    // ---- publishing: any thread ----

    /**
     * Publishes to the subscribers of every node; what {@link #requireSendable} refuses, only to those of this one.
     *
     * @return how many receive it on this node
     */
    public int publish(byte[] channel, byte[] message) {
        PeerMessages others = peers;
        if (others != null && isShort(channel, message)) {
            others.send(channel, message);
        }
        published.increment();
        return publishHere(channel, message);
    }

    /** As {@link #publish} to the subscribers of a shard channel, on the nodes that have a replica of its slot. */
    public int publishSharded(byte[] channel, byte[] message) {
        PeerMessages others = peers;
        if (others != null && isShort(channel, message)) {
            others.sendSharded(channel, message);
        }
        published.increment();
        return publishShardedHere(channel, message);
    }

    /**
     * Checks that a message can reach the other nodes, if there may be any.
     *
     * @throws CommandError {@code ERR a message of more than 33554432 bytes cannot travel to other nodes}
     */
    public void requireSendable(byte[] channel, byte[] message) {
        if (peers != null && !isShort(channel, message)) {
            throw new CommandError(
                    "ERR a message of more than " + MESSAGE_BYTES_MAX + " bytes cannot travel to other nodes");
        }
    }

    private static boolean isShort(byte[] channel, byte[] message) {
        return (long) channel.length + message.length <= MESSAGE_BYTES_MAX;
    }

    /** Publishes to the subscribers of this node alone. @return how many receive it */
    public int publishHere(byte[] channel, byte[] message) {
        int receivers = post(of(SubscriptionKind.CHANNEL).get(Bytes.of(channel)), channel, message);
        ConcurrentMap<Bytes, Topic> patterns = of(SubscriptionKind.PATTERN);
        if (!patterns.isEmpty()) {
            for (Topic pattern : patterns.values()) {
                if (Glob.matches(pattern.name, channel)) {
                    receivers += post(pattern, channel, message);
                }
            }
        }
        return receivers;
    }

    /** As {@link #publishHere} to the subscribers of a shard channel. */
    public int publishShardedHere(byte[] channel, byte[] message) {
        return post(of(SubscriptionKind.SHARD).get(Bytes.of(channel)), channel, message);
    }

    private int post(@Nullable Topic topic, byte[] channel, byte[] message) {
        if (topic == null) {
            return 0;
        }
        Reply reply = topic.kind == SubscriptionKind.PATTERN
                ? new Reply.Push(
                        List.of(topic.kind.message, Reply.bulk(topic.name), Reply.bulk(channel), Reply.bulk(message)))
                : new Reply.Push(List.of(topic.kind.message, Reply.bulk(channel), Reply.bulk(message)));
        int receivers = topic.subscribers.get();
        topic.post(reply, (long) channel.length + message.length, dropped);
        delivered.add(receivers);
        return receivers;
    }

    /** Whether anybody on this node could receive what is published to a channel. */
    public boolean hasListeners() {
        return !of(SubscriptionKind.CHANNEL).isEmpty()
                || !of(SubscriptionKind.PATTERN).isEmpty();
    }

    /** A message was given up on its way to another node. */
    void countDropped(long messages) {
        dropped.add(messages);
    }

    // ---- what there is ----

    Collection<Topic> topics(SubscriptionKind kind) {
        return of(kind).values();
    }

    /** The channels, patterns or shard channels that somebody on this node is subscribed to. */
    public List<byte[]> names(SubscriptionKind kind) {
        return of(kind).values().stream().map(topic -> topic.name).toList();
    }

    /** How many different ones there are. */
    public int count(SubscriptionKind kind) {
        return of(kind).size();
    }

    /** How many sessions of this node are subscribed to one. */
    public int subscribers(SubscriptionKind kind, byte[] name) {
        Topic topic = of(kind).get(Bytes.of(name));
        return topic == null ? 0 : topic.subscribers.get();
    }

    /** Connections with a subscription. */
    public int clients() {
        return clients.get();
    }

    /** Messages that were published on this node. */
    public long publishedCount() {
        return published.sum();
    }

    /** Messages times subscribers on this node. */
    public long deliveredCount() {
        return delivered.sum();
    }

    /** Messages that an event loop, or another node, had no room for. */
    public long droppedCount() {
        return dropped.sum();
    }
}
