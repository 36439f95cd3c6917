package io.aikv.server.pubsub;

import io.aikv.base.Bytes;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one session has subscribed to. Belongs to the session's event loop; the counts may be read by any thread. */
public final class Subscriptions {
    final LoopQueue loop;
    private final EnumMap<SubscriptionKind, Map<Bytes, Topic>> topics = new EnumMap<>(SubscriptionKind.class);
    private volatile int channels;
    private volatile int patterns;
    private volatile int shardChannels;

    Subscriptions(LoopQueue loop) {
        this.loop = loop;
    }

    private Map<Bytes, Topic> of(SubscriptionKind kind) {
        return topics.computeIfAbsent(kind, k -> new LinkedHashMap<>());
    }

    boolean has(SubscriptionKind kind, Bytes name) {
        return of(kind).containsKey(name);
    }

    void add(SubscriptionKind kind, Bytes name, Topic topic) {
        of(kind).put(name, topic);
        recount(kind);
    }

    /** Whether there was one. */
    boolean remove(SubscriptionKind kind, Bytes name) {
        boolean removed = of(kind).remove(name) != null;
        recount(kind);
        return removed;
    }

    private void recount(SubscriptionKind kind) {
        int size = of(kind).size();
        switch (kind) {
            case CHANNEL -> channels = size;
            case PATTERN -> patterns = size;
            case SHARD -> shardChannels = size;
        }
    }

    List<Bytes> names(SubscriptionKind kind) {
        return List.copyOf(of(kind).keySet());
    }

    /** How many there are of one kind. Any thread. */
    public int count(SubscriptionKind kind) {
        return switch (kind) {
            case CHANNEL -> channels;
            case PATTERN -> patterns;
            case SHARD -> shardChannels;
        };
    }

    /** How many there are. Any thread. */
    public int count() {
        return channels + patterns + shardChannels;
    }

    /** What the replies about one kind count: shard channels alone, the others together. */
    int counted(SubscriptionKind kind) {
        return kind == SubscriptionKind.SHARD ? shardChannels : channels + patterns;
    }
}
