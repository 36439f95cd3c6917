package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A script may do what its user may, alone, in a transaction, and when it only reads. */
@Timeout(60)
final class ScriptRightsTest {
    private static final String SET = "return redis.call('SET', KEYS[1], 'x')";

    @Test
    void theCallsOfAScriptAreThoseOfItsUser() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient admin = server.connect();
                WireClient alice = server.connect()) {
            assertEquals(
                    "+OK", admin.call("ACL SETUSER alice on >secret ~a* +@scripting +@transaction +get +acl|whoami"));
            admin.call("SET a1 value");
            assertEquals("+OK", alice.call("AUTH alice secret"));
            String get = "return redis.call('GET', KEYS[1])";
            String other = "return redis.call('GET', 'b')";
            for (String eval : new String[] {"EVAL", "EVAL_RO"}) {
                assertEquals("$value", alice.callWords(eval, get, "1", "a1"));
                assertRefused("run this command", alice.callWords(eval, SET, "1", "a1"));
                assertRefused("access at least one of the keys", alice.callWords(eval, other, "1", "a1"));
                assertEquals(
                        ":0",
                        alice.callWords(eval, "return redis.acl_check_cmd('set', 'a', '1') and 1 or 0", "1", "a1"));
            }
            assertTrue(alice.callWords("EVAL", get, "1", "b").startsWith("-NOPERM "));

            alice.call("MULTI");
            alice.callWords("EVAL", SET, "1", "a1");
            alice.callWords("EVAL", get, "1", "a1");
            String replies = alice.call("EXEC");
            assertTrue(replies.startsWith("[-") && replies.endsWith(", $value]"), replies);
            assertEquals("$value", admin.call("GET a1"));

            assertEquals("+OK", admin.callWords("EVAL", SET, "1", "a1"));
            assertEquals("$x", admin.call("GET a1"));
        }
    }

    @Test
    void thePatternsOfASortInAScriptNeedEveryKey() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient admin = server.connect();
                WireClient alice = server.connect()) {
            admin.call("ACL SETUSER alice on nopass ~a* +@all");
            admin.call("ACL SETUSER all on nopass ~a* %R~* +@all");
            admin.call("RPUSH a1 1");
            admin.call("SET secret1 hidden");
            alice.call("AUTH alice x");
            String sort = "return redis.call('SORT', KEYS[1], 'BY', 'x', 'GET', 'secret*')";
            for (String eval : new String[] {"EVAL", "EVAL_RO"}) {
                String reply = alice.callWords(eval, sort.replace("SORT", "SORT_RO"), "1", "a1");
                assertTrue(reply.startsWith("-ERR GET option of SORT denied due to insufficient"), reply);
            }
            String by = "return redis.call('SORT', KEYS[1], 'BY', 'secret*')";
            String reply = alice.callWords("EVAL", by, "1", "a1");
            assertTrue(reply.startsWith("-ERR BY option of SORT denied due to insufficient"), reply);

            alice.call("AUTH all x");
            assertEquals("[$hidden]", alice.callWords("EVAL", sort, "1", "a1"));
        }
    }

    private static void assertRefused(String why, String reply) {
        assertTrue(reply.startsWith("-") && reply.contains("The user executing the script can't " + why), reply);
    }
}
