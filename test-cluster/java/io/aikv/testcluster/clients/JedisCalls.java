package io.aikv.testcluster.clients;

import io.aikv.testcluster.Await;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.args.ListDirection;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Jedis: a pool of connections to each node; transactions on the connection of their slot. */
final class JedisCalls implements ClientCalls {

    private static final int CONNECTIONS_MAX = 32;
    private static final int TIMEOUT_MILLIS = 5_000;

    /** By default five times the timeout, most of which one call may wait before its last attempt. */
    private static final Duration RETRIES_MAX = Duration.ofSeconds(3);

    private static final int BLOCK_MILLIS = 500;
    private static final int COUNT = 10;

    private final RedisClusterClient jedis;
    private volatile boolean closed;

    JedisCalls(List<String> addresses) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS_MAX);
        jedis = RedisClusterClient.builder()
                .nodes(addresses.stream().map(HostAndPort::from).collect(Collectors.toSet()))
                .clientConfig(DefaultJedisClientConfig.builder()
                        .timeoutMillis(TIMEOUT_MILLIS)
                        .build())
                .poolConfig(pool)
                .maxTotalRetriesDuration(RETRIES_MAX)
                .build();
    }

    @Override
    public long increment(String key) {
        return jedis.incr(key);
    }

    @Override
    public void transaction(String counter, String log, String item) {
        try (Connection connection = jedis.getConnectionFromSlot(JedisClusterCRC16.getSlot(counter));
                Transaction transaction = new Transaction(connection)) {
            transaction.incr(counter);
            transaction.rpush(log, item);
            transaction.exec();
        }
    }

    @Override
    public void script(String source, List<String> keys, String argument) {
        jedis.eval(source, keys, List.of(argument));
    }

    @Override
    public void push(String list, String item) {
        jedis.rpush(list, item);
    }

    @Override
    public @Nullable String move(String from, String to, Duration timeout) {
        return jedis.blmove(from, to, ListDirection.LEFT, ListDirection.RIGHT, timeout.toMillis() / 1e3);
    }

    @Override
    public void createGroup(String stream, String group) {
        jedis.xgroupCreate(stream, group, new StreamEntryID(0, 0), true);
    }

    @Override
    public void add(String stream, String item) {
        jedis.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("item", item));
    }

    @Override
    public Map<String, String> read(String stream, String group, boolean pending) {
        List<Map.Entry<String, List<StreamEntry>>> found = jedis.xreadGroup(
                group,
                "one",
                XReadGroupParams.xReadGroupParams().count(COUNT).block(BLOCK_MILLIS),
                Map.of(stream, pending ? new StreamEntryID(0, 0) : StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
        Map<String, String> items = new LinkedHashMap<>();
        if (found != null && !found.isEmpty()) {
            found.get(0)
                    .getValue()
                    .forEach(entry -> items.put(
                            entry.getID().toString(), entry.getFields().get("item")));
        }
        return items;
    }

    @Override
    public void acknowledge(String stream, String group, String id) {
        jedis.xack(stream, group, new StreamEntryID(id));
    }

    @Override
    public void publish(String channel, String message) {
        jedis.publish(channel, message);
    }

    @Override
    public void subscribe(String channel, Consumer<String> listener) throws InterruptedException {
        CountDownLatch subscribed = new CountDownLatch(1);
        Thread thread = new Thread(() -> listen(channel, listener, subscribed), "jedis-subscriber");
        thread.setDaemon(true);
        thread.start();
        if (!subscribed.await(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new AssertionError("Jedis is not subscribed");
        }
    }

    private void listen(String channel, Consumer<String> listener, CountDownLatch subscribed) {
        JedisPubSub heard = new JedisPubSub() {
            @Override
            public void onSubscribe(String name, int channels) {
                subscribed.countDown();
            }

            @Override
            public void onMessage(String name, String message) {
                listener.accept(message);
            }
        };
        while (!closed) {
            try {
                jedis.subscribe(heard, channel);
            } catch (JedisException lost) {
                Await.pass(Duration.ofMillis(50)); // Jedis leaves it to its user to subscribe again.
            }
        }
    }

    @Override
    public boolean lock(String name, String token, Duration lease) {
        return jedis.set(name, token, SetParams.setParams().nx().px(lease.toMillis())) != null;
    }

    @Override
    public void unlock(String name, String token) {
        jedis.eval(RELEASE, List.of(name), List.of(token));
    }

    @Override
    public void close() {
        closed = true;
        jedis.close();
    }
}
