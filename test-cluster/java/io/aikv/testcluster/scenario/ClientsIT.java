package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.HostAndPort;

/** Clients of other people, unmodified. */
final class ClientsIT {

    private static final int KEYS = 60;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private TestCluster cluster;

    @BeforeEach
    void start() {
        cluster = clusters.start(TestCluster.builder().nodes(3));
        cluster.spreadLeaders(); // redis-benchmark takes one master for no cluster
    }

    // ---- Redis' own tools ----

    @Test
    void redisCliFollowsRedirects() {
        for (TestNode node : cluster.nodes()) {
            for (String group : cluster.groups()) {
                String key = cluster.keyOf(group, node.name());
                assertEquals("OK", run("redis-cli", "-c", "-p", "" + node.port(), "set", key, "hello"));
                assertEquals("hello", run("redis-cli", "-c", "-p", "" + node.port(), "get", key));
            }
        }
    }

    @Test
    void redisCliFindsTheClusterInOrder() {
        String first = cluster.addresses().get(0);

        String check = run("redis-cli", "--cluster", "check", first);
        assertTrue(check.contains("[OK] All nodes agree about slots configuration."), check);
        assertTrue(check.contains("[OK] All 16384 slots covered."), check);
        String info = run("redis-cli", "--cluster", "info", first);
        assertTrue(info.contains("[OK]"), info);
        String pings = run("redis-cli", "--cluster", "call", first, "ping");
        assertEquals(3, pings.lines().filter(line -> line.endsWith("PONG")).count(), pings);
    }

    @Test
    void redisBenchmarkRunsAgainstTheCluster() {
        String port = "" + cluster.nodes().iterator().next().port();

        String plain = run(
                "redis-benchmark",
                "--cluster",
                "-p",
                port,
                "-t",
                "set,get,incr",
                "-n",
                "2000",
                "-c",
                "10",
                "-q",
                "-r",
                "1000");
        String pipelined = run(
                "redis-benchmark",
                "--cluster",
                "-p",
                port,
                "-t",
                "set,get",
                "-n",
                "5000",
                "-c",
                "10",
                "-P",
                "16",
                "-q",
                "-r",
                "1000");

        for (String line : List.of("SET: ", "GET: ", "INCR: ")) {
            assertTrue(plain.contains(line), plain);
        }
        assertTrue(pipelined.contains("requests per second"), pipelined);
    }

    // ---- Java clients ----

    @Test
    void jedisReadsWritesAndSurvivesAFailover() {
        Set<HostAndPort> nodes =
                cluster.addresses().stream().map(HostAndPort::from).collect(Collectors.toSet());
        try (var jedis = redis.clients.jedis.RedisClusterClient.create(nodes)) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", jedis.set("jedis" + i, "value" + i));
            }
            assertEquals(2L, jedis.del("{tag}1", "{tag}2") + jedis.exists("jedis1", "jedis1"));

            killOneLeader();

            for (int i = 0; i < KEYS; i++) {
                String key = "jedis" + i;
                String value = "value" + i;
                Await.until(() -> value.equals(jedis.get(key)), Duration.ofSeconds(20), () -> "Jedis reads " + key);
                Await.until(() -> "OK".equals(jedis.set(key, "new")), Duration.ofSeconds(20), () -> "Jedis writes");
            }
        }
    }

    @Test
    void lettuceReadsWritesAndSurvivesAFailover() {
        RedisClusterClient client = RedisClusterClient.create(cluster.addresses().stream()
                .map(address -> RedisURI.create("redis://" + address))
                .toList());
        client.setOptions(ClusterClientOptions.builder()
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enableAllAdaptiveRefreshTriggers()
                        .enablePeriodicRefresh(Duration.ofSeconds(1))
                        .build())
                .build());
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            var redis = connection.sync();
            redis.setTimeout(Duration.ofSeconds(5));
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", redis.set("lettuce" + i, "value" + i));
            }
            assertEquals(KEYS, redis.mget(keys()).size());

            killOneLeader();

            for (int i = 0; i < KEYS; i++) {
                String key = "lettuce" + i;
                String value = "value" + i;
                Await.until(() -> value.equals(redis.get(key)), Duration.ofSeconds(20), () -> "Lettuce reads " + key);
                Await.until(() -> "OK".equals(redis.set(key, "new")), Duration.ofSeconds(20), () -> "Lettuce writes");
            }
        } finally {
            client.shutdown(0, 2, TimeUnit.SECONDS);
        }
    }

    private static String[] keys() {
        return Stream.iterate(0, i -> i + 1).limit(KEYS).map(i -> "lettuce" + i).toArray(String[]::new);
    }

    private void killOneLeader() {
        String group = cluster.groups().get(0);
        TestNode leader = cluster.leader(group);
        cluster.kill(leader);
        cluster.awaitOtherLeader(group, leader);
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(1, TimeUnit.MINUTES), "ends: " + List.of(command));
            assertEquals(0, process.exitValue(), output);
            return output.strip();
        } catch (IOException e) {
            assumeTrue(false, command[0] + " is not installed");
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
