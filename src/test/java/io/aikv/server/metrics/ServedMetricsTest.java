package io.aikv.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a node serves on /metrics is what the table (and so the page) says: nothing less, nothing else. */
final class ServedMetricsTest {
    private static final Pattern TYPE = Pattern.compile("^# TYPE (\\S+) ", Pattern.MULTILINE);

    /** A standalone server has no followers. */
    private static final Set<NodeMetric> OF_FOLLOWERS =
            Set.of(NodeMetric.RAFT_FOLLOWER_LAG, NodeMetric.RAFT_FOLLOWER_SILENCE);

    @Test
    void aNodeServesEveryMetricOfTheTableAndNoOther() throws Exception {
        int port = freePort();
        try (TestServer server = TestServer.start("metrics.port=" + port);
                WireClient client = server.connect()) {
            assertEquals("+OK", client.call("SET k v"));
            assertEquals("$v", client.call("GET k"));
            assertTrue(client.call("LPUSH k v").startsWith("-WRONGTYPE"));

            String body = get(port);

            Set<String> served = new TreeSet<>();
            Matcher types = TYPE.matcher(body);
            while (types.find()) {
                served.add(types.group(1));
            }
            served.removeIf(name -> name.startsWith("ratis_"));
            Set<String> table = new TreeSet<>();
            Arrays.stream(NodeMetric.values())
                    .filter(metric -> !OF_FOLLOWERS.contains(metric))
                    .forEach(metric -> table.add(metric.prometheusName()));
            assertEquals(table, served);
            assertTrue(body.contains("aikv_build_info{version=\"dev\"} 1.0"), body);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String get(int port) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .timeout(Duration.ofSeconds(10))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
