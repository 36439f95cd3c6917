package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that begin to wait for a key, or to watch it, while an entry that has changed it is applied: it is told already, and can
 * be read only at the end of the entry. The entry is a transaction that goes on for some time behind the change.
 */
@Timeout(120)
final class WakeUpTest {
    private static final int ROUNDS = 25;
    private static final int MEMBERS = 10_000;

    /** What another client does while the entry is applied. */
    @FunctionalInterface
    private interface Meanwhile {
        void run(WireClient client, int round) throws IOException;
    }

    private static void during(String change, Meanwhile meanwhile) throws IOException {
        try (TestServer server = TestServer.start();
                WireClient writer = server.connect();
                WireClient other = server.connect()) {
            for (int i = 0; i < MEMBERS; i += 1000) {
                String[] add = new String[1002];
                add[0] = "SADD";
                add[1] = "many";
                for (int j = 0; j < 1000; j++) {
                    add[j + 2] = "member" + (i + j);
                }
                writer.callWords(add);
            }
            for (int round = 1; round <= ROUNDS; round++) {
                for (String line : List.of("MULTI", change.formatted(round), "SUNIONSTORE copy many", "EXEC")) {
                    writer.send(line.split(" "));
                }
                // At another moment of the entry in each round.
                long until = System.nanoTime() + round * 500_000L;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                meanwhile.run(other, round);
                for (int i = 0; i < 3; i++) {
                    writer.receive();
                }
                assertTrue(writer.receive().endsWith(":" + MEMBERS + "]"));
            }
        }
    }

    @Test
    void aPopSeesWhatIsPushedMeanwhile() throws IOException {
        during("LPUSH q %d", (client, round) -> assertEquals("[$q, $" + round + "]", client.call("BLPOP q 5")));
    }

    @Test
    void aReadSeesWhatIsAddedMeanwhile() throws IOException {
        during(
                "XADD s %d-1 f v",
                (client, round) -> assertEquals(
                        "[[$s, [[$" + round + "-1, [$f, $v]]]]]",
                        client.call("XREAD BLOCK 5000 STREAMS s " + (round - 1) + "-1")));
    }

    @Test
    void aWatchSeesWhatIsWrittenMeanwhile() throws IOException {
        during(
                "SET k %d",
                (client, round) -> {
                    client.call("WATCH k");
                    String seen = client.call("GET k");
                    client.call("MULTI");
                    client.call("SET mine " + round);
                    String reply = client.call("EXEC");
                    if (!seen.equals("$" + round)) {
                        assertEquals("*-1", reply, () -> "it was " + seen);
                    }
                });
    }

    @Test
    void aWatchOfReadsSeesWhatIsWrittenMeanwhile() throws IOException {
        during(
                "SET k %d",
                (client, round) -> {
                    client.call("WATCH k");
                    String seen = client.call("GET k");
                    client.call("MULTI");
                    client.call("GET k");
                    String reply = client.call("EXEC");
                    assertTrue(
                            reply.equals("*-1") || reply.equals("[" + seen + "]"), () -> seen + " and then " + reply);
                });
    }
}
