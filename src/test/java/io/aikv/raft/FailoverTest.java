package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients were told and what the replicas hold, while leaders are closed, restarted and replaced under load. */
final class FailoverTest {
    private static final int CLIENTS = 4;

    @TempDir
    Path directory;

    private final AtomicBoolean stop = new AtomicBoolean();

    /** Adds 1 to a key of its own, one at a time; counts what was acknowledged and what is unknown. */
    private final class Client implements Runnable {
        private final RaftCluster cluster;
        private final String key;
        private int acknowledged;
        private int unknown;
        private long last;
        private String trouble = "";

        Client(RaftCluster cluster, String key) {
            this.cluster = cluster;
            this.key = key;
        }

        @Override
        public void run() {
            while (!stop.get()) {
                TestProposal proposal = TestProposal.of("TEST.ADD", key, "1");
                GroupReplica replica = leader();
                if (replica == null) {
                    Thread.onSpinWait();
                    continue;
                }
                replica.submit(proposal);
                RaftCluster.await("an end for " + key, proposal::isOver);
                count(proposal.end());
            }
        }

        private GroupReplica leader() {
            for (int node : cluster.running()) {
                GroupReplica replica = cluster.find(node);
                if (replica != null && replica.leads()) {
                    return replica;
                }
            }
            return null;
        }

        private void count(String end) {
            if (end.startsWith("applied Int[value=")) {
                long value = Long.parseLong(end.substring(18, end.length() - 1));
                if (value <= last || value > acknowledged + unknown + 1) {
                    trouble += " " + value + " after " + last;
                }
                last = value;
                acknowledged++;
            } else if (end.equals("indeterminate")) {
                unknown++;
            } else if (!end.startsWith("refused ")) {
                trouble += " " + end;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(RaftOptions.Rpc.class)
    void noAcknowledgedWriteIsLostAndNoneIsDoubledWhenLeadersAreReplaced(RaftOptions.Rpc rpc) throws Exception {
        try (RaftCluster cluster = new RaftCluster(directory, 3, options -> options.withRpc(rpc))) {
            cluster.awaitLeader();
            List<Client> clients = new ArrayList<>();
            List<CompletableFuture<Void>> runs = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Client client = new Client(cluster, "c" + i);
                clients.add(client);
                runs.add(CompletableFuture.runAsync(client));
            }

            closeAndRestart(cluster, clients);
            transfer(cluster, clients);
            closeAndRestart(cluster, clients);

            stop.set(true);
            runs.forEach(RaftCluster::get);
            cluster.write("SET", "end", "1");
            cluster.awaitConverged();
            check(cluster, clients);
        }
    }

    private static void closeAndRestart(RaftCluster cluster, List<Client> clients) throws Exception {
        awaitProgress(clients);
        int leader = cluster.awaitLeader();
        cluster.stop(leader);
        int next = cluster.awaitLeader();
        assertNotEquals(leader, next);
        awaitProgress(clients);
        cluster.start(leader);
    }

    private static void transfer(RaftCluster cluster, List<Client> clients) {
        awaitProgress(clients);
        int leader = cluster.awaitLeader();
        int target = cluster.follower();
        RaftCluster.await("a follower that can take over", () -> {
            try {
                RaftCluster.get(cluster.replica(leader).transferLeadership("n" + target, Duration.ofSeconds(3)));
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        });
        assertEquals(target, cluster.awaitLeader());
        awaitProgress(clients);
    }

    private static void awaitProgress(List<Client> clients) {
        for (Client client : clients) {
            long before = client.last;
            RaftCluster.await("progress of " + client.key, () -> client.last > before + 20);
        }
    }

    private static void check(RaftCluster cluster, List<Client> clients) {
        for (Client client : clients) {
            assertEquals("", client.trouble);
            long value = Long.parseLong(RaftCluster.value(cluster.replica(cluster.awaitLeader()), client.key));
            assertTrue(
                    value >= client.acknowledged && value <= client.acknowledged + client.unknown,
                    client.key + " is " + value + ", acknowledged " + client.acknowledged + ", unknown "
                            + client.unknown);
        }
        List<String> rows = RaftCluster.rows(cluster.replica(0));
        for (int node : cluster.running()) {
            assertEquals(rows, RaftCluster.rows(cluster.replica(node)), "node " + node);
        }
        assertEquals(Reply.OK, cluster.write("SET", "still", "alive"));
    }
}
