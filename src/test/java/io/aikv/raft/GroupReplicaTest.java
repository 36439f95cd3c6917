package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupReplicaTest {
    @TempDir
    Path directory;

    @Test
    void singleNodeKeepsItsWritesOverARestart() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 1)) {
            assertEquals(Reply.OK, cluster.write("SET", "a", "1"));
            assertEquals(Reply.integer(5), cluster.write("TEST.ADD", "n", "5"));
            cluster.stop(0);

            cluster.start(0);
            cluster.awaitLeader();

            assertEquals("1", cluster.read(0, "a"));
            assertEquals(Reply.integer(7), cluster.write("TEST.ADD", "n", "2"));
        }
    }

    @Test
    void threeNodesElectALeaderAndFollowersRead() throws IOException {
        try (RaftCluster cluster = RaftCluster.of(directory, 3)) {
            assertEquals(Reply.OK, cluster.write("SET", "a", "1"));

            for (int node : cluster.running()) {
                assertEquals("1", cluster.read(node, "a"));
            }
            cluster.awaitConverged();
            assertEquals(RaftCluster.rows(cluster.replica(0)), RaftCluster.rows(cluster.replica(1)));
            assertEquals(RaftCluster.rows(cluster.replica(0)), RaftCluster.rows(cluster.replica(2)));
        }
    }
}
