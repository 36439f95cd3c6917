package io.aikv.testcluster.benchmark;

import io.aikv.testcluster.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the cluster is compared with: {@code redis-server} that syncs its log for every write, and one replica of it. */
final class RedisPair implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Process> processes = new ArrayList<>();
    private final int port;

    RedisPair(Path directory, int port, int replicaPort) {
        this.port = port;
        try {
            start(directory.resolve("redis"), port, List.of());
            start(directory.resolve("redis-replica"), replicaPort, List.of("--replicaof", "127.0.0.1 " + port));
            Await.until(
                    () -> cli(replicaPort, "info", "replication").contains("master_link_status:up"),
                    PATIENCE,
                    () -> "the replica of redis-server is linked");
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("redis-server (Debian: redis-server) is needed: " + e.getMessage(), e);
        } catch (AssertionError e) {
            close();
            throw e;
        }
    }

    int port() {
        return port;
    }

    private void start(Path directory, int listenOn, List<String> more) throws IOException {
        Files.createDirectories(directory);
        List<String> command = new ArrayList<>(List.of("redis-server", "--port", "" + listenOn, "--bind", "127.0.0.1"));
        command.addAll(List.of("--save", "", "--appendonly", "yes", "--appendfsync", "always"));
        command.addAll(List.of("--dir", directory.toString(), "--daemonize", "no"));
        command.addAll(more);
        processes.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start());
    }

    static String cli(int port, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("redis-cli", "-p", "" + port));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        for (Process process : processes) {
            process.destroyForcibly();
            try {
                process.waitFor(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
