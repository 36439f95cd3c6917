package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.data.CollectionWriter;
import io.aikv.data.EventSink;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.KeyLayout;
import io.aikv.store.StoreTransaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What {@link SortedSetComparisonTest} cannot see: newer options, sets as operands, chance, scans in steps, cost. */
final class SortedSetCommandsTest extends CommandTest {
    private static final String WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

    /** The strings and doubles of a reply in its order, as RESP2 sends them, between spaces. */
    private String flat(String line) {
        String reply = new String(CommandFixture.encode(redis.run(line), 2), ISO_8859_1);
        List<String> values = new ArrayList<>();
        String[] lines = reply.split("\r\n");
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].startsWith("$")) {
                values.add(lines[++i]);
            }
        }
        return String.join(" ", values);
    }

    /** Members m0 to m(count - 1), each with its number as score. */
    private void fill(String key, int count) {
        StringBuilder line = new StringBuilder("ZADD " + key);
        for (int i = 0; i < count; i++) {
            line.append(' ').append(i).append(" m").append(i);
        }
        redis.run(line.toString());
    }

    // ---- replies ----

    @Test
    void scoresArePairsInResp3AndFlatInResp2() {
        redis.run("ZADD k 1 a 2.5 b");

        assertEquals("*2\r\n*2\r\n$1\r\na\r\n,1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n", run("ZRANGE k 0 -1 WITHSCORES"));
        assertEquals("a 1 b 2.5", flat("ZRANGE k 0 -1 WITHSCORES"));
        assertEquals("*1\r\n*2\r\n$1\r\na\r\n,1\r\n", run("ZPOPMIN k 1"));
        assertEquals("*2\r\n$1\r\nb\r\n,2.5\r\n", run("ZPOPMIN k"));
        assertEquals("*0\r\n", run("ZPOPMIN k"));
    }

    @Test
    void zrankTellsTheScoreIfAsked() {
        redis.run("ZADD k 1 a 2.5 b 3 c");

        assertEquals("*2\r\n:1\r\n,2.5\r\n", run("ZRANK k b WITHSCORE"));
        assertEquals("*2\r\n:2\r\n,1\r\n", run("ZREVRANK k a withscore"));
        assertEquals(Reply.NULL_ARRAY, redis.run("ZRANK k x WITHSCORE"));
        assertEquals(Reply.NULL_ARRAY, redis.run("ZRANK absent x WITHSCORE"));
        assertEquals(Reply.NULL, redis.run("ZRANK k x"));
        assertEquals("-ERR syntax error\r\n", run("ZRANK k a WITHSCORES"));
        assertEquals("-ERR wrong number of arguments for 'zrank' command\r\n", run("ZRANK k a WITHSCORE x"));
    }

    @Test
    void minusZeroInfinitiesAndNoNumber() {
        redis.run("ZADD k -0 a inf b -inf c");

        assertEquals("c -inf a 0 b inf", flat("ZRANGE k 0 -1 WITHSCORES"));
        assertEquals("-ERR resulting score is not a number (NaN)\r\n", run("ZINCRBY k -inf b"));
        assertEquals("-ERR value is not a valid float\r\n", run("ZADD k nan d"));
        assertEquals(":3\r\n", run("ZCARD k"));

        redis.run("ZADD k -0 " + "x".repeat(65) + " -0 z");
        assertEquals("-0", flat("ZSCORE k z"));
        assertEquals("0", flat("ZSCORE k a"));
        assertEquals(":3\r\n", run("ZCOUNT k 0 0"));
        assertEquals(":0\r\n", run("ZCOUNT k (-0 0"));
    }

    // ---- events ----

    @Test
    void eventsAreThoseOfRedis() {
        redis.run("ZADD k 1 a 2 b 3 c 4 d 5 e 6 f");
        redis.run("ZADD k 1 a");
        redis.run("ZINCRBY k 1 a");
        redis.run("ZREM k a x");
        redis.run("ZREMRANGEBYRANK k 0 0");
        redis.run("ZREMRANGEBYSCORE k 3 3");
        redis.run("ZMPOP 2 absent k MAX");
        redis.run("ZUNIONSTORE u 1 k");
        redis.run("ZRANGESTORE u k 5 9");
        redis.run("ZPOPMIN k 9");

        assertEquals(
                List.of(
                        "0 new k",
                        "0 zadd k",
                        "0 zincr k",
                        "0 zrem k",
                        "0 zremrangebyrank k",
                        "0 zremrangebyscore k",
                        "0 zpopmax k",
                        "0 new u",
                        "0 zunionstore u",
                        "0 del u",
                        "0 zpopmin k",
                        "0 del k"),
                redis.takeEvents());
    }

    // ---- other types ----

    @Test
    void aKeyOfAnotherTypeIsRefusedAndKept() {
        redis.run("SET s x");

        for (String line : List.of(
                "ZADD s 1 a",
                "ZINCRBY s 1 a",
                "ZREM s a",
                "ZCARD s",
                "ZSCORE s a",
                "ZMSCORE s a",
                "ZRANK s a",
                "ZCOUNT s 0 1",
                "ZLEXCOUNT s - +",
                "ZRANGE s 0 -1",
                "ZRANGESTORE d s 0 -1",
                "ZREMRANGEBYRANK s 0 1",
                "ZPOPMIN s",
                "ZMPOP 1 s MIN",
                "ZRANDMEMBER s",
                "ZRANDMEMBER s 2",
                "ZSCAN s 0",
                "ZUNION 1 s",
                "ZINTERSTORE d 1 s",
                "ZDIFF 1 s bad options",
                "ZINTERCARD 1 s")) {
            assertEquals(WRONG_TYPE, run(line), line);
        }
        assertEquals("$1\r\nx\r\n", run("GET s"));
    }

    @Test
    void membersOfSetsHaveTheScoreOne() {
        redis.run("ZADD z 5 a 6 b");
        putSet("s", "b", "c");

        assertEquals("c 1 a 5 b 7", flat("ZUNION 2 s z WITHSCORES"));
        assertEquals("b 62", flat("ZINTER 2 z s WEIGHTS 10 2 WITHSCORES"));
        assertEquals("a 5", flat("ZDIFF 2 z s WITHSCORES"));
        assertEquals("c 1", flat("ZDIFF 2 s z WITHSCORES"));
        assertEquals(":1\r\n", run("ZINTERCARD 2 z s"));
    }

    /** A set as the set commands keep it; the fixture can write nothing afterwards. */
    private void putSet(String key, String... members) {
        StoreTransaction transaction = redis.store().begin();
        WriteContext context =
                new WriteContext(transaction, 0, redis.nowMillis(), new SplittableRandom(0), EventSink.NONE);
        CollectionWriter set = CollectionWriter.open(context, Bytes.utf8(key), Type.SET);
        for (String member : members) {
            byte[] name = Bytes.utf8(member);
            byte[] sub = ByteBuffer.allocate(4 + name.length)
                    .putInt(KeyLayout.hash(name))
                    .put(name)
                    .array();
            set.put((byte) 'M', sub, Bytes.EMPTY);
            set.addCount(1);
        }
        set.finish();
        long index = redis.store().applied().index() + 1;
        transaction.commit(new AppliedPosition(1, index, redis.nowMillis()));
    }

    // ---- lexicographic ranges of mixed scores ----

    @Test
    void lexicographicRangesOfMixedScoresAreWhatACompactSetFinds() {
        redis.run("ZADD k 1 b 2 d 3 a 4 c");

        assertEquals("b d a c", flat("ZRANGEBYLEX k - +"));
        assertEquals("d a c", flat("ZRANGEBYLEX k [c +"));
        assertEquals("", flat("ZRANGEBYLEX k [c [c"));
        assertEquals("c", flat("ZREVRANGEBYLEX k [c (a"));
        assertEquals(":0\r\n", run("ZLEXCOUNT k [e +"));
    }

    // ---- scanning ----

    @Test
    void aSmallSetIsScannedInOneStep() {
        redis.run("ZADD k 1 a 2 b 3 c");

        Reply reply = redis.run("ZSCAN k 0 COUNT 1");

        assertEquals(Reply.text("0"), ((Reply.Array) reply).items().get(0));
        assertEquals(
                6, ((Reply.Array) ((Reply.Array) reply).items().get(1)).items().size());
    }

    @Test
    void aScanInStepsSeesEveryMemberThatStays() {
        fill("k", 1_000);

        Set<String> seen = new HashSet<>();
        String cursor = "0";
        int steps = 0;
        do {
            List<Reply> reply = ((Reply.Array) redis.run("ZSCAN k " + cursor + " COUNT 50")).items();
            cursor = Bytes.text(((Reply.Bulk) reply.get(0)).value());
            List<Reply> items = ((Reply.Array) reply.get(1)).items();
            for (int i = 0; i < items.size(); i += 2) {
                String member = Bytes.text(((Reply.Bulk) items.get(i)).value());
                String score = Bytes.text(((Reply.Bulk) items.get(i + 1)).value());
                assertTrue(member.equals("m" + score) || member.startsWith("new"), member);
                assertTrue(seen.add(member), member);
            }
            redis.run("ZREM k m" + (3 * steps));
            redis.run("ZADD k 5 new" + steps++);
        } while (!cursor.equals("0"));

        assertTrue(steps > 10, "steps: " + steps);
        for (int i = 0; i < 1_000; i++) {
            assertTrue(i % 3 == 0 && i < 3 * steps || seen.contains("m" + i), "m" + i);
        }
        assertEquals("-ERR invalid cursor\r\n", run("ZSCAN k x"));
        assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", run("ZSCAN k 18446744073709551615"));
    }

    // ---- chance ----

    @Test
    void randomMembersAreDifferentUnlessTheCountIsNegative() {
        fill("k", 300);

        for (int count : List.of(1, 5, 99, 150, 299, 300, 1_000)) {
            String[] members = flat("ZRANDMEMBER k " + count).split(" ");
            assertEquals(Math.min(count, 300), new TreeSet<>(List.of(members)).size());
        }
        assertEquals(700, flat("ZRANDMEMBER k -700").split(" ").length);
        assertEquals("*0\r\n", run("ZRANDMEMBER absent 5"));
        assertEquals(Reply.NULL, redis.run("ZRANDMEMBER absent"));
        assertEquals("-ERR value is out of range\r\n", run("ZRANDMEMBER k -9223372036854770000 WITHSCORES"));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            seen.add(flat("ZRANDMEMBER k"));
        }
        assertTrue(seen.size() > 150, "one in 300 each: " + seen.size());
    }

    // ---- large sets ----

    @Test
    void ranksOfALargeSetWithoutReadingIt() {
        for (int i = 0; i < 20_000; i += 500) {
            StringBuilder line = new StringBuilder("ZADD k");
            for (int j = i; j < i + 500; j++) {
                line.append(' ').append(j).append(" m").append(j);
            }
            redis.run(line.toString());
        }

        assertEquals(":12345\r\n", run("ZRANK k m12345"));
        assertEquals(":7654\r\n", run("ZREVRANK k m12345"));
        assertEquals("m7000 m7001", flat("ZRANGE k 7000 7001"));
        assertEquals("m12998 m12997", flat("ZREVRANGE k 7001 7002"));
        assertEquals(":15000\r\n", run("ZCOUNT k 5000 (20000"));
        assertEquals("m15001", flat("ZRANGEBYSCORE k (5000 +inf LIMIT 10000 1"));
        assertEquals("m9000", flat("ZREVRANGEBYSCORE k 15000 -inf LIMIT 6000 1"));

        assertEquals(":8000\r\n", run("ZREMRANGEBYSCORE k 1000 8999"));
        assertEquals(":4345\r\n", run("ZRANK k m12345"));
        assertEquals("m9000", flat("ZRANGE k 1000 1000"));
        assertEquals(":12000\r\n", run("ZREMRANGEBYRANK k 0 -1"));
        assertEquals(":0\r\n", run("EXISTS k"));
    }

    @Test
    void encodingFollowsTheSizeAndStays() {
        fill("k", 128);
        assertEquals("$8\r\nlistpack\r\n", run("OBJECT ENCODING k"));

        redis.run("ZADD k 1 x");
        redis.run("ZREM k x");
        assertEquals("$8\r\nskiplist\r\n", run("OBJECT ENCODING k"));

        redis.run("ZUNIONSTORE u 1 k");
        assertEquals("$8\r\nlistpack\r\n", run("OBJECT ENCODING u"));
    }
}
