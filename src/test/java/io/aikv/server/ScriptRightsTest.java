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

    private static void assertRefused(String why, String reply) {
        assertTrue(reply.startsWith("-") && reply.contains("The user executing the script can't " + why), reply);
    }
}
