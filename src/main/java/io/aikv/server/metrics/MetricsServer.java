package io.aikv.server.metrics;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a node's figures over HTTP to machines: {@code /metrics} as Prometheus text, {@code /health} and {@code /ready} as
 * {@code {"status":"ok","reasons":[]}} with 200, or 503, {@code "failing"} and the reasons.
 *
 * <p>Meant for a trusted network: no TLS, no passwords, nothing but GET and HEAD. Two threads and a short queue; what does
 * not fit is cut off. A client that takes longer than {@value #EXCHANGE_SECONDS} s is cut off too.
 */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);

    private static final int THREADS = 2;
    private static final int QUEUE = 16;
    private static final int BACKLOG = 16;
    private static final long EXCHANGE_SECONDS = 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    static {
        // The JDK's server knows these limits only for the whole VM, and reads them once.
        limit("sun.net.httpserver.maxReqTime", EXCHANGE_SECONDS);
        limit("sun.net.httpserver.maxRspTime", EXCHANGE_SECONDS);
        limit("sun.net.httpserver.maxIdleConnections", QUEUE);
        limit("jdk.httpserver.maxConnections", 64);
    }

    private static void limit(String property, long value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Long.toString(value));
        }
    }

    /** A question about the node that has an answer for machines and one for people. Asked by any thread; must not block. */
    @FunctionalInterface
    public interface Probe {
        /** What is wrong, one sentence each; empty if nothing is. */
        List<String> reasons();
    }

    private final HttpServer http;
    private final ThreadPoolExecutor threads;
    private final Exposition exposition;

    private MetricsServer(HttpServer http, ThreadPoolExecutor threads, Exposition exposition) {
        this.http = http;
        this.threads = threads;
        this.exposition = exposition;
    }

    /**
     * Listens and serves until {@link #close()}. Adds the figures of the Java VM and of the two probes to the metrics.
     *
     * @param port 0 takes any free one: {@link #port()}
     * @param health whether no group has failed here
     * @param ready whether every slot that this node should serve is served
     * @throws IOException if the address cannot be bound; the message names it
     */
    public static MetricsServer start(String host, int port, NodeMetrics metrics, Probe health, Probe ready)
            throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
        HttpServer http;
        try {
            http = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new IOException("cannot serve metrics on " + host + ":" + port + ": " + e.getMessage(), e);
        }
        RuntimeMetrics.watch(metrics);
        metrics.watch(NodeMetric.HEALTHY, () -> health.reasons().isEmpty() ? 1 : 0);
        metrics.watch(NodeMetric.READY, () -> ready.reasons().isEmpty() ? 1 : 0);
        ThreadPoolExecutor threads =
                new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE), names());
        MetricsServer server = new MetricsServer(http, threads, new Exposition(metrics));
        http.createContext("/metrics", exchange -> server.answer(exchange, "/metrics", server::metrics));
        http.createContext("/health", exchange -> server.answer(exchange, "/health", () -> status(health)));
        http.createContext("/ready", exchange -> server.answer(exchange, "/ready", () -> status(ready)));
        http.createContext("/", exchange -> server.answer(exchange, "/", MetricsServer::index));
        http.setExecutor(threads);
        http.start();
        LOG.info("metrics=http://{}:{}/metrics", host, server.port());
        return server;
    }

    private static ThreadFactory names() {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "aikv-metrics-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    public int port() {
        return http.getAddress().getPort();
    }

    /** Stops listening and cuts off what is being answered. Afterwards no figure is asked for any more. */
    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(EXCHANGE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a request for metrics did not end within {} s", EXCHANGE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- answers ----

    private record Answer(int code, String type, byte[] body) {}

    private interface Question {
        Answer answer() throws IOException;
    }

    private void answer(HttpExchange exchange, String path, Question question) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            Answer answer;
            if (!exchange.getRequestURI().getPath().equals(path)) {
                answer = text(404, "not found");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                answer = text(405, "only GET and HEAD");
            } else {
                answer = ask(path, question);
            }
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            boolean head = method.equals("HEAD");
            exchange.sendResponseHeaders(answer.code(), head ? -1 : answer.body().length);
            if (!head) {
                exchange.getResponseBody().write(answer.body());
            }
        }
    }

    private static Answer ask(String path, Question question) throws IOException {
        try {
            return question.answer();
        } catch (RuntimeException e) {
            LOG.warn("path={} could not be answered", path, e);
            return text(500, "internal error; see the log");
        }
    }

    private Answer metrics() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
        exposition.write(out);
        return new Answer(200, Exposition.CONTENT_TYPE, out.toByteArray());
    }

    private static Answer status(Probe probe) throws IOException {
        List<String> reasons = probe.reasons();
        String status = reasons.isEmpty() ? "ok" : "failing";
        byte[] body = JSON.writeValueAsBytes(new TreeMap<>(Map.of("status", status, "reasons", reasons)));
        return new Answer(reasons.isEmpty() ? 200 : 503, "application/json", body);
    }

    private static Answer index() {
        return text(200, "AiKv: /metrics /health /ready");
    }

    private static Answer text(int code, String body) {
        return new Answer(code, "text/plain; charset=utf-8", (body + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
