package io.aikv.server.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.ConfigError;
import io.aikv.cluster.ClusterDocuments.Document;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What connections feel of access control. */
final class AccessTest {
    private static final String DENIED_KEY = "-NOPERM No permissions to access a key";
    private static final String WRONG = "-WRONGPASS invalid username-password pair or user is disabled.";
    private static final String NO_AUTH = "-NOAUTH Authentication required.";

    private TestServer server;
    private WireClient admin;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start();
        admin = server.connect();
    }

    @AfterEach
    void stop() throws IOException {
        admin.close();
        server.close();
    }

    private WireClient login(String user, String password) throws IOException {
        WireClient client = server.connect();
        assertEquals("+OK", client.callWords("AUTH", user, password));
        return client;
    }

    private static void assertAnswers(WireClient client, String... linesAndReplies) throws IOException {
        for (int i = 0; i < linesAndReplies.length; i += 2) {
            assertEquals(linesAndReplies[i + 1], client.call(linesAndReplies[i]), linesAndReplies[i]);
        }
    }

    // ---- enforcement ----

    @Test
    void aUserMayDoWhatItsRulesSay() throws IOException {
        assertEquals("+OK", admin.call("ACL SETUSER app on >pw +@string +acl|whoami ~app:* %R~shared:* -getdel"));
        try (WireClient app = login("app", "pw")) {
            assertAnswers(
                    app,
                    "SET app:1 v",
                    "+OK",
                    "GET shared:1",
                    "$-1",
                    "SET shared:1 v",
                    DENIED_KEY,
                    "MSET app:1 v other v",
                    DENIED_KEY,
                    "GETDEL app:1",
                    "-NOPERM User app has no permissions to run the 'getdel' command",
                    "CONFIG GET x",
                    "-NOPERM User app has no permissions to run the 'config|get' command",
                    "ACL WHOAMI",
                    "$app",
                    "DEL app:1",
                    "-NOPERM User app has no permissions to run the 'del' command",
                    "GET",
                    "-ERR wrong number of arguments for 'get' command",
                    "NOSUCH",
                    "-ERR unknown command 'NOSUCH', with args beginning with: ");
        }
    }

    @Test
    void aChangedUserIsFollowedAtOnce() throws IOException {
        admin.call("ACL SETUSER app on >pw +@all ~*");
        try (WireClient app = login("app", "pw");
                WireClient other = login("app", "pw")) {
            assertAnswers(app, "SET k v", "+OK");

            assertEquals("+OK", admin.call("ACL SETUSER app -set"));
            assertAnswers(
                    app, "SET k v", "-NOPERM User app has no permissions to run the 'set' command", "GET k", "$v");

            // By one of its own connections, for the others too.
            assertEquals("+OK", app.call("ACL SETUSER app resetkeys"));
            assertAnswers(other, "GET k", DENIED_KEY, "PING", "+PONG");
        }
    }

    @Test
    void theConnectionsOfARemovedUserAreClosed() throws IOException {
        admin.call("ACL SETUSER app on nopass +@all ~*");
        try (WireClient app = login("app", "x");
                WireClient other = login("app", "x");
                WireClient stays = server.connect()) {
            assertEquals(":1", app.call("ACL DELUSER app nosuch"));
            assertTrue(app.isClosedByServer());
            assertTrue(other.isClosedByServer());
            assertEquals("+PONG", stays.call("PING"));
            assertEquals(WRONG, stays.call("AUTH app x"));
            assertEquals("+OK", admin.call("ACL SETUSER app on nopass +ping"));
            assertEquals("+OK", stays.call("AUTH app x"));
        }
    }

    @Test
    void whatHasWaitedIsCheckedAgain() throws IOException {
        admin.call("ACL SETUSER app on nopass +@all ~*");
        admin.call("ACL SETUSER other on nopass +@all ~*");
        for (String wait :
                List.of("BLPOP list 0", "BLMOVE list to LEFT LEFT 0", "XREADGROUP GROUP g c BLOCK 0 STREAMS list >")) {
            admin.call("DEL list");
            boolean stream = wait.startsWith("X");
            if (stream) {
                admin.call("XGROUP CREATE list g $ MKSTREAM");
            }
            try (WireClient app = login("app", "x");
                    WireClient same = login("app", "x");
                    WireClient other = login("other", "x")) {
                for (WireClient each : List.of(app, same, other)) {
                    int before = blockedClients();
                    each.send(wait.split(" "));
                    Await.until(() -> blockedClients() == before + 1, Duration.ofSeconds(20), () -> wait + " waits");
                }
                assertEquals("+OK", admin.call("ACL SETUSER app resetkeys"));
                admin.call(stream ? "XADD list 1-1 f v" : "RPUSH list x");

                assertEquals(DENIED_KEY, app.receive());
                assertEquals(DENIED_KEY, same.receive());
                assertTrue(!other.receive().startsWith("-"), "what has come is for the next");
                assertEquals("+PONG", app.call("PING"));
                assertEquals("+OK", admin.call("ACL SETUSER app allkeys"));
            }
        }
        admin.call("XGROUP CREATE s g $ MKSTREAM");
        try (WireClient app = login("app", "x")) {
            app.send("XREAD BLOCK 0 STREAMS s $".split(" "));
            Await.until(() -> blockedClients() == 1, Duration.ofSeconds(20), () -> "XREAD waits");
            assertEquals("+OK", admin.call("ACL SETUSER app resetkeys"));
            admin.call("XADD s 1-1 f v");
            assertEquals(DENIED_KEY, app.receive());
            assertEquals("+PONG", app.call("PING"));
            assertEquals(0, blockedClients());
        }
    }

    private int blockedClients() {
        try {
            String info = admin.call("INFO clients");
            String after = info.substring(info.indexOf("blocked_clients:") + 16);
            return Integer.parseInt(after.substring(0, after.indexOf('\r')));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aSubscriberIsToldOfItsRightsFirst() throws IOException {
        admin.call("ACL SETUSER app on nopass +@all -get allchannels");
        try (WireClient app = login("app", "x")) {
            app.call("SUBSCRIBE c");
            assertEquals("-NOPERM User app has no permissions to run the 'get' command", app.call("GET k"));
        }
    }

    @Test
    void aLongNameIsCutInTheLog() throws IOException {
        try (WireClient client = server.connect()) {
            assertEquals(WRONG, client.callWords("AUTH", "n".repeat(1 << 20), "x"));
        }
        assertTrue(admin.call("ACL LOG").length() < 80_000);
    }

    @Test
    void whoIsMadeAgainIsAnotherUserAlsoWhereNobodySawItRemoved() throws IOException {
        assertEquals("+OK", admin.call("ACL SETUSER app on nopass +@all"));
        assertEquals("+OK", admin.call("ACL SETUSER app ~*"));
        AccessControl access = server.node().server().access();
        User made = access.find("app".getBytes()).user();
        try (WireClient app = login("app", "x")) {
            UserSet same = new UserSet(
                    Map.of(made.name(), made), access.defaultAccount().user(), 50);
            access.adopt(new Document(50, same.encode()));
            assertEquals("+PONG", app.call("PING"));

            UserSet again = new UserSet(Map.of(), access.defaultAccount().user(), 51);
            again.put(made);
            access.adopt(new Document(51, again.encode()));

            assertTrue(app.isClosedByServer());
            try (WireClient next = login("app", "x")) {
                assertEquals("+PONG", next.call("PING"));
            }
        }
    }

    @Test
    void clientsAreListedAndKilledByUser() throws IOException {
        admin.call("ACL SETUSER app on nopass +@all");
        try (WireClient app = login("app", "x")) {
            assertTrue(app.call("CLIENT INFO").contains(" user=app "));
            assertEquals(":1", admin.call("CLIENT KILL USER app"));
            assertTrue(app.isClosedByServer());
            assertEquals(":0", admin.call("CLIENT KILL USER app"));
        }
    }

    @Test
    void patternsOfSortNeedEveryKey() throws IOException {
        admin.call("ACL SETUSER app on nopass +@all ~a %R~r*");
        admin.call("ACL SETUSER all on nopass +@all ~a %R~*");
        try (WireClient app = login("app", "x");
                WireClient all = login("all", "x")) {
            assertAnswers(
                    app,
                    "SORT a",
                    "[]",
                    "SORT a BY nosort LIMIT 0 1",
                    "[]",
                    "SORT a BY w*",
                    "-ERR BY option of SORT denied due to insufficient ACL permissions.",
                    "SORT a GET #",
                    "-ERR GET option of SORT denied due to insufficient ACL permissions.",
                    "SORT_RO a GET x*",
                    "-ERR GET option of SORT denied due to insufficient ACL permissions.");
            assertAnswers(all, "SORT a BY w* GET #", "[]");
        }
    }

    // ---- the default user ----

    @Test
    void aPasswordLaterDoesNotThrowOutWhoIsIn() throws IOException {
        try (WireClient early = server.connect()) {
            assertEquals("+PONG", early.call("PING")); // It is accepted.
            assertEquals("+OK", admin.call("CONFIG SET requirepass secret"));
            assertEquals("+PONG", early.call("PING"));
            try (WireClient late = server.connect()) {
                assertAnswers(late, "PING", NO_AUTH, "AUTH x", WRONG, "AUTH secret", "+OK", "PING", "+PONG");
                assertAnswers(late, "RESET", "+RESET", "PING", NO_AUTH);
                assertEquals("+OK", admin.call("CONFIG SET requirepass \"\"".replace("\"\"", "x")));
                assertEquals("+OK", admin.call("ACL SETUSER default nopass"));
                assertEquals("+PONG", late.call("PING"), "nobody need log in any more");
            }
        }
    }

    @Test
    void requirepassIsThePasswordOfAStoredDefaultUserToo() throws IOException {
        assertEquals("+OK", admin.call("ACL SETUSER default >one"));
        assertEquals("+OK", admin.call("CONFIG SET requirepass two"));
        try (WireClient late = server.connect()) {
            assertAnswers(late, "AUTH one", WRONG, "AUTH two", "+OK");
        }
    }

    @Test
    void aDefaultUserThatIsOffLetsNobodyIn() throws IOException {
        assertEquals("+OK", admin.call("ACL SETUSER ops on >pw +@all ~* &*"));
        assertEquals("+OK", admin.call("ACL SETUSER default off"));
        try (WireClient late = server.connect()) {
            assertAnswers(
                    late,
                    "PING",
                    NO_AUTH,
                    "AUTH x",
                    "-ERR AUTH <password> called without any password configured for the default user. Are you sure your"
                            + " configuration is correct?",
                    "AUTH default x",
                    WRONG,
                    "AUTH ops pw",
                    "+OK",
                    "PING",
                    "+PONG");
        }
    }

    // ---- what is noted, and what is not shown ----

    @Test
    void refusalsAreCountedAndLogged() throws IOException {
        admin.call("ACL SETUSER app on >pw +get ~a");
        try (WireClient app = login("app", "pw")) {
            app.call("GET b");
            app.call("GET b");
            app.call("SET a v");
            app.call("AUTH app wrong");
            app.call("hello 3 AUTH nosuch wrong");
        }
        String log = admin.call("ACL LOG");
        assertTrue(
                log.startsWith(
                        "[[$count, :1, $reason, $auth, $context, $toplevel, $object, $hello, $username, $nosuch,"),
                log);
        assertTrue(
                log.contains("[$count, :1, $reason, $auth, $context, $toplevel, $object, $AUTH, $username, $app,"),
                log);
        assertTrue(
                log.contains("[$count, :1, $reason, $command, $context, $toplevel, $object, $set, $username, $app,"),
                log);
        assertTrue(log.contains("[$count, :2, $reason, $key, $context, $toplevel, $object, $b, $username, $app,"), log);
        assertTrue(log.contains(" user=app "), log);
        assertTrue(log.contains("$entry-id, :0, $timestamp-created, :"), log);
        String stats = admin.call("INFO stats");
        for (String figure : new String[] {"auth:2", "cmd:1", "key:2", "channel:0"}) {
            assertTrue(stats.contains("acl_access_denied_" + figure + "\r\n"), figure);
        }
        assertEquals("+OK", admin.call("CONFIG SET acllog-max-len 1"));
        admin.call("AUTH third x");
        assertEquals(1, admin.call("ACL LOG").split("\\$count", -1).length - 1);
        assertEquals("+OK", admin.call("ACL LOG RESET"));
        assertEquals("[]", admin.call("ACL LOG"));
    }

    @Test
    void secretsAreNotInTheSlowLog() throws IOException {
        admin.call("CONFIG SET slowlog-log-slower-than 0");
        admin.call("ACL SETUSER app +@all ~* on >topsecret");
        admin.call("CONFIG SET masterauth topsecret timeout 0");
        admin.call("AUTH app topsecret");
        admin.call("HELLO 2 AUTH app topsecret SETNAME n");
        admin.call("MIGRATE h 1 k 0 1 AUTH2 u topsecret");
        try (WireClient other = server.connect()) {
            String log = other.call("SLOWLOG GET 20");
            assertFalse(log.contains("topsecret"), log);
            assertTrue(
                    log.contains("[$ACL, $SETUSER, $(redacted), $(redacted), $(redacted), $(redacted), $(redacted)]"),
                    log);
            assertTrue(log.contains("[$CONFIG, $SET, $masterauth, $(redacted), $timeout, $0]"), log);
            assertTrue(log.contains("[$HELLO, $2, $AUTH, $(redacted), $(redacted), $SETNAME, $n]"), log);
            assertTrue(log.contains("$AUTH2, $(redacted), $(redacted)]"), log);
        }
    }

    // ---- the configuration ----

    @Test
    void theFirstUsersComeFromTheConfiguration() throws IOException {
        try (TestServer own = TestServer.start(
                        "security.users=[\"app on >pw ~a* +@all\", \"default on >secret ~* &* +@all\"]");
                WireClient client = own.connect()) {
            assertAnswers(
                    client,
                    "PING",
                    NO_AUTH,
                    "AUTH app pw",
                    "+OK",
                    "SET b v",
                    DENIED_KEY,
                    "AUTH secret",
                    "+OK",
                    "ACL USERS",
                    "[$app, $default]",
                    "ACL SETUSER other on",
                    "+OK",
                    "ACL USERS",
                    "[$app, $default, $other]",
                    "AUTH app pw",
                    "+OK");
        }
    }

    @Test
    void aBadUserInTheConfigurationIsRefusedAtTheStart() {
        Map<String, String> problems = new TreeMap<>();
        problems.put(
                "app +nosuch", "user app: Error in ACL SETUSER modifier '+nosuch': Unknown command or category name");
        problems.put("'a on", "write a name and the rules");
        problems.put("'a b' on", "has white space");
        problems.forEach((line, problem) -> {
            String message = assertThrows(
                            ConfigError.class,
                            () -> TestServer.start("security.users=[\"" + line + "\"]")
                                    .close())
                    .getMessage();
            assertTrue(message.startsWith("security.users: ") && message.contains(problem), message);
        });
    }

    @Test
    void usersSurviveARestart(@TempDir Path directory) throws IOException {
        String[] settings = {"storage.engine=rocksdb", "storage.dir=\"" + directory + "\""};
        try (TestServer first = TestServer.start(settings);
                WireClient client = first.connect()) {
            assertEquals("+OK", client.call("ACL SETUSER app on >pw ~app:* +@read"));
            assertEquals("+OK", client.call("ACL SETUSER default >secret"));
        }
        Path copy = directory.resolve("document-users");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)));
        assertFalse(Files.readString(copy, java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains("secret"));

        try (TestServer again = TestServer.start(settings);
                WireClient client = again.connect()) {
            assertAnswers(client, "PING", NO_AUTH, "AUTH app pw", "+OK", "GET app:1", "$-1", "GET x", DENIED_KEY);
            assertAnswers(client, "AUTH secret", "+OK", "ACL USERS", "[$app, $default]");
        }
    }

    @Test
    void changesAtTheSameTimeAllHold() throws Exception {
        CompletableFuture<?>[] writers = Stream.of("a", "b", "c", "d")
                .map(letter -> CompletableFuture.runAsync(() -> {
                    try (WireClient client = server.connect()) {
                        for (int i = 0; i < 25; i++) {
                            assertEquals("+OK", client.call("ACL SETUSER shared ~" + letter + i));
                            assertEquals("+OK", client.call("ACL SETUSER " + letter + i + " on"));
                        }
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(writers).get(60, TimeUnit.SECONDS);

        assertEquals(102, admin.call("ACL USERS").split(", ").length);
        assertEquals(
                100,
                server.node()
                        .server()
                        .access()
                        .find("shared".getBytes())
                        .user()
                        .permissions()
                        .selectors()
                        .get(0)
                        .keys()
                        .size());
    }
}
