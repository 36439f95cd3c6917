package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What {@link HashComparisonTest} cannot see: steps of a scan, chance, large hashes. */
final class HashCommandsTest extends CommandTest {
    /** A hash of fields f0, f1, ... with values v0, v1, ... */
    private void fill(String key, int count) {
        for (int from = 0; from < count; from += 500) {
            StringBuilder line = new StringBuilder("HSET " + key);
            for (int i = from; i < Math.min(count, from + 500); i++) {
                line.append(" f").append(i).append(" v").append(i);
            }
            redis.run(line.toString());
        }
    }

    private static List<Reply> items(Reply reply) {
        return ((Reply.Array) reply).items();
    }

    private static String plain(Reply reply) {
        return Bytes.text(((Reply.Bulk) reply).value());
    }

    // ---- one hash ----

    @Test
    void fieldsAreSetReadAndRemoved() {
        assertEquals(Reply.integer(2), redis.run("HSET h a 1 b 2"));
        assertEquals(Reply.ZERO, redis.run("HSET h a 3"));
        assertEquals("*3\r\n$1\r\n3\r\n_\r\n$1\r\n2\r\n", run("HMGET h a nope b"));
        assertEquals(Reply.integer(2), redis.run("HLEN h"));
        assertEquals(Reply.integer(2), redis.run("HDEL h a b c a"));
        assertEquals(Reply.simple("none"), redis.run("TYPE h"));
        assertEquals(List.of("0 new h", "0 hset h", "0 hset h", "0 hdel h", "0 del h"), redis.takeEvents());
    }

    @Test
    void hgetallIsAMapAndEmptyForAnAbsentKey() {
        redis.run("HSET h a 1");

        assertEquals("%1\r\n$1\r\na\r\n$1\r\n1\r\n", run("HGETALL h"));
        assertEquals("%0\r\n", run("HGETALL absent"));
        assertEquals("*0\r\n", new String(CommandFixture.encode(redis.run("HGETALL absent"), 2)));
    }

    @Test
    void anErrorChangesNothing() {
        redis.run("HSET h n x");

        assertEquals("-ERR hash value is not an integer\r\n", run("HINCRBY h n 1"));
        assertEquals("-ERR hash value is not a float\r\n", run("HINCRBYFLOAT h n 1"));
        assertEquals("-ERR value is NaN or Infinity\r\n", run("HINCRBYFLOAT h f inf"));
        assertEquals("-ERR wrong number of arguments for 'hmset' command\r\n", run("HMSET h a 1 b"));
        assertEquals("%1\r\n$1\r\nn\r\n$1\r\nx\r\n", run("HGETALL h"));
    }

    @Test
    void theEncodingRemembersThatAHashWasLarge() {
        redis.run("HSET h a 1");
        assertEquals("$8\r\nlistpack\r\n", run("OBJECT ENCODING h"));
        fill("h", 511);
        assertEquals("$8\r\nlistpack\r\n", run("OBJECT ENCODING h"));
        redis.run("HSET h one-more 1");
        assertEquals("$9\r\nhashtable\r\n", run("OBJECT ENCODING h"));
        redis.run("HDEL h one-more f1 f2");
        assertEquals("$9\r\nhashtable\r\n", run("OBJECT ENCODING h"));
        redis.run("HSET long a " + "x".repeat(65));
        assertEquals("$9\r\nhashtable\r\n", run("OBJECT ENCODING long"));
    }

    @Test
    void aCopyHasRowsOfItsOwnAndARenamedHashKeepsThem() {
        fill("{t}a", 700);
        redis.run("COPY {t}a {t}b");
        redis.run("HSET {t}a f0 changed");
        redis.run("RENAME {t}a {t}c");

        assertEquals("$2\r\nv0\r\n", run("HGET {t}b f0"));
        assertEquals("$7\r\nchanged\r\n", run("HGET {t}c f0"));
        assertEquals(Reply.integer(700), redis.run("HLEN {t}c"));
        assertEquals(text(redis.run("HLEN {t}b")), text(redis.run("HLEN {t}c")));
    }

    @Test
    void aLongReadIsFoundOutBeforeItIsDone() {
        redis.run("HSET h a " + "x".repeat(5_000) + " b y");
        Command hgetall = redis.table().find("hgetall");
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        context.limitBytes(4_000);

        assertThrows(
                LongRead.class,
                () -> ((Handler.Read) hgetall.handler())
                        .run()
                        .run(context, hgetall.args(CommandFixture.words("HGETALL h"))));
    }

    // ---- scans ----

    @Test
    void aScanReturnsEveryFieldThatIsPresentThroughout() {
        fill("h", 2_000);
        Map<String, String> found = new TreeMap<>();
        String cursor = "0";
        int steps = 0;
        do {
            List<Reply> page = items(redis.run("HSCAN h " + cursor + " COUNT 50"));
            cursor = plain(page.get(0));
            List<Reply> pairs = items(page.get(1));
            for (int i = 0; i < pairs.size(); i += 2) {
                found.put(plain(pairs.get(i)), plain(pairs.get(i + 1)));
            }
            // What comes and goes meanwhile does not disturb it.
            redis.run("HSET h new" + steps + " x");
            redis.run("HDEL h f" + steps);
            steps++;
        } while (!cursor.equals("0"));

        assertTrue(steps >= 35 && steps <= 45, steps + " steps");
        for (int i = steps; i < 2_000; i++) {
            assertEquals("v" + i, found.get("f" + i));
        }
    }

