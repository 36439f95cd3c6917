package io.aikv.testcluster.clients;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.Consumer;
import io.lettuce.core.LMoveArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lettuce: one connection that all share, one for each wait, and one to the node of the slot for transactions. That one
 * does not reconnect by itself: what follows MULTI must not be sent again without it.
 */
final class LettuceCalls implements ClientCalls {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int BLOCK_MILLIS = 500;
    private static final int COUNT = 10;

    private final RedisClusterClient client;
    private final RedisClient plain = RedisClient.create();
    private final RedisAdvancedClusterCommands<String, String> redis;
    private final RedisAdvancedClusterCommands<String, String> moving;
    private final RedisAdvancedClusterCommands<String, String> reading;

    /** Null after a transaction that failed. Confined to the loop of transactions. */
    private @Nullable StatefulRedisConnection<String, String> ofSlot;

    LettuceCalls(List<String> addresses) {
        client = RedisClusterClient.create(addresses.stream()
                .map(address -> RedisURI.create("redis://" + address + "?timeout=" + TIMEOUT.toSeconds() + "s"))
                .toList());
        client.setOptions(ClusterClientOptions.builder()
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enableAllAdaptiveRefreshTriggers()
                        .enablePeriodicRefresh(Duration.ofSeconds(1))
                        .build())
                .build());
        plain.setOptions(ClientOptions.builder().autoReconnect(false).build());
        try {
            redis = client.connect().sync();
            moving = client.connect().sync();
            reading = client.connect().sync();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public long increment(String key) {
        return redis.incr(key);
    }

    @Override
    public void transaction(String counter, String log, String item) {
        try {
            RedisCommands<String, String> leader = leaderOf(counter).sync();
            leader.multi();
            leader.incr(counter);
            leader.rpush(log, item);
            leader.exec();
        } catch (RuntimeException e) {
            if (ofSlot != null) {
                ofSlot.close();
                ofSlot = null;
            }
            throw e;
        }
    }

    private StatefulRedisConnection<String, String> leaderOf(String key) {
        StatefulRedisConnection<String, String> connection = ofSlot;
        if (connection == null) {
            connection = plain.connect(redis.getStatefulConnection()
                    .getPartitions()
                    .getPartitionBySlot(SlotHash.getSlot(key))
                    .getUri());
            ofSlot = connection;
        }
        return connection;
    }

    @Override
    public void script(String source, List<String> keys, String argument) {
        redis.eval(source, ScriptOutputType.INTEGER, keys.toArray(String[]::new), argument);
    }

    @Override
    public void push(String list, String item) {
        redis.rpush(list, item);
    }

    @Override
    public @Nullable String move(String from, String to, Duration timeout) {
        return moving.blmove(from, to, LMoveArgs.Builder.leftRight(), timeout.toMillis() / 1e3);
    }

    @Override
    public void createGroup(String stream, String group) {
        redis.xgroupCreate(StreamOffset.from(stream, "0"), group, XGroupCreateArgs.Builder.mkstream());
    }

    @Override
    public void add(String stream, String item) {
        redis.xadd(stream, Map.of("item", item));
    }

    @Override
    public Map<String, String> read(String stream, String group, boolean pending) {
        List<StreamMessage<String, String>> found = reading.xreadgroup(
                Consumer.from(group, "one"),
                XReadArgs.Builder.block(BLOCK_MILLIS).count(COUNT),
                pending ? StreamOffset.from(stream, "0") : StreamOffset.lastConsumed(stream));
        Map<String, String> items = new LinkedHashMap<>();
        found.forEach(message -> items.put(message.getId(), message.getBody().get("item")));
        return items;
    }

    @Override
    public void acknowledge(String stream, String group, String id) {
        redis.xack(stream, group, id);
    }

    @Override
    public void publish(String channel, String message) {
        redis.publish(channel, message);
    }

    @Override
    public void subscribe(String channel, java.util.function.Consumer<String> listener) {
        StatefulRedisClusterPubSubConnection<String, String> connection = client.connectPubSub();
        connection.addListener(new RedisPubSubAdapter<String, String>() {
            @Override
            public void message(String name, String message) {
                listener.accept(message);
            }
        });
        connection.sync().subscribe(channel);
    }

    @Override
    public boolean lock(String name, String token, Duration lease) {
        return redis.set(name, token, SetArgs.Builder.nx().px(lease.toMillis())) != null;
    }

    @Override
    public void unlock(String name, String token) {
        script(RELEASE, List.of(name), token);
    }

    @Override
    public void close() {
        client.shutdown(0, 2, TimeUnit.SECONDS);
        plain.shutdown(0, 2, TimeUnit.SECONDS);
    }
}
