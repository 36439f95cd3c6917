package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.CollectionHeader;
import io.aikv.data.LongRead;
import io.aikv.data.Packing;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.resp.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What clients see of sets: the documented cases by name; {@link SetComparisonTest} has all the others. */
final class SetCommandsTest extends CommandTest {
    private static final String WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    private static final String SYNTAX = "-ERR syntax error\r\n";
    private static final String NIL = "_\r\n";

    private static List<String> strings(Reply reply) {
        List<Reply> items = reply instanceof Reply.Set set ? set.items() : ((Reply.Array) reply).items();
        return items.stream()
                .map(item -> new String(((Reply.Bulk) item).value(), ISO_8859_1))
                .toList();
    }

    private String members(String key) {
        return String.join(" ", new TreeSet<>(strings(redis.run("SMEMBERS " + key))));
    }

    private static String numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> " " + i).collect(Collectors.joining());
    }

    // ---- events ----

    @Test
    void eventsComeInTheOrderOfRedis() {
        redis.entry("SADD a 1 2", "SADD a 1", "SREM a 9", "SREM a 1", "SMOVE a b 2", "SPOP b");

        assertEquals(
                List.of(
                        "0 new a",
                        "0 sadd a",
                        "0 srem a",
                        "0 srem a",
                        "0 del a",
                        "0 new b",
                        "0 sadd b",
                        "0 spop b",
                        "0 del b"),
                redis.takeEvents());
    }

    @Test
    void storingOverASourceOrAnotherTypeTellsOfTheCommand() {
        redis.entry("SADD a 1 2", "SADD b 2 3", "SET old x");
        redis.takeEvents();

        redis.entry("SINTERSTORE old a b", "SDIFFSTORE b b absent", "SUNIONSTORE c absent", "SDIFFSTORE a a b old");

        assertEquals(List.of("0 sinterstore old", "0 sdiffstore b", "0 sdiffstore a"), redis.takeEvents());
        assertEquals("2", members("old"));
        assertEquals("2 3", members("b"));
    }

    @Test
    void storingNothingRemovesTheDestination() {
        redis.entry("SADD a 1", "SADD b 2", "SET c x");
        redis.takeEvents();

        assertEquals(":0\r\n", run("SINTERSTORE c a b"));

        assertEquals(List.of("0 del c"), redis.takeEvents());
        assertEquals(":0\r\n", run("EXISTS c"));
    }

    @Test
    void storingOverASourceWithAnExpiryDropsTheExpiry() {
        redis.entry("SADD a 1 2 3", "SADD b 2 3 4", "EXPIRE a 100");

        assertEquals(":2\r\n", run("SINTERSTORE a a b"));

        assertEquals("2 3", members("a"));
        assertEquals(":-1\r\n", run("TTL a"));
    }

    // ---- replies ----

    @Test
    void setsAreSetsInResp3AndSamplesAreArrays() {
        redis.run("SADD a 1");

        assertEquals("~1\r\n$1\r\n1\r\n", run("SMEMBERS a"));
        assertEquals("~0\r\n", run("SMEMBERS absent"));
        assertEquals("~1\r\n$1\r\n1\r\n", run("SUNION a a"));
        assertEquals("*1\r\n$1\r\n1\r\n", run("SRANDMEMBER a 5"));
        assertEquals("*2\r\n$1\r\n1\r\n$1\r\n1\r\n", run("SRANDMEMBER a -2"));
        assertEquals("*0\r\n", run("SRANDMEMBER absent 5"));
        assertEquals(NIL, run("SRANDMEMBER absent"));
        assertEquals(NIL, run("SPOP absent"));
        assertEquals("~0\r\n", run("SPOP absent 1"));
        assertEquals("~1\r\n$1\r\n1\r\n", run("SPOP a 7"));
    }

    @Test
    void countsOutOfRangeAreRefused() {
        redis.run("SADD a 1");

        assertEquals("-ERR value is out of range, must be positive\r\n", run("SPOP a -1"));
        assertEquals(SYNTAX, run("SPOP a 1 2"));
        assertEquals(SYNTAX, run("SRANDMEMBER a 1 2"));
        assertEquals(
                "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
                run("SRANDMEMBER a -9223372036854775808"));
        assertEquals(
                "-ERR the reply is larger than 67108864 bytes, which it may not be in this place; ask for a part of it\r\n",
                run("SRANDMEMBER a -9223372036854775807"));
        assertEquals("-ERR numkeys should be greater than 0\r\n", run("SINTERCARD 0 a"));
        assertEquals("-ERR Number of keys can't be greater than number of args\r\n", run("SINTERCARD 2 a"));
        assertEquals("-ERR LIMIT can't be negative\r\n", run("SINTERCARD 1 a LIMIT -1"));
    }

    @Test
    void smoveOfAnAbsentSourceLooksAtNothingElse() {
        redis.entry("SET s 1", "SADD a 1");

        assertEquals(":0\r\n", run("SMOVE absent s 1"));
        assertEquals(WRONG_TYPE, run("SMOVE a s 1"));
        assertEquals(":1\r\n", run("SMOVE a a 1"));
        assertEquals(":0\r\n", run("SMOVE a a 2"));
    }

    // ---- by chance ----

    @Test
    void everyMemberOfASmallSetIsEquallyLikely() {
        redis.run("SADD a" + numbers(0, 50));
        Map<String, Integer> seen = new HashMap<>();

        for (String member : strings(redis.run("SRANDMEMBER a -20000"))) {
            seen.merge(member, 1, Integer::sum);
        }
        for (int i = 0; i < 2_000; i++) {
            strings(redis.run("SRANDMEMBER a 10")).forEach(member -> seen.merge(member, 1, Integer::sum));
        }

        assertEquals(50, seen.size());
        double expected = 40_000 / 50.0;
        double chiSquare = seen.values().stream()
                .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                .sum();
        assertTrue(chiSquare < 110, "49 degrees of freedom: " + chiSquare);
    }

    @Test
    void membersOfALargeSetAreNearlyEquallyLikely() {
        redis.run("SADD a" + numbers(0, 1_000));
        Map<String, Integer> seen = new HashMap<>();

        for (int i = 0; i < 20_000; i++) {
            seen.merge(new String(((Reply.Bulk) redis.run("SRANDMEMBER a")).value(), ISO_8859_1), 1, Integer::sum);
        }

        assertTrue(seen.size() > 990, seen.size() + " of 1000 members seen in 20000 draws");
        int most = seen.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        assertTrue(most < 60, "20 expected, at most " + most);
    }

    @Test
    void membersThatShareAHashAreAllFound() {
        // Pairs of MurmurHash3 collisions are rare among short names: look for some.
        Map<Integer, String> byHash = new HashMap<>();
        StringBuilder line = new StringBuilder("SADD a");
        int pairs = 0;
        for (int i = 0; pairs < 3; i++) {
            String other =
                    byHash.put(io.aikv.store.KeyLayout.hash(Integer.toString(i).getBytes(ISO_8859_1)), "" + i);
            if (other != null) {
                line.append(' ').append(other).append(' ').append(i);
                pairs++;
            }
        }
        redis.run(line + numbers(100_000, 100_200).replace(" ", " x"));

        TreeSet<String> scanned = new TreeSet<>();
        String cursor = "0";
        do {
            List<Reply> page = ((Reply.Array) redis.run("SSCAN a " + cursor + " COUNT 1")).items();
            cursor = new String(((Reply.Bulk) page.get(0)).value(), ISO_8859_1);
            scanned.addAll(strings(page.get(1)));
        } while (!cursor.equals("0"));

        assertEquals(206, scanned.size());
    }

    // ---- long sets ----

    @Test
    void aLargeSetThatBecameSmallIsWrittenAnewOnce() {
        redis.close();
        redis = new CommandFixture(directory.resolve("unpacked"), Packing.NONE);
        redis.entry("SADD a" + numbers(0, 2_000), "EXPIRE a 1000");
        redis.run("SREM a" + numbers(0, 1_800));
        long large = collectionId("a");

        redis.run("SREM a" + numbers(1_800, 1_872));
        long small = collectionId("a");
        redis.entry("SADD a x", "SREM a x", "SPOP a 3");

        assertTrue(small != large, "written anew at 128 members");
        assertEquals(small, collectionId("a"));
        assertEquals(":125\r\n", run("SCARD a"));
        assertEquals(125, strings(redis.run("SMEMBERS a")).size());
        assertEquals(":1000\r\n", run("TTL a"));
    }

    private long collectionId(String key) {
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        CollectionHeader set = CollectionHeader.find(context, key.getBytes(ISO_8859_1), Type.SET);
        assertNotNull(set);
        return set.rows().id();
    }

    @Test
    void aLargeSetIsNotReadOnAShortThread() {
        redis.entry("SADD a" + numbers(0, 5_000), "SADD b 1 2 3");
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        context.limitBytes(10_000);

        Handler.Read smembers = (Handler.Read) redis.table().find("smembers").handler();
        Handler.Read sinter = (Handler.Read) redis.table().find("sinter").handler();

        assertThrows(
                LongRead.class, () -> smembers.run().run(context, new Args(CommandFixture.words("SMEMBERS a"), 1)));
        ReadContext other = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        other.limitBytes(10_000);
        assertEquals(
                3,
                strings(sinter.run().run(other, new Args(CommandFixture.words("SINTER a b"), 1)))
                        .size());
    }

    @Test
    void sscanReturnsASmallSetAtOnceAndALargeOneInSteps() {
        redis.entry("SADD small" + numbers(0, 100), "SADD large" + numbers(0, 1_000));

        List<Reply> whole = ((Reply.Array) redis.run("SSCAN small 0 COUNT 1")).items();
        List<Reply> step = ((Reply.Array) redis.run("SSCAN large 0 MATCH 1*")).items();

        assertEquals(Reply.text("0"), whole.get(0));
        assertEquals(100, strings(whole.get(1)).size());
        assertTrue(strings(step.get(1)).size() < 10, "a step of ten members");
        assertEquals("-ERR invalid cursor\r\n", run("SSCAN absent x"));
        assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", run("SSCAN absent 0 COUNT 0"));
        assertEquals(SYNTAX, run("SSCAN small 0 COUNT 0"));
    }

    @Test
    void encodingFollowsTheContents() {
        redis.entry(
                "SADD integers" + numbers(0, 512),
                "SADD many" + numbers(0, 513),
                "SADD mixed a 1",
                "SADD mixedmany a" + numbers(0, 128),
                "SADD long " + "x".repeat(65));

        assertEquals("$6\r\nintset\r\n", run("OBJECT ENCODING integers"));
        assertEquals("$9\r\nhashtable\r\n", run("OBJECT ENCODING many"));
        assertEquals("$8\r\nlistpack\r\n", run("OBJECT ENCODING mixed"));
        assertEquals("$9\r\nhashtable\r\n", run("OBJECT ENCODING mixedmany"));
        assertEquals("$9\r\nhashtable\r\n", run("OBJECT ENCODING long"));
    }

    @Test
    void everyCommandRefusesAnotherType() {
        redis.entry("SET s 1", "SADD a 1");

        for (String line : List.of(
                "SADD s 1",
                "SREM s 1",
                "SISMEMBER s 1",
                "SMISMEMBER s 1",
                "SMEMBERS s",
                "SCARD s",
                "SPOP s",
                "SPOP s 0",
                "SRANDMEMBER s",
                "SRANDMEMBER s 0",
                "SMOVE s a 1",
                "SINTER absent s",
                "SINTERCARD 2 absent s",
                "SINTERSTORE d a s",
                "SUNION a s",
                "SUNIONSTORE d a s",
                "SDIFF absent s",
                "SDIFFSTORE d a s",
                "SSCAN s 0 COUNT x")) {
            assertEquals(WRONG_TYPE, run(line), line);
        }
        assertEquals(":0\r\n", run("EXISTS d"));
    }
}