    @Test
    void fieldsOfOneHashCodeAreReturnedTogether() {
        Map<Integer, String> names = new HashMap<>();
        List<String> colliding = new ArrayList<>();
        for (int i = 0; colliding.size() < 6; i++) {
            String other = names.put(KeyLayout.hash(Bytes.utf8("f" + i)), "f" + i);
            if (other != null) {
                colliding.add(other);
                colliding.add("f" + i);
            }
        }
        redis.run("HSET h long " + "x".repeat(65));
        redis.run("HSET h " + String.join(" x ", colliding) + " x");
        Set<String> found = new HashSet<>();
        String cursor = "0";
        for (int step = 0; step == 0 || !cursor.equals("0"); step++) {
            assertTrue(step < 10, "a scan that does not end");
            List<Reply> page = items(redis.run("HSCAN h " + cursor + " COUNT 1 NOVALUES"));
            cursor = plain(page.get(0));
            items(page.get(1)).forEach(name -> found.add(plain(name)));
        }

        assertEquals(7, found.size());
    }

    @Test
    void aScanOfASmallHashIsOneStepAndTakesNovalues() {
        fill("h", 30);

        List<Reply> page = items(redis.run("HSCAN h 0 COUNT 1 NOVALUES MATCH f1*"));
        assertEquals("0", plain(page.get(0)));
        assertEquals(11, items(page.get(1)).size());
        assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", run("HSCAN h 99999999999"));
        assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", run("HSCAN absent 0 bad option"));
        assertEquals("-ERR invalid cursor\r\n", run("HSCAN absent x"));
        assertEquals("-ERR syntax error\r\n", run("HSCAN h 0 COUNT 0"));
    }

    // ---- chance ----

    @Test
    void hrandfieldWithoutCountFindsEveryFieldEvenly() {
        fill("h", 10);
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < 2_000; i++) {
            counts.merge(plain(redis.run("HRANDFIELD h")), 1, Integer::sum);
        }

        assertEquals(10, counts.size());
        assertTrue(counts.values().stream().allMatch(count -> count > 120 && count < 300), counts.toString());
        assertEquals(Reply.NULL, redis.run("HRANDFIELD absent"));
    }

    @Test
    void hrandfieldOfDifferentFields() {
        for (int size : new int[] {20, 3_000}) {
            fill("h" + size, size);
            for (int count : new int[] {1, 2, 10, 19, size - 1, size, size + 100}) {
                List<Reply> names = items(redis.run("HRANDFIELD h" + size + " " + count));
                Set<Reply> different = new HashSet<>(names);
                assertEquals(Math.min(count, size), names.size());
                assertEquals(names.size(), different.size());
            }
        }
        assertEquals(Reply.EMPTY_ARRAY, redis.run("HRANDFIELD absent 3"));
        assertEquals("*0\r\n", run("HRANDFIELD h20 0"));
    }

    @Test
    void hrandfieldWithRepetitionDrawsFromAllFields() {
        for (int size : new int[] {20, 3_000}) {
            fill("h" + size, size);
            for (int count : new int[] {1, 10, 5_000}) {
                List<Reply> names = items(redis.run("HRANDFIELD h" + size + " -" + count));
                assertEquals(count, names.size());
            }
            Set<Reply> found = new HashSet<>(items(redis.run("HRANDFIELD h" + size + " -60000")));
            assertEquals(size, found.size());
        }
        assertEquals(
                "-ERR the reply is larger than 67108864 bytes, which it may not be in this place; ask for a part of it\r\n",
                run("HRANDFIELD h20 -1048577"));
        assertEquals("*0\r\n", run("HRANDFIELD absent -5"));
    }

    @Test
    void aFewFieldsOfALargeHashAreChosenAboutEvenly() {
        fill("h", 5_000);
        int[] parts = new int[10];
        for (int i = 0; i < 500; i++) {
            for (Reply name : items(redis.run("HRANDFIELD h 10"))) {
                parts[Integer.parseInt(plain(name).substring(1)) / 500]++;
            }
        }
        for (int part : parts) {
            assertTrue(part > 380 && part < 620, part + " of 5000 from a tenth");
        }
    }

    @Test
    void hrandfieldWithValuesNestsInResp3Only() {
        redis.run("HSET h a 1");

        Reply reply = redis.run("HRANDFIELD h -2 WITHVALUES");
        assertEquals("*2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n", text(reply));
        assertEquals("*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\na\r\n$1\r\n1\r\n", new String(CommandFixture.encode(reply, 2)));
        assertEquals("-ERR syntax error\r\n", run("HRANDFIELD h 1 VALUES"));
        assertEquals("-ERR value is out of range\r\n", run("HRANDFIELD h 4611686018427387904 WITHVALUES"));
        assertEquals(
                "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
                run("HRANDFIELD h -9223372036854775808"));
    }

    // ---- many fields in an entry ----

    @Test
    void readsInAnEntrySeeItsEarlierWrites() {
        redis.run("HSET h a 1 b 2");

        List<Reply> replies = redis.entry("HDEL h a", "HSET h c 3", "HGETALL h", "HLEN h", "DEL h", "HGET h c");

        assertEquals(4, ((Reply.Map) replies.get(2)).pairs().size());
        assertEquals(Reply.integer(2), replies.get(3));
        assertEquals(Reply.NULL, replies.get(5));
        List<Reply> after = new ArrayList<>(redis.entry("HSET h d 4", "HLEN h"));
        assertEquals(List.of(Reply.ONE, Reply.ONE), after);
    }
}
