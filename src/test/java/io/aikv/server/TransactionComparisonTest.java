package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.command.RedisProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH on several connections, the same random lines on our server and on a redis-server,
 * reply by reply. {@code -Daikv.seed=N} repeats a run.
 */
@Timeout(180)
final class TransactionComparisonTest {
    private static final int LINES = Integer.getInteger("aikv.comparison.lines", 6_000);
    private static final int CLIENTS = 3;
    private static final List<String> KEYS = List.of("a", "b", "c", "list", "gone");

    /** What one connection may say; K is a key. */
    private static final List<String> WORDS = List.of(
            "MULTI",
            "MULTI",
            "MULTI",
            "MULTI",
            "EXEC",
            "EXEC",
            "EXEC",
            "EXEC",
            "DISCARD",
            "WATCH K",
            "WATCH K K",
            "WATCH K",
            "UNWATCH",
            "WATCH",
            "MULTI x",
            "EXEC x",
            "DISCARD x",
            "GET K",
            "SET K 1",
            "SET K v",
            "INCR K",
            "DEL K",
            "DEL K K",
            "LPUSH list x",
            "LPOP list",
            "LPUSH K y",
            "APPEND K z",
            "PING",
            "PING hello",
            "ECHO hi",
            "NOSUCH a b",
            "GET",
            "SELECT 1",
            "SELECT 0",
            "SELECT 99",
            "FLUSHDB",
            "FLUSHALL",
            "SWAPDB 0 1",
            "DBSIZE",
            "EXISTS K",
            "EXPIRE K 1000",
            "PERSIST K",
            "EXPIRE K -1",
            "RENAME K K",
            "COPY K K",
            "MOVE K 1",
            "SINTER K K",
            "HSET hash f 1",
            "HSET hash f 1",
            "HDEL hash f",
            "WATCH hash",
            "GETDEL K",
            "SETNX K 1",
            "SETRANGE K 0 x",
            "CONFIG GET maxmemory",
            "CLIENT GETNAME",
            "CLIENT SETNAME me",
            "RESET",
            "TYPE K",
            "SADD set 1",
            "SADD set 1",
            "WATCH set",
            "SREM set 1 2");

    @Test
    void weAnswerAsRedisDoes(@TempDir Path directory) throws IOException, InterruptedException {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffff_ffffL);
        System.out.println("TransactionComparisonTest seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<String> history = new ArrayList<>();
        try (RedisProcess redis = RedisProcess.start(directory);
                TestServer server = TestServer.start()) {
            List<WireClient> theirs = connect(redis.port());
            List<WireClient> ours = connect(server.port());
            for (int i = 0; i < LINES; i++) {
                int client = random.nextInt(CLIENTS);
                String line = line(random);
                history.add(client + "> " + line);
                String expected = theirs.get(client).call(line);
                String actual = ours.get(client).call(line);
                assertEquals(
                        expected,
                        actual,
                        () -> "seed " + seed + " after\n  "
                                + String.join(
                                        "\n  ", history.subList(Math.max(0, history.size() - 40), history.size())));
            }
            for (WireClient client : theirs) {
                client.close();
            }
            for (WireClient client : ours) {
                client.close();
            }
        }
    }

    private static List<WireClient> connect(int port) throws IOException {
        List<WireClient> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new WireClient(port));
        }
        return clients;
    }

    private static String line(SplittableRandom random) {
        StringBuilder line = new StringBuilder();
        for (String word : WORDS.get(random.nextInt(WORDS.size())).split(" ")) {
            line.append(line.length() == 0 ? "" : " ")
                    .append(word.equals("K") ? KEYS.get(random.nextInt(KEYS.size())) : word);
        }
        return line.toString();
    }
}
