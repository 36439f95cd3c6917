package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.Outcome;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A SCAN goes on with its cursor wherever the leadership of the group has gone. */
final class ScanIT {

    private static final int KEYS = 1_500;
    private static final int TRANSFERS = 5;
    private static final int PAGES_MIN = 30;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @Test
    void aScanReturnsEveryKeyAlthoughTheLeadershipMovesUnderIt() {
        TestCluster cluster = clusters.start(TestCluster.builder().nodes(3).groups(1));
        String group = cluster.groups().get(0);
        TestClient client = cluster.client();
        SplittableRandom random = new SplittableRandom(ClusterExtension.seed());
        Set<String> kept = new TreeSet<>();
        for (int i = 0; i < KEYS; i++) {
            kept.add("kept:" + i);
            client.set("kept:" + i, "v");
            client.set("other:" + i, "v");
        }

        Set<String> seen = new TreeSet<>();
        Set<TestNode> asked = new HashSet<>();
        String cursor = "0";
        int pages = 0;
        int transfers = 0;
        do {
            TestNode leader = cluster.leader(group);
            asked.add(leader);
            Outcome outcome = client.askNode(leader, "SCAN", cursor, "MATCH", "kept:*", "COUNT", "40");
            if (!(outcome instanceof Outcome.Ok ok)) {
                continue; // Not the leader any more, or not yet: the same cursor again, wherever it is now.
            }
            List<Reply> page = ((Reply.Array) ok.reply()).items();
            cursor = TestClient.text(page.get(0));
            ((Reply.Array) page.get(1)).items().forEach(key -> seen.add(TestClient.text(key)));
            pages++;
            disturb(client, random);
            if (pages % 10 == 5 && transfers < TRANSFERS) {
                transfers++;
                cluster.transferLeadership(group, cluster.follower(group));
            }
        } while (!"0".equals(cursor));

        assertTrue(pages >= PAGES_MIN, "pages: " + pages);
        assertEquals(TRANSFERS, transfers);
        assertTrue(asked.size() >= 2, () -> "asked only " + asked);
        List<String> missed = new ArrayList<>(kept);
        missed.removeAll(seen);
        assertEquals(List.of(), missed);
        seen.removeAll(kept);
        assertTrue(seen.stream().allMatch(key -> key.startsWith("kept:new")), () -> "not of the pattern: " + seen);
    }

    /** Keys that come and go while the scan runs may be returned or not; whether each write succeeds does not matter. */
    private static void disturb(TestClient client, SplittableRandom random) {
        client.attempt("SET", "kept:new" + random.nextInt(100), "v");
        client.attempt("DEL", "kept:new" + random.nextInt(100));
        client.attempt("DEL", "other:" + random.nextInt(KEYS));
    }
}
