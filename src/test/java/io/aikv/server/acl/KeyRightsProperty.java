package io.aikv.server.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aikv.command.Command;
import io.aikv.command.Flag;
import io.aikv.command.Handler;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A user of the keys {@code a*} says whatever words the data commands know, in any order, also by scripts and in transactions. It
 * never reads what a key of others holds, never changes one, and never makes one.
 */
@Timeout(300)
final class KeyRightsProperty {
    private static final int STEPS = Integer.getInteger("aikv.steps", 6_000);
    private static final String SECRET = "TOPSECRET";

    /** They have no keys, and concern all of them, as in Redis. */
    private static final Set<String> WITHOUT_KEYS =
            Set.of("flushall", "flushdb", "swapdb", "keys", "scan", "randomkey");

    private static final List<String> TYPES =
            List.of("string", "list", "hash", "set", "zset", "stream", "json", "geo", "hll");
    private static final List<String> OTHERS = List.of(
            "0",
            "1",
            "2",
            "3",
            "-1",
            "02",
            "+1",
            " 1",
            "1 ",
            "-0",
            "99999999999",
            "1.5",
            "-inf",
            "+inf",
            "(1",
            "[a",
            "+",
            "-",
            "$",
            ">",
            "*",
            "0-0",
            "0-1",
            "s:*",
            "s:*->f",
            "#",
            "nosort*",
            "f",
            "g",
            "c",
            "m",
            "u8",
            "$.x",
            "",
            "v");

    private final List<List<String>> commands = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();
    private Random random = new Random(0);

    @Test
    void keysOfOthersAreOutOfReach() throws IOException {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffffff);
        System.out.println("KeyRightsProperty seed " + seed + "; repeat with -Daikv.seed=" + seed);
        random = new Random(seed);
        try (TestServer server = TestServer.start();
                WireClient admin = server.connect();
                WireClient user = server.connect()) {
            learn(server);
            fill(admin, "s:", SECRET);
            fill(admin, "a:", "open");
            assertEquals("+OK", admin.callWords("ACL", "SETUSER", "limited", "on", "nopass", "+@all", "~a:*", "&a:*"));
            assertEquals("+OK", user.call("AUTH limited x"));
            Map<String, String> before = state(admin);
            for (int step = 0; step < STEPS; step++) {
                List<String> words = request();
                String reply = send(user, words);
                assertFalse(reply.contains(SECRET), () -> "seed " + seed + ": " + words + " answers " + reply);
                if (step % 20 == 0 || step == STEPS - 1) {
                    assertEquals(before, state(admin), () -> "seed " + seed + ", before or after " + words);
                }
                if (step % 500 == 0) {
                    fill(admin, "a:", "open");
                }
            }
        }
    }

    private void learn(TestServer server) throws IOException {
        for (Command command : server.node().server().index().table().all()) {
            boolean data = command.handler() instanceof Handler.Read || command.handler() instanceof Handler.Write;
            boolean sent = data && !command.has(Flag.INTERNAL) && !WITHOUT_KEYS.contains(command.name());
            if (sent && command.waiting() == null && !command.has(Flag.BLOCKING)) {
                commands.add(List.of(command.name().split("\\|")));
            }
        }
        assertTrue(commands.size() > 150, commands.size() + " commands");
        Set<String> found = new TreeSet<>();
        try (InputStream docs = Command.class.getResourceAsStream("/io/aikv/command/docs.json")) {
            for (JsonNode token : new ObjectMapper().readTree(docs).findValues("token")) {
                found.addAll(Arrays.asList(token.asText().split(" ")));
            }
        }
        tokens.addAll(found);
        assertTrue(tokens.size() > 100, tokens.size() + " tokens");
    }

    private static void fill(WireClient admin, String prefix, String value) throws IOException {
        for (String line : List.of(
                "SET @string V",
                "RPUSH @list V V2 V3",
                "HSET @hash f V V V",
                "SADD @set V m",
                "ZADD @zset 1 V 2 m",
                "XADD @stream 1-1 f V",
                "XGROUP CREATE @stream g 0",
                "JSON.SET @json $ {\"x\":\"V\"}",
                "GEOADD @geo 1 1 V",
                "PFADD @hll V")) {
            String reply = admin.call(line.replace("@", prefix).replace("V", value));
            boolean again = prefix.equals("a:") && reply.startsWith("-");
            assertTrue(again || !reply.startsWith("-"), line + ": " + reply);
        }
    }

    private List<String> request() {
        List<String> words = new ArrayList<>(commands.get(random.nextInt(commands.size())));
        for (int left = 1 + random.nextInt(7); left > 0; left--) {
            words.add(word());
        }
        return words;
    }

    private String word() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> "a:" + TYPES.get(random.nextInt(TYPES.size()));
            case 3, 4 -> "s:" + TYPES.get(random.nextInt(TYPES.size()));
            case 5, 6 -> tokens.get(random.nextInt(tokens.size()));
            default -> OTHERS.get(random.nextInt(OTHERS.size()));
        };
    }

    private String send(WireClient user, List<String> words) throws IOException {
        String[] argv = words.toArray(new String[0]);
        switch (random.nextInt(4)) {
            case 0 -> {
                List<String> script = new ArrayList<>(
                        List.of(random.nextBoolean() ? "EVAL" : "EVAL_RO", "return redis.pcall(unpack(ARGV))", "0"));
                script.addAll(words);
                return user.callWords(script.toArray(new String[0]));
            }
            case 1 -> {
                user.call("MULTI");
                String queued = user.callWords(argv);
                String executed = user.call("EXEC");
                return queued + executed;
            }
            default -> {
                return user.callWords(argv);
            }
        }
    }

    /** All keys but those of the user, with what they hold. */
    private static Map<String, String> state(WireClient admin) throws IOException {
        Map<String, String> state = new TreeMap<>();
        String all = admin.call("KEYS *");
        for (String item : all.substring(1, all.length() - 1).split(", ")) {
            String key = item.substring(1);
            if (!key.startsWith("a:")) {
                state.put(key, admin.callWords("DUMP", key) + admin.callWords("PTTL", key));
            }
        }
        return state;
    }
}
