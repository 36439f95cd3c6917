package io.aikv.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server as Prometheus, an orchestrator and a careless client see it. */
final class MetricsServerTest {
    private final List<String> sick = new CopyOnWriteArrayList<>();
    private final List<String> unready = new CopyOnWriteArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private MetricsServer server;

    @BeforeEach
    void start() throws IOException {
        server = MetricsServer.start(
                "127.0.0.1", 0, new NodeMetrics(), () -> List.copyOf(sick), () -> List.copyOf(unready));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> request(String method, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(10))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void metricsArePrometheusText() throws IOException, InterruptedException {
        HttpResponse<String> response = request("GET", "/metrics");

        assertEquals(200, response.statusCode());
        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                response.headers().firstValue("Content-Type").orElse(""));
        String body = response.body();
        assertTrue(body.contains("# HELP aikv_healthy 1 if /health says so: no group has failed here."), body);
        assertTrue(body.contains("\naikv_ready 1.0\n"), body);
        assertTrue(body.contains("# TYPE jvm_gc_time_seconds_total counter"), body);
        assertTrue(body.contains("jvm_memory_used_bytes{area=\"heap\"} "), body);
    }

    @Test
    void healthAndReadinessSayWhatIsWrong() throws IOException, InterruptedException {
        assertEquals(200, request("GET", "/health").statusCode());
        assertEquals(
                "{\"reasons\":[],\"status\":\"ok\"}", request("GET", "/ready").body());

        unready.add("slots 0-5460 (g1) have no leader");
        assertEquals(200, request("GET", "/health").statusCode());
        HttpResponse<String> response = request("GET", "/ready?verbose=1");
        assertEquals(503, response.statusCode());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElse(""));
        assertEquals("{\"reasons\":[\"slots 0-5460 (g1) have no leader\"],\"status\":\"failing\"}", response.body());

        sick.add("group g1 failed");
        assertEquals(503, request("GET", "/health").statusCode());
        assertTrue(request("GET", "/metrics").body().contains("\naikv_healthy 0.0\n"));
    }

    @Test
    void onlyKnownPathsAndHarmlessMethods() throws IOException, InterruptedException {
        assertEquals(404, request("GET", "/metrics/x").statusCode());
        assertEquals(404, request("GET", "/favicon.ico").statusCode());
        assertEquals(405, request("POST", "/metrics").statusCode());
        assertEquals(200, request("GET", "/").statusCode());
        HttpResponse<String> head = request("HEAD", "/health");
        assertEquals(200, head.statusCode());
        assertEquals("", head.body());
    }

    @Test
    void aProbeThatFailsIsAnErrorAndNotTheEnd() throws IOException, InterruptedException {
        server.close();
        server = MetricsServer.start("127.0.0.1", 0, new NodeMetrics(), List::of, () -> {
            throw new IllegalStateException("closing");
        });

        assertEquals(500, request("GET", "/ready").statusCode());
        assertEquals(200, request("GET", "/health").statusCode());
    }

    @Test
    void connectionsThatSayNothingDoNotHoldTheServer() throws IOException, InterruptedException {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                silent.add(new Socket("127.0.0.1", server.port()));
            }

            assertEquals(200, request("GET", "/health").statusCode());
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void halfRequestsAreCutOff() throws IOException {
        try (Socket slow = new Socket("127.0.0.1", server.port())) {
            slow.setSoTimeout(30_000);
            slow.getOutputStream().write("GET /metr".getBytes(StandardCharsets.US_ASCII));
            InputStream in = slow.getInputStream();

            assertEquals(-1, in.read());
        }
    }

    @Test
    void anAddressInUseIsNamed() {
        IOException e = assertThrows(
                IOException.class,
                () -> MetricsServer.start("127.0.0.1", server.port(), new NodeMetrics(), List::of, List::of));

        assertTrue(e.getMessage().startsWith("cannot serve metrics on 127.0.0.1:" + server.port()), e.getMessage());
    }
}
