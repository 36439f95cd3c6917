package io.aikv.server.acl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Command;
import io.aikv.command.Flag;
import io.aikv.command.Permissions;
import io.aikv.command.Permissions.Denial;
import io.aikv.command.Permissions.Reason;
import io.aikv.server.TestServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The language of ACL SETUSER, what is stored of it, and what travels with scripts. */
final class RulesTest {
    private static final TestServer SERVER = TestServer.start();
    private static final Rules RULES = SERVER.node().server().access().rules();
    private static final Bytes NAME = Bytes.of("u");

    private static final List<String> WORDS = List.of(
            "on",
            "off",
            "nopass",
            ">secret",
            ">other",
            "resetpass",
            "~a*",
            "%R~r*",
            "%W~w*",
            "%RW~x\"y",
            "%RW~*",
            "(%RW~* -@all +get)",
            "~(odd)",
            "~",
            "allkeys",
            "resetkeys",
            "&ch*",
            "&)",
            "resetchannels",
            "allchannels",
            "+@all",
            "-@all",
            "+@read",
            "-@dangerous",
            "+get",
            "-get",
            "+config|get",
            "-config",
            "+select|0",
            "+select|(1)",
            "-select",
            "(+set ~s*)",
            "(%R~* +@string -mset &a)",
            "()",
            "(+@all allkeys allchannels -flushall)",
            "clearselectors",
            "reset",
            "skip-sanitize-payload",
            "~\u00ff\u0001");

    @AfterAll
    static void stop() throws IOException {
        SERVER.close();
    }

    private static User user(String... rules) {
        return change(User.fresh(NAME, false), rules);
    }

    private static User change(User user, String... rules) {
        return RULES.change(
                user, Stream.of(rules).map(rule -> rule.getBytes(ISO_8859_1)).toList(), false);
    }

    private static byte[][] request(String line) {
        return Stream.of(line.split(" ")).map(Bytes::utf8).toArray(byte[][]::new);
    }

    private static Denial check(User user, String line) {
        byte[][] argv = request(line);
        Command command = RULES.table().find(argv);
        assertNotNull(command, line);
        return user.permissions().check(command, argv);
    }

    private static void assertAllowed(User user, String... lines) {
        for (String line : lines) {
            assertNull(check(user, line), line);
        }
    }

    private static void assertDenied(User user, Reason reason, String... lines) {
        for (String line : lines) {
            Denial denial = check(user, line);
            assertNotNull(denial, line);
            assertEquals(reason, denial.reason(), line);
        }
    }

    // ---- what rules mean ----

    @Test
    void accessesOfKeysAreToldApart() {
        User user = user("+@all", "%R~r*", "%W~w*", "~b*");

        assertAllowed(user, "GET r1", "SET w1 v", "SET b1 v", "GET b1", "COPY r1 w1", "STRLEN r1", "PING");
        assertDenied(user, Reason.KEY, "SET r1 v", "GET w1", "COPY w1 r1", "MGET r1 x", "SET w1 v GET", "GETDEL r1");
        assertEquals(new Denial(Reason.KEY, 3), check(user, "MGET r1 b1 x"));
    }

    @Test
    void aSelectorMustAllowAllOfARequest() {
        User user = user("+get", "~a*", "(+set ~b*)", "(+mset ~a* ~b*)");

        assertAllowed(user, "GET a", "SET b v", "MSET a 1 b 2");
        assertDenied(user, Reason.KEY, "GET b", "SET a v", "MSET a 1 c 2");
        assertDenied(user, Reason.COMMAND, "DEL a", "CONFIG GET x");
    }

    @Test
    void subcommandsAndFirstArguments() {
        User user = user("+config|get", "+select|0", "+client", "-client|kill", "~*");

        assertAllowed(user, "CONFIG GET x", "SELECT 0", "CLIENT LIST", "CLIENT ID");
        assertDenied(user, Reason.COMMAND, "CONFIG SET x y", "SELECT 1", "CLIENT KILL x", "CONFIG RESETSTAT");
        assertAllowed(user("-@all"), "AUTH x", "HELLO", "RESET", "QUIT");
    }

