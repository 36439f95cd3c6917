package io.aikv.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.KeyRecord;
import io.aikv.resp.Reply;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreFailure;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DebugCommandsTest {
    private static final String NOT_ALLOWED =
            "ERR DEBUG command not allowed. If the enable-debug-command option is set to"
                    + " \"local\", you can run it from a local connection, otherwise you need to set this option in the"
                    + " configuration file, and then restart the server.";

    @TempDir
    Path temp;

    private TestNode node;

    @BeforeEach
    void open() throws Exception {
        node = new TestNode(temp);
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void debugObjectMayBeAskedToBeFast() throws Exception {
        assertEquals(node.wire("DEBUG OBJECT nosuch", 2), node.wire("DEBUG OBJECT nosuch FAST", 2));
        assertTrue(node.wire("DEBUG OBJECT k slow", 2).startsWith("-ERR unknown subcommand or wrong number"));
    }

    @Test
    void isAllowedFromTheLoopbackOnlyUnlessConfigured() throws Exception {
        assertEquals(Reply.OK, node.run("DEBUG SLEEP 0"));
        node.local = false;
        assertEquals(Reply.error(NOT_ALLOWED), node.run("DEBUG SLEEP 0"));

        try (TestNode open = new TestNode(temp.resolve("yes"), "redis.enable-debug-command=yes")) {
            open.local = false;
            assertEquals(Reply.OK, open.run("DEBUG SLEEP 0"));
        }
        try (TestNode shut = new TestNode(temp.resolve("no"), "redis.enable-debug-command=no")) {
            assertEquals(Reply.error(NOT_ALLOWED), shut.run("DEBUG SLEEP 0"));
        }
    }

    @Test
    void nothingThatEndsTheProcessIsDone() throws Exception {
        for (String name : new String[] {"PANIC", "SEGFAULT", "ASSERT", "OOM", "RESTART", "CRASH-AND-RECOVER 5"}) {
            String word = name.split(" ")[0];
            assertEquals(
                    Reply.error("ERR DEBUG " + word + " is refused: it would harm the process"),
                    node.run("DEBUG " + name));
        }
        assertEquals(
                Reply.error("ERR unknown subcommand or wrong number of arguments for 'jmap'. Try DEBUG HELP."),
                node.run("DEBUG jmap"));
    }

    @Test
    void theDigestTellsDataApartAndForgetsHistory() throws Exception {
        String empty = node.text("DEBUG DIGEST");
        assertEquals("0".repeat(40), empty);
        node.put("a", "1");
        String one = node.text("DEBUG DIGEST");
        node.put("b", "2");
        String two = node.text("DEBUG DIGEST");
        node.put(1, "a", "1", KeyRecord.NO_EXPIRY);
        String otherDatabase = node.text("DEBUG DIGEST");
        node.put("a", "9");
        node.put("a", "1");

        assertTrue(one.matches("[0-9a-f]{40}"), one);
        assertNotEquals(one, two);
        assertNotEquals(two, otherDatabase);
        assertEquals(otherDatabase, node.text("DEBUG DIGEST"));

        try (TestNode other = new TestNode(temp.resolve("other"))) {
            other.put(1, "a", "1", KeyRecord.NO_EXPIRY);
            other.put("b", "2");
            other.put("a", "1");
            assertEquals(otherDatabase, other.text("DEBUG DIGEST"));
        }
    }

    @Test
    void theDigestCountsWhetherAKeyExpiresAndNotKeysThatAreDue() throws Exception {
        node.put("a", "1");
        String forever = node.text("DEBUG DIGEST");
        node.put(0, "a", "1", TestNode.NOW + 1_000);
        String limited = node.text("DEBUG DIGEST");
        node.nowMillis += 2_000;

        assertNotEquals(forever, limited);
        assertEquals("0".repeat(40), node.text("DEBUG DIGEST"));
    }

    @Test
    void aGroupsDigestComesWithItsAppliedIndex() throws Exception {
        node.put("a", "1");
        node.put("b", "1");

        String digest = node.text("DEBUG DIGEST GROUP g1");

        assertEquals("2 " + node.store.digest().hex(), digest);
        assertEquals(Reply.error("ERR this node does not host group 'g9'"), node.run("DEBUG DIGEST GROUP g9"));
    }

    @Test
    void keysAreLookedIntoWhereTheyAre() throws Exception {
        node.put("k", "hello");

        assertEquals(
                Reply.simple("Value at:0x0 refcount:1 encoding:embstr serializedlength:5"), node.run("DEBUG OBJECT k"));
        assertEquals(
                Reply.simple("key_sds_len:1, key_sds_avail:0, key_zmalloc: 1, val_sds_len:5, val_sds_avail:0,"
                        + " val_zmalloc: 5"),
                node.run("DEBUG SDSLEN k"));
        assertEquals(Reply.error("ERR Not a listpack encoded object."), node.run("DEBUG LISTPACK k"));
        assertEquals(Reply.error("ERR Not a quicklist encoded object."), node.run("DEBUG QUICKLIST k"));
        assertEquals(
                Reply.error("ERR The value stored at the specified key is not represented using an hash table"),
                node.run("DEBUG HTSTATS-KEY k"));
        Reply.Array digests = (Reply.Array) node.run("DEBUG DIGEST-VALUE k nosuch");
        assertEquals(2, digests.items().size());
        assertEquals(Reply.simple("0".repeat(40)), digests.items().get(1));
        assertNotEquals(digests.items().get(0), digests.items().get(1));
    }

    @Test
    void reloadOpensTheStoreAgainFromDisk() throws Exception {
        for (String command : new String[] {"DEBUG RELOAD NOSAVE noflush MERGE", "DEBUG RELOAD", "DEBUG LOADAOF"}) {
            node.put("k", command);
            assertNotEquals(node.store.applied(), node.store.durable());
            GroupStore before = node.store;
            String digest = node.text("DEBUG DIGEST");

            assertEquals(Reply.OK, node.run(command));

            assertNotSame(before, node.store);
            assertEquals(before.applied(), node.store.applied());
            assertEquals(node.store.applied(), node.store.durable());
            assertEquals(digest, node.text("DEBUG DIGEST"));
            assertThrows(StoreFailure.class, before::durable);
        }
        assertEquals(
                Reply.error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."),
                node.run("DEBUG RELOAD LATER"));
    }

    @Test
    void populateWritesThroughTheLog() throws Exception {
        assertEquals(Reply.OK, node.run("DEBUG POPULATE 1000"));
        assertEquals(Reply.OK, node.run("DEBUG POPULATE 2 pre 20"));

        assertEquals("keys=1002,expires=0,avg_ttl=0", node.info("keyspace").get("db0"));
        assertEquals(1002, node.store.applied().index());
        assertTrue(node.text("DEBUG OBJECT key:999").endsWith("serializedlength:9"));
        assertTrue(node.text("DEBUG OBJECT pre:1").endsWith("serializedlength:20"));
    }

    @Test
    void activeExpiryAndReplicationIdAreSwitched() throws Exception {
        node.run("DEBUG SET-ACTIVE-EXPIRE 0");
        assertFalse(node.activeExpiry);
        node.run("DEBUG set-active-expire 1");
        assertTrue(node.activeExpiry);

        node.run("DEBUG CHANGE-REPL-ID");
        assertNotEquals("a".repeat(40), node.info("replication").get("master_replid"));
    }

    @Test
    void globsAreTried() throws Exception {
        assertEquals(Reply.ONE, node.run("DEBUG STRINGMATCH-LEN a*c abc"));
        assertEquals(Reply.ZERO, node.run("DEBUG STRINGMATCH-LEN a*c abd"));
    }

    @Test
    void anErrorIsAnsweredAsItIsAskedFor() throws Exception {
        assertEquals("-a b\\r\\n", node.wire("DEBUG ERROR \"a\\nb\"", 2));
    }

    @Test
    void helpNamesWhatThereIs() throws Exception {
        String help = node.run("DEBUG HELP").toString();

        for (String name : new String[] {"DIGEST GROUP", "RELOAD", "PROTOCOL", "SLEEP", "SET-ACTIVE-EXPIRE"}) {
            assertTrue(help.contains(name), name);
        }
    }
}
