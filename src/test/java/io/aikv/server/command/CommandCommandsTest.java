package io.aikv.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aikv.command.Command;
import io.aikv.command.Flag;
import io.aikv.resp.Reply;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * COMMAND against {@code command-info.json}: what redis-server 7.0.15 answers to COMMAND INFO, and for newer commands what
 * their descriptions in Redis 7.2 and Valkey 8 say.
 */
final class CommandCommandsTest {
    private static final TestServer SERVER = TestServer.start();

    /** Where newer versions of Redis differ from 7.0, or this server does on purpose. */
    private static final Set<String> NEWER = Set.of(
            // Scripts may run them since 7.2: they do not wait there.
            "blmove",
            "blpop",
            "brpop",
            "brpoplpush",
            "bzpopmax",
            "bzpopmin",
            "command|getkeys",
            "command|getkeysandflags",
            "cluster|info",
            "cluster|myid",
            "cluster|nodes",
            "cluster|setslot",
            "cluster|shards",
            "cluster|slots",
            "pfcount",
            "publish",
            "randomkey",
            "scan",
            "spublish",
            "wait",
            "zrank",
            "zrevrank");

    @AfterAll
    static void stop() throws IOException {
        SERVER.close();
    }

    @Test
    void everyRowIsAsRedisDescribesIt() throws IOException {
        JsonNode facts = facts();
        CommandDocs docs = CommandDocs.load();
        List<String> differences = new ArrayList<>();
        int compared = 0;
        for (Command command : SERVER.node().server().index().table().all()) {
            JsonNode fact = facts.get(command.name());
            if (fact == null || NEWER.contains(command.name()) || command.has(Flag.INTERNAL)) {
                continue;
            }
            String wanted = describe(fact);
            String found = describe((Reply.Array) CommandInfo.of(command, docs));
            compared++;
            if (!wanted.equals(found)) {
                differences.add(found + "\n    instead of " + wanted);
            }
        }
        assertTrue(compared > 50, "only " + compared + " commands were compared");
        assertEquals("", String.join("\n", differences));
    }

    private static JsonNode facts() throws IOException {
        try (InputStream in = CommandCommandsTest.class.getResourceAsStream("command-info.json")) {
            assertNotNull(in);
            return new ObjectMapper().readTree(in);
        }
    }

