package io.aikv.command;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A redis-server of its own on a free port of the loopback interface, without persistence. */
public final class RedisProcess implements AutoCloseable {
    private static final int START_SECONDS = 30;

    private final Process process;
    private final int port;

    private RedisProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a server that works in {@code directory}. Without a redis-server on the PATH the test is skipped, or fails
     * on a build machine (environment {@code CI=true}).
     */
    public static RedisProcess start(Path directory, String... options) throws IOException, InterruptedException {
        boolean installed = isInstalled();
        if (!installed && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("redis-server is not on the PATH: .ci/run installs it");
        }
        assumeTrue(installed, "redis-server is not on the PATH");
        Files.createDirectories(directory);
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                directory.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        RedisProcess redis = new RedisProcess(process, port);
        try {
            redis.awaitStart(directory);
        } catch (IOException | InterruptedException | AssertionError e) {
            redis.close();
            throw e;
        }
        return redis;
    }

    private void awaitStart(Path directory) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (RawClient client = connect()) {
                client.call("PING");
                return;
            } catch (IOException notYet) {
                if (System.nanoTime() > deadline || process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError(
                            "redis-server does not start: " + Files.readString(directory.resolve("redis.log")), notYet);
                }
            }
        }
    }

    public int port() {
        return port;
    }

    RawClient connect() throws IOException {
        return new RawClient(port);
    }

    private static boolean isInstalled() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, "redis-server"))) {
                return true;
            }
        }
        return false;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