    @Test
    void aUserWithoutRulesCanDoNothing() {
        User user = user();

        assertFalse(user.enabled());
        assertDenied(user, Reason.COMMAND, "PING", "GET a");
        assertEquals("off sanitize-payload resetchannels -@all", user.rules());
        assertFalse(user.permissions().isUnrestricted());
        assertTrue(RULES.defaultUser().permissions().isUnrestricted());
        assertFalse(user("+@all", "~*").permissions().isUnrestricted(), "no channels");
    }

    @Test
    void rulesAreShownInTheirOrderWithoutTheVoid() {
        assertEquals(
                "-@all +@string -get",
                user("+get", "+@string", "-GET")
                        .permissions()
                        .selectors()
                        .get(0)
                        .commandRules());
        assertEquals(
                "-@all +config",
                user("+config|get", "+config").permissions().selectors().get(0).commandRules());
        assertEquals(
                "+@all -@read",
                user("+get", "+@all", "-@read").permissions().selectors().get(0).commandRules());
        assertEquals(
                "~a %R~b",
                user("%W~a", "%R~b", "%R~a").permissions().selectors().get(0).keyRules());
    }

    @Test
    void errorsSayWhatIsWrong() {
        Map<String, String> reasons = new TreeMap<>();
        reasons.put("+nosuch", "Unknown command or category name in ACL");
        reasons.put("+@nosuch", "Unknown command or category name in ACL");
        reasons.put("+meta.put", "Unknown command or category name in ACL");
        reasons.put("+config|nosuch", "Unknown command or category name in ACL");
        reasons.put("-get|x", "Unknown command or category name in ACL");
        reasons.put("+config|get|x", "Allowing first-arg of a subcommand is not supported");
        reasons.put("+get|", "Syntax error");
        reasons.put("+get|a b", "Syntax error");
        reasons.put("%~x", "Syntax error");
        reasons.put("%R", "Syntax error");
        reasons.put("%RR~x", "Syntax error");
        reasons.put("~a b", "Syntax error");
        reasons.put("foo", "Syntax error");
        reasons.put("(on)", "Syntax error");
        reasons.put(
                "#12",
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
                        + " characters");
        reasons.put("<x", "The password you are trying to remove from the user does not exist");
        reasons.forEach((rule, reason) -> assertEquals(
                "ERR Error in ACL SETUSER modifier '" + rule + "': " + reason,
                assertThrows(CommandError.class, () -> user(rule), rule).line()));
        assertEquals(
                "ERR Unmatched parenthesis in acl selector starting at '(+get'.",
                assertThrows(CommandError.class, () -> user("on", "(+get", "~a"))
                        .line());
    }

    @Test
    void passwordsAreKeptAsHashes() {
        User user = user("on", ">a", ">b", ">a", "<b");

        assertEquals(
                List.of("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"), user.passwordHashes());
        assertTrue(user.accepts(Bytes.utf8("a")));
        assertFalse(user.accepts(Bytes.utf8("b")));
        assertFalse(change(user, "off").accepts(Bytes.utf8("a")));
        assertTrue(change(user, "nopass").accepts(Bytes.utf8("any")));
    }

    // ---- stored and sent ----

    @Test
    void whatIsStoredIsReadAgain() {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffffff);
        System.out.println("RulesTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        Random random = new Random(seed);
        for (int run = 0; run < 2_000; run++) {
            UserSet users = new UserSet(Map.of(), RULES.defaultUser(), 0);
            for (int i = random.nextInt(4); i >= 0; i--) {
                users.put(randomUser(random, i == 0 ? "" : "user\u00e9" + i));
            }
            Map<Bytes, User> read = UserSet.decode(users.encode(), RULES);
            users.all().forEach((name, user) -> {
                User again = name.equals(User.DEFAULT) ? RULES.defaultUser() : read.get(name);
                assertNotNull(again);
                assertEquals(user.rules(), again.rules());
                assertSameRights(user.permissions(), again.permissions(), random);
            });
        }
    }

