package io.aikv.server.pubsub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.testcluster.Await;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/** Clients of other people, unmodified: subscriptions and client-side caching. */
final class ForeignClientsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void jedisSubscribesAndPublishes() throws Exception {
        Queue<String> received = new ConcurrentLinkedQueue<>();
        CountDownLatch subscribed = new CountDownLatch(1);
        JedisPubSub listener = new JedisPubSub() {
            @Override
            public void onMessage(String channel, String message) {
                received.add(channel + "=" + message);
            }

            @Override
            public void onSubscribe(String channel, int count) {
                subscribed.countDown();
            }
        };
        try (TestServer server = TestServer.start();
                Jedis jedis = new Jedis("127.0.0.1", server.port())) {
            Thread thread = new Thread(() -> {
                try (Jedis subscriber = new Jedis("127.0.0.1", server.port())) {
                    subscriber.subscribe(listener, "news");
                }
            });
            thread.start();
            assertTrue(subscribed.await(30, TimeUnit.SECONDS));

            assertEquals(1, jedis.publish("news", "hello"));

            Await.until(() -> received.contains("news=hello"), PATIENCE, () -> "the message; " + received);
            listener.unsubscribe();
            thread.join(30_000);
            assertTrue(!thread.isAlive());
            assertEquals(0, jedis.publish("news", "nobody"));
        }
    }

    @Test
    void lettuceSubscribesByNameByPatternAndToShards() throws Exception {
        Queue<String> received = new ConcurrentLinkedQueue<>();
        try (TestServer server = TestServer.start()) {
            RedisClient client = RedisClient.create(RedisURI.create("redis://127.0.0.1:" + server.port()));
            try (var subscriber = client.connectPubSub();
                    var connection = client.connect()) {
                subscriber.addListener(new RedisPubSubAdapter<>() {
                    @Override
                    public void message(String channel, String message) {
                        received.add(channel + "=" + message);
                    }

                    @Override
                    public void message(String pattern, String channel, String message) {
                        received.add(pattern + ":" + channel + "=" + message);
                    }

                    @Override
                    public void smessage(String channel, String message) {
                        received.add("shard " + channel + "=" + message);
                    }
                });
                subscriber.sync().subscribe("news");
                subscriber.sync().psubscribe("n*");
                subscriber.sync().ssubscribe("shard");

                assertEquals(2, connection.sync().publish("news", "hello"));
                assertEquals(1, connection.sync().spublish("shard", "hi"));

                Await.until(() -> received.size() == 3, PATIENCE, received::toString);
                assertTrue(received.contains("news=hello"));
                assertTrue(received.contains("n*:news=hello"));
                assertTrue(received.contains("shard shard=hi"));
                assertEquals("PONG", subscriber.sync().ping());
                subscriber.sync().unsubscribe("news");
                assertEquals(1, connection.sync().publish("news", "pattern"));
            } finally {
                client.shutdown(0, 2, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void lettucesCacheIsInvalidated() throws IOException {
        try (TestServer server = TestServer.start()) {
            RedisClient client = RedisClient.create(RedisURI.create("redis://127.0.0.1:" + server.port()));
            try (var cached = client.connect();
                    var other = client.connect()) {
                Map<String, String> local = new ConcurrentHashMap<>();
                CacheFrontend<String, String> frontend =
                        ClientSideCaching.enable(CacheAccessor.forMap(local), cached, TrackingArgs.Builder.enabled());
                other.sync().set("key", "one");
                assertEquals("one", frontend.get("key"));
                assertEquals(Map.of("key", "one"), local);

                other.sync().set("key", "two");

                Await.until(local::isEmpty, PATIENCE, local::toString);
                assertEquals("two", frontend.get("key"));
            } finally {
                client.shutdown(0, 2, TimeUnit.SECONDS);
            }
        }
    }
}
