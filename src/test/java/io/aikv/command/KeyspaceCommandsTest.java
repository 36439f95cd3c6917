package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.data.KeyScan;
import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyspaceCommandsTest {

    @TempDir
    private Path directory;

    private CommandFixture redis;

    @BeforeEach
    void open() {
        redis = new CommandFixture(directory.resolve("store"));
    }

    @AfterEach
    void close() {
        redis.close();
    }

    /** One step of a SCAN. */
    private record Step(String cursor, List<String> keys) {
        static Step of(Reply reply) {
            List<Reply> parts = ((Reply.Array) reply).items();
            return new Step(string(parts.get(0)), strings(parts.get(1)));
        }
    }

    private static String string(Reply bulk) {
        return new String(((Reply.Bulk) bulk).value(), ISO_8859_1);
    }

    private static List<String> strings(Reply array) {
        return ((Reply.Array) array)
                .items().stream().map(KeyspaceCommandsTest::string).toList();
    }

    // ---- SCAN ----

    @Test
    void aScanReturnsEveryKeyOnceWhenNothingChanges() {
        Set<String> all = new TreeSet<>();
        for (int i = 0; i < 500; i++) {
            redis.run("SET key:" + i + " v");
            all.add("key:" + i);
        }
        for (int count : new int[] {1, 7, 10, 499, 500, 10_000}) {
            List<String> found = new ArrayList<>();
            String cursor = "0";
            do {
                Step step = Step.of(redis.run("SCAN " + cursor + " COUNT " + count));
                assertTrue(step.keys().size() <= count, "no two of these keys share a position");
                found.addAll(step.keys());
                cursor = step.cursor();
            } while (!cursor.equals("0"));

            assertEquals(500, found.size());
            assertEquals(all, new TreeSet<>(found));
        }
    }

    @Test
    void everyKeyThatStaysIsReturnedWhateverElseComesAndGoes() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200; i++) {
            redis.run("SET stays:" + i + " v");
        }
        Set<String> found = new TreeSet<>();
        String cursor = "0";
        do {
            for (int i = 0; i < 20; i++) {
                redis.run((random.nextBoolean() ? "SET" : "APPEND") + " passing:" + random.nextInt(300) + " v");
                redis.run("DEL passing:" + random.nextInt(300));
            }
            Step step = Step.of(redis.run("SCAN " + cursor + " MATCH stays:*"));
            found.addAll(step.keys());
            cursor = step.cursor();
        } while (!cursor.equals("0"));

        assertEquals(200, found.size());
    }

    @Test
    void keysThatShareAPositionComeTogether() {
        Map<Long, String> seen = new HashMap<>();
        String one = "";
        String other = "";
        for (int i = 0; other.isEmpty(); i++) {
            String key = "{same slot}" + i;
            String twin = seen.put(KeyScan.position(key.getBytes(ISO_8859_1)), key);
            if (twin != null) {
                one = twin;
                other = key;
            }
        }
        byte[] value = {'v'};
        for (String key : List.of(one, other, "{same slot}x", "{same slot}y")) {
            redis.run(new byte[][] {{'S', 'E', 'T'}, key.getBytes(ISO_8859_1), value});
        }

        String cursor = "0";
        List<Set<String>> steps = new ArrayList<>();
        do {
            Step step = Step.of(redis.run("SCAN " + cursor + " COUNT 1"));
            steps.add(new TreeSet<>(step.keys()));
            cursor = step.cursor();
        } while (!cursor.equals("0"));

        assertEquals(3, steps.size());
        assertTrue(steps.contains(new TreeSet<>(List.of(one, other))), steps.toString());
    }

    @Test
    void scanSkipsWhatIsDueAndFiltersByType() {
        redis.run("SET string v");
        redis.run("SET due v PX 10");
        redis.putList("list", "a");
        redis.advance(10);

        assertEquals(List.of("list"), Step.of(redis.run("SCAN 0 TYPE list")).keys());
        assertEquals(List.of("string"), Step.of(redis.run("SCAN 0 type STRING")).keys());
        assertEquals(List.of(), Step.of(redis.run("SCAN 0 TYPE zset")).keys());
        assertEquals(2, Step.of(redis.run("SCAN 0")).keys().size());
    }

    @Test
    void anyCursorOfSixtyFourBitsIsAPlace() {
        redis.run("SET k v");

        for (String cursor : List.of("18446744073709551615", "70368744177664", "-1", "9223372036854775808")) {
            assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", text(redis.run("SCAN " + cursor)), cursor);
        }
        assertEquals(List.of("k"), Step.of(redis.run("SCAN ")).keys());
        assertEquals(List.of("k"), Step.of(redis.run("SCAN +0")).keys());
        assertEquals("-ERR invalid cursor\r\n", text(redis.run("SCAN 18446744073709551616")));
    }

    // ---- several groups ----

    @Test
    void scanOverGroupsWithInterleavedSlotsReturnsEveryKeyOnce() {
        Handler.Merge merge = merge("scan");
        try (CommandFixture second = new CommandFixture(directory.resolve("second"));
                CommandFixture third = new CommandFixture(directory.resolve("third"))) {
            List<CommandFixture> groups = List.of(redis, second, third);
            Set<String> all = new TreeSet<>();
            for (int i = 0; i < 300; i++) {
                String key = "key:" + i;
                int slot = (int) (KeyScan.position(key.getBytes(ISO_8859_1)) >>> 32);
                groups.get(slot / 100 % 2 == 0 ? 0 : 1).run("SET " + key + " v");
                all.add(key);
            }
            List<String> found = new ArrayList<>();
            String cursor = "0";
            do {
                List<Reply> parts = new ArrayList<>();
                for (CommandFixture group : groups) {
                    parts.add(group.run("SCAN " + cursor + " COUNT 10"));
                }
                Step step = Step.of(merge.merge(parts, new SplittableRandom(1)));
                found.addAll(step.keys());
                cursor = step.cursor();
            } while (!cursor.equals("0"));

            assertEquals(300, found.size());
            assertEquals(all, new TreeSet<>(found));
        }
    }

    private Handler.Merge merge(String name) {
        Command command = redis.table().find(name);
        assertTrue(command != null && command.merge() != null, name);
        return command.merge();
    }

    @Test
    void repliesOfGroupsAreJoined() {
        SplittableRandom random = new SplittableRandom(1);
        Reply a = Reply.array(Reply.text("a"));
        Reply bc = Reply.array(Reply.text("b"), Reply.text("c"));

        assertEquals(Reply.integer(7), merge("dbsize").merge(List.of(Reply.integer(3), Reply.integer(4)), random));
        assertEquals(List.of("a", "b", "c"), strings(merge("keys").merge(List.of(a, bc), random)));
        assertEquals(Reply.OK, merge("flushall").merge(List.of(Reply.OK, Reply.OK), random));
        assertEquals(Reply.text("a"), merge("randomkey").merge(List.of(Reply.NULL, Reply.text("a")), random));
        assertEquals(Reply.NULL, merge("randomkey").merge(List.of(Reply.NULL, Reply.NULL), random));
    }

    // ---- RANDOMKEY ----

    @Test
    void randomkeyFindsEveryLiveKeyAndNoOther() {
        assertEquals(Reply.NULL, redis.run("RANDOMKEY"));
        redis.run("SET due v PX 10");
        redis.advance(10);
        assertEquals(Reply.NULL, redis.run("RANDOMKEY"));
        for (String key : List.of("a", "b", "{s}1", "{s}2", "{s}3", "{s}4")) {
            redis.run("SET " + key + " v");
        }
        redis.run("SET due v PX 10");
        redis.advance(10);

        Map<String, Integer> drawn = new TreeMap<>();
        for (int i = 0; i < 3_000; i++) {
            drawn.merge(string(redis.run("RANDOMKEY")), 1, Integer::sum);
        }

        assertEquals(Set.of("a", "b", "{s}1", "{s}2", "{s}3", "{s}4"), drawn.keySet());
        assertTrue(drawn.get("a") > 100 && drawn.get("a") < 1_500, drawn.toString());
    }

    // ---- databases ----

    @Test
    void flushdbEmptiesOneDatabaseAndFlushallAll() {
        for (int database : new int[] {0, 1, 15}) {
            redis.select(database);
            redis.run("MSET a 1 b 2");
        }

        assertEquals(Reply.OK, redis.run("FLUSHDB SYNC"));
        assertEquals(Reply.ZERO, redis.run("DBSIZE"));
        redis.select(1);
        assertEquals(Reply.integer(2), redis.run("DBSIZE"));
        assertEquals(Reply.OK, redis.run("FLUSHALL async"));
        redis.select(0);
        assertEquals(Reply.ZERO, redis.run("DBSIZE"));
        assertEquals("-ERR syntax error\r\n", text(redis.run("FLUSHALL SYNC ASYNC")));
    }

    @Test
    void swapdbExchangesContentsWithinAnEntryToo() {
        redis.run("SET a 0");
        redis.select(1);
        redis.run("MSET a 1 b 1");
        redis.select(0);

        List<Reply> replies = redis.entry("SET c 0", "SWAPDB 0 1", "DBSIZE", "GET a", "FLUSHDB", "DBSIZE", "SET d 1");

        assertEquals(Reply.integer(2), replies.get(2));
        assertEquals(Reply.bulk(Bytes.utf8("1")), replies.get(3));
        assertEquals(Reply.ZERO, replies.get(5));
        assertEquals(List.of("d"), strings(redis.run("KEYS *")));
        redis.reopen();
        redis.select(1);
        assertEquals(new TreeSet<>(List.of("a", "c")), new TreeSet<>(strings(redis.run("KEYS *"))));
        assertEquals("-ERR DB index is out of range\r\n", text(redis.run("SWAPDB 0 16")));
    }
}