    @Test
    void whatTravelsWithAScriptMeansTheSame() {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffffff);
        System.out.println("RulesTest seed " + seed + "; repeat with -Daikv.seed=" + seed);
        Random random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            Permissions permissions = randomUser(random, "u").permissions();
            Permissions again = Permissions.decode(permissions.encode(RULES.table()), RULES.table());
            assertSameRights(permissions, again, random);
        }
        assertFalse(Permissions.NONE.mayRun(RULES.table(), request("GET a")));
        assertFalse(RULES.defaultUser().permissions().mayRun(RULES.table(), request("NOSUCH a")));
    }

    private static User randomUser(Random random, String name) {
        User user = User.fresh(Bytes.of(name.getBytes(ISO_8859_1)), random.nextBoolean());
        for (int i = random.nextInt(12); i > 0; i--) {
            try {
                user = change(user, WORDS.get(random.nextInt(WORDS.size())));
            } catch (CommandError alreadyAllowed) {
                assertTrue(alreadyAllowed.line().contains("Adding a pattern after"), alreadyAllowed.line());
            }
        }
        return user;
    }

    private static void assertSameRights(Permissions expected, Permissions actual, Random random) {
        List<String> keys = List.of("a1", "r1", "w1", "x\"y", "(odd)", "s", "", "z");
        List<Command> commands = new ArrayList<>(RULES.table().all());
        commands.removeIf(command -> command.has(Flag.INTERNAL)); // No user names them.
        for (int i = 0; i < 60; i++) {
            Command command = commands.get(random.nextInt(commands.size()));
            List<byte[]> argv = new ArrayList<>();
            for (String part : command.name().split("\\|")) {
                argv.add(Bytes.utf8(part));
            }
            for (int left = Math.abs(command.arity()) + random.nextInt(2) - argv.size(); left > 0; left--) {
                argv.add(Bytes.utf8(random.nextInt(4) == 0 ? "" + random.nextInt(2) : keys.get(random.nextInt(8))));
            }
            byte[][] request = argv.toArray(new byte[0][]);
            assertEquals(expected.check(command, request), actual.check(command, request), command.name());
        }
        for (String channel : List.of("ch1", ")", "x")) {
            assertEquals(
                    expected.allowsChannel(Bytes.utf8(channel), false),
                    actual.allowsChannel(Bytes.utf8(channel), false));
        }
    }

    @Test
    void noRightsTravelAsNoRights() {
        byte[] encoded = Permissions.NONE.encode(RULES.table());
        assertTrue(encoded.length > 0, "nothing would mean everything");

        Permissions decoded = Permissions.decode(encoded, RULES.table());
        Command get = java.util.Objects.requireNonNull(RULES.table().find("get"));
        assertEquals(new Denial(Reason.COMMAND, 0), decoded.check(get, new byte[][] {Bytes.utf8("get"), {'k'}}));
    }

    @Test
    void bytesOfAFirstArgumentKeepTheirCase() {
        byte[] word = "\u00c3\u0089A".getBytes(ISO_8859_1);
        byte[] rule = Bytes.concat(Bytes.utf8("+select|"), word);
        User user = RULES.change(User.fresh(NAME, false), List.of(rule), false);
        UserSet set = new UserSet(Map.of(NAME, user), RULES.defaultUser(), 1);

        Command select = java.util.Objects.requireNonNull(RULES.table().find("select"));
        User again = java.util.Objects.requireNonNull(
                UserSet.decode(set.encode(), RULES).get(NAME));
        assertNull(again.permissions().check(select, new byte[][] {Bytes.utf8("select"), word}));
        assertTrue(again.isSameAs(user));
    }

    @Test
    @Timeout(60)
    void manyRulesAreReadInTimeThatGrowsWithTheirNumber() {
        List<byte[]> rules = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            rules.add(Bytes.utf8("~" + i));
            rules.add(Bytes.utf8("&" + i));
            rules.add(Bytes.utf8("+select|" + i));
            rules.add(Bytes.utf8("+get"));
            rules.add(Bytes.utf8("#" + String.format("%064x", i)));
        }

        User user = RULES.change(User.fresh(NAME, false), rules, false);

        assertEquals(200_000, user.permissions().selectors().get(0).keys().size());
        assertEquals(200_000, user.passwordHashes().size());
    }
}
