package io.aikv.testcluster.scenario;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.aikv.testcluster.clients.ClientLoops;
import io.aikv.testcluster.clients.ClientPrograms;
import io.aikv.testcluster.clients.RunningClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients of other people, unmodified, that work with every feature of theirs while the leader they work with is killed. */
@Timeout(240)
final class ClientFailoverIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How often each loop must have gone round before a kill, and after it. */
    private static final int ROUNDS = 5;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    /** What starts a client that works on keys of a tag. */
    @FunctionalInterface
    private interface Start {
        RunningClient on(String tag, List<String> addresses);
    }

    @Test
    void everyClientGoesOnAndMissesNothingWhenItsLeaderIsKilled() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).processes());
        cluster.spreadLeaders();
        String group = cluster.groups().get(0);
        List<RunningClient> clients = start(cluster, group);
        try {
            awaitRounds(clients, "before the kill");
            TestNode leader = cluster.leader(group);
            cluster.kill(leader);
            cluster.awaitOtherLeader(group, leader);
            awaitRounds(clients, "after the kill");
            clients.forEach(RunningClient::stop);
            clients.forEach(client -> System.out.println(client.work().summary()));
            clients.forEach(client -> client.work().check(cluster.client()));
        } finally {
            clients.forEach(RunningClient::close);
        }
    }

    /** All at the same time, as each takes a second; none is left running if one fails. */
    private static List<RunningClient> start(TestCluster cluster, String group) {
        Map<String, Start> starts = new LinkedHashMap<>();
        starts.put("jedis", ClientLoops::jedis);
        starts.put("lettuce", ClientLoops::lettuce);
        starts.put("redisson", ClientLoops::redisson);
        starts.put("redis-py", (tag, addresses) -> ClientPrograms.start("features.py", tag, addresses));
        starts.put("ioredis", (tag, addresses) -> ClientPrograms.start("features-ioredis.mjs", tag, addresses));
        starts.put("node-redis", (tag, addresses) -> ClientPrograms.start("features-node-redis.mjs", tag, addresses));
        List<RunningClient> clients = new ArrayList<>();
        ExecutorService starters = Executors.newFixedThreadPool(starts.size());
        try {
            List<CompletableFuture<RunningClient>> starting = new ArrayList<>();
            starts.forEach((name, start) -> starting.add(CompletableFuture.supplyAsync(
                    () -> start.on(cluster.keyOf(group, name), cluster.addresses()), starters)));
            AssertionError failure = null;
            for (CompletableFuture<RunningClient> each : starting) {
                try {
                    clients.add(each.join());
                } catch (RuntimeException e) {
                    failure = new AssertionError("a client does not start", e);
                }
            }
            if (failure != null) {
                clients.forEach(RunningClient::close);
                throw failure;
            }
            return clients;
        } finally {
            starters.shutdown();
        }
    }

    private static void awaitRounds(List<RunningClient> clients, String when) {
        List<Map<String, Integer>> before =
                clients.stream().map(client -> client.work().counts()).toList();
        long start = System.nanoTime();
        Map<String, String> last = new LinkedHashMap<>();
        Map<String, String> gone = new LinkedHashMap<>();
        Await.until(
                () -> {
                    for (int i = 0; i < clients.size(); i++) {
                        String client = clients.get(i).work().client();
                        List<String> behind = clients.get(i).work().behind(before.get(i), ROUNDS);
                        if (behind.isEmpty()) {
                            long millis = (System.nanoTime() - start) / 1_000_000;
                            gone.putIfAbsent(client, millis + " ms, last " + last.get(client));
                        } else {
                            last.put(client, String.join(", ", behind));
                        }
                    }
                    return gone.size() == clients.size();
                },
                PATIENCE,
                () -> "all go on " + when + ", not only " + gone + "; behind " + last + ": "
                        + clients.stream().map(RunningClient::work).toList());
        System.out.println(when + ", until each had gone round: " + gone);
    }
}
