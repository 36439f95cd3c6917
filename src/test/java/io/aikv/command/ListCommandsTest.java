package io.aikv.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What clients see of lists: the documented cases by name; {@link ListComparisonTest} has all the others. */
final class ListCommandsTest extends CommandTest {
    private static final String WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    private static final String SYNTAX = "-ERR syntax error\r\n";
    private static final String NIL = "_\r\n";

    private String list(String key) {
        return ((Reply.Array) redis.run("LRANGE " + key + " 0 -1"))
                .items().stream()
                        .map(item -> new String(((Reply.Bulk) item).value(), java.nio.charset.StandardCharsets.UTF_8))
                        .collect(Collectors.joining(" "));
    }

    private static String numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> " " + i).collect(Collectors.joining());
    }

    // ---- events ----

    @Test
    void eventsComeInTheOrderOfRedis() {
        redis.entry("RPUSH a 1 2", "LPUSH a 0", "LPUSHX absent 1", "LSET a 0 z", "LINSERT a AFTER z y");
        assertEquals(List.of("0 new a", "0 rpush a", "0 lpush a", "0 lset a", "0 linsert a"), redis.takeEvents());

        redis.entry("LREM a 1 nothing", "LREM a 1 y", "LTRIM a 0 1", "RPOP a", "LPOP a");
        assertEquals(List.of("0 lrem a", "0 ltrim a", "0 rpop a", "0 lpop a", "0 del a"), redis.takeEvents());
    }

    @Test
    void lmoveTellsOfThePushFirst() {
        redis.entry("RPUSH a 1", "RPUSH c 1 2");
        redis.takeEvents();

        redis.run("LMOVE a b LEFT RIGHT");
        assertEquals(List.of("0 new b", "0 rpush b", "0 lpop a", "0 del a"), redis.takeEvents());

        redis.run("RPOPLPUSH c c");
        assertEquals(List.of("0 lpush c", "0 rpop c"), redis.takeEvents());
    }

    @Test
    void aTrimToNothingTellsOfDel() {
        redis.entry("RPUSH a 1 2", "RPUSH b 1", "RPUSH c 1");
        redis.takeEvents();

        redis.entry("LTRIM a 5 9", "LREM b 0 1", "LMPOP 2 x c LEFT COUNT 9");

        assertEquals(List.of("0 ltrim a", "0 del a", "0 lrem b", "0 del b", "0 lpop c", "0 del c"), redis.takeEvents());
    }

    // ---- popping ----

    @Test
    void lpopWithACountOfZeroTellsAbsentFromPresent() {
        redis.run("RPUSH a 1");

        assertEquals(NIL, run("LPOP absent"));
        assertEquals(NIL, run("LPOP absent 0"));
        assertEquals("*0\r\n", run("LPOP a 0"));
        assertEquals("-ERR value is out of range, must be positive\r\n", run("LPOP a -1"));
        assertEquals("-ERR wrong number of arguments for 'lpop' command\r\n", run("LPOP a 1 2"));
        assertEquals(
                "*-1\r\n",
                new String(
                        CommandFixture.encode(redis.run("RPOP absent 3"), 2),
                        java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    @Test
    void lmpopTakesFromTheFirstListThatIsThere() {
        redis.run("RPUSH b 1 2 3 4");

        assertEquals("*2\r\n$1\r\nb\r\n*2\r\n$1\r\n4\r\n$1\r\n3\r\n", run("LMPOP 2 a b RIGHT COUNT 2"));
        assertEquals(NIL, run("LMPOP 1 a LEFT"));
        assertEquals("-ERR numkeys should be greater than 0\r\n", run("LMPOP 0 a LEFT"));
        assertEquals("-ERR count should be greater than 0\r\n", run("LMPOP 1 b LEFT COUNT 0"));
        assertEquals(SYNTAX, run("LMPOP 2 a LEFT"));
        assertEquals(SYNTAX, run("LMPOP 1 b LEFT COUNT 1 COUNT 1"));
    }

    @Test
    void lmoveOntoItselfRotates() {
        redis.entry("RPUSH a 1 2 3", "EXPIRE a 1000", "RPUSH one x");

        assertEquals("$1\r\n1\r\n", run("LMOVE a a LEFT RIGHT"));
        assertEquals("2 3 1", list("a"));
        assertEquals("$1\r\n2\r\n", run("LMOVE a a LEFT LEFT"));
        assertEquals("2 3 1", list("a"));
        assertEquals("$1\r\nx\r\n", run("RPOPLPUSH one one"));
        assertEquals("$1\r\nx\r\n", run("LMOVE one one LEFT RIGHT"));
        assertEquals("x", list("one"));
        assertEquals(":1000\r\n", run("TTL a"));
    }

    @Test
    void lmoveChecksItsDestinationOnlyWhereThereIsASource() {
        redis.entry("SET s 1", "RPUSH a 1");

        assertEquals(NIL, run("LMOVE absent s LEFT RIGHT"));
        assertEquals(WRONG_TYPE, run("LMOVE a s LEFT RIGHT"));
        assertEquals("1", list("a"));
        assertEquals(SYNTAX, run("LMOVE a b UP RIGHT"));
    }

    // ---- positions ----

    @Test
    void lposCountsFromEitherEnd() {
        redis.run("RPUSH a a b c 1 2 3 c c");

        assertEquals(":2\r\n", run("LPOS a c"));
        assertEquals(":6\r\n", run("LPOS a c RANK 2"));
        assertEquals(":7\r\n", run("LPOS a c RANK -1"));
        assertEquals("*2\r\n:7\r\n:6\r\n", run("LPOS a c COUNT 0 RANK -1 MAXLEN 3"));
        assertEquals("*2\r\n:6\r\n:7\r\n", run("LPOS a c COUNT 5 RANK 2"));
        assertEquals(NIL, run("LPOS a nothing"));
        assertEquals("*0\r\n", run("LPOS absent c COUNT 1"));
        assertEquals(
                "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to"
                        + " start from the end of the list\r\n",
                run("LPOS a c RANK 0"));
        assertEquals(
                "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
                run("LPOS a c RANK -9223372036854775808"));
        assertEquals("-ERR COUNT can't be negative\r\n", run("LPOS a c COUNT -1"));
        assertEquals("-ERR MAXLEN can't be negative\r\n", run("LPOS a c MAXLEN -1"));
    }

    @Test
    void linsertTellsAbsentListsFromAbsentPivots() {
        redis.run("RPUSH a 1 3");

        assertEquals(":3\r\n", run("LINSERT a BEFORE 3 2"));
        assertEquals(":-1\r\n", run("LINSERT a BEFORE 9 2"));
        assertEquals(":0\r\n", run("LINSERT absent BEFORE 1 2"));
        assertEquals(SYNTAX, run("LINSERT a AT 1 2"));
        assertEquals("1 2 3", list("a"));
    }

    @Test
    void lindexLooksAtItsIndexOnlyIfThereIsAList() {
        redis.run("RPUSH a 1");

        assertEquals(NIL, run("LINDEX absent x"));
        assertEquals("-ERR value is not an integer or out of range\r\n", run("LINDEX a x"));
        assertEquals("-ERR no such key\r\n", run("LSET absent x v"));
        assertEquals("-ERR index out of range\r\n", run("LSET a 1 v"));
    }

    // ---- long lists ----

    @Test
    void aSparseListIsCopiedRenamedAndDigestedAsADenseOne() {
        redis.entry("RPUSH {k}a" + numbers(0, 1500), "LINSERT {k}a AFTER 749 x");
        redis.entry("RPUSH {k}b" + numbers(0, 750) + " x" + numbers(750, 1500));

        redis.entry("COPY {k}a {k}c", "RENAME {k}a {k}d", "COPY {k}b other");

        assertEquals(list("{k}b"), list("{k}c"));
        assertEquals(list("{k}b"), list("{k}d"));
        assertEquals("$3\r\n999\r\n", run("LINDEX {k}c 1000"));
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        Reply digests = KeyCommands.debugDigestValue(context, new Args(CommandFixture.words("{k}b {k}c {k}d"), 0));
        assertEquals(1, ((Reply.Array) digests).items().stream().distinct().count());
    }

    @Test
    void aLongRangeIsNotReadOnAShortThread() {
        redis.run("RPUSH a" + numbers(0, 5_000));
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        context.limitBytes(10_000);

        Handler.Read lrange = (Handler.Read) redis.table().find("lrange").handler();

        assertThrows(
                LongRead.class, () -> lrange.run().run(context, new Args(CommandFixture.words("LRANGE a 0 -1"), 1)));
        ReadContext other = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        other.limitBytes(10_000);
        assertTrue(lrange.run().run(other, new Args(CommandFixture.words("LRANGE a -5 -1"), 1)) instanceof Reply.Array);
    }

    @Test
    void encodingFollowsTheSize() {
        redis.entry("RPUSH small 1 2 3", "RPUSH large" + numbers(0, 3_000));

        assertEquals("$8\r\nlistpack\r\n", run("OBJECT ENCODING small"));
        assertEquals("$9\r\nquicklist\r\n", run("OBJECT ENCODING large"));
    }

    @Test
    void everyCommandRefusesAnotherType() {
        redis.run("SET s 1");

        for (String line : List.of(
                "LPUSH s 1",
                "RPUSHX s 1",
                "LPOP s",
                "RPOP s 0",
                "LLEN s",
                "LINDEX s x",
                "LRANGE s 0 1",
                "LPOS s 1",
                "LSET s x 1",
                "LINSERT s BEFORE 1 2",
                "LREM s 1 1",
                "LTRIM s 0 1",
                "LMPOP 1 s LEFT",
                "RPOPLPUSH s a")) {
            assertEquals(WRONG_TYPE, run(line), line);
        }
    }
}
