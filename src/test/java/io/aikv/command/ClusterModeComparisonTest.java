package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.server.TestServer;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node in cluster mode says otherwise than a standalone server: byte for byte as Redis in cluster mode. */
@Timeout(120)
final class ClusterModeComparisonTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final List<String> LINES = List.of(
            "SET {a}1 x",
            "SWAPDB 0 1",
            "SWAPDB 0 0",
            "SWAPDB a b",
            "SWAPDB 0",
            "MOVE {a}1 1",
            "MOVE {a}1 0",
            "MOVE {a}1 99",
            "MOVE {a}1 x",
            "MOVE {a}1",
            "SELECT 0",
            "SELECT 1",
            "SELECT 99",
            "SELECT -1",
            "SELECT x",
            "COPY {a}1 {a}2 DB 0",
            "COPY {a}1 {a}2 DB 0 REPLACE",
            "COPY {a}1 {a}2 DB 1",
            "COPY {a}1 {a}2 DB 15 REPLACE",
            "COPY {a}1 {a}2 DB 16",
            "COPY {a}1 {a}2 DB -1",
            "COPY {a}1 {a}2 DB x",
            "COPY {a}1 {a}2 DB",
            "COPY {a}1 {a}2 DB 1 NONSENSE",
            "COPY {a}1 {a}2 DB 1 DB 0",
            "COPY {a}1 {a}1",
            "COPY {a}1 {a}1 DB 0",
            "COPY {a}1 {a}1 DB 1",
            "COPY {a}nosuch {a}2 DB 1",
            "COPY a b DB 1",
            "COPY {a}1 {a}2");

    @TempDir
    private Path directory;

    @Test
    void databasesAreRefusedAsRedisDoes() throws IOException, InterruptedException {
        String busPort = Integer.toString(RedisProcess.freePort());
        try (RedisProcess redis = RedisProcess.start(
                        directory.resolve("redis"), "--cluster-enabled", "yes", "--cluster-port", busPort);
                TestServer server = TestServer.start("cluster.enabled=true");
                RawClient theirs = redis.connect();
                RawClient ours = new RawClient(server.port())) {
            theirs.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
            Await.until(() -> isServing(theirs), PATIENCE, () -> "Redis serves no slots");

            for (String line : LINES) {
                String[] words = line.split(" ");
                assertEquals(
                        new String(theirs.call(words), ISO_8859_1), new String(ours.call(words), ISO_8859_1), line);
            }
        }
    }

    private static boolean isServing(RawClient redis) {
        try {
            return new String(redis.call("CLUSTER", "INFO"), ISO_8859_1).contains("cluster_state:ok");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void keysOfAMigrationAreFoundAsRedisDoes() throws IOException, InterruptedException {
        List<String[]> migrations = List.of(
                new String[] {"MIGRATE", "h", "1", "k", "0", "100"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "KEYS", "a", "b"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "keys", "a"},
                new String[] {"MIGRATE", "h", "1", "k", "0", "100", "KEYS", "a", "b"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "KEYS"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "COPY", "REPLACE", "KEYS", "a", "KEYS"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "AUTH", "KEYS", "KEYS", "a"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "AUTH", "KEYS", "a"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "AUTH", "KEYS", "KEYS"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "AUTH2", "KEYS", "KEYS", "KEYS", "a", "b"},
                new String[] {"MIGRATE", "h", "1", "k", "0", "100", "AUTH2", "KEYS", "KEYS"},
                new String[] {"MIGRATE", "h", "1", "", "0", "100", "NONSENSE", "KEYS", "a"},
                new String[] {"MIGRATE", "h", "KEYS", "k", "0", "100"},
                new String[] {"MIGRATE", "KEYS", "1", "k", "0", "100", "COPY"},
                new String[] {"MIGRATE", "h", "1", "k", "0"});
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"));
                TestServer server = TestServer.start();
                RawClient theirs = redis.connect();
                RawClient ours = new RawClient(server.port())) {
            for (String[] migration : migrations) {
                for (String subcommand : List.of("GETKEYS", "GETKEYSANDFLAGS")) {
                    String[] words = new String[migration.length + 2];
                    words[0] = "COMMAND";
                    words[1] = subcommand;
                    System.arraycopy(migration, 0, words, 2, migration.length);
                    assertEquals(
                            new String(theirs.call(words), ISO_8859_1),
                            new String(ours.call(words), ISO_8859_1),
                            String.join(" ", words));
                }
            }
        }
    }
}
