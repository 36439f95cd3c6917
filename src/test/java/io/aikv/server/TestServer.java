package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A standalone server in this JVM, in memory, on a free port. */
public final class TestServer implements AutoCloseable {
    private final Path directory;
    private final Node node;

    private TestServer(Path directory, Node node) {
        this.directory = directory;
        this.node = node;
    }

    /** @param settings {@code section.key=value} */
    public static TestServer start(String... settings) {
        try {
            Path directory = Files.createTempDirectory("aikv-server-test");
            List<String> all = new ArrayList<>(List.of(
                    "server.port=0",
                    "server.io-threads=2",
                    "storage.engine=memory",
                    "storage.block-cache=8mb",
                    "storage.write-buffer=8mb",
                    "storage.dir=\"" + directory + "\""));
            all.addAll(List.of(settings));
            Node node = Node.start(Config.parse("", "test", all));
            assertTrue(node.awaitReady(Duration.ofSeconds(60)), node::waitsFor);
            return new TestServer(directory, node);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public Node node() {
        return node;
    }

    public int port() {
        return node.port();
    }

    public WireClient connect() throws IOException {
        return new WireClient(port());
    }

    @Override
    public void close() throws IOException {
        node.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
