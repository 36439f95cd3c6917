package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.aikv.testcluster.clients.ClientPrograms;
import io.lettuce.core.Consumer;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Transaction;

/** What a session can do (transactions, waits, streams with groups, messages, scripts) with clients of other people, unmodified. */
@Timeout(180)
final class ClientFeaturesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster cluster;

    @BeforeEach
    void start() {
        cluster = clusters.start(TestCluster.builder().nodes(3));
        cluster.spreadLeaders();
    }

    @Test
    void redisPy() {
        System.out.println(ClientPrograms.features("features.py", cluster.addresses()));
    }

    @Test
    void ioredis() {
        System.out.println(ClientPrograms.features("features-ioredis.mjs", cluster.addresses()));
    }

    @Test
    void nodeRedis() {
        System.out.println(ClientPrograms.features("features-node-redis.mjs", cluster.addresses()));
    }

    @Test
    void jedis() {
        String key = "{jedis}";
        try (Jedis redis = new Jedis("127.0.0.1", cluster.leaderOf(key).port());
                Jedis other = new Jedis("127.0.0.1", cluster.leaderOf(key).port())) {
            assertEquals("OK", redis.watch(key));
            Transaction transaction = redis.multi();
            transaction.set(key, "1");
            transaction.incr(key);
            assertEquals(List.of("OK", 2L), transaction.exec());

            redis.watch(key);
            other.incr(key);
            Transaction touched = redis.multi();
            touched.set(key, "lost");
            assertNull(touched.exec());
            assertEquals("3", redis.get(key));

            CompletableFuture<List<String>> waiting =
                    CompletableFuture.supplyAsync(() -> redis.blpop(20, "{jedis}queue"));
            other.rpush("{jedis}queue", "job");
            assertEquals(List.of("{jedis}queue", "job"), waiting.join());
            assertEquals(
                    "value",
                    redis.eval(
                            "return redis.call('SET', KEYS[1], ARGV[1]) and ARGV[1]", List.of(key), List.of("value")));
        }
    }

    @Test
    void lettuce() {
        String key = "{lettuce}";
        RedisClient client = RedisClient.create();
        try (StatefulRedisConnection<String, String> connection = client.connect(uri(cluster.leaderOf(key)));
                StatefulRedisConnection<String, String> second = client.connect(uri(cluster.leaderOf(key)))) {
            RedisCommands<String, String> redis = connection.sync();
            RedisCommands<String, String> other = second.sync();
            redis.watch(key);
            redis.multi();
            redis.set(key, "1");
            redis.incr(key);
            TransactionResult result = redis.exec();
            assertEquals(List.of("OK", 2L), result.stream().toList());
            redis.watch(key);
            other.incr(key);
            redis.multi();
            redis.set(key, "lost");
            assertTrue(redis.exec().wasDiscarded());

            CompletableFuture<KeyValue<String, String>> waiting =
                    CompletableFuture.supplyAsync(() -> redis.blpop(20, "{lettuce}queue"));
            other.rpush("{lettuce}queue", "job");
            assertEquals("job", waiting.join().getValue());

            String stream = "{lettuce}stream";
            redis.xgroupCreate(StreamOffset.from(stream, "0"), "workers", XGroupCreateArgs.Builder.mkstream());
            CompletableFuture<List<StreamMessage<String, String>>> reading =
                    CompletableFuture.supplyAsync(() -> redis.xreadgroup(
                            Consumer.from("workers", "one"),
                            XReadArgs.Builder.block(20_000),
                            StreamOffset.lastConsumed(stream)));
            other.xadd(stream, Map.of("n", "1"));
            StreamMessage<String, String> message = reading.join().get(0);
            assertEquals(Map.of("n", "1"), message.getBody());
            assertEquals(1, redis.xack(stream, "workers", message.getId()));

            String sha = redis.scriptLoad("return {KEYS[1], ARGV[1]}");
            assertEquals(List.of(key, "x"), redis.evalsha(sha, ScriptOutputType.MULTI, new String[] {key}, "x"));
        } finally {
            client.shutdown(0, 2, TimeUnit.SECONDS);
        }
    }

    private static RedisURI uri(TestNode node) {
        return RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(node.port())
                .withTimeout(Duration.ofSeconds(30))
                .build();
    }

    /** A client that knows the cluster goes on with transactions and waits when a leader is killed. */
    @Test
    void transactionsGoOnWhenALeaderIsKilled() {
        String key = "{killed}counter";
        increment(key, 20);
        String group = cluster.groupOf(key);
        TestNode leader = cluster.leader(group);
        cluster.kill(leader);
        cluster.awaitOtherLeader(group, leader);
        increment(key, 20);
        assertNotNull(cluster.client().get(key));
        assertEquals("40", cluster.client().get(key));
    }

    private void increment(String key, int times) {
        for (int i = 0; i < times; i++) {
            Await.until(
                    () -> {
                        try (Jedis redis =
                                new Jedis("127.0.0.1", cluster.leaderOf(key).port())) {
                            redis.watch(key);
                            String value = redis.get(key);
                            Transaction transaction = redis.multi();
                            transaction.set(key, "" + (value == null ? 1 : Long.parseLong(value) + 1));
                            return transaction.exec() != null;
                        }
                    },
                    PATIENCE,
                    () -> "a transaction of Jedis");
        }
    }
}