    private static String describe(JsonNode fact) {
        return fact.get("name").asText() + " " + fact.get("arity") + " " + texts(fact.get("flags")) + " "
                + fact.get("first_key") + " " + fact.get("last_key") + " " + fact.get("step") + " "
                + new TreeSet<>(texts(fact.get("acl_categories"))) + " specs="
                + fact.get("key_specs").size();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static String describe(Reply.Array info) {
        List<Reply> items = info.items();
        return text(items.get(0)) + " " + number(items.get(1)) + " " + texts(items.get(2)) + " " + number(items.get(3))
                + " " + number(items.get(4)) + " " + number(items.get(5)) + " " + new TreeSet<>(texts(items.get(6)))
                + " specs=" + ((Reply.Set) items.get(8)).items().size();
    }

    private static String text(Reply reply) {
        return reply instanceof Reply.Simple simple
                ? simple.text()
                : new String(((Reply.Bulk) reply).value(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static long number(Reply reply) {
        return ((Reply.Int) reply).value();
    }

    private static List<String> texts(Reply set) {
        return ((Reply.Set) set).items().stream().map(CommandCommandsTest::text).toList();
    }

    @Test
    void everyCommandIsDocumented() {
        CommandDocs docs = CommandDocs.load();
        List<String> missing = SERVER.node().server().index().table().all().stream()
                .filter(command -> !command.has(Flag.INTERNAL))
                .map(Command::name)
                .filter(name -> docs.of(name).fields().isEmpty())
                .toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void getKeysFindsKeysAndRefusesAsRedisDoes() throws IOException {
        try (WireClient client = SERVER.connect()) {
            assertEquals("[$a]", client.call("COMMAND GETKEYS set a b"));
            assertEquals("[$a, $c]", client.call("COMMAND GETKEYS mset a b c d"));
            assertEquals("[[$a, [+OW, +insert]]]", client.call("COMMAND GETKEYSANDFLAGS setnx a b"));
            assertEquals("-ERR Invalid command specified", client.call("COMMAND GETKEYS foo a"));
            assertEquals("-ERR The command has no key arguments", client.call("COMMAND GETKEYS ping a"));
            assertEquals(
                    "-ERR Invalid number of arguments specified for command", client.call("COMMAND GETKEYS mset a"));
            assertEquals("-ERR Invalid number of arguments specified for command", client.call("COMMAND GETKEYS get"));
            assertEquals("-ERR Invalid command specified", client.call("COMMAND GETKEYS object foo a"));
            assertEquals("-ERR The command has no key arguments", client.call("COMMAND GETKEYS object"));
            assertEquals("[$d, $a, $b]", client.call("COMMAND GETKEYS zunionstore d 2 a b"));
            for (String count : List.of("0", "3", "-1", "x")) {
                assertEquals(
                        "-ERR Invalid arguments specified for command",
                        client.call("COMMAND GETKEYS zunionstore d " + count + " a b"));
            }
        }
    }

    @Test
    void getKeysAndFlagsSaysWhatTheOptionsOfTheRequestDo() throws IOException {
        List<String> linesAndFlags = List.of(
                "set a b", "+OW, +update",
                "set a b EX 100 NX", "+OW, +update",
                "set a GET", "+OW, +update",
                "set a b get", "+RW, +access, +update",
                "set a b KEEPTTL IFEQ c", "+RW, +access, +update",
                "bitfield a", "+RO, +access",
                "bitfield a get u8 0 overflow sat get u8 1", "+RO, +access",
                "bitfield a get u8 0 set u8 0 1", "+RW, +access, +update",
                "bitfield a foo", "+RW, +access, +update",
                "delex a", "+RM, +delete",
                "delex a IFEQ b", "+RW, +access, +delete",
                "getex a", "+RW, +access, +update");
        try (WireClient client = SERVER.connect()) {
            for (int i = 0; i < linesAndFlags.size(); i += 2) {
                String line = linesAndFlags.get(i);
                assertEquals(
                        "[[$a, [" + linesAndFlags.get(i + 1) + "]]]",
                        client.call("COMMAND GETKEYSANDFLAGS " + line),
                        line);
            }
        }
    }

    @Test
    void namesThatAreNoCommandsAreNulls() throws IOException {
        try (WireClient client = SERVER.connect()) {
            assertEquals("[$-1, $-1]", client.call("COMMAND INFO nope client|nope"));
            assertEquals("-ERR more than 10000 command names", client.call("COMMAND INFO" + " get".repeat(10_001)));
            assertEquals("-ERR more than 10000 command names", client.call("COMMAND DOCS" + " get".repeat(10_001)));
        }
    }

    @Test
    void infoDocsListAndCountAgree() throws IOException {
        try (WireClient client = SERVER.connect()) {
            int count = Integer.parseInt(client.call("COMMAND COUNT").substring(1));
            client.raw("HELLO 3\r\n");
            client.receive();
            assertEquals("[_, _]", client.call("COMMAND INFO nope foo"));
            assertEquals("%[]", client.call("COMMAND DOCS nope"));
            String get = client.call("COMMAND INFO get");
            assertEquals(
                    "[[$get, :2, ~[+readonly, +fast], :1, :1, :1, ~[+@read, +@string, +@fast], ~[], ~[%[$flags, ~[+RO,"
                            + " +access], $begin_search, %[$type, $index, $spec, %[$index, :1]], $find_keys, %[$type,"
                            + " $range, $spec, %[$lastkey, :0, $keystep, :1, $limit, :0]]]], ~[]]]",
                    get);
            assertEquals(
                    "%[$get, %[$summary, $Get the value of a key, $since, $1.0.0, $group, $string, $complexity, $O(1),"
                            + " $arguments, [%[$name, $key, $type, $key, $key_spec_index, :0]]]]",
                    client.call("COMMAND DOCS get"));
            assertTrue(count > 60, count + " commands");
            assertEquals(client.call("COMMAND INFO"), client.call("COMMAND"));
            assertTrue(client.call("COMMAND LIST").contains("$client|list"));
            assertEquals("[$client|kill]", client.call("COMMAND LIST FILTERBY PATTERN client|ki*"));
            assertEquals("[]", client.call("COMMAND LIST FILTERBY MODULE x"));
            assertEquals("-ERR syntax error", client.call("COMMAND LIST FILTERBY foo bar"));
        }
    }
}
