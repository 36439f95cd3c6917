package io.aikv.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.WireClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(120)
final class AdminTest {
    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TestCluster.builder().nodes(3).groups(2).start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private record Result(int exitCode, List<String> out, String err) {}

    private static Result run(String... words) {
        return run(cluster.node("n1").port(), words);
    }

    private static Result run(int port, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Admin.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        List<String> args = new ArrayList<>(List.of(words));
        args.addAll(List.of("--port", Integer.toString(port)));
        int code = line.execute(args.toArray(new String[0]));
        return new Result(code, out.toString().lines().toList(), err.toString().strip());
    }

    @Test
    void statusShowsNodesAndGroups() {
        Result status = run("status");

        assertEquals(0, status.exitCode(), status.toString());
        assertEquals(
                "state ok, 3 nodes, 16384 of 16384 slots served, map epoch 1",
                status.out().get(0));
        assertTrue(status.out().get(2).matches("NODE +ADDRESS +HEALTH +LEADS"));
        assertTrue(status.out().get(3).matches("n1 +127\\.0\\.0\\.1:\\d+ +online +\\d"));
        assertTrue(status.out().get(7).startsWith("GROUP "));
        assertTrue(
                status.out().get(9).matches("g2 +8192-16383 +n\\d +\\d+ +n\\d\\(\\d+\\) n\\d\\(\\d+\\) n\\d\\(\\d+\\)"),
                status.out().get(9));
    }

    @Test
    void transferMovesALeadershipAndWaitsForIt() {
        TestNode target = cluster.follower("g1");

        Result moved = run("transfer", "g1", target.name());
        Result again = run("transfer", "g1", target.name());
        Result leaders = run(target.port(), "leaders");

        assertEquals(0, moved.exitCode(), moved.toString());
        assertTrue(moved.out().get(0).startsWith("group g1 is led by " + target.name() + " (before: n"));
        assertEquals(0, again.exitCode());
        assertTrue(leaders.out().get(1).matches("g1 +" + target.name() + " +n\\d +\\d+"), leaders.toString());
    }

    @Test
    void mistakesHaveTheirExitCodesAndWords() {
        Result group = run("transfer", "g9", "n1");
        Result node = run("transfer", "g1", "n9");
        Result nobody = run(1, "status");

        assertEquals(1, group.exitCode());
        assertEquals("aikv-admin: there is no group g9, only [g1, g2]", group.err());
        assertEquals(1, node.exitCode());
        assertTrue(node.err().startsWith("aikv-admin: node n9 has no replica of group g1, only [n"));
        assertEquals(3, nobody.exitCode());
        assertEquals("aikv-admin: cannot connect to 127.0.0.1:1", nobody.err());
        assertEquals(2, run("nonsense").exitCode());
    }

    @Test
    void aPasswordThatIsRefusedIsARefusalAndNotANodeThatIsNotThere() throws IOException {
        int port = cluster.node("n1").port();
        try (WireClient client = new WireClient(port)) {
            assertEquals("+OK", client.call("CONFIG SET requirepass secret"));
            try {
                Result wrong = run(port, "status", "--password", "wrong");
                Result none = run(port, "status", "--password", "");

                assertEquals(1, wrong.exitCode(), wrong.toString());
                assertEquals(
                        "aikv-admin: 127.0.0.1:" + port
                                + " refused: WRONGPASS invalid username-password pair or user is disabled.",
                        wrong.err());
                assertEquals(1, none.exitCode(), none.toString());
                assertTrue(none.err().startsWith("aikv-admin: 127.0.0.1:" + port + " refused: NOAUTH "), none.err());
                assertEquals(0, run(port, "leaders", "--password", "secret").exitCode());
            } finally {
                assertEquals("+OK", client.callWords("CONFIG", "SET", "requirepass", ""));
            }
        }
    }

    @Test
    void helpAndVersionAreForTheAsking() {
        Result help = run("--help");
        Result ofOne = run("transfer", "--help");
        Result version = run("--version");

        assertEquals(0, help.exitCode(), help.toString());
        assertTrue(help.out().get(0).startsWith("Usage: aikv-admin "), help.toString());
        assertTrue(help.out().stream().anyMatch(line -> line.contains("transfer")), help.toString());
        assertTrue(
                help.out().stream().anyMatch(line -> line.matches(" +1 +The cluster is not well.*")), help.toString());
        assertEquals(0, ofOne.exitCode(), ofOne.toString());
        assertTrue(ofOne.out().get(0).startsWith("Usage: aikv-admin transfer "), ofOne.toString());
        assertEquals(0, version.exitCode(), version.toString());
        assertTrue(version.out().get(0).startsWith("aikv-admin "), version.toString());
    }

    @Test
    void nodesAreShownAsClientsSeeThem() {
        Result nodes = run("nodes");

        assertEquals(0, nodes.exitCode());
        assertEquals(3, nodes.out().size());
        assertTrue(nodes.out().stream().anyMatch(line -> line.contains("myself")));
    }
}
