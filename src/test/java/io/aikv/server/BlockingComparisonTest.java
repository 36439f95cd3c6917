package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.command.RedisProcess;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands that wait, the same scripts on our server and on a redis-server. A line is {@code client> command}; one that ends with
 * {@code ...} is only sent, and blocks: the script goes on when the server says so; one that ends with {@code ~} is only sent; {@code
 * client<} takes the reply.
 */
@Timeout(120)
final class BlockingComparisonTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int CLIENTS = 6;

    @TempDir
    Path directory;

    private RedisProcess redis;
    private TestServer server;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        redis = RedisProcess.start(directory);
        server = TestServer.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        redis.close();
    }

    /** Runs the lines against one server; answers what it replied. */
    private static List<String> run(int port, String script) throws IOException {
        List<WireClient> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new WireClient(port));
        }
        List<String> replies = new ArrayList<>();
        int blocked = 0;
        try (WireClient control = new WireClient(port)) {
            control.call("FLUSHALL");
            List<String> ids = new ArrayList<>();
            for (WireClient client : clients) {
                ids.add(client.call("CLIENT ID").substring(1));
            }
            for (String line : script.strip().split("\n")) {
                WireClient client = clients.get(line.charAt(0) - '1');
                String text = line.substring(2).strip();
                for (int i = 0; i < CLIENTS; i++) {
                    text = text.replace("{" + (i + 1) + "}", ids.get(i));
                }
                if (line.charAt(1) == '<') {
                    replies.add(line.charAt(0) + "< " + client.receive());
                    blocked = Math.max(0, blocked - 1);
                } else if (text.endsWith("~")) {
                    client.send(text.substring(0, text.length() - 1).strip().split(" "));
                } else if (text.endsWith("...")) {
                    client.send(text.substring(0, text.length() - 3).strip().split(" "));
                    int waiting = ++blocked;
                    Await.until(() -> blocked(control) == waiting, PATIENCE, () -> "blocked clients: " + waiting);
                } else {
                    String reply = client.call(text);
                    if (!text.startsWith("HELLO")) {
                        replies.add(line + " = " + reply);
                    }
                }
            }
        } finally {
            for (WireClient client : clients) {
                client.close();
            }
        }
        return replies;
    }

    private static int blocked(WireClient control) {
        try {
            String info = control.call("INFO clients");
            String after = info.substring(info.indexOf("blocked_clients:") + 16);
            return Integer.parseInt(after.substring(0, after.indexOf('\r')));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void compare(String script) throws IOException {
        assertEquals(String.join("\n", run(redis.port(), script)), String.join("\n", run(server.port(), script)));
    }

    @Test
    void whatIsThereIsTakenAtOnce() throws IOException {
        compare("""
                1> RPUSH a 1 2 3
                1> BLPOP none a 0
                1> BRPOP a none 1.5
                1> BLMOVE a b LEFT RIGHT 0
                1> BRPOPLPUSH b a 0
                1> BLMPOP 0 2 none a LEFT COUNT 5
                1> ZADD z 1 x 2 y 3 v 4 w
                1> BZPOPMIN none z 0
                1> BZPOPMAX z 0
                1> BZMPOP 0 1 z MIN COUNT 5
                1> XADD s 1-1 f v
                1> XREAD BLOCK 0 STREAMS s 0
                1> XGROUP CREATE s g 0
                1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
                1> XREADGROUP GROUP g c BLOCK 0 STREAMS s 0
                """);
    }

    /** However short the timeout is. */
    @Test
    void whatIsThereIsGivenThoughTheTimeIsOver() throws IOException {
        compare("""
                1> RPUSH a 1 2 3 4 5 6
                1> ZADD z 1 a 2 b 3 c
                1> XADD s 1-1 f v
                1> XGROUP CREATE s g 0
                1> BLPOP none a 0.001
                1> BRPOP a 0.001
                1> BLMOVE a b LEFT LEFT 0.001
                1> BLMPOP 0.001 1 a LEFT
                1> BZPOPMIN z 0.001
                1> BZMPOP 0.001 1 z MIN
                1> XREAD BLOCK 1 STREAMS s other 0 $
                1> XREAD BLOCK 1 STREAMS s 0
                1> XREADGROUP GROUP g c BLOCK 1 STREAMS s >
                """);
    }

    @Test
    void whoWaitsGetsWhatComes() throws IOException {
        compare("""
                1> BLPOP a b 0 ...
                2> RPUSH b x y
                1<
                2> LRANGE b 0 -1
                1> BRPOP a 0 ...
                2> RPUSH a x y
                1<
                2> DEL a
                1> BLMOVE a c RIGHT LEFT 0 ...
                2> LPUSH a el
                1<
                2> LRANGE c 0 -1
                1> BLMPOP 0 2 a d RIGHT COUNT 2 ...
                2> RPUSH d 1 2 3
                1<
                1> BZPOPMIN z 0 ...
                2> ZADD z 1 a 2 b
                1<
                1> BZPOPMAX z2 z3 0 ...
                2> ZADD z3 1 a 2 b
                1<
                1> BZMPOP 0 1 z4 MAX COUNT 2 ...
                2> ZADD z4 1 a 2 b 3 c
                1<
                1> XREAD BLOCK 0 STREAMS s $ ...
                2> XADD s 5-1 f v
                1<
                1> XREAD BLOCK 0 COUNT 1 STREAMS s t $ 0 ...
                2> XADD s 5-2 f v
                1<
                2> XGROUP CREATE s g $
                1> XREADGROUP GROUP g c BLOCK 0 STREAMS s > ...
                2> XADD s 5-3 f v
                1<
                """);
    }

    @Test
    void thoseWhoCameFirstAreServedFirst() throws IOException {
        compare("""
                1> BLPOP a 0 ...
                2> BLPOP b a 0 ...
                3> BRPOP a 0 ...
                4> RPUSH a 1 2 3 4
                1<
                2<
                3<
                4> LRANGE a 0 -1
                1> BLPOP q 0 ...
                2> BLPOP q 0 ...
                4> RPUSH q one
                1<
                4> RPUSH q two
                2<
                """);
    }

    @Test
    void allWhoReadAStreamGetWhatComes() throws IOException {
        compare("""
                1> XREAD BLOCK 0 STREAMS s $ ...
                2> XREAD BLOCK 0 STREAMS s 0 ...
                3> XADD s 1-1 f v
                1<
                2<
                3> XGROUP CREATE s g $
                3> XGROUP CREATE s h $
                1> XREADGROUP GROUP g c1 BLOCK 0 STREAMS s > ...
                2> XREADGROUP GROUP h c1 BLOCK 0 STREAMS s > ...
                3> XADD s 2-1 f v
                1<
                2<
                1> XREADGROUP GROUP g c1 BLOCK 0 STREAMS s > ...
                2> XREADGROUP GROUP g c2 BLOCK 0 STREAMS s > ...
                3> XADD s 3-1 f v
                1<
                3> XADD s 4-1 f v
                2<
                """);
    }

    @Test
    void waitsEndInTime() throws IOException {
        compare("""
                1> BLPOP a 0.05 ~
                1<
                1> BRPOP a b 0.01 ~
                1<
                1> BLMOVE a b LEFT LEFT 0.05 ~
                1<
                1> BRPOPLPUSH a b 0.05 ~
                1<
                1> BLMPOP 0.05 1 a LEFT ~
                1<
                1> BZPOPMIN a 0.05 ~
                1<
                1> BZMPOP 0.05 1 a MIN ~
                1<
                1> XREAD BLOCK 50 STREAMS s $ ~
                1<
                1> HELLO 3
                1> BLPOP a 0.05 ~
                1<
                1> BLMOVE a b LEFT LEFT 0.05 ~
                1<
                1> XREAD BLOCK 50 STREAMS s $ ~
                1<
                """);
    }

    @Test
    void othersCanEndAWait() throws IOException {
        compare("""
                1> BLPOP a 0 ...
                2> CLIENT UNBLOCK {1}
                1<
                1> BLPOP a 0 ...
                2> CLIENT UNBLOCK {1} TIMEOUT
                1<
                1> XREAD BLOCK 0 STREAMS s $ ...
                2> CLIENT UNBLOCK {1} ERROR
                1<
                2> CLIENT UNBLOCK {1} ERROR
                2> CLIENT UNBLOCK 99999999
                2> RPUSH a still-there
                2> LRANGE a 0 -1
                1> BLMOVE x y LEFT LEFT 0 ...
                2> CLIENT UNBLOCK {1}
                1<
                """);
    }

    @Test
    void withinATransactionNobodyWaits() throws IOException {
        compare("""
                1> MULTI
                1> BLPOP a 0
                1> BLMOVE a b LEFT LEFT 0
                1> BZPOPMIN z 0
                1> XREAD BLOCK 0 STREAMS s $
                1> RPUSH a 1 2
                1> BLPOP a 0
                1> EXEC
                1> BLPOP b 0 ...
                2> MULTI
                2> RPUSH b x
                2> RPUSH b y
                2> EXEC
                1<
                2> LRANGE b 0 -1
                """);
    }

    @Test
    void keysThatComeInOtherWaysCount() throws IOException {
        compare("""
                2> RPUSH other 1
                1> BLPOP a 0 ...
                2> RENAME other a
                1<
                2> RPUSH other 1
                1> BLPOP b 0 ...
                2> COPY other b
                1<
                1> BLPOP sorted 0 ...
                2> SORT other STORE sorted
                1<
                1> BZPOPMIN union 0 ...
                2> ZADD from 1 m
                2> ZUNIONSTORE union 1 from
                1<
                2> SELECT 1
                2> RPUSH swapped 1
                2> SELECT 0
                1> BLPOP swapped 0 ...
                2> SWAPDB 0 1
                1<
                1> BLPOP typed 0 ...
                2> SET typed string
                2> DEL typed
                2> RPUSH typed element
                1<
                """);
    }

    /** What was waiting before goes on: it is served by what the pause lets through, times out, and can be unblocked. */
    @Test
    void aPauseHoldsNothingThatWaitsAlready() throws IOException {
        for (String pause : List.of("100000 WRITE", "300 ALL")) {
            compare("""
                    1> BLPOP a 0 ...
                    3> BLMOVE a b LEFT LEFT 0 ...
                    2> MULTI
                    2> CLIENT PAUSE LENGTH
                    2> RPUSH a x y
                    2> EXEC
                    1<
                    3<
                    2> PING
                    2> CLIENT UNPAUSE
                    1> BLPOP a 0 ...
                    2> MULTI
                    2> RPUSH a x
                    2> CLIENT PAUSE LENGTH
                    2> EXEC
                    1<
                    2> PING
                    2> CLIENT UNPAUSE
                    """.replace("LENGTH", pause));
        }
        compare("""
                1> BLPOP a 0.5 ...
                3> BLPOP a 0 ...
                2> CLIENT PAUSE 100000 WRITE
                1<
                2> CLIENT UNBLOCK {3}
                3<
                3> GET nothing
                2> CLIENT UNPAUSE
                """);
    }

    @Test
    void errorsAreRedisErrors() throws IOException {
        compare("""
                1> BLPOP a
                1> BLPOP a x
                1> BLPOP a -1
                1> BLPOP a nan
                1> BLMOVE a b LEFT UP 0
                1> BLMOVE a b LEFT RIGHT x
                1> BLMPOP x 1 a LEFT
                1> BLMPOP 0 0 a LEFT
                1> BLMPOP 0 1 a UP
                1> BLMPOP -1 1 a LEFT
                1> BLMPOP 0 1 a LEFT COUNT 0
                1> BZMPOP 0 1 a LEFT
                1> BZPOPMIN a b
                1> XREAD BLOCK x STREAMS s $
                1> XREAD BLOCK -1 STREAMS s $
                1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
                1> SET string x
                1> BLPOP string 0
                1> BLMOVE string b LEFT LEFT 0
                1> BZPOPMIN string 0
                1> BLPOP none string 0
                2> BLMOVE source string LEFT LEFT 0 ...
                1> RPUSH source x
                2<
                1> LRANGE source 0 -1
                """);
    }
}
