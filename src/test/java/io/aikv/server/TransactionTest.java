package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.raft.GroupReplica;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Transactions through a server: what no comparison with Redis shows. */
@Timeout(60)
final class TransactionTest {
    private static final String CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot";

    private static GroupReplica group(TestServer server) {
        return server.node().groups().iterator().next();
    }

    @Test
    void aTransactionThatOnlyReadsCostsNoEntry() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            assertEquals("+OK", client.call("MSET a 1 b 2"));
            long before = group(server).applied().index();
            client.call("WATCH a");
            client.call("MULTI");
            client.call("GET a");
            client.call("MGET a b none");
            client.call("DBSIZE");
            assertEquals("[$1, [$1, $2, $-1], :2]", client.call("EXEC"));
            assertEquals(before, group(server).applied().index());
        }
    }

    @Test
    void aKeyThatExpiresWhileItIsWatchedEndsTheTransaction() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.call("DEBUG SET-ACTIVE-EXPIRE 0");
            for (String queued : new String[] {"GET other", "SET other 1"}) {
                do { // Until it was in time.
                    client.call("UNWATCH");
                    client.call("SET key value PX 200");
                    assertEquals("+OK", client.call("WATCH key"));
                } while (client.call("EXISTS key").equals(":0"));
                Await.until(() -> client.call("EXISTS key").equals(":0"), Duration.ofSeconds(10), () -> "expired");
                client.call("MULTI");
                client.call(queued);
                assertEquals("*-1", client.call("EXEC"), queued);
                assertEquals("+OK", client.call("WATCH key"), "watched while it is due and still stored");
                client.call("MULTI");
                client.call(queued);
                assertTrue(client.call("EXEC").startsWith("["), queued);
                client.call("DEL key other");
            }
        }
    }

    @Test
    void aWatchEndsWithItsConnectionOrWhenItIsForgotten() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            try (WireClient other = server.connect()) {
                other.call("WATCH a b c");
                client.call("WATCH a");
                assertEquals(3, group(server).watchedKeys());
            }
            Await.until(
                    () -> group(server).watchedKeys() == 1,
                    Duration.ofSeconds(10),
                    () -> "watches of a closed connection");
            client.call("RESET");
            assertEquals(0, group(server).watchedKeys());
            client.call("WATCH a");
            client.call("MULTI");
            client.call("EXEC");
            assertEquals(0, group(server).watchedKeys());
        }
    }

    @Test
    void whatComesInOnePacketIsOneTransaction() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.raw(
                    "SET a 1\r\nMULTI\r\nINCR a\r\nECHO between\r\nSELECT 1\r\nSET a other\r\nCLIENT GETNAME\r\nEXEC\r\nGET a\r\n"
                            + "SELECT 0\r\nGET a\r\n");
            assertEquals("+OK", client.receive());
            assertEquals("+OK", client.receive());
            for (int i = 0; i < 5; i++) {
                assertEquals("+QUEUED", client.receive());
            }
            assertEquals("[:2, $between, +OK, +OK, $-1]", client.receive());
            assertEquals("$other", client.receive());
            assertEquals("+OK", client.receive());
            assertEquals("$2", client.receive());
        }
    }

    @Test
    void commandsThatAnswerLaterRunBehindTheData() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.call("MULTI");
            client.call("SET a 1");
            client.call("WAIT 0 0");
            client.call("GET a");
            assertEquals("[+OK, :0, $1]", client.call("EXEC"));
        }
    }

    @Test
    void tooMuchIsRefusedWhenItIsQueued() throws IOException {
        try (TestServer server = TestServer.start("limits.client-query-buffer-limit=1mb");
                WireClient client = server.connect()) {
            String value = "x".repeat(400_000);
            client.call("MULTI");
            assertEquals("+QUEUED", client.call("SET a " + value));
            assertEquals("+QUEUED", client.call("SET b " + value));
            assertTrue(client.call("SET c " + value).contains("limits.client-query-buffer-limit"));
            assertEquals("-EXECABORT Transaction discarded because of previous errors.", client.call("EXEC"));
            assertEquals(":0", client.call("EXISTS a b c"));
            Await.until(
                    () -> server.node().server().requestBytes() == 0,
                    Duration.ofSeconds(10),
                    () -> "memory is given back");
        }
    }

    @Test
    void repliesAreBoundedThoughTheCommandsAreExecuted() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.call("SETRANGE a 41943039 x");
            client.call("MULTI");
            client.call("GET a");
            client.call("GET a");
            client.call("APPEND a y");
            client.send("EXEC");
            assertEquals("*3", client.receiveHead());
            assertEquals(41_943_041, client.receive().length());
            assertTrue(client.receive().startsWith("-ERR the command was executed, but its reply is left out"));
            assertEquals(":41943041", client.receive());
        }
    }

    @Test
    void keysOfSeveralSlotsAreRefusedUnlessTheConfigurationAllowsThem() throws IOException {
        try (TestServer server = TestServer.start("cluster.enabled=true");
                WireClient client = server.connect()) {
            client.call("MULTI");
            assertEquals("+QUEUED", client.call("SET a 1"));
            assertEquals("+QUEUED", client.call("SET b 1"));
            assertEquals(CROSS_SLOT, client.call("EXEC"));
            assertEquals("-ERR EXEC without MULTI", client.call("EXEC"));
            client.call("MULTI");
            assertEquals(CROSS_SLOT, client.call("MSET a 1 b 2"));
            assertEquals("-EXECABORT Transaction discarded because of previous errors.", client.call("EXEC"));
            // As in Redis, watched keys may be of other slots.
            assertEquals("+OK", client.call("WATCH b"));
            client.call("MULTI");
            client.call("SET a 1");
            assertEquals("[+OK]", client.call("EXEC"));
        }
        try (TestServer server = TestServer.start("cluster.enabled=true", "cluster.cross-slot-in-group=true");
                WireClient client = server.connect()) {
            client.call("MULTI");
            client.call("SET a 1");
            client.call("SET b 2");
            client.call("GET a");
            assertEquals("[+OK, +OK, $1]", client.call("EXEC"));
        }
    }

    @Test
    void clientsAreShownWithTheirTransactions() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect();
                WireClient other = server.connect()) {
            String id = client.call("CLIENT ID").substring(1);
            client.call("WATCH a b");
            client.call("MULTI");
            client.call("GET a");
            String line = other.call("CLIENT LIST ID " + id);
            assertTrue(line.contains(" multi=1 watch=2 ") && line.contains(" flags=x "), line);
            assertFalse(line.contains(" multi-mem=0 "), line);
            other.call("SET a 1");
            assertTrue(other.call("CLIENT LIST ID " + id).contains(" flags=xd "));
            String info = other.call("INFO clients");
            assertTrue(info.contains("watching_clients:1\r\n") && info.contains("total_watched_keys:2\r\n"), info);
        }
    }
}
