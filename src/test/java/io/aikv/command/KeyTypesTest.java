package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said of a key, and what moves one, whatever its type. */
final class KeyTypesTest {
    /**
     * A value.
     *
     * @param lines that make it at {@code key}
     * @param type what TYPE answers
     * @param encoding what OBJECT ENCODING answers
     */
    record Value(String type, String encoding, List<String> lines) {
        static Value of(String type, String encoding, String... lines) {
            return new Value(type, encoding, List.of(lines));
        }

        @Override
        public String toString() {
            return type + " " + encoding;
        }
    }

    static List<Value> values() {
        return List.of(
                Value.of("string", "int", "SET key 12345"),
                Value.of("string", "embstr", "SET key hello"),
                Value.of("string", "raw", "SET key " + "x".repeat(100)),
                Value.of("string", "raw", "SETRANGE key 70000 x"),
                Value.of("list", "listpack", "RPUSH key a b c"),
                Value.of("list", "quicklist", "RPUSH key " + "x".repeat(5000) + " " + "y".repeat(5000)),
                Value.of("set", "intset", "SADD key 1 2 3"),
                Value.of("set", "listpack", "SADD key a b 3"),
                Value.of("set", "hashtable", "SADD key " + "x".repeat(65)),
                Value.of("zset", "listpack", "ZADD key 1 a 2 b"),
                Value.of("zset", "skiplist", "ZADD key 1 " + "x".repeat(65)),
                Value.of("hash", "listpack", "HSET key a 1 b 2"),
                Value.of("hash", "hashtable", "HSET key a " + "x".repeat(65)),
                Value.of("hash", "listpackex", "HSET key a 1 b 2", "HPEXPIRE key 5000 FIELDS 1 a"),
                Value.of(
                        "stream",
                        "stream",
                        "XADD key 1-1 f v",
                        "XADD key 2-1 f v",
                        "XGROUP CREATE key g 0",
                        "XREADGROUP GROUP g c COUNT 1 STREAMS key >"));
    }

    @TempDir
    private Path directory;

    private static void make(CommandFixture redis, Value value) {
        for (String line : value.lines()) {
            Reply reply = redis.run(line);
            assertTrue(!Reply.isError(reply), () -> text(reply));
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void everyQuestionHasABelievableAnswer(Value value) {
        try (CommandFixture redis = new CommandFixture(directory)) {
            make(redis, value);
            assertEquals("+" + value.type() + "\r\n", text(redis.run("TYPE key")));
            assertEquals(
                    "$" + value.encoding().length() + "\r\n" + value.encoding() + "\r\n",
                    text(redis.run("OBJECT ENCODING key")));
            assertEquals(":1\r\n", text(redis.run("OBJECT REFCOUNT key")));
            assertEquals(":0\r\n", text(redis.run("OBJECT IDLETIME key")));
            assertTrue(text(redis.run("OBJECT FREQ key")).startsWith("-ERR An LFU maxmemory policy is not selected"));
            assertEquals(
                    "*2\r\n$1\r\n0\r\n*1\r\n$3\r\nkey\r\n",
                    text(redis.run("SCAN 0 TYPE " + value.type() + " COUNT 1000")));
            assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", text(redis.run("SCAN 0 TYPE other COUNT 1000")));

            String usage = inspect(redis, KeyCommands::memoryUsage);
            assertTrue(Long.parseLong(usage.substring(1).strip()) > 10, usage);
            String object = inspect(redis, KeyCommands::debugObject);
            assertTrue(object.contains("encoding:" + value.encoding() + " serializedlength:"), object);
            assertTrue(object.contains(" lru:0 lru_seconds_idle:0"), object);
            assertEquals(
                    value.encoding().equals("quicklist"), object.contains(" ql_nodes:2 ql_avg_node:1.00 "), object);
        }
    }

    private static String inspect(CommandFixture redis, BiFunction<ReadContext, Args, Reply> question) {
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis(), new SplittableRandom(1));
        return text(question.apply(context, new Args(CommandFixture.words("ASK ABOUT key"), 2)));
    }

    @ParameterizedTest
    @MethodSource("values")
    void renamedCopiedMovedAndRestoredItStaysWhatItIs(Value value) {
        try (CommandFixture redis = new CommandFixture(directory)) {
            make(redis, value);
            redis.run("PEXPIRE key 100000");
            String before = contents(redis, "key");

            assertEquals(Reply.OK, redis.run("RENAME key {key}2"));
            assertEquals(before, contents(redis, "{key}2"));
            assertEquals(Reply.OK, redis.run("RENAME {key}2 elsewhere"));
            assertEquals(before, contents(redis, "elsewhere"));
            assertEquals(Reply.ONE, redis.run("COPY elsewhere key"));
            assertEquals(before, contents(redis, "key"));
            assertEquals(Reply.ONE, redis.run("COPY elsewhere key DB 2"));
            assertEquals(Reply.ONE, redis.run("MOVE elsewhere 2"));
            byte[] payload = Payloads.dump(redis, "key".getBytes(ISO_8859_1));
            redis.select(2);
            assertEquals(before, contents(redis, "key"));
            assertEquals(before, contents(redis, "elsewhere"));
            assertEquals(Reply.OK, redis.run(Payloads.restore("key".getBytes(ISO_8859_1), 100000, payload, "REPLACE")));
            assertEquals(before, contents(redis, "key"));
        }
    }

    /** Everything that can be asked of a value. */
    private static String contents(CommandFixture redis, String key) {
        StringBuilder all = new StringBuilder();
        for (String line : List.of("TYPE KEY", "OBJECT ENCODING KEY", "PTTL KEY")) {
            all.append(text(redis.run(line.replace("KEY", key))));
        }
        List<String> more = switch (text(redis.run("TYPE " + key)).strip()) {
            case "+string" -> List.of("GET KEY");
            case "+list" -> List.of("LRANGE KEY 0 -1");
            case "+set" -> List.of("SMEMBERS KEY");
            case "+zset" -> List.of("ZRANGE KEY 0 -1 WITHSCORES");
            case "+hash" -> List.of("HGETALL KEY", "HPTTL KEY FIELDS 2 a b");
            case "+stream" -> List.of("XRANGE KEY - +", "XINFO STREAM KEY FULL", "XPENDING KEY g - + 10");
            default -> throw new AssertionError(text(redis.run("TYPE " + key)));
        };
        for (String line : more) {
            all.append(text(redis.run(line.replace("KEY", key))));
        }
        return all.toString();
    }
}
