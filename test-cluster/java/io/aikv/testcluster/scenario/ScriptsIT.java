package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RMapCache;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RSemaphore;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** Scripts and functions in a cluster: loaded once, run on every replica. Digests are compared after every test. */
final class ScriptsIT {

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster cluster;
    private TestClient client;

    @BeforeEach
    void start() {
        cluster = clusters.start(TestCluster.builder().nodes(3));
        cluster.spreadLeaders();
        client = cluster.client();
    }

    private static String text(Reply reply) {
        return reply instanceof Reply.Error error ? error.line() : String.valueOf(TestClient.text(reply));
    }

    private Reply ask(TestNode node, String... command) throws Exception {
        return client.send(node, command).get(10, TimeUnit.SECONDS);
    }

    @Test
    void aLoadedScriptIsKnownToEveryNodeAtOnce() throws Exception {
        for (TestNode node : cluster.nodes()) {
            String body = "return '" + node.name() + "' .. redis.call('incr', KEYS[1])";
            String sha = text(ask(node, "SCRIPT", "LOAD", body));
            for (String group : cluster.groups()) {
                String key = cluster.keyOf(group, node.name());
                assertEquals(node.name() + "1", text(client.call("EVALSHA", sha, "1", key)));
            }
            for (TestNode other : cluster.nodes()) {
                assertEquals(Reply.array(Reply.ONE), ask(other, "SCRIPT", "EXISTS", sha));
            }
        }
        TestNode first = cluster.nodes().iterator().next();
        assertEquals(Reply.OK, ask(first, "SCRIPT", "FLUSH"));
        for (TestNode other : cluster.nodes()) {
            String sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
            assertEquals(Reply.array(Reply.ZERO), ask(other, "SCRIPT", "EXISTS", sha));
        }
    }

    @Test
    void librariesAndScriptsSurviveARestartOfTheCluster() throws Exception {
        TestNode first = cluster.nodes().iterator().next();
        String code = "#!lua name=lib\nredis.register_function('hello', function(keys, args) "
                + "return redis.call('append', keys[1], args[1]) end)";
        assertEquals("lib", text(ask(first, "FUNCTION", "LOAD", code)));
        String sha = text(ask(first, "SCRIPT", "LOAD", "return 'loaded'"));
        for (String group : cluster.groups()) {
            assertEquals(Reply.integer(3), client.call("FCALL", "hello", "1", cluster.keyOf(group, "k"), "abc"));
        }

        cluster.nodes().forEach(cluster::stop);
        cluster.nodes().forEach(cluster::start);
        cluster.awaitReady();

        for (String group : cluster.groups()) {
            String key = cluster.keyOf(group, "k");
            assertEquals(Reply.integer(6), client.call("FCALL", "hello", "1", key, "def"));
            assertEquals("loaded", text(client.call("EVALSHA", sha, "1", key)));
        }
        assertEquals(Reply.OK, ask(first, "FUNCTION", "FLUSH"));
        for (String group : cluster.groups()) {
            assertEquals(
                    "ERR Function not found", text(client.call("FCALL", "hello", "1", cluster.keyOf(group, "k"), "x")));
        }
    }

    @Test
    void whatSessionsMayAndScriptsMayNot() {
        assertTrue(text(client.call("EVAL", "return redis.call('client', 'id')", "1", "k"))
                .startsWith("ERR This Redis command is not allowed from script script: "));
        assertTrue(text(client.call("EVAL", "return redis.call('config', 'get', 'x')", "1", "k"))
                .startsWith("ERR This Redis command is not allowed from script script: "));
        assertEquals("PONG", text(client.call("EVAL", "return redis.call('ping')", "1", "k")));
        assertTrue(text(client.call("EVAL", "while true do end", "1", "k"))
                .startsWith("ERR the script was ended and undone: it takes more than 10000000 steps"));
    }

    @Test
    void replicasAgreeOnRandomScripts() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("aikv.seed=" + seed);
        Random random = new Random(seed);
        String[] scripts = {
            "for i = 1, 20 do redis.call('hset', KEYS[1] .. 'h', math.random(100), redis.call('time')[1]) end",
            "local t = {} for i = 1, 20 do t[tostring(math.random())] = {} end for k, v in pairs(t) do redis.call('rpush', KEYS[1] .. 'l', k, tostring(v)) end",
            "redis.call('set', KEYS[1], cjson.encode({a = ARGV[1], b = {1, 2}, c = math.random()}))",
            "redis.call('sadd', KEYS[1] .. 's', math.random(50)) return redis.call('spop', KEYS[1] .. 's')",
            "redis.call('set', KEYS[1], 'x') error('after a write')",
            "for i = 1, 1e4 do redis.call('incr', KEYS[1] .. 'n') end"
        };
        for (int i = 0; i < 300; i++) {
            String script = scripts[random.nextInt(scripts.length)].replace("KEYS[1] .. '", "'{' .. KEYS[1] .. '}");
            client.call("EVAL", script, "1", "k" + random.nextInt(20), Integer.toString(i));
        }
        cluster.awaitEqualDigests();
    }

    // ---- Redisson, whose objects are scripts ----

    @Test
    void redissonsLocksMapsAndRateLimitersWork() throws Exception {
        Config config = new Config();
        config.useClusterServers()
                .addNodeAddress(cluster.addresses().stream()
                        .map(address -> "redis://" + address)
                        .toArray(String[]::new))
                .setMasterConnectionMinimumIdleSize(2)
                .setSlaveConnectionMinimumIdleSize(2)
                .setMasterConnectionPoolSize(8)
                .setSlaveConnectionPoolSize(8)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(4);
        RedissonClient redisson = Redisson.create(config);
        try {
            RLock lock = redisson.getLock("lock");
            assertTrue(lock.tryLock());
            assertTrue(lock.tryLock());
            assertEquals(2, lock.getHoldCount());
            assertTrue(lock.isHeldByCurrentThread());
            lock.unlock();
            lock.unlock();
            assertFalse(lock.isLocked());

            RMap<String, String> map = redisson.getMap("map");
            assertEquals(null, map.put("a", "1"));
            assertEquals("1", map.put("a", "2"));
            assertEquals("2", map.putIfAbsent("a", "3"));
            assertTrue(map.replace("a", "2", "4"));
            assertEquals("4", map.remove("a"));

            RMapCache<String, String> cache = redisson.getMapCache("cache");
            cache.put("k", "v", 10, TimeUnit.MINUTES);
            assertEquals("v", cache.get("k"));

            RRateLimiter limiter = redisson.getRateLimiter("limiter");
            assertTrue(limiter.trySetRate(RateType.OVERALL, 2, java.time.Duration.ofMinutes(10)));
            assertTrue(limiter.tryAcquire());
            assertTrue(limiter.tryAcquire());
            assertFalse(limiter.tryAcquire());

            RSemaphore semaphore = redisson.getSemaphore("semaphore");
            assertTrue(semaphore.trySetPermits(1));
            assertTrue(semaphore.tryAcquire());
            assertFalse(semaphore.tryAcquire());
        } finally {
            redisson.shutdown();
        }
    }
}
