package io.aikv.testcluster.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes with the default heap are sent values that do not fit, and as many as just fit: all of them stay up. */
@Timeout(300)
final class LargeRequestsIT {
    private static final int MEGABYTE = 1 << 20;
    private static final int TOO_LARGE_BYTES = 100 * MEGABYTE;
    private static final int TIMEOUT_MILLIS = 60_000;

    /** Enough for the logs' caches to be full when the large ones come. */
    private static final int FILLERS = 24;

    private static final int ROUNDS = 1;

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @Test
    void valuesThatDoNotFitAreRefusedReadablyAndThoseThatDoAreWrittenToAllGroupsAtOnce() throws Exception {
        TestCluster cluster =
                clusters.start(TestCluster.builder().nodes(3).processes().heap("256m"));
        cluster.spreadLeaders();
        Map<String, Long> pids = new TreeMap<>();
        cluster.nodes().forEach(node -> pids.put(node.name(), node.pid()));
        String refusal = set(cluster.leaderOf("key"), "key", TOO_LARGE_BYTES);
        assertTrue(
                refusal.matches("-OOM command not allowed when used memory > half of 'limits.request-memory' "
                        + "\\(\\d+ bytes\\)\\."),
                refusal);
        int limit = Integer.parseInt(refusal.replaceAll(".*\\((\\d+) bytes.*", "$1"));

        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<?>> groups = new ArrayList<>();
            for (String group : cluster.groups()) {
                groups.add(threads.submit(() -> {
                    for (int i = 0; i < FILLERS; i++) {
                        setWhoeverLeads(cluster, group, MEGABYTE);
                    }
                    for (int round = 0; round < ROUNDS; round++) {
                        setWhoeverLeads(cluster, group, limit - MEGABYTE);
                    }
                    return null;
                }));
            }
            for (Future<?> group : groups) {
                group.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(cluster.logs(), e);
        } finally {
            threads.shutdownNow();
        }

        for (TestNode node : cluster.nodes()) {
            assertEquals(pids.get(node.name()), node.pid(), "the same process still runs");
        }
        for (String group : cluster.groups()) {
            String key = cluster.keyOf(group, "large");
            assertEquals(":" + (limit - MEGABYTE), call(cluster.leaderOf(key), "STRLEN " + key + "\r\n"));
        }
    }

    /** Nodes that are short of memory may take long enough to lose their leaderships. */
    private static void setWhoeverLeads(TestCluster cluster, String group, int size) throws IOException {
        String key = cluster.keyOf(group, "large");
        String reply;
        do {
            reply = set(cluster.leaderOf(key), key, size);
        } while (reply.matches("-(MOVED|INDETERMINATE|TRYAGAIN|CLUSTERDOWN|OOM) .*"));
        assertEquals("+OK", reply, group);
    }

    /** The first line of the reply to a SET of so many bytes, all of which are sent before it is read. */
    private static String set(TestNode node, String key, int size) throws IOException {
        try (Socket socket = connect(node)) {
            OutputStream out = socket.getOutputStream();
            out.write(("*3\r\n$3\r\nSET\r\n$" + key.length() + "\r\n" + key + "\r\n$" + size + "\r\n")
                    .getBytes(ISO_8859_1));
            byte[] part = new byte[MEGABYTE];
            Arrays.fill(part, (byte) 'v');
            for (int sent = 0; sent < size; sent += part.length) {
                out.write(part, 0, Math.min(part.length, size - sent));
            }
            out.write("\r\n".getBytes(ISO_8859_1));
            return line(socket);
        }
    }

    private static String call(TestNode node, String inline) throws IOException {
        try (Socket socket = connect(node)) {
            socket.getOutputStream().write(inline.getBytes(ISO_8859_1));
            return line(socket);
        }
    }

    private static Socket connect(TestNode node) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    private static String line(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\r'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString();
    }
}
